"""One command to each target, by tasks behind a semaphore.  client_asyncio.py TARGETS IN-FLIGHT"""

import asyncio
import json
import sys

TIMEOUT = 5  # seconds


async def exchange(host, port):
    async with asyncio.timeout(TIMEOUT):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(b"\x1bSTATUS\r")
            answer = await reader.readuntil(b"\0")
        finally:
            writer.close()
    if answer != b"READY\0":
        raise ValueError("not READY")


async def run(targets, in_flight):
    free = asyncio.Semaphore(in_flight)

    async def report(device):
        host, port = device.split(":")
        try:
            await exchange(host, int(port))
            output.write(f'{{"device":"{device}","outcome":"ok","text":"READY"}}\n')
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            output.write(json.dumps({"device": device, "outcome": "failed", "text": repr(error)}) + "\n")
        finally:
            free.release()

    # A task is made when there is room for it, so that not all targets are in memory at once.
    with open(1, "w", buffering=64 * 1024, closefd=False) as output:
        async with asyncio.TaskGroup() as tasks:
            for line in targets:
                await free.acquire()
                tasks.create_task(report(line.rstrip("\n")))


def main():
    path, in_flight = sys.argv[1], int(sys.argv[2])
    with open(path) as targets:
        asyncio.run(run(targets, in_flight))


if __name__ == "__main__":
    main()
