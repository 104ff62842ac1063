"""Who takes part, how each is started, and what its output has to say."""

import dataclasses
import json
import os
import pathlib
import shlex
from collections.abc import Callable

from devices import BUILT, WIGWAG

PYTHON = os.environ["PYTHON"]
FIRST_SCRIPT = pathlib.Path("../single/first_script.py").resolve()
SCRIPTS_AT_ONCE = 64
JOURNAL = BUILT / "journal.db"


class Wrong(Exception):
    """A client that did not do the work. Fast and wrong would be worth nothing."""


def ndjson(path, expected):
    """One outcome for each target, `ok` and READY; other lines must be events that are no outcomes."""
    devices = set()
    with open(path) as lines:
        for line in lines:
            record = json.loads(line)
            if record.get("event", "outcome") != "outcome":
                continue
            text = record.get("text") or record.get("response", {}).get("text", "").strip("\0")
            if record["outcome"] != "ok" or text != "READY":
                raise Wrong(f"wrong outcome: {line.strip()[:500]}")
            device = record.get("address", record["device"])
            if device in devices:
                raise Wrong(f"two outcomes: {device}")
            devices.add(device)
    if len(devices) != expected:
        raise Wrong(f"{len(devices)} outcomes instead of {expected}")


def plain_text(path, expected):
    # Where Python is told not to buffer, lines of scripts that run side by side may run into each other.
    answers = pathlib.Path(path).read_text()
    if answers.replace("\n", "") != "READY" * expected or answers.count("\n") != expected:
        raise Wrong(f"not {expected} lines that say READY")


@dataclasses.dataclass(frozen=True)
class Client:
    key: str
    name: str
    command: Callable  # (file of targets, how many in flight) -> words
    check: Callable = ndjson  # (file of output, how many targets) -> nothing, or Wrong
    journal: bool = False
    most: float | None = None  # the goal: so many times the floor's CPU time

    def remove_journal(self):
        """Each run begins without one, and leaves none: that of a million targets is large."""
        if self.journal:
            for end in ("", "-wal", "-shm"):
                JOURNAL.with_name(JOURNAL.name + end).unlink(missing_ok=True)


def peer(key, name, *program):
    return Client(key, name, lambda targets, in_flight: [*program, targets, str(in_flight)])


def wigwag(key, name, effect, journal, most):
    def command(targets, in_flight):
        words = [WIGWAG, "send", "--targets-from", targets, "STATUS", "--after-send", "open", "--effect", effect]
        words += ["--fanout", str(in_flight), "--output", "ndjson", "--yes"]
        return [*words, "--journal", JOURNAL if journal else "off"]

    return Client(key, name, command, journal=journal, most=most)


def first_script(targets, _):
    """Three words for each target, from the file that the others read."""
    scripts = f"tr : ' ' <{shlex.quote(str(targets))} | sed 's/$/ STATUS/' | "
    scripts += f"xargs -P {SCRIPTS_AT_ONCE} -n 3 {shlex.quote(PYTHON)} {shlex.quote(str(FIRST_SCRIPT))}"
    return ["sh", "-c", scripts]


SCRIPT = Client("script", f"Python script, xargs -P {SCRIPTS_AT_ONCE} *", first_script, plain_text)

# The first is the floor.
ALL = [
    peer("c", "C, epoll", BUILT / "client"),
    peer("tokio", "Tokio, current thread", BUILT / "client-tokio", "current-thread"),
    peer("tokio-multi", "Tokio, multi thread", BUILT / "client-tokio", "multi-thread"),
    peer("go", "Go, goroutines", BUILT / "client-go"),
    peer("asyncio", "Python, asyncio", PYTHON, "client_asyncio.py"),
    wigwag("wigwag", "wigwag", "read", journal=False, most=1.1),
    wigwag("wigwag-once", "wigwag, once", "once", journal=False, most=1.1),
    wigwag("wigwag-journal", "wigwag, journal", "read", journal=True, most=1.15),
    wigwag("wigwag-journal-once", "wigwag, journal, once", "once", journal=True, most=1.2),
    SCRIPT,
]


def chosen(usual):
    """Those that CLIENTS names, in the order of the list above."""
    keys = os.environ.get("CLIENTS", usual).split()
    known = [client.key for client in ALL]
    for key in keys:
        if key not in known:
            raise SystemExit(f"bench/fleet: no client is called {key}; there are: {' '.join(known)}")
    if any(key.startswith("wigwag") for key in keys) and not os.access(WIGWAG, os.X_OK):
        raise SystemExit(f"bench/fleet: no program at {WIGWAG}; build it first: cargo build --release -p wigwag")
    return [client for client in ALL if client.key in keys]


def numbers(name, usual):
    return [int(word) for word in os.environ.get(name, usual).split()]
