# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be shown of the plugins without a playbook, a program or a device."""

from __future__ import annotations

import importlib
import unittest

import yaml
from ansible.errors import AnsibleError
from ansible.plugins import loader

# Later cores wait for this before they find collections; the oldest has found them by now.
getattr(loader, "init_plugin_loader", lambda: None)()

PLUGINS = "ansible_collections.wigwag.wigwag.plugins"


def plugin(name: str):
    """A file of the plugins."""
    return importlib.import_module(f"{PLUGINS}.{name}")


options = plugin("plugin_utils.options")
result = plugin("plugin_utils.result")
Memory = plugin("plugin_utils.memory").Memory


class Documentation(unittest.TestCase):
    """What an action takes is what its documentation says, to the type."""

    def test_every_option_is_documented_as_it_is_taken(self):
        for name in ("send", "fleet", "check", "protocol_info"):
            with self.subTest(name):
                documented = documentation(name)
                taken = plugin(f"action.{name}").ActionModule.SPEC
                self.assertEqual(sorted(taken), sorted(documented))
                for option, spec in taken.items():
                    said = {key: documented[option].get(key) for key in ("type", "elements", "choices", "default")}
                    self.assertEqual({key: spec.get(key) for key in said}, said, option)

    def test_the_connection_knows_every_option_of_a_device(self):
        fragment = plugin("doc_fragments.connection").ModuleDocFragment.DOCUMENTATION
        documented = yaml.safe_load(fragment)["options"]
        self.assertEqual({*options.SETTINGS, *options.MANNERS, *options.CALL, "inventory_name"}, set(documented))
        for name, option in documented.items():
            self.assertTrue(option["vars"], name)


def documentation(module: str) -> dict:
    """The options of a module, those of its fragments included."""
    documented = yaml.safe_load(plugin(f"modules.{module}").DOCUMENTATION)
    found = dict(documented.get("options", {}))
    for fragment in documented["extends_documentation_fragment"]:
        name, _dot, part = fragment.removeprefix("wigwag.wigwag.").partition(".")
        said = getattr(plugin(f"doc_fragments.{name}").ModuleDocFragment, (part or "documentation").upper())
        found.update(yaml.safe_load(said).get("options", {}))
    return found


class Typed(unittest.TestCase):
    """Options as the program is told them."""

    def test_a_body_and_its_parameters(self):
        for said, typed in [
            ({"command": "STATUS"}, ["--", "STATUS"]),
            ({"command": "-x", "params": {"n": 1, "to": [1, 2]}}, ["--", "-x", "n=1", "to=1,2"]),
            ({"hex": "1B 40", "params": {"unit": 17}}, ["--hex=1B 40", "--", "unit=17"]),
            ({"src": "job.bin"}, ["--file=job.bin"]),
            ({"text": ""}, ["--text="]),
            ({}, []),
        ]:
            self.assertEqual(options.body(said), typed)

    def test_what_yaml_made_of_a_parameter_is_not_sent(self):
        for params in ({"on": True}, {True: "on"}, {"n": None}, {"n": {"a": 1}}, {"n": [True]}):
            with self.assertRaises(AnsibleError, msg=str(params)):
                options.body({"command": "receptacle", "params": params})

    def test_flags(self):
        said = {"effect": "read", "error": ["a", "b"], "retry_connect": 0, "eol": None, "template": True, "tls": False}
        typed = options.flags(["effect", "error", "retry_connect", "eol", "template", "tls"], said)
        self.assertEqual(typed, ["--effect=read", "--error=a", "--error=b", "--retry-connect=0", "--template"])

    def test_no_argument_holds_a_secret(self):
        arguments, environment = options.secrets({"secrets": {"password": "hunter2"}})
        self.assertEqual(arguments, ["--secret=password=env:WIGWAG_SECRET_1"])
        self.assertEqual(environment, {"WIGWAG_SECRET_1": "hunter2"})

    def test_only_settings_of_a_host_go_into_its_inventory(self):
        variables = {
            "ansible_host": "10.4.0.1",
            "ansible_user": "root",
            "wigwag_port": 9101,
            "wigwag_secret_password": "env:PW",
            "wigwag_effect": "read",
            "wigwag_proxy": None,
        }
        known = {"ansible_host": "10.4.0.1", "wigwag_port": 9101, "wigwag_secret_password": "env:PW"}
        self.assertEqual(options.settings_known(variables), known)


class Shown(unittest.TestCase):
    """What comes from a device cannot do anything to a terminal."""

    def test_control_characters_are_shown(self):
        for said, shown in [
            ("READY", "READY"),
            ("caf\u00e9 \u6771\u4eac", "caf\u00e9 \u6771\u4eac"),
            ("\x1b[2J", "<0x1B>[2J"),
            ("\x9b2J", "<U+009B>2J"),
            ("a\r\nb\tc\rd", "a\nb\tc<0x0D>d"),
            ("\u202egnp.exe", "<U+202E>gnp.exe"),
            ("\x7f\x00", "<0x7F><0x00>"),
        ]:
            self.assertEqual(result.shown(said), shown)

    def test_in_everything_that_a_result_holds(self):
        said = {"fields": {"list": ["\x1b", 1, None, True]}}
        self.assertEqual(result.shown(said), {"fields": {"list": ["<0x1B>", 1, None, True]}})

    def test_on_one_line(self):
        self.assertEqual(result.shown("a\nb", one_line=True), "a<0x0A>b")


def event(outcome: str, effect: str = "once", **more) -> dict:
    """An outcome event with what every one has."""
    return {"v": 1, "event": "outcome", "outcome": outcome, "effect": effect, "bytes_written": 8, **more}


class Results(unittest.TestCase):
    """From events to results."""

    def test_rc_failed_and_changed(self):
        for said, rc, failed, changed in [
            (event("ok"), 0, False, True),
            (event("ok", "read"), 0, False, False),
            (event("sent"), 0, False, True),
            (event("rejected"), 3, True, False),
            (event("unreachable", bytes_written=0), 4, True, False),
            (event("unconfirmed"), 5, True, True),
            (event("unconfirmed", "read"), 5, True, False),
            (event("garbled"), 5, True, True),
            (event("expired", bytes_written=0), 7, True, False),
            (event("cancelled", bytes_written=0), 130, True, False),
            (event("skipped", bytes_written=0, reason="halted"), 7, True, False),
            (event("skipped", bytes_written=0, reason="duplicate"), 7, False, False),
            (event("skipped", bytes_written=0, reason="dry-run"), 0, False, True),
            (event("skipped", "read", bytes_written=0, reason="dry-run"), 0, False, False),
        ]:
            found = result.outcome(said)
            self.assertEqual((found["rc"], found["failed"], found["changed"]), (rc, failed, changed), said)

    def test_the_worst_counts(self):
        for codes, worst in [([], 0), ([0, 7, 4], 4), ([4, 3], 3), ([5, 6], 5), ([130, 4], 4), ([0, -9], 1)]:
            self.assertEqual(result.worst(codes), worst)

    def test_what_is_no_event(self):
        for line in ("", "READY", "[]", '{"v":2,"event":"outcome"}', '{"event":"outcome"}'):
            with self.assertRaises(AnsibleError, msg=line):
                result.read(line)


class Task:
    """Where a memory lies."""


class Memories(unittest.TestCase):
    """What `until` may send again."""

    def test_only_what_cannot_make_a_device_act_twice(self):
        for said, may_repeat in [
            (event("ok"), False),
            (event("rejected"), True),
            (event("unreachable", bytes_written=0), True),
            (event("unconfirmed"), False),
            (event("garbled"), False),
            (event("unconfirmed", "idempotent"), True),
            (event("unconfirmed", "read"), True),
        ]:
            task = Task()
            Memory.of(task).keep("press-1", result.outcome(said))
            self.assertEqual(Memory.of(task).may_repeat("press-1"), may_repeat, said)

    def test_another_task_knows_nothing(self):
        Memory.of(Task()).keep("press-1", result.outcome(event("unconfirmed")))
        self.assertNotIn("press-1", Memory.of(Task()))


if __name__ == "__main__":
    unittest.main()
