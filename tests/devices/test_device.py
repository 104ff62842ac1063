#!/usr/bin/env python3
"""Each device of device.py does what its line says. Run: python3 tests/devices/test_device.py"""

import pathlib
import socket
import subprocess
import sys
import unittest

DEVICE = pathlib.Path(__file__).with_name("device.py")
STATUS = b"\x1bSTATUS\r"
LONGEST_WAIT = 10  # seconds; only a broken device takes them


class Devices(unittest.TestCase):
    def test_answer_a_half_closed_client(self):
        for behaviour in ("threads", "streams"):
            with self.subTest(behaviour), Device(behaviour) as device:
                self.assertEqual(device.exchange(STATUS, half_close=True), b"READY\0")
                self.assertEqual(device.received(), STATUS)

    def test_answer_a_client_that_stays_open(self):
        for behaviour in ("threads", "streams", "protocol-defaults", "close-at-fin"):
            with self.subTest(behaviour), Device(behaviour) as device:
                self.assertEqual(device.exchange(b"\x1bPING\r", half_close=False), b"OK PING\0")
                self.assertEqual(device.received(), b"\x1bPING\r")

    def test_lose_the_answer_at_a_half_close(self):
        for behaviour in ("protocol-defaults", "close-at-fin"):
            with self.subTest(behaviour), Device(behaviour) as device:
                self.assertEqual(device.exchange(STATUS, half_close=True), b"")
                self.assertEqual(device.received(), STATUS)

    def test_silent_keeps_the_connection_without_a_word(self):
        with Device("silent") as device, device.connect() as client:
            client.sendall(STATUS)
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(device.received(), STATUS)
            client.settimeout(0.2)
            self.assertRaises(TimeoutError, client.recv, 1)

    def test_reset_comes_after_the_command(self):
        with Device("reset") as device:
            self.assertRaises(ConnectionResetError, device.exchange, STATUS, half_close=True)
            self.assertEqual(device.received(), STATUS)

    def test_endless_sends_what_it_is_told_without_a_terminator(self):
        for arguments, size in (((), 10_000_000), (("70000",), 70_000)):
            with self.subTest(size), Device("endless", *arguments) as device:
                self.assertEqual(device.exchange(STATUS, half_close=True), b"A" * size)

    def test_endless_and_drip_survive_a_client_that_leaves(self):
        for behaviour, argument in (("endless", "50000000"), ("drip", "0.01")):
            with self.subTest(behaviour), Device(behaviour, argument) as device:
                with device.connect() as client:
                    client.sendall(STATUS)
                    self.assertTrue(client.recv(1))
                self.assertEqual(device.received(), STATUS)

    def test_full_backlog_hangs_a_connect(self):
        with Device("full-backlog") as device, socket.socket() as client:
            client.settimeout(0.3)
            self.assertRaises(TimeoutError, client.connect, device.address)

    def test_refused_refuses(self):
        with Device("refused") as device:
            self.assertRaises(ConnectionRefusedError, device.connect)

    def test_a_connection_without_a_byte_is_an_empty_line(self):
        for behaviour in ("threads", "streams", "protocol-defaults"):
            with self.subTest(behaviour), Device(behaviour) as device:
                device.connect().close()
                self.assertEqual(device.received(), b"")

    def test_ends_with_its_standard_input(self):
        for behaviour in ("threads", "streams", "silent", "full-backlog", "refused"):
            with self.subTest(behaviour), Device(behaviour) as device:
                device.process.stdin.close()
                self.assertEqual(device.process.wait(LONGEST_WAIT), 0)


class Device:
    """A device.py of its own process, stopped at the end of the `with`."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, DEVICE, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        word, port = self.process.stdout.readline().split()
        assert word == b"PORT", word
        self.address = ("127.0.0.1", int(port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def connect(self):
        return socket.create_connection(self.address, LONGEST_WAIT)

    def exchange(self, command, half_close):
        """Sends the command; everything up to the NUL or the end."""
        with self.connect() as client:
            client.sendall(command)
            if half_close:
                client.shutdown(socket.SHUT_WR)
            answer = bytearray()
            while not answer.endswith(b"\0") and (data := client.recv(65536)):
                answer += data
            return bytes(answer)

    def received(self):
        """What the next connection to be over has received."""
        return bytes.fromhex(self.process.stdout.readline().decode())


if __name__ == "__main__":
    unittest.main()
