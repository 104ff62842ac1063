# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a device as options of a connection: each a variable of the host."""

from __future__ import annotations

import yaml

from ansible_collections.wigwag.wigwag.plugins.doc_fragments import device

# Where else an option of a connection may stand; what comes later wins.
BESIDE = {
    "address": {"vars": [{"name": "ansible_host"}]},
    "port": {"vars": [{"name": "ansible_port"}]},
    "executable": {"env": [{"name": "WIGWAG_EXECUTABLE"}]},
    # Of a value that is no mapping Ansible would show what it is.
    "secrets": {"type": "raw"},
}

INVENTORY_NAME = {
    "description": "The name of the host.",
    "type": "str",
    "required": True,
    "vars": [{"name": "inventory_hostname"}],
}


def documentation() -> str:
    """The options of `device`, with the variables that they come from."""
    options = {"inventory_name": INVENTORY_NAME}
    for fragment in (device.ModuleDocFragment.DOCUMENTATION, device.ModuleDocFragment.SENDING):
        for name, option in yaml.safe_load(fragment)["options"].items():
            beside = BESIDE.get(name, {})
            options[name] = {**option, **beside, "vars": beside.get("vars", []) + [{"name": "wigwag_" + name}]}
    return yaml.safe_dump({"options": options}, sort_keys=False)


class ModuleDocFragment:
    # The annotation keeps those away who would read it without running it.
    DOCUMENTATION: str = documentation()
