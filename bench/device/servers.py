"""The servers: how each is started, and what the kernel's books say of it."""

import os
import pathlib
import re
import subprocess
import time

BUILT = pathlib.Path(os.environ["BUILT"])
HERE = pathlib.Path(__file__).parent

TAKES_ALL_S = 30  # until a server must have accepted what the kernel has accepted for it


class Server:
    """Serves from `with` to its end, on the same `port` of every address from 127.1.0.1 on."""

    def __init__(self, name, command, stream, devices):
        self.name = name
        words = [str(devices) if word is DEVICES else word for word in command]
        errors = BUILT / "errors"
        with open(errors, "w") as stderr:
            streams = {"stdout": subprocess.DEVNULL, "stderr": stderr, stream: subprocess.PIPE}
            self.process = subprocess.Popen(words, text=True, stdin=subprocess.PIPE, **streams)
        # It would mind if nobody were there to hear what else it says, so the stream stays open.
        self.said = getattr(self.process, stream)
        found = next((found for found in map(PORT.search, self.said) if found), None)
        if not found:
            raise SystemExit(f"bench/device: {name} did not start\n{errors.read_text()[-2000:]}")
        self.port = int(found[1])

    def cpu_seconds(self):
        """User and system time of all its threads so far; the ticks of /proc/PID/stat would be too coarse."""
        threads = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def resident_bytes(self):
        """Memory of its own that is resident; the kernel's for sockets is not in it."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s*(\d+) kB", status)[1]) * 1024

    def wait_until_accepted(self, connections):
        until = time.monotonic() + TAKES_ALL_S
        while len(os.listdir(f"/proc/{self.process.pid}/fd")) < connections:
            if time.monotonic() > until:
                raise SystemExit(f"bench/device: {self.name} did not take {connections} connections")
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


DEVICES = object()
# A bare number, or the first address that is told of.
PORT = re.compile(r"(?:^|:|^port = )(\d+)\b")

SIMULATE = [os.environ["WIGWAG"], "simulate", HERE / "ready.toml", "--devices", DEVICES, "--listen", "127.1.0.1:0"]

# The first is the floor.
ALL = {
    "c": ("C, epoll", [BUILT / "device"], "stdout"),
    "tokio": ("Tokio, current thread", [BUILT / "device-tokio"], "stdout"),
    "agent": ("wigwag-agent", [os.environ["WIGWAG_AGENT"], HERE / "agent.toml"], "stderr"),
    "simulate": ("wigwag simulate", SIMULATE, "stdout"),
}


def chosen():
    """The keys that SERVERS names, in the order of the list above."""
    keys = os.environ.get("SERVERS", " ".join(ALL)).split()
    for key in keys:
        if key not in ALL:
            raise SystemExit(f"bench/device: no server is called {key}; there are: {' '.join(ALL)}")
    if "c" not in keys:
        raise SystemExit("bench/device: SERVERS needs c, the floor")
    return [key for key in ALL if key in keys]


def start(key, devices):
    return Server(*ALL[key], devices)
