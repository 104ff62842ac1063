# Copyright: the authors of Wigwag
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wigwag program: where it is, whether it is the right one, and how it is run.

Everything that the collection knows of devices it asks this program; here is the only place that starts it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading

from ansible.errors import AnsibleError

# The program's versions that speak as this collection expects.
NEEDED = "0.1"

# No program takes as long to say its version.
VERSION_TIMEOUT = 10.0
# How long answers that are due are waited for when a task is cut off.
GRACE = 1.0
# How often it is looked whether Ansible is still there.
ORPHAN_LOOK = 0.5
# How long an interrupted run may take to write down what became of it.
CUT_TIMEOUT = 10.0
# What is kept of standard error; wigwag says far less.
ERRORS_KEPT = 64 * 1024


class ProgramError(AnsibleError):
    """There is no wigwag that can be used; nothing was sent."""


class Finished:
    """What a run of the program came to.

    :ivar rc: its exit code
    :ivar errors: what it said on standard error
    """

    def __init__(self, rc: int, errors: str) -> None:
        self.rc = rc
        self.errors = errors


class Program:
    """A wigwag that has been found to be the right one."""

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def find(cls, executable: str | None) -> Program:
        """The program of this name or path; `wigwag` unless said.

        :raises ProgramError: it is missing, may not be executed, or is of another version
        """
        path = located(executable or "wigwag")
        said = version(path)
        words = said.split()
        if len(words) != 2 or words[0] != "wigwag" or not words[1].startswith(NEEDED + "."):
            raise ProgramError(
                f"{path} is not the wigwag that this collection works with, which is {NEEDED}.x: it says "
                f"{said[:200]!r}. Install that version on the control node, or set wigwag_executable to where it is"
            )
        return cls(path)

    def run(self, arguments, stdin="", environment=None, on_line=None, on_note=None) -> Finished:
        """Runs it to its end.

        :param arguments: what follows the program's name
        :param stdin: what it reads
        :param environment: variables that it gets in addition
        :param on_line: is given each line of standard output, as text
        :param on_note: is given each line of standard error, as text
        """
        process = subprocess.Popen(
            [self.path, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            encoding="utf-8",
            errors="replace",
        )
        notes: list[str] = []
        ended = threading.Event()
        threading.Thread(target=_stop_when_orphaned, args=(process, ended), daemon=True).start()
        helpers = [
            threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True),
            threading.Thread(target=_listen, args=(process.stderr, notes, on_note), daemon=True),
        ]
        try:
            for helper in helpers:
                helper.start()
            for line in process.stdout:
                if on_line:
                    on_line(line)
            rc = process.wait()
        except BaseException as reason:
            # Whoever pressed Ctrl-C has told the program, too.
            _cut(process, is_told=isinstance(reason, KeyboardInterrupt))
            raise
        finally:
            ended.set()
        for helper in helpers:
            helper.join()
        process.stdout.close()
        return Finished(rc, "".join(notes).strip())


def located(executable: str) -> str:
    """The path of the program.

    :raises ProgramError: it is not there, or may not be executed
    """
    path = os.path.expanduser(executable)
    if os.sep not in path:
        found = shutil.which(path)
        if not found:
            raise ProgramError(
                f"there is no program {path!r} on the control node (PATH is {os.environ.get('PATH', '')}): install "
                f"wigwag {NEEDED}.x there, or set wigwag_executable to where it is"
            )
        return found
    if not os.path.isfile(path):
        raise ProgramError(
            f"there is no program {path} on the control node: install wigwag {NEEDED}.x there, or set "
            "wigwag_executable to where it is"
        )
    if not os.access(path, os.X_OK):
        raise ProgramError(f"{path} is not executable: `chmod +x {path}`, or set wigwag_executable to another one")
    return path


def version(path: str) -> str:
    """What the program says that it is, in one line.

    :raises ProgramError: it cannot be started
    """
    try:
        asked = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=VERSION_TIMEOUT,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        return f"nothing within {VERSION_TIMEOUT:.0f} s"
    except OSError as error:
        raise ProgramError(
            f"{path} cannot be started ({error.strerror}): is it built for this machine? Install wigwag {NEEDED}.x, "
            "or set wigwag_executable to where it is"
        ) from error
    return asked.stdout.strip()


def _stop_when_orphaned(process, ended) -> None:
    """Starts nothing more when Ansible itself has gone: older cores leave their workers behind, and those go on."""
    parent = os.getppid()
    while not ended.wait(ORPHAN_LOOK):
        if os.getppid() != parent:
            process.send_signal(signal.SIGINT)
            return


def _feed(pipe, text: str) -> None:
    try:
        with pipe:
            pipe.write(text)
    except BrokenPipeError:
        pass  # It had seen enough; its exit code says why.


def _listen(pipe, notes: list[str], on_note) -> None:
    kept = 0
    with pipe:
        for line in pipe:
            if on_note:
                on_note(line.rstrip("\n"))
            if kept < ERRORS_KEPT:
                notes.append(line)
                kept += len(line)


def _cut(process, is_told: bool) -> None:
    """Stops it as Ctrl-C and Ctrl-C again do: what had been sent is written down as unconfirmed, the rest is not sent."""
    process.stdout.close()
    for patience in (GRACE, CUT_TIMEOUT):
        if not is_told:
            process.send_signal(signal.SIGINT)
        is_told = False
        try:
            process.wait(patience)
            return
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    process.wait()
