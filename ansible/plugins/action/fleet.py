# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One command to all hosts of a play, in one run of the engine."""

from __future__ import annotations

from ansible.errors import AnsibleError
from ansible.utils.display import Display

from ansible_collections.wigwag.wigwag.plugins.plugin_utils import options as said
from ansible_collections.wigwag.wigwag.plugins.plugin_utils import result
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.action import Variables, WigwagAction
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.memory import Memory
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.sending import send, would_send

display = Display()

# What a run over many is told beside what it sends.
RUN = {
    "fanout": {"type": "int"},
    "rate": {"type": "str"},
    "per_subnet": {"type": "list", "elements": "str"},
    "waves": {"type": "str"},
    "canary": {"type": "int"},
    "pause": {"type": "str"},
    "deadline": {"type": "str"},
    "halt": {"type": "list", "elements": "str"},
    "max_targets": {"type": "int"},
}

# So many hosts are named in a message.
NAMED = 10


class ActionModule(WigwagAction):
    # Ansible runs it once, for the first host; it sees to all.
    BYPASS_HOST_LOOP = True

    SPEC = {
        **said.CONTENT,
        **said.SETTINGS,
        **said.MANNERS,
        **said.CALL,
        **RUN,
        "hosts": {"type": "list", "elements": "str"},
        "host_vars": {"type": "list", "elements": "str", "default": []},
        "template": {"type": "bool", "default": False},
    }
    RULES = {"mutually_exclusive": [said.BODIES]}

    def act(self, task_vars):
        _found, asked = self.validate_argument_spec(self.SPEC, **self.RULES)
        names = self.chosen(asked["hosts"], task_vars["ansible_play_batch"])
        hosts, common = self.gather(task_vars, names, asked["host_vars"])
        options = self.options(common)
        for host in hosts.values():
            host.update(said.settings_said(options))
        if self._task.no_log and not options.get("journal"):
            # A journal keeps what was sent.
            options["journal"] = "off"

        memory = Memory.of(self._task)
        before = memory.results()
        due = {name: host for name, host in hosts.items() if name not in before or memory.may_repeat(name)}
        shown = {}
        would = {}
        if due and (self._task.check_mode or self.is_diff()):
            would = would_send(self.program(options), due, options, self.flags(options), self.on_command("fleet"))
            if self.is_diff():
                shown["diff"] = {"before": "", "after": "".join(differences(would))}
            if self._task.check_mode:
                due = {name: host for name, host in due.items() if would[name]["effect"] == "read"}

        sent = self.send(due, options) if due else None
        outcomes = {name: result.outcome(event) for name, event in {**would, **(sent.events if sent else {})}.items()}
        for name, outcome in outcomes.items():
            memory.keep(name, outcome)
        results = {name: memory.results()[name] for name in hosts}
        told = summed_up(results, sent, bool(before))
        if told["failed_hosts"]:
            # Of two that say the same, Ansible shows one.
            told["warnings"] = [f"{self._task.get_name()}: {told['msg']}"]
        return {**told, **shown}

    def chosen(self, hosts, all_hosts):
        """The hosts to send to: a choice that fits nobody is nobody, never all.

        :raises AnsibleError: the choice came to nothing at all
        """
        if "hosts" not in self._task.args:
            return all_hosts
        if hosts is None:
            raise AnsibleError("hosts is null, so nothing was sent: leave it out to send to all hosts of the play")
        return hosts

    def gather(self, task_vars, names, wanted):
        """The settings of every host, and the variables in which they must agree.

        :raises AnsibleError: they differ in what a run has only one of
        """
        asked = [name for name in (*said.MANNERS, *said.CALL) if self._task.args.get(name) is None]
        hosts, common = {}, {}
        for name, variables in self.variables_of(task_vars, names):
            hosts[name] = said.settings_known(variables)
            for variable in wanted:
                if variable not in variables:
                    raise AnsibleError(f"{name} has no variable {variable}, which host_vars names")
                hosts[name][variable] = variables[variable]
            for option in asked:
                # One that lacks it differs from one that has it.
                value = variables.get("wigwag_" + option)
                if common.setdefault("wigwag_" + option, value) != value:
                    raise AnsibleError(
                        f"the hosts differ in wigwag_{option}, and a run has one for all: say {option} in the task, or "
                        "make it two tasks with `hosts`"
                    )
        return hosts, {variable: value for variable, value in common.items() if value is not None}

    def variables_of(self, task_vars, names):
        """The variables that this task would have for each of the hosts, one host after the other.

        `hostvars` are not enough: they lack those of the play, of its roles and of the task.
        """
        hostvars = task_vars["hostvars"]
        manager, inventory, play = hostvars._variable_manager, hostvars._inventory, self._task._parent._play
        # Those of a loop are the same for all.
        of_loop = [task_vars[name] for name in ("ansible_loop_var", "ansible_index_var") if name in task_vars]
        looped = {name: task_vars[name] for name in of_loop if name in task_vars}
        before = self._templar.available_variables
        try:
            for name in names:
                host = inventory.get_host(name)
                if host is None:
                    raise AnsibleError(f"there is no host {name} in the inventory")
                # Each get_vars would make its own list of all hosts of the play.
                variables = manager.get_vars(
                    play=play, host=host, task=self._task, include_hostvars=False, _hosts=[name], _hosts_all=[name]
                )
                variables.update(looped, hostvars=hostvars)
                self._templar.available_variables = variables
                yield name, Variables(variables, self._templar)
        finally:
            self._templar.available_variables = before

    def flags(self, options) -> list:
        """What a run over many is told beside what it sends."""
        return said.flags((*RUN, "template"), options)

    def send(self, hosts, options):
        """Sends to them; what the engine says while it goes on is shown with -v."""
        hidden = self._task.no_log
        return send(
            self.program(options),
            hosts,
            options,
            self.flags(options),
            self.on_command("fleet"),
            None if hidden else lambda note: display.v(result.shown(note, one_line=True)),
        )


def differences(would):
    """What would be sent, in a line for each host."""
    for name, event in would.items():
        if event["effect"] != "read":
            yield f"{name}: {result.bytes_shown(event)}\n"


def summed_up(results, sent, is_again) -> dict:
    """The result of the task: failed only where the run itself is at fault, or was cut off."""
    counts: dict = {}
    for one in results.values():
        counts[one["outcome"]] = counts.get(one["outcome"], 0) + 1
    failed = [name for name, one in results.items() if one["failed"]]
    codes = [one["rc"] for one in results.values()]
    # The program's own code knows more: of a halt, of a journal.
    rc = result.worst(codes + [sent.rc]) if sent and not is_again else result.worst(codes)
    told = {
        "rc": rc,
        "results": results,
        "counts": counts,
        "failed_hosts": failed,
        "changed": any(one["changed"] for one in results.values()),
        "failed": rc in (1, 130),
        "msg": in_words(counts, len(results), failed),
    }
    summary = sent.summary if sent else None
    if summary:
        told.update({key: summary[key] for key in ("run", "halted", "interrupted") if key in summary})
    if sent and sent.rc == 1:
        told["msg"] += "\n" + sent.errors
    return told


def in_words(counts, total, failed) -> str:
    """How a run went, for a person."""
    if not total:
        return "no hosts, so nothing was sent"
    parts = ", ".join(f"{count} {word}" for word, count in counts.items())
    names = ", ".join(failed[:NAMED]) + (f" and {len(failed) - NAMED} more" if len(failed) > NAMED else "")
    return f"{total} hosts: {parts}" + (f"; failed: {names} (see `results` for each)" if failed else "")
