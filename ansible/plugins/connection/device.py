# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device as a connection: `ansible presses -c wigwag.wigwag.device -m raw -a STATUS`."""

DOCUMENTATION = r"""
name: device
short_description: Send raw commands to devices with wigwag
version_added: 0.1.0
author: The authors of Wigwag (!UNKNOWN)
description:
  - The command of a M(ansible.builtin.raw) task goes to the device in the frame of its protocol, and the response comes
    back as C(stdout).
  - For more than a look, M(wigwag.wigwag.send) is better. It says more of the response, has parameters, check mode, and
    knows which commands change something.
  - A device has no shell and no Python. Over this connection only M(ansible.builtin.raw) (without C(executable) and
    without C(become)) and the modules of this collection work; everything else is refused before a byte is sent. A
    play needs C(gather_facts=false).
notes:
  - C(rc) is 0 where the device answered, 3 where it said no, 5 where it is not known whether it acted, and 2 where the
    command was refused with nothing sent. Where the device could not be sent anything, the host is unreachable.
  - A command that is unconfirmed is not sent again by C(until), unless C(effect) says that twice is as good as once.
  - Control characters of a response are shown (C(<0x1B>)), never passed on. M(wigwag.wigwag.send) has the bytes.
extends_documentation_fragment:
  - wigwag.wigwag.connection
"""

import functools

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import ConnectionBase
from ansible.utils.display import Display

from ansible_collections.wigwag.wigwag.plugins.plugin_utils import options as said
from ansible_collections.wigwag.wigwag.plugins.plugin_utils import result
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.memory import refusal
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.program import Program
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.sending import send

display = Display()

NO_SHELL = (
    "a device has no shell, so nothing was sent to it: over wigwag.wigwag.device there are raw (without executable, "
    "without become) and the actions of wigwag.wigwag; a play needs `gather_facts: false`"
)


class NoShell:
    """Stands where a connection has its shell, and refuses whatever would make a command for one.

    Only so can a command of `raw`, which is passed on as it is, be told from what modules, fact gathering and become
    would send: all of them ask the shell first.
    """

    # What is asked of a shell that makes no command.
    HARMLESS = ("tmpdir", "_load_name", "set_options", "set_option", "get_option", "get_options", "has_option")

    def __init__(self, shell) -> None:
        object.__setattr__(self, "_shell", shell)

    def __getattr__(self, name):
        if name in self.HARMLESS or name.startswith("__"):
            return getattr(self._shell, name)
        raise AnsibleError(NO_SHELL)

    def __setattr__(self, name, value) -> None:
        if name not in self.HARMLESS:
            raise AnsibleError(NO_SHELL)
        setattr(self._shell, name, value)


class Connection(ConnectionBase):
    """A device. Each command has a connection of its own, so nothing is held between them."""

    transport = "wigwag.wigwag.device"
    has_pipelining = False

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._shell = NoShell(self._shell)
        # What came of each command that may have acted. Attempts of `until` share a connection, tasks do not.
        self._open: dict = {}

    def _connect(self):
        return self

    def exec_command(self, cmd, in_data=None, sudoable=True):
        """Sends the command: its exit code, response and errors."""
        if self.become or in_data:
            raise AnsibleError(NO_SHELL)
        if cmd in self._open:
            return self._open[cmd]["rc"], b"", refusal(self._open[cmd]).encode()

        options = {name: self.get_option(name) for name in (*said.SETTINGS, *said.MANNERS, *said.CALL)}
        host = self.get_option("inventory_name")
        hosts = {host: said.settings_said(options)}
        options["command"] = cmd
        on_command = None if self._play_context.no_log else functools.partial(display.vvv, host=host)
        try:
            sent = send(Program.find(options["executable"]), hosts, options, ["--max-targets=1"], on_command)
        except AnsibleError as error:
            # Said as a result: raised, it would take the other items of a loop with it in older cores.
            return result.REFUSED, b"", str(error).encode()
        outcome = result.outcome(sent.events[host])
        if outcome["outcome"] == "unreachable":
            raise AnsibleConnectionFailure(outcome["msg"])
        if result.is_open(outcome):
            self._open[cmd] = outcome
        rc = max(outcome["rc"], int(sent.rc == 1))
        return rc, outcome.get("response", "").encode(), sent.message(outcome).encode()

    def put_file(self, in_path, out_path):
        """There are no files on a device."""
        raise AnsibleError(NO_SHELL)

    def fetch_file(self, in_path, out_path):
        """There are no files on a device."""
        raise AnsibleError(NO_SHELL)

    def close(self):
        """Nothing is open."""
