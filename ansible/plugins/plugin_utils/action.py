# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions of this collection have in common: they run on the control node and ask the program."""

from __future__ import annotations

from collections.abc import Mapping

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from . import options as said
from . import result
from .program import Program

display = Display()


class Variables(Mapping):
    """The variables of a host, each with its templates filled in when it is asked for."""

    def __init__(self, variables, templar) -> None:
        self._variables = variables
        self._templar = templar

    def __getitem__(self, name):
        return self._templar.template(self._variables[name])

    def __contains__(self, name) -> bool:
        return name in self._variables

    def __iter__(self):
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


class WigwagAction(ActionBase):
    """An action that runs wigwag on the control node, whatever the connection of the host."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    # Filled in by each action.
    SPEC: dict = {}
    RULES: dict = {}

    def run(self, tmp=None, task_vars=None):
        told = super().run(tmp, task_vars)
        try:
            told.update(self.act(task_vars or {}))
        except AnsibleError as error:
            # Said as a result: raised, it would take the other items of a loop with it in older cores.
            told.update(failed=True, rc=result.REFUSED, msg=str(error))
        return told

    def act(self, task_vars: dict) -> dict:
        """What the action does; its result."""
        raise NotImplementedError

    def options(self, variables) -> dict:
        """What the task says, and for what it does not say the variables `wigwag_...`.

        :raises AnsibleError: one of them cannot be what it has to be
        """
        _found, options = self.validate_argument_spec(self.SPEC, **self.RULES)
        default = {name: variables.get("wigwag_" + name) for name in (*said.MANNERS, *said.CALL) if name in self.SPEC}
        default = {
            name: value for name, value in default.items() if value is not None and self._task.args.get(name) is None
        }
        checked = ArgumentSpecValidator({name: self.SPEC[name] for name in default}).validate(default)
        if checked.error_messages:
            raise AnsibleError(f"{checked.errors.msg} (said by variables wigwag_...)")
        options.update(checked.validated_parameters)
        if options.get("src"):
            options["src"] = self._find_needle("files", options["src"])
        return options

    def program(self, options: dict) -> Program:
        """The wigwag that is meant."""
        return Program.find(options.get("executable") or said.executable_of_environment())

    def on_command(self, host: str):
        """What shows the command line, where it may be shown."""
        if self._task.no_log:
            return None
        return lambda line: display.vvv(line, host=host)

    def is_diff(self) -> bool:
        """Whether differences are shown."""
        return bool(self._task.diff)
