# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible may expect of the actions."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Commands that only read are sent; of others it is shown what would be sent.
    support: full
  diff_mode:
    description: Shows the bytes of the request.
    support: full
"""

    WHOLE = r"""
attributes:
  bypass_host_loop:
    description: Runs once for all hosts of the batch.
    support: full
"""
