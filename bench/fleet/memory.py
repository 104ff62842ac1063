"""The curve: what a client's memory does while it works through a million targets. Started by `run memory`."""

import os
import pathlib
import subprocess
import sys
import threading
import time

import clients
from devices import BUILT, Devices, check_limits

LARGEST_GROWTH = 40  # bytes for each target
SETTLED = 0.1  # of the targets; before that buffers are filled for the first time
PIECE = 1 << 20
OK = b'"outcome":"ok"'


def main():
    every = float(os.environ.get("EVERY", 1))
    sizes, fanouts = clients.numbers("TARGETS", "1000000"), clients.numbers("FANOUTS", "1024")
    taking_part = clients.chosen("wigwag wigwag-journal-once")
    check_limits(max(fanouts))
    for size in sizes:
        for fanout in fanouts:
            for client in taking_part:
                with Devices(os.environ.get("DEVICE", "c"), size) as devices:
                    print(f"\n{client.name}, {size:,} targets, {fanout:,} in flight\n")
                    samples = curve(client, devices.targets(size), fanout, every)
                growth(client, size, samples)


def curve(client, targets, fanout, every):
    """(targets done, KiB resident) again and again while the client runs, printed as they come."""
    client.remove_journal()
    errors = BUILT / "errors"
    with open(errors, "w") as stderr:
        command = client.command(targets, fanout)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr)
    counter = Counter(process.stdout)
    counter.start()
    started, samples = time.monotonic(), []
    print(f"  {'seconds':>8} {'done':>10} {'VmRSS KiB':>10}")
    while counter.is_alive():
        counter.join(every)
        resident = vm_rss(process.pid)
        if resident is not None:
            samples.append((counter.done, resident))
            print(f"  {time.monotonic() - started:>8.1f} {counter.done:>10,} {resident:>10,}", flush=True)
    failed = process.wait() != 0
    client.remove_journal()
    if failed:
        sys.exit(f"bench/fleet: {client.name} failed\n{errors.read_text()[-2000:]}")
    if not samples:
        sys.exit(f"bench/fleet: {client.name} had ended before the first sample; EVERY sets how often they are taken")
    return [*samples, (counter.done, samples[-1][1])]


class Counter(threading.Thread):
    """Reads outcomes as they are written, so that the curve can say how far the client is."""

    def __init__(self, output):
        super().__init__(daemon=True)
        self.output, self.done = output, 0

    def run(self):
        rest = b""
        while piece := self.output.read1(PIECE):
            # A word that is cut in two is counted with the next piece.
            piece = rest + piece
            self.done += piece.count(OK)
            rest = piece[piece.rfind(b"\n") + 1 :]
            self.done -= rest.count(OK)


def vm_rss(process):
    try:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return None
    lines = (line.split() for line in status.splitlines())
    # A process that has ended has no memory any more.
    return next((int(words[1]) for words in lines if words[0] == "VmRSS:"), None)


def growth(client, size, samples):
    done = samples[-1][0]
    if done != size:
        sys.exit(f"bench/fleet: {client.name}: {done} outcomes were ok, of {size}")
    settled = next(sample for sample in samples if sample[0] >= SETTLED * size)
    largest = max(samples[samples.index(settled) :], key=lambda sample: sample[1])
    print(f"\n  peak {max(resident for _, resident in samples) / 1024:.1f} MiB")
    if settled[0] == size:
        print("  too few samples to tell how it grows; EVERY sets how often they are taken")
        return
    each = (largest[1] - settled[1]) * 1024 / (size - settled[0])
    text = f"bytes for each target from {settled[0]:,} on, below {LARGEST_GROWTH}"
    print(f"  {text:<58} {each:6.1f}   {'met' if each < LARGEST_GROWTH else 'MISSED'}", flush=True)


if __name__ == "__main__":
    main()
