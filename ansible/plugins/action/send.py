# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One command to the device that the host is."""

from __future__ import annotations

from ansible_collections.wigwag.wigwag.plugins.plugin_utils import options as said
from ansible_collections.wigwag.wigwag.plugins.plugin_utils import result
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.action import Variables, WigwagAction
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.memory import Memory
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.sending import send, would_send


class ActionModule(WigwagAction):
    SPEC = {**said.CONTENT, **said.SETTINGS, **said.MANNERS, **said.CALL}
    RULES = {"mutually_exclusive": [said.BODIES]}

    def act(self, task_vars):
        name = task_vars["inventory_hostname"]
        variables = Variables(task_vars, self._templar)
        options = self.options(variables)
        # Ansible has filled in its templates, and a brace that is left is one.
        options["params"] = {key: said.plain(value) for key, value in options["params"].items()}
        memory = Memory.of(self._task)
        if name in memory:
            return memory.refusal(name)

        program = self.program(options)
        hosts = {name: {**said.settings_known(variables), **said.settings_said(options)}}
        shown = {}
        if self._task.check_mode or self.is_diff():
            event = would_send(program, hosts, options, on_command=self.on_command(name))[name]
            if self.is_diff():
                shown["diff"] = {"before": "", "after": f"{name}: {result.bytes_shown(event)}\n"}
            if self._task.check_mode and event["effect"] != "read":
                return {**result.outcome(event), **shown}

        sent = send(program, hosts, options, ["--max-targets=1"], on_command=self.on_command(name))
        outcome = result.outcome(sent.events[name])
        memory.keep(name, outcome)
        if outcome["outcome"] == "unreachable":
            outcome.update(unreachable=True, failed=False)
        if sent.rc == 1:
            outcome.update(failed=True, msg=sent.message(outcome))
        return {**outcome, **shown}
