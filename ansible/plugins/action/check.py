# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the device that the host is can be reached."""

from __future__ import annotations

from ansible_collections.wigwag.wigwag.plugins.plugin_utils import options as said
from ansible_collections.wigwag.wigwag.plugins.plugin_utils import result
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.action import Variables, WigwagAction
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.program import ProgramError


class ActionModule(WigwagAction):
    SPEC = {**said.REACHED, "banner_wait": {"type": "str"}, "executable": said.CALL["executable"]}

    def act(self, task_vars):
        name = task_vars["inventory_hostname"]
        variables = Variables(task_vars, self._templar)
        options = self.options(variables)
        host = {**said.settings_known(variables), **said.settings_said(options)}
        line = ["check", "@all", "--inventory=-", "--output=ndjson", "--max-targets=1"]
        line += said.flags(["banner_wait"], options)

        lines: list = []
        finished = self.program(options).run(line, said.inventory({name: host}), on_line=lines.append)
        if not lines:
            errors = result.shown(finished.errors).removeprefix("error: ")
            raise ProgramError(errors or f"wigwag ended with {finished.rc} and said nothing")
        return checked(result.read(lines[0]))


def checked(event) -> dict:
    """What was found."""
    told = {key: event[key] for key in ("outcome", "reason", "address", "tls", "dropped", "hint") if key in event}
    told["timing"] = event["timing_us"]
    if "banner" in event:
        told["banner"] = event["banner"]["text"]
        told["banner_hex"] = event["banner"]["hex"]
    told["rc"] = result.RC[event["outcome"]]
    told["failed"] = False
    told["unreachable"] = told["rc"] != 0
    if "error" in event:
        told["msg"] = event["error"]
    return result.shown({**told, "changed": False})
