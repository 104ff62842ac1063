#!/usr/bin/env python3
"""The kind of script that people write first.  first_script.py HOST PORT COMMAND"""

import socket
import sys

TIMEOUT = 5


def main():
    host, port, command = sys.argv[1], int(sys.argv[2]), sys.argv[3]

    try:
        connection = socket.create_connection((host, port), timeout=TIMEOUT)
    except OSError as error:
        sys.exit(f"{host}: could not connect: {error}")

    try:
        connection.sendall(b"\x1b" + command.encode() + b"\r")
        connection.shutdown(socket.SHUT_WR)
        response = b""
        while b"\0" not in response:
            data = connection.recv(4096)
            if not data:
                break
            response += data
    except OSError as error:
        sys.exit(f"{host}: could not communicate: {error}")
    finally:
        connection.close()

    print(response.split(b"\0")[0].decode().strip())


if __name__ == "__main__":
    main()
