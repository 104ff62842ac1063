# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task may say, and how it reaches the program.

There are three kinds. What is B(sent) stands in the task alone. B(Settings) of a host are those of a wigwag inventory:
they come from its variables `wigwag_...` and go to the program as an inventory, so that it alone knows what they mean
and which of them win. B(Manners) of a whole call can be said once for all, as variables too, and go to the program as
options of its command line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from ansible.errors import AnsibleError

# What is sent.
CONTENT = {
    "command": {"type": "str"},
    "text": {"type": "str"},
    "hex": {"type": "str"},
    "src": {"type": "path"},
    "params": {"type": "dict", "default": {}},
}

# One of these says what is sent; a request whose frame is all there is needs none.
BODIES = ("command", "text", "hex", "src")

# Where a host is and how it is connected to: keys of a wigwag inventory.
REACHED = {
    "address": {"type": "str"},
    "port": {"type": "int"},
    "protocol": {"type": "str"},
    "tls": {"type": "bool"},
    "tls_ca": {"type": "path"},
    "tls_cert": {"type": "path"},
    "tls_key": {"type": "path"},
    "tls_server_name": {"type": "str"},
    "insecure": {"type": "bool"},
    "proxy": {"type": "str"},
    "source": {"type": "str"},
    "connect_timeout": {"type": "str"},
}

# All keys of a host in a wigwag inventory.
SETTINGS = {
    **REACHED,
    "first_timeout": {"type": "str"},
    "idle_timeout": {"type": "str"},
    "total_timeout": {"type": "str"},
    "after_send": {"type": "str", "choices": ["open", "fin"]},
}

# How everything of one call is sent: options of the command line.
MANNERS = {
    "effect": {"type": "str", "choices": ["read", "idempotent", "once"]},
    "eol": {"type": "str", "choices": ["lf", "crlf", "cr"]},
    "request": {"type": "str"},
    "response": {"type": "str"},
    "error": {"type": "list", "elements": "str"},
    "max": {"type": "str"},
    "retry_connect": {"type": "int"},
    "retry_response": {"type": "int"},
    "backoff": {"type": "str"},
    "journal": {"type": "str"},
}

# What is no option of the program as it stands.
CALL = {
    "confirmed": {"type": "bool", "default": False},
    "secrets": {"type": "dict", "no_log": True},
    "executable": {"type": "path"},
}

# Variables of a host that a wigwag inventory takes as they are.
TAKEN = tuple("wigwag_" + setting for setting in (*SETTINGS, "via")) + ("ansible_host", "ansible_port")
SECRET_SOURCE = "wigwag_secret_"


def settings_said(options) -> dict:
    """The settings that a task names, as variables of the host: what is said there wins."""
    return {
        "wigwag_" + setting: options[setting] for setting in SETTINGS if options.get(setting) is not None
    }


def settings_known(variables) -> dict:
    """The settings among the variables of a host.

    :param variables: a mapping that gives finished values, templates filled in
    """
    known = {name: variables[name] for name in TAKEN if name in variables}
    for name in variables:
        if name.startswith(SECRET_SOURCE):
            known[name] = variables[name]
    return {name: value for name, value in known.items() if value is not None and value != ""}


def inventory(hosts: dict) -> str:
    """What the program reads as its inventory.

    :param hosts: variables by host, in the order in which they are sent to
    """
    return json.dumps({"all": {"hosts": list(hosts)}, "_meta": {"hostvars": hosts}}, default=str)


def flags(names, options) -> list:
    """The options of these names as they are typed."""
    typed = []
    for name in names:
        value = options.get(name)
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            typed.append(flag)
        elif isinstance(value, (list, tuple)):
            typed += [f"{flag}={one}" for one in value]
        else:
            typed.append(f"{flag}={value}")
    return typed


def switch(value):
    """What `on` and `off` were before YAML took them for booleans, and Ansible those for texts."""
    return {"True": "on", "False": "off"}.get(str(value), value)


def body(options) -> list:
    """What is sent, as it is typed: at most one body, then the parameters.

    :raises AnsibleError: a parameter is neither a text, nor a number, nor a list of these
    """
    typed = flags(("text", "hex"), options)
    if options.get("src"):
        typed.append("--file=" + options["src"])
    words = [options["command"]] if options.get("command") is not None else []
    words += [f"{name}={parameter(name, value)}" for name, value in (options.get("params") or {}).items()]
    # Behind `--` a command may begin with a dash.
    return typed + ["--"] + words if words else typed


def parameter(name, value) -> str:
    """The value of a parameter as it is typed.

    :raises AnsibleError: it cannot be
    """
    if isinstance(name, bool) or isinstance(value, bool):
        raise AnsibleError(
            f"params: {name}: {value} is a boolean, and no parameter of a device is one: YAML takes on, off, yes and no "
            "for true and false unless they stand in quotes, names as well as values"
        )
    if isinstance(value, (list, tuple)):
        return ",".join(parameter(name, one) for one in value)
    if isinstance(value, dict) or value is None:
        raise AnsibleError(f"params: {name}: a text, a number or a list of these is needed, not {json.dumps(value)}")
    return str(value)


def plain(value):
    """The value of a parameter with nothing in it that wigwag would fill in."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value.replace("{", "{{").replace("}", "}}") if isinstance(value, str) else value


def secrets(options):
    """The secrets, as options of the program that hold none of them, and the variables that do.

    :returns: arguments, and variables of its environment
    :raises AnsibleError: they have no names
    """
    arguments, environment = [], {}
    named = options.get("secrets") or {}
    if not isinstance(named, Mapping):
        raise AnsibleError("secrets: a value for each name is needed, as {password: ...}")
    for number, (name, value) in enumerate(named.items(), 1):
        variable = f"WIGWAG_SECRET_{number}"
        arguments.append(f"--secret={name}=env:{variable}")
        environment[variable] = str(value)
    return arguments, environment


def executable_of_environment() -> str | None:
    """The program that the environment names."""
    return os.environ.get("WIGWAG_EXECUTABLE")
