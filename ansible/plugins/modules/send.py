#!/usr/bin/python
# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the action of the same name, which does the work on the control node."""

DOCUMENTATION = r"""
module: send
short_description: Send a command to a device over TCP
version_added: 0.1.0
author: The authors of Wigwag (!UNKNOWN)
description:
  - Sends one command to the device that the host is, in the frame of its protocol, and returns its answer.
  - The result is what is known, as wigwag knows it. A device that answered no failed. One that is proven not to have been
    sent anything is unreachable. One that was sent the command and did not answer as it should failed with
    C(outcome=unconfirmed) or C(outcome=garbled), and nobody knows whether it acted.
  - Such a command is not sent again by C(until), unless its effect says that twice is as good as once.
extends_documentation_fragment:
  - wigwag.wigwag.device
  - wigwag.wigwag.device.sending
  - wigwag.wigwag.device.content
  - wigwag.wigwag.attributes
seealso:
  - module: wigwag.wigwag.fleet
"""

EXAMPLES = r"""
- name: Ask a printer for its status (ESC STATUS CR to port 9100)
  wigwag.wigwag.send:
    command: STATUS
    effect: read

- name: Switch a receptacle on, which is a hazard
  wigwag.wigwag.send:
    protocol: extron-sis
    command: receptacle
    params:
      n: 1
      "on": "on"
    confirmed: true

- name: Which receptacles are on?
  wigwag.wigwag.send:
    protocol: extron-sis
    command: receptacle_state
    params:
      n: "{{ item }}"
  loop: [1, 2, 3, 4]
  register: receptacles

- name: All must be
  ansible.builtin.assert:
    that: receptacles.results | map(attribute="fields.on") | unique == ["on"]

- name: Try again what was proven not sent, and nothing else
  wigwag.wigwag.send:
    command: PRINT 3
    retry_connect: 5

- name: A device that wants a password
  wigwag.wigwag.send:
    protocol: extron-sis
    command: part_number
    secrets:
      password: "{{ vault_switcher_password }}"
"""

RETURN = r"""
outcome:
  description: What is known of the command.
  returned: always
  type: str
  sample: ok
reason:
  description: Why, in a word.
  returned: where there is one
  type: str
  sample: no-reply
rc:
  description:
    - C(0) for C(ok) and C(sent), C(3) for C(rejected), C(4) for C(unreachable), C(5) for C(unconfirmed) and C(garbled).
    - C(2) for a task that was refused with nothing sent.
    - These are the exit codes of C(wigwag send).
  returned: always
  type: int
effect:
  description: What sending the command again would do.
  returned: always
  type: str
  sample: read
response:
  description:
    - The body of the response as text.
    - Control characters are shown, as C(<0x1B>), except for line breaks and tabs; bytes that are no UTF-8 too.
  returned: where something came
  type: str
  sample: READY
fields:
  description: What the named parts of the response say.
  returned: where it has any
  type: dict
  sample: {"on": "on"}
request_hex:
  description: The request on the wire; null where it holds a secret.
  returned: where it was made
  type: str
  sample: 1b5354415455530d
response_hex:
  description: The response on the wire, or what there was of it; null where it holds a secret.
  returned: where something came
  type: str
  sample: "524541445900"
timing:
  description: How long each phase took, in microseconds.
  returned: where something was tried
  type: dict
  sample: {"connect": 132, "first_byte": 304, "total": 520}
address:
  description: The address that was connected to, or tried last.
  returned: where there was one
  type: str
  sample: 10.4.0.7:9100
phase:
  description: How far it got.
  returned: where something was tried
  type: str
  sample: response
attempt:
  description: Which attempt of C(retry_connect) and C(retry_response) it was, from 1.
  returned: always
  type: int
  sample: 1
bytes_written:
  description: How many bytes of the command were handed to the network; 0 proves that nothing was sent.
  returned: always, but for a wigwag that was killed
  type: int
  sample: 8
code:
  description: The code of a no.
  returned: where the device said one
  type: raw
text:
  description: The text of a no.
  returned: where the device said one
  type: raw
busy:
  description: That the device would take the command at another time.
  returned: where it says so
  type: bool
stale:
  description: What came before the command was sent.
  returned: where there was something
  type: str
extra:
  description: What came behind the response.
  returned: where there was something
  type: str
foreign:
  description: Whole frames that answer another command.
  returned: where there was something
  type: str
events:
  description: Whole frames that nobody asked for.
  returned: where there was something
  type: str
hint:
  description: What to try.
  returned: where there is something
  type: str
"""
