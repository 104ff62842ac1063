"""The devices of both modes: one server behind as many addresses as there are targets."""

import ipaddress
import os
import pathlib
import resource
import subprocess

BUILT = pathlib.Path(os.environ["BUILT"])
WIGWAG = os.environ["WIGWAG"]
FIRST = ipaddress.IPv4Address("127.1.0.1")  # as with `wigwag simulate --devices`


class Devices:
    """Serves from `with` to its end; `port` is the same for every address."""

    def __init__(self, kind="c", count=1):
        if kind == "c":
            self.server = start([BUILT / "device", "awake"], stdin=subprocess.PIPE)
            self.port = int(self.server.stdout.readline() or 0)
        elif kind == "simulate":
            arguments = ["simulate", "esc-cr", "--devices", str(count), "--listen", f"{FIRST}:0"]
            self.server = start([WIGWAG, *arguments], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
            # An inventory on standard output; on the other `ready` once all are there, or what is wrong.
            ports = (int(line.split()[2]) for line in self.server.stdout if line.startswith("port = "))
            self.port = next(ports, 0)
            print(self.server.stderr.readline(), end="")
        else:
            raise SystemExit(f"bench/fleet: DEVICE is c or simulate, not {kind}")
        if self.port == 0:
            raise SystemExit("bench/fleet: the devices did not start")

    def targets(self, count):
        """A file with an address and port a line, each address another one."""
        path = BUILT / f"targets-{count}"
        with open(path, "w") as file:
            file.writelines(f"{FIRST + number}:{self.port}\n" for number in range(count))
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()


def start(command, **streams):
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **streams)


def check_limits(in_flight):
    """What the kernel would make the clients wait for is no cost of theirs."""
    backlog = int(pathlib.Path("/proc/sys/net/core/somaxconn").read_text())
    if backlog < in_flight:
        raise SystemExit(f"bench/fleet: {in_flight} in flight need net.core.somaxconn of as many; it is {backlog}")
    # The device closes its side a little later than the client.
    descriptors, wanted = resource.getrlimit(resource.RLIMIT_NOFILE)[0], 2 * in_flight + 64
    if descriptors < wanted:
        raise SystemExit(f"bench/fleet: {in_flight} in flight need {wanted} descriptors; the limit is {descriptors}")
