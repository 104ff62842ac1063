# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be said of a command and of a device, wherever it is said."""

from __future__ import annotations


class ModuleDocFragment:
    # How a device is reached.
    DOCUMENTATION = r"""
options:
  address:
    description: The host name or address of the device. What C(ansible_host) says, or the name of the host, unless said.
    type: str
  port:
    description: Its TCP port. What C(wigwag_port) or C(ansible_port) says, or the port of the protocol, unless said.
    type: int
  protocol:
    description:
      - The protocol that the device speaks, by its name or by the path of its file.
      - C(esc-cr) unless said, which is C(ESC), the command and C(CR), the sending side closed, and a response up to the
        first C(NUL).
    type: str
  tls:
    description: Whether to speak TLS. Any other TLS option implies it.
    type: bool
  tls_ca:
    description: The CA that signs the device's certificate, or that certificate itself (PEM), instead of the system's.
    type: path
  tls_cert:
    description: Our own certificate (PEM).
    type: path
  tls_key:
    description: The key of our certificate (PEM).
    type: path
  tls_server_name:
    description: The name that the device's certificate must bear, where it is not that of the host.
    type: str
  insecure:
    description: Whether to believe whoever answers, whatever its certificate says.
    type: bool
  proxy:
    description: A SOCKS5 proxy to connect through, as C(socks5://HOST:PORT). C(socks5h) resolves names there.
    type: str
  source:
    description: The local address to connect from.
    type: str
  connect_timeout:
    description: The longest that connecting may take, as C(5s) or C(500ms). Five seconds unless said.
    type: str
"""

    # How a command is sent to one.
    SENDING = r"""
options:
  first_timeout:
    description: The longest wait for the first byte of the response. Five seconds unless the protocol says otherwise.
    type: str
  idle_timeout:
    description: The longest wait between two bytes of the response. A second unless the protocol says otherwise.
    type: str
  total_timeout:
    description: The longest that one attempt may take. Thirty seconds unless the protocol says otherwise.
    type: str
  after_send:
    description: Whether our sending side stays open after the command, or is closed (C(fin)). The protocol's unless said.
    type: str
    choices: [open, fin]
  effect:
    description:
      - What sending the command again would do, where it is not a command of the protocol, whose file says it.
      - C(read) changes nothing, C(idempotent) may be sent twice as well as once, C(once) acts each time.
      - C(once) unless said, since nobody has said that it is harmless.
    type: str
    choices: [read, idempotent, once]
  eol:
    description: How lines end, with C(protocol=line). C(crlf) unless said.
    type: str
    choices: [lf, crlf, cr]
  request:
    description: The layout of a request, in place of the protocol's.
    type: str
  response:
    description: The layout of a response, in place of the protocol's.
    type: str
  error:
    description: Layouts of a response that says no. Without any, no answer is a no but those that the protocol knows.
    type: list
    elements: str
  max:
    description: The most bytes of a request or response, as C(64KiB).
    type: str
  retry_connect:
    description: How often to try again what was proven not sent.
    type: int
  retry_response:
    description: How often to ask a busy device again, and to send a command again that may be sent twice.
    type: int
  backoff:
    description: How long to wait before that, from the first to the longest wait, as C(500ms..30s).
    type: str
  journal:
    description: Whether wigwag writes down each command before it is sent, as C(auto), C(on), C(off) or a path.
    type: str
  confirmed:
    description:
      - Says that a command is meant although it has a hazard (it cuts power, moves something).
      - With M(wigwag.wigwag.fleet) also that one is meant to go to many hosts although it acts each time.
    type: bool
    default: false
  secrets:
    description:
      - What the protocol or a parameter needs to keep secret, by name.
      - The values are on no command line, in no output and in no journal.
    type: dict
  executable:
    description: The wigwag program on the control node. C(WIGWAG_EXECUTABLE), or C(wigwag) on its C(PATH), unless said.
    type: path
"""

    # What is sent.
    CONTENT = r"""
options:
  command:
    description:
      - A command of the protocol. Where it has none this is the text to send, literally.
    type: str
  text:
    description: The body of the request as text. The protocol still puts its frame around it.
    type: str
  hex:
    description: The body as hex, as it is pasted, for example C(1B 40), C(0x1B,0x40) or C(\x1b@).
    type: str
  src:
    description: A file of the control node whose bytes are the body, looked for as M(ansible.builtin.copy) does.
    type: path
  params:
    description:
      - The parameters of the command, or other parts of the request's frame, by name.
      - Put C("on"), C("off"), C("yes") and C("no") in quotes. YAML takes them for booleans otherwise, as names too.
    type: dict
    default: {}
notes:
  - At most one of C(command), C(text), C(hex) and C(src) may be given.
  - It runs on the control node, whatever the connection of the host and whatever it is delegated to.
  - Options that are not given are taken from the variables C(wigwag_) + their name, C(params) and what is sent excepted.
    C(wigwag_secret_NAME) names where a secret comes from, as in an inventory of wigwag.
"""
