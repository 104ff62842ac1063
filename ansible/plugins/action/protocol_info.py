# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a protocol says: its commands, their parameters, what they do."""

from __future__ import annotations

import json

from ansible_collections.wigwag.wigwag.plugins.plugin_utils import options as said
from ansible_collections.wigwag.wigwag.plugins.plugin_utils import result
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.action import Variables, WigwagAction
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.program import ProgramError


class ActionModule(WigwagAction):
    SPEC = {
        "protocol": {"type": "str"},
        "command": {"type": "str"},
        "executable": said.CALL["executable"],
    }

    def act(self, task_vars):
        variables = Variables(task_vars, self._templar)
        options = self.options(variables)
        protocol = options.get("protocol") or variables.get("wigwag_protocol")
        if protocol:
            line = ["protocol", "show", "--output=json", "--", protocol]
            line += [options["command"]] if options.get("command") else []
        else:
            line = ["protocol", "list", "--output=json"]

        lines: list = []
        finished = self.program(options).run(line, on_line=lines.append)
        if finished.rc != 0:
            raise ProgramError(result.shown(finished.errors).removeprefix("error: "))
        found = json.loads("".join(lines))
        return {"changed": False, **({"protocol": found} if protocol else {"protocols": found["protocols"]})}
