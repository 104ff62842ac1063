#!/usr/bin/python
# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the action of the same name, which does the work on the control node."""

DOCUMENTATION = r"""
module: fleet
short_description: Send a command to all hosts of a play at once
version_added: 0.1.0
author: The authors of Wigwag (!UNKNOWN)
description:
  - Sends one command to every host of the play (of the batch, with C(serial)) in one run of wigwag, with its fanout, rate,
    waves, rules that stop it, and journal. Ansible starts one task for all of them, not a process for each.
  - What came of each host is in C(results). The task itself fails only where the run is at fault. Devices that did not do
    what they were told are told of in a warning and in C(failed_hosts); a second task makes them failed hosts, see the
    examples.
  - A second attempt by C(until) sends only to hosts that failed and cannot have acted, or whose command may be sent twice.
options:
  hosts:
    description: The hosts to send to. All of the play that have not failed, unless said. An empty list is nobody.
    type: list
    elements: str
  host_vars:
    description: Variables of the hosts that C(params), and with C(template) the body, may hold as C({name}).
    type: list
    elements: str
    default: []
  template:
    description: Whether C({name}) in the body is a variable of the host; C({{) is a brace then.
    type: bool
    default: false
  fanout:
    description: The most devices in flight at once; 256 unless said.
    type: int
  rate:
    description: The most starts in a time, as C(100/s) or C(30/m).
    type: str
  per_subnet:
    description: The most in flight in each network, as C(24:20) or C(/64:20).
    type: list
    elements: str
  waves:
    description: How many before the others, cumulative, as C(1,10%,100%).
    type: str
  canary:
    description: So many first; the others only if none of them fails.
    type: int
  pause:
    description: The time between two waves.
    type: str
  deadline:
    description: The time after which nothing more is started.
    type: str
  halt:
    description: Rules of what is too much, as C(soon,failed=3%) or C(now,unconfirmed=1).
    type: list
    elements: str
  max_targets:
    description: Refuse more hosts than this.
    type: int
notes:
  - With C(run_once=true) the registered result is there for every host; else for the first one only.
  - C(when) is asked for the first host only. Choose with C(hosts).
  - The strategy C(free) knows no task for all hosts and refuses it.
  - A task with C(no_log) keeps no journal unless C(journal) asks for one, since a journal keeps what was sent.
  - A run that was broken off is finished by C(wigwag resume) with the id in C(run).
extends_documentation_fragment:
  - wigwag.wigwag.device
  - wigwag.wigwag.device.sending
  - wigwag.wigwag.device.content
  - wigwag.wigwag.attributes
  - wigwag.wigwag.attributes.whole
seealso:
  - module: wigwag.wigwag.send
"""

EXAMPLES = r"""
- name: Ask all presses, in one task
  wigwag.wigwag.fleet:
    command: STATUS
    effect: read
  run_once: true
  register: status

- name: A press that did not answer is a failed host from here on
  ansible.builtin.fail:
    msg: "{{ status.results[inventory_hostname].msg }}"
  when: status.results[inventory_hostname].failed

- name: Switch off all receptacles, three first, and stop where one in fifty does not
  wigwag.wigwag.fleet:
    protocol: extron-sis
    command: receptacle
    params:
      n: 1
      "on": "off"
    canary: 3
    halt: ["soon,failed=2%"]
    confirmed: true
  run_once: true

- name: A label for each, with its own text
  wigwag.wigwag.fleet:
    text: "LABEL {site} {slot}"
    template: true
    host_vars: [site, slot]
    confirmed: true
  run_once: true

- name: Only those in hall 2
  wigwag.wigwag.fleet:
    command: STATUS
    effect: read
    hosts: "{{ ansible_play_batch | intersect(groups['hall2']) }}"
  run_once: true
"""

RETURN = r"""
results:
  description:
    - What came of each host, by its name, with the keys that M(wigwag.wigwag.send) returns.
  returned: always
  type: dict
  sample: {"press-1": {"outcome": "ok", "rc": 0, "failed": false, "changed": false, "response": "READY"}}
rc:
  description:
    - The worst of all, in the order 2, 1, 5, 6, 3, 4, 130, 7, 0, as C(wigwag send) ends with.
    - C(5) some unconfirmed or garbled, C(6) halted by a rule, C(3) some rejected, C(4) some unreachable, C(7) some skipped
      or too late, C(130) interrupted, C(1) a fault of wigwag or of its journal, C(2) refused with nothing sent.
  returned: always
  type: int
counts:
  description: How many hosts came to which outcome.
  returned: always
  type: dict
  sample: {"ok": 998, "unreachable": 2}
failed_hosts:
  description: The names of the hosts whose command did not do what it should.
  returned: always
  type: list
  elements: str
run:
  description: The run's id in the journal, for C(wigwag runs show), C(wigwag resume) and C(wigwag verify).
  returned: where it is journaled
  type: str
  sample: 20261122-154201-k3x9
halted:
  description: That a rule stopped the run.
  returned: where one did
  type: bool
interrupted:
  description: That a person stopped it.
  returned: where one did
  type: bool
"""
