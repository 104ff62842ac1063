#!/usr/bin/python
# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the action of the same name, which does the work on the control node."""

DOCUMENTATION = r"""
module: check
short_description: Can a device be reached
version_added: 0.1.0
author: The authors of Wigwag (!UNKNOWN)
description:
  - Resolves the name of the device, connects, speaks TLS where it is asked to, and listens whether the device speaks first.
    It never sends a byte of a command.
  - A device that cannot be reached is an unreachable host.
options:
  banner_wait:
    description: How long to wait whether the device speaks first, as C(300ms).
    type: str
  executable:
    description: The wigwag program on the control node. C(WIGWAG_EXECUTABLE), or C(wigwag) on its C(PATH), unless said.
    type: path
notes:
  - It runs on the control node, whatever the connection of the host and whatever it is delegated to.
extends_documentation_fragment:
  - wigwag.wigwag.device
  - wigwag.wigwag.attributes
"""

EXAMPLES = r"""
- name: Is the port open, and does anybody speak first?
  wigwag.wigwag.check:
  register: found

- name: A banner before the first command is not an answer
  ansible.builtin.assert:
    that: found.banner is undefined
"""

RETURN = r"""
outcome:
  description: C(ok) or C(unreachable).
  returned: always
  type: str
reason:
  description: Why it cannot be reached, in a word.
  returned: where it cannot
  type: str
  sample: refused
rc:
  description: C(0) or C(4); C(2) where the task was refused.
  returned: always
  type: int
address:
  description: The address that was connected to, or tried last.
  returned: where there was one
  type: str
  sample: 10.4.0.7:9100
timing:
  description: How long each phase took, in microseconds.
  returned: always
  type: dict
  sample: {"connect": 132}
tls:
  description: The version, the cipher suite and the certificate.
  returned: where TLS was spoken
  type: dict
banner:
  description: What the device said by itself.
  returned: where it did
  type: str
banner_hex:
  description: The same in hex.
  returned: where it did
  type: str
dropped:
  description: That the connection ended by itself, and how.
  returned: where it did
  type: str
hint:
  description: What to try.
  returned: where there is something
  type: str
"""
