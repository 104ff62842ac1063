# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of `wigwag send`, for one host or for all of a play."""

from __future__ import annotations

import subprocess

from . import options as said
from . import result
from .program import ProgramError


class Sent:
    """What came of a call.

    :ivar rc: the exit code of the whole
    :ivar events: the outcome event of each host, by its name
    :ivar summary: the event at the end, of which a run that was cut off has none
    :ivar errors: what the program said on standard error
    """

    def __init__(self, rc: int, events: dict, summary: dict | None, errors: str) -> None:
        self.rc = rc
        self.events = events
        self.summary = summary
        self.errors = errors

    def message(self, outcome: dict) -> str:
        """What there is to say of a host, and of a fault of the program's own."""
        return "\n".join(filter(None, [outcome.get("msg"), self.errors if self.rc == 1 else None]))


def send(program, hosts: dict, options: dict, arguments=(), on_command=None, on_note=None) -> Sent:
    """Sends to every host once. Returns when each has an outcome.

    Only a refusal proves that nothing was sent. A host of which the program did not tell, or not in words that are known,
    may have been sent to.

    :param hosts: their settings, as variables, by name
    :param options: what the task says
    :param arguments: more options of the program
    :param on_command: is given the command line, in which there is no secret that was named as one
    :param on_note: is given each line that the program says while it goes on
    :raises ProgramError: it refused; nothing was sent
    """
    typed, environment = said.secrets(options)
    line = ["send", "@all", "--inventory=-", "--output=ndjson", *arguments, *typed]
    if options.get("confirmed"):
        line.append("--yes")
    manners = {**options, "journal": said.switch(options.get("journal"))}
    line += [*said.flags(said.MANNERS, manners), *said.body(options)]
    if on_command:
        on_command(subprocess.list2cmdline([program.path, *line]))

    events, summaries, unread = {}, [], []

    def take(text: str) -> None:
        try:
            event = result.read(text)
        except ProgramError as error:
            unread.append(str(error))
            return
        if event["event"] == "outcome":
            events[event["device"]] = event
        elif event["event"] == "run-finished":
            summaries.append(event)

    finished = program.run(line, said.inventory(hosts), environment, take, on_note)
    errors = result.shown(finished.errors)
    if finished.rc == 2 and not events and not unread:
        raise ProgramError(refusal(errors) or "wigwag ended with 2 and said nothing")
    what = "; ".join([f"wigwag ended with {finished.rc} before it said what became of it", *unread[:1]])
    for host in hosts:
        events.setdefault(host, _lost(host, what, options))
    return Sent(finished.rc, events, summaries[0] if summaries else None, errors)


def would_send(program, hosts: dict, options: dict, arguments=(), on_command=None) -> dict:
    """What would be sent: an event for each host, with the bytes and with what they do. Connects to nobody.

    :raises ProgramError: it would be refused
    """
    would = send(program, hosts, options, ("--dry-run", *arguments), on_command)
    if any(event.get("reason") == "lost" for event in would.events.values()):
        raise ProgramError(f"wigwag ended with {would.rc} before it said what would be sent. {would.errors}".strip())
    return would.events


def refusal(errors: str) -> str:
    """What the program says when it refuses, for somebody who writes a playbook."""
    said_so = errors.removeprefix("error: ")
    return said_so + ("\nin a task that is `confirmed: true`" if "--yes" in said_so else "")


def _lost(host: str, what: str, options: dict) -> dict:
    """The outcome of a host of which the program did not live to tell."""
    return {
        "device": host,
        "outcome": "unconfirmed",
        "reason": "lost",
        "effect": options.get("effect") or "once",
        "attempt": 1,
        "error": f"{what}; it is not known whether the device acted",
    }
