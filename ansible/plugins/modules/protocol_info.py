#!/usr/bin/python
# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the action of the same name, which does the work on the control node."""

DOCUMENTATION = r"""
module: protocol_info
short_description: What a protocol says
version_added: 0.1.0
author: The authors of Wigwag (!UNKNOWN)
description:
  - Returns the commands of a protocol with their parameters and what they do, its frames and its times. Connects to nobody.
  - Without a protocol it lists all that have a name.
options:
  protocol:
    description: A protocol, by its name or by the path of its file. What C(wigwag_protocol) says unless said.
    type: str
  command:
    description: Only this command.
    type: str
  executable:
    description: The wigwag program on the control node. C(WIGWAG_EXECUTABLE), or C(wigwag) on its C(PATH), unless said.
    type: path
extends_documentation_fragment:
  - wigwag.wigwag.attributes
"""

EXAMPLES = r"""
- name: What can be asked of a switcher?
  wigwag.wigwag.protocol_info:
    protocol: extron-sis
  register: sis

- name: Its commands that only read
  ansible.builtin.debug:
    msg: "{{ sis.protocol.commands | selectattr('effect', 'equalto', 'read') | map(attribute='name') }}"
"""

RETURN = r"""
protocol:
  description: The protocol, as C(wigwag protocol show --output json) prints it.
  returned: where one is asked for
  type: dict
protocols:
  description: All protocols that have a name.
  returned: where none is asked for
  type: list
  elements: dict
  sample: [{"name": "esc-cr", "title": "ESC command CR", "port": 9100, "commands": 0}]
"""
