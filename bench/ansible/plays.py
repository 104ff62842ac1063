"""The plays that take part, and one run of one of them: how long it took, once it is known to have done its work."""

import dataclasses
import json
import os
import pathlib
import resource
import shutil
import subprocess
import time

from devices import Devices

WIGWAG = os.environ["WIGWAG"]
ENVIRONMENTS = pathlib.Path(os.environ["WIGWAG_ANSIBLE"])
BUILT = pathlib.Path(os.environ["BUILT"])
HERE = pathlib.Path(__file__).resolve().parent
SCRIPT_FILE = HERE.parent / "single" / "first_script.py"

ANSWER = "OK"  # what the simulated devices say


class Wrong(Exception):
    """A play that did not do the work. Fast and wrong would be worth nothing."""


@dataclasses.dataclass(frozen=True)
class Play:
    name: str
    book: str  # without .yml
    variables: tuple = ()
    sends: bool = True  # each device is sent a command
    journal: bool = False
    slow: bool = False  # minutes: one run has to do


EMPTY = Play("empty play", "empty", sends=False)
SCRIPT = Play("script", "script", variables=(f"script={SCRIPT_FILE}",), slow=True)
RAW = dataclasses.replace(SCRIPT, name="script, by raw", book="raw")
SEND = Play("send", "send", slow=True)
FLEET = Play("fleet", "fleet", journal=True)
OF_ONE = Play("fleet, localhost", "fleet_of_one", journal=True)
NO_JOURNAL = Play("fleet, no journal", "fleet", variables=("wigwag_journal=off",))


@dataclasses.dataclass(frozen=True)
class Times:
    """Seconds of one run."""

    whole: float  # of the process, from its start to its end
    cpu: float  # user and system, of the process and of all that it started
    task: float  # from the start of the task to its last result; 0 where there is none
    scaled: bool = False  # reckoned, not measured


def run(core, play, hosts):
    """One run of one play, with devices of its own and with a home of its own, in which there are no settings."""
    home = BUILT / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    command = [ENVIRONMENTS / core / "bin" / "ansible-playbook", "--inventory", home / "hosts.ini", f"{play.book}.yml"]
    for variable in play.variables:
        command += ["--extra-vars", variable]
    try:
        with Devices(hosts, home) as devices, open(home / "output", "w") as output:
            devices.write_inventory(home / "hosts.ini")
            streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            started, used = time.monotonic(), cpu()
            code = subprocess.run(command, cwd=HERE, env=environment(core, play, home), **streams).returncode
            whole, used = time.monotonic() - started, cpu() - used
        if code != 0:
            raise Wrong(f"it ended with {code}")
        return Times(whole, used, task_of(play, devices, home))
    except (Wrong, ValueError, KeyError) as error:
        said = (home / "output").read_text()[-2000:]
        raise SystemExit(f"bench/ansible: {play.name}, {hosts} hosts, {core} core: {error}\n{said}") from error
    finally:
        shutil.rmtree(home, ignore_errors=True)


def cpu():
    """Seconds of all processes that have ended; the devices of a run are waited for only when it has been measured."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def version(core):
    """What the core calls itself, as `ansible-core 2.19.14`."""
    program = ENVIRONMENTS / core / "bin" / "ansible-playbook"
    said = subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return "ansible-" + said.partition("[")[2].partition("]")[0]


def environment(core, play, home):
    """Nothing of the person's own Ansible, and a journal that goes away with the rest."""
    ours = {
        "ANSIBLE_CONFIG": HERE / "ansible.cfg",
        "ANSIBLE_COLLECTIONS_PATH": ENVIRONMENTS / core / "collections",
        "HOME": home,
        "XDG_STATE_HOME": home / "state",
        "WIGWAG_EXECUTABLE": WIGWAG,
        "SECONDS_TO": home / "seconds",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {**inherited, **{name: str(value) for name, value in ours.items()}}


def task_of(play, devices, home):
    """The seconds of its task, in which every device was sent one command and every host has its answer."""
    if not play.sends:
        return 0.0
    [line] = (home / "seconds").read_text().splitlines()
    told = json.loads(line)
    if told["answers"] != {ANSWER: devices.count}:
        raise Wrong(f"not {devices.count} answers {ANSWER}: {told['answers']}")
    received = devices.received()
    if sorted(received) != list(range(1, devices.count + 1)):
        raise Wrong(f"not one command for each device: {len(received)} commands for {devices.count} devices")
    if (home / "state" / "wigwag" / "journal.db").exists() != play.journal:
        raise Wrong("it has no journal" if play.journal else "it has a journal")
    return told["seconds"]
