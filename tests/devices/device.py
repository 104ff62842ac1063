#!/usr/bin/env python3
"""A device for tests: plain Python, standard library only, one behaviour per run.

    device.py BEHAVIOUR [ARGUMENT]

Listens on 127.0.0.1, on a port from the system. Standard output, flushed line by line:

    PORT 40123              first, once connections can be made
    1b5354415455530d        one line per connection when all is received: what it received, in hex (empty for nothing)

Serves until standard input closes, so a device never outlives the test that holds the pipe.

Behaviours that answer (`ESC STATUS CR` -> `READY NUL`, any other `ESC text CR` -> `OK text NUL`):
    threads             socketserver, one thread per connection; ends the connection after its answer
    streams             asyncio streams; ends the connection after its answer
    protocol-defaults   asyncio.Protocol, untouched eof_received: answers after 0.3 s, but a half-close ends it before that
    close-at-fin        the same by hand: takes the client's FIN for its departure and closes without an answer

Behaviours that do not:
    silent              accepts, reads, never says a word
    reset               reads the command, then resets the connection
    endless [BYTES]     answers with BYTES (10,000,000) bytes without a terminator, then closes
    drip [SECONDS]      answers with one byte every SECONDS (1), for ever
    full-backlog        a listener whose accept queue is full: connecting hangs
    refused             a port that is taken but not listened on: connecting is refused
"""

import asyncio
import select
import signal
import socket
import socketserver
import struct
import sys
import threading
import time

ESC, CR, NUL = b"\x1b", b"\r", b"\0"
WORK_SECONDS = 0.3  # how long a device that thinks before it answers does so


def main():
    if sys.argv[1:] in (["-h"], ["--help"]):
        return print(__doc__)
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in BEHAVIOURS:
        sys.exit(f"usage: device.py BEHAVIOUR [ARGUMENT]\nbehaviours: {' '.join(BEHAVIOURS)}")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    BEHAVIOURS[sys.argv[1]](*sys.argv[2:])


def answer(command):
    text = command.removeprefix(ESC).removesuffix(CR)
    return (b"READY" if text == b"STATUS" else b"OK " + text) + NUL


# -- Devices that answer ----------------------------------------------------------------------------------------------


def threads():
    serve_threads(lambda connection: connection.command() and connection.send(answer(connection.received)))


def streams():
    async def handle(reader, writer):
        command = b""
        try:
            command = await reader.readuntil(CR)
            writer.write(answer(command))
            await writer.drain()
        except asyncio.IncompleteReadError as incomplete:
            command = incomplete.partial
        except ConnectionError:
            pass
        finally:
            say(command.hex())
            writer.close()

    serve_asyncio(lambda: asyncio.start_server(handle, "127.0.0.1", 0))


def protocol_defaults():
    class Device(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport
            self.received = b""

        def data_received(self, data):
            self.received += data
            if self.received.endswith(CR):
                asyncio.get_running_loop().call_later(WORK_SECONDS, self.transport.write, answer(self.received))

        def connection_lost(self, error):
            say(self.received.hex())

    serve_asyncio(lambda: asyncio.get_running_loop().create_server(Device, "127.0.0.1", 0))


def close_at_fin():
    def handle(connection):
        if connection.command() and not connection.readable_within(WORK_SECONDS):
            connection.send(answer(connection.received))

    serve_threads(handle)


# -- Devices that do not ----------------------------------------------------------------------------------------------


def silent():
    def handle(connection):
        connection.read_all()
        connection.finish()
        threading.Event().wait()  # a half-close does not end it; nothing does, but the end of this process

    serve_threads(handle)


def reset():
    serve_threads(lambda connection: connection.command() and connection.reset())


def endless(size="10000000"):
    serve_threads(lambda connection: connection.command() and connection.send(b"A" * int(size)))


def drip(seconds="1"):
    def handle(connection):
        connection.command()
        while True:  # until the client is gone and send says so
            connection.send(b".")
            time.sleep(float(seconds))

    serve_threads(handle)


def full_backlog():
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    waiting = []
    for _ in range(64):  # Linux takes one with a backlog of 0; other systems a few more
        connection = socket.socket()
        connection.settimeout(0.5)
        waiting.append(connection)
        try:
            connection.connect(listener.getsockname())
        except TimeoutError:
            connection.close()  # or its SYN, sent again, would go on competing for the place
            return announce(listener)
    sys.exit("the accept queue never filled")


def refused():
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))  # held, so that nobody else can begin to listen on it
    announce(taken)


# -- What they share --------------------------------------------------------------------------------------------------


class Connection(socketserver.BaseRequestHandler):
    """One client of a device with threads; remembers what it received."""

    def setup(self):
        self.received = b""

    def command(self):
        """Reads up to the CR or the client's FIN; everything received so far."""
        while CR not in self.received and (data := self.request.recv(4096)):
            self.received += data
        return self.received

    def read_all(self):
        while data := self.request.recv(4096):
            self.received += data

    def send(self, data):
        self.request.sendall(data)

    def readable_within(self, seconds):
        """Whether more bytes or a FIN come in that time."""
        return bool(select.select([self.request], [], [], seconds)[0])

    def reset(self):
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()

    def finish(self):
        """Called by socketserver when the connection is over."""
        say(self.received.hex())


def serve_threads(behave):
    class Handler(Connection):
        def handle(self):
            try:
                behave(self)
            except ConnectionError:
                pass  # the client has gone: nothing that this device would mind

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    announce(server.socket)


def serve_asyncio(start):
    async def serve():
        server = await start()
        await asyncio.to_thread(announce, server.sockets[0])

    asyncio.run(serve())


def announce(listener):
    say(f"PORT {listener.getsockname()[1]}")
    sys.stdin.buffer.read()


def say(line):
    # In one write, so that lines of two threads never mix.
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


BEHAVIOURS = {
    "threads": threads,
    "streams": streams,
    "protocol-defaults": protocol_defaults,
    "close-at-fin": close_at_fin,
    "silent": silent,
    "reset": reset,
    "endless": endless,
    "drip": drip,
    "full-backlog": full_backlog,
    "refused": refused,
}

if __name__ == "__main__":
    main()
