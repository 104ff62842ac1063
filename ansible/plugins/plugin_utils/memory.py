# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier attempts of one task came to, so that `until` cannot make a device act twice."""

from __future__ import annotations

from . import result


class Memory:
    """What is known of hosts from earlier attempts of the same task.

    Ansible makes a new action for each attempt of `until`, but the task stays the same; an item of a `loop` has a task of
    its own. So what must not be forgotten lies with the task.
    """

    _PLACE = "_wigwag_memory"

    def __init__(self) -> None:
        self._results: dict = {}

    @classmethod
    def of(cls, task) -> Memory:
        """The memory of a task: empty at its first attempt."""
        memory = getattr(task, cls._PLACE, None)
        if memory is None:
            memory = cls()
            setattr(task, cls._PLACE, memory)
        return memory

    def keep(self, host: str, outcome: dict) -> None:
        """Remembers what came of a host."""
        self._results[host] = outcome

    def __contains__(self, host: str) -> bool:
        """Whether the host must not be sent to again: it may have acted, and twice is not as good as once."""
        return host in self._results and result.is_open(self._results[host])

    def may_repeat(self, host: str) -> bool:
        """Whether another attempt at a host is wanted and may be made: it failed, and cannot have acted."""
        return self._results[host]["failed"] and host not in self

    def refusal(self, host: str) -> dict:
        """The result of an attempt that is refused: what is known is what was known before."""
        earlier = self._results[host]
        return {**earlier, "failed": True, "msg": refusal(earlier)}

    def results(self) -> dict:
        """All that is remembered, by host."""
        return dict(self._results)


def refusal(earlier: dict) -> str:
    """Why nothing is sent again."""
    reason = f" ({earlier['reason']})" if "reason" in earlier else ""
    return (
        f"not sent again: an earlier attempt is {earlier['outcome']}{reason}, so the device may have acted, and nothing "
        f"says that twice is as good as once (effect: idempotent would). It was: {earlier.get('msg', 'no response')}"
    )
