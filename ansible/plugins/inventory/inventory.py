# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts from inventories that wigwag reads."""

DOCUMENTATION = r"""
name: inventory
short_description: Hosts from inventories that wigwag reads
version_added: 0.1.0
author: The authors of Wigwag (!UNKNOWN)
description:
  - Takes hosts, groups and variables from inventories of wigwag, in its own form or in any other that it reads.
  - Settings of hosts arrive as variables C(wigwag_port), C(wigwag_protocol) and so on, which the modules and the connection
    of this collection understand.
  - The file that configures it is called C(wigwag.yml), or ends in C(.wigwag.yml) (or C(.yaml)).
options:
  plugin:
    description: That it is this plugin.
    type: str
    required: true
    choices: [wigwag.wigwag.inventory]
  sources:
    description:
      - The inventories. Of several the later wins, key by key.
      - Paths are relative to the file that configures the plugin.
    type: list
    elements: path
    required: true
  executable:
    description: The wigwag program on the control node.
    type: path
    env:
      - name: WIGWAG_EXECUTABLE
extends_documentation_fragment:
  - ansible.builtin.constructed
"""

EXAMPLES = r"""
# plant.wigwag.yml
plugin: wigwag.wigwag.inventory
sources:
  - plant.toml
  - /etc/wigwag/spares.csv
keyed_groups:
  - key: site
    prefix: site
"""

import json
import os

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.wigwag.wigwag.plugins.plugin_utils import result
from ansible_collections.wigwag.wigwag.plugins.plugin_utils.program import Program, ProgramError


class InventoryModule(BaseInventoryPlugin, Constructable):
    NAME = "wigwag.wigwag.inventory"

    def verify_file(self, path):
        """Whether the file is one that configures this plugin."""
        name = os.path.basename(path)
        ends = name in ("wigwag.yml", "wigwag.yaml") or name.endswith((".wigwag.yml", ".wigwag.yaml"))
        return super().verify_file(path) and ends

    def parse(self, inventory, loader, path, cache=True):
        """Fills the inventory with what wigwag lists."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        folder = os.path.dirname(os.path.abspath(path))
        line = ["inventory", "--list"]
        for source in self.get_option("sources"):
            line.append("--inventory=" + os.path.join(folder, os.path.expanduser(source)))
        try:
            lines: list = []
            finished = Program.find(self.get_option("executable")).run(line, on_line=lines.append)
        except ProgramError as error:
            raise AnsibleParserError(str(error)) from error
        if finished.rc != 0:
            raise AnsibleParserError(result.shown(finished.errors).removeprefix("error: "))
        self._fill(json.loads("".join(lines)))

    def _fill(self, listed) -> None:
        variables = listed.pop("_meta")["hostvars"]
        groups = {name: self.inventory.add_group(name) for name in listed}
        for name, group in listed.items():
            for host in group.get("hosts", []):
                self.inventory.add_host(host, group=groups[name])
            for child in group.get("children", []):
                self.inventory.add_child(groups[name], groups[child])
        for host, values in variables.items():
            for key, value in values.items():
                self.inventory.set_variable(host, key, literal(value))
            self._construct(host)

    def _construct(self, host) -> None:
        known = self.inventory.get_host(host).get_vars()
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), known, host, strict=strict)
        known = self.inventory.get_host(host).get_vars()
        self._add_host_to_composed_groups(self.get_option("groups"), known, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), known, host, strict=strict)


def literal(value):
    """The value as one that is what it says, and never a template."""
    is_like_a_template = any(opening in json.dumps(value) for opening in ("{{", "{%", "{#"))
    return wrap_var(value) if is_like_a_template else value
