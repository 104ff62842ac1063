"""Writes a line of JSON for each task, to the file that SECONDS_TO names.

Its seconds go from the start of the task to its last result; `answers` says how often each answer came, of a single host or,
with `fleet`, of all.
"""

from __future__ import annotations

import collections
import json
import os
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: seconds
type: aggregate
short_description: how long each task takes, and what its hosts answered
description: Writes a line of JSON for each task.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "seconds"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self.task = None

    def v2_playbook_on_task_start(self, task, is_conditional):
        self.write()
        self.task, self.answers = task.get_name(), collections.Counter()
        self.started = self.last = time.monotonic()

    def v2_runner_on_ok(self, result):
        self.last = time.monotonic()
        told = result._result
        for one in told["results"].values() if "results" in told else [told]:
            self.answers[one.get("response", one.get("stdout", "")).strip()] += 1

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.last = time.monotonic()
        self.answers["failed"] += 1

    def v2_runner_on_unreachable(self, result):
        self.last = time.monotonic()
        self.answers["unreachable"] += 1

    def v2_playbook_on_stats(self, stats):
        self.write()

    def write(self):
        if self.task is None:
            return
        with open(os.environ["SECONDS_TO"], "a") as file:
            line = {"task": self.task, "seconds": self.last - self.started, "answers": self.answers}
            file.write(json.dumps(line) + "\n")
        self.task = None
