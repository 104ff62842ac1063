# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an event of the program to a result of Ansible's."""

from __future__ import annotations

import json
import unicodedata

from .program import ProgramError

# The version of the events that are understood.
EVENTS = 1

# The exit code that each outcome has when it is the only one, as docs/outcomes.md says.
RC = {
    "ok": 0,
    "sent": 0,
    "rejected": 3,
    "unreachable": 4,
    "unconfirmed": 5,
    "garbled": 5,
    "cancelled": 130,
    "expired": 7,
    "skipped": 7,
}
# The one of a refusal: nothing was sent to anybody.
REFUSED = 2
# Of several the worst counts.
WORST_FIRST = (2, 1, 5, 6, 3, 4, 130, 7, 0)

# It is not known whether the device acted.
OPEN = ("unconfirmed", "garbled")
# What goes into a result under the name that it has in the event.
AS_IT_IS = ("outcome", "reason", "address", "phase", "attempt", "bytes_written", "effect", "code", "text", "busy", "hint")
# The same, bytes that were no part of the answer.
ASIDE = ("stale", "extra", "foreign", "events")


def read(line: str) -> dict:
    """An event of the program.

    :raises ProgramError: this is none, or one of a later version
    """
    try:
        event = json.loads(line)
        if event["v"] == EVENTS:
            return event
    except (ValueError, KeyError, TypeError):
        pass
    raise ProgramError(f"this is no event of wigwag's that is known: {shown(line.strip()[:200])}")


def outcome(event: dict) -> dict:
    """What is known of one device: `outcome`, `rc`, `failed`, `changed` and whatever else there is to say."""
    word = event["outcome"]
    result = {key: event[key] for key in AS_IT_IS if key in event}
    for side in ("request", "response"):
        if side in event:
            result[side + "_hex"] = event[side]["hex"]
    for key in ("response", *ASIDE):
        if key in event:
            result[key] = event[key]["text"]
    if "fields" in event:
        result["fields"] = event["fields"]
    if "timing_us" in event:
        result["timing"] = event["timing_us"]
    result["rc"] = 0 if event.get("reason") == "dry-run" else RC.get(word, 1)
    # What is skipped as a duplicate was told under its other name.
    result["failed"] = result["rc"] != 0 and event.get("reason") != "duplicate"
    result["changed"] = may_have_changed(event)
    if "error" in event:
        result["msg"] = event["error"] + (f" ({event['hint']})" if "hint" in event else "")
    return shown(result)


def may_have_changed(event: dict) -> bool:
    """False only where it is known that nothing did: a command that reads, one that was refused, one that never left.

    Of what was not to be sent, whether it would.
    """
    if event.get("reason") == "dry-run":
        return event["effect"] != "read"
    return event.get("effect") != "read" and event.get("bytes_written") != 0 and event["outcome"] != "rejected"


def is_open(result: dict) -> bool:
    """Whether it is unknown what the device did, and sending again could make it act twice."""
    return result["outcome"] in OPEN and result.get("effect") not in ("read", "idempotent")


def worst(codes) -> int:
    """The exit code of all these together; one that nobody knows is a fault of the program."""
    found = {code if code in WORST_FIRST else 1 for code in codes}
    return next((code for code in WORST_FIRST if code in found), 0)


def bytes_shown(event: dict) -> str:
    """The request of an event for the eye: hex, and as text."""
    request = event.get("request") or {}
    if request.get("hex") is None:
        return "<secret>"
    pairs = " ".join(request["hex"][at:at + 2] for at in range(0, len(request["hex"]), 2))
    return f"{pairs}  {shown(request['text'], one_line=True)}"


def shown(value, one_line=False):
    """The same without anything that a terminal would obey: results are printed in many ways, some of them plainly.

    Control characters become <0x1B>, such that hide or turn a line <U+202E>; line breaks (LF) and tabs stay.
    """
    if isinstance(value, dict):
        return {key: shown(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shown(one) for one in value]
    if not isinstance(value, str) or value.isascii() and value.isprintable():
        return value
    kept = "" if one_line else "\n\t"
    text = value if one_line else value.replace("\r\n", "\n")
    return "".join(one if one in kept else _shown(one) for one in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"):
        return character
    number = ord(character)
    return f"<0x{number:02X}>" if number < 0x80 else f"<U+{number:04X}>"
