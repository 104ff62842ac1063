"""The tables: all plays by turns, medians, and how much faster than the script each is. Started by `run`."""

import os
import signal
import statistics
import sys

from plays import EMPTY, FLEET, NO_JOURNAL, OF_ONE, RAW, SCRIPT, SEND, Times, run, version

WARM_UP = 5  # hosts
LEAST_RATIO = 100  # of the script's time to that of fleet


def main():
    # What was started is ended then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    some, many = int(os.environ.get("HOSTS", 500)), int(os.environ.get("MANY", 5000))
    repetitions = int(os.environ.get("REPETITIONS", 3))
    script_many = os.environ.get("SCRIPT_MANY", "no") == "yes"

    for core in os.environ.get("CORES", "oldest newest").split():
        for play in (EMPTY, SCRIPT, SEND, FLEET):
            run(core, play, WARM_UP)
        of_some = by_turns(core, [EMPTY, SCRIPT, RAW, SEND, FLEET, OF_ONE, NO_JOURNAL], some, repetitions)
        show(core, some, of_some, repetitions)
        goal("script / fleet, time of the task", of_some[SCRIPT].task / of_some[FLEET].task)

        of_many = by_turns(core, [EMPTY, *([SCRIPT] if script_many else []), FLEET, OF_ONE, NO_JOURNAL], many, repetitions)
        if not script_many:
            of_many[SCRIPT] = scaled(of_some[SCRIPT], of_some[EMPTY], many / some, of_many[EMPTY])
        show(core, many, of_many, repetitions)
        if not script_many:
            print(f"  * scaled, not run: the task of {some:,} hosts times {many / some:g}, and the empty play")
        script, fleet, empty = (of_many[play].whole for play in (SCRIPT, FLEET, EMPTY))
        goal("script / fleet, whole process", script / fleet)
        goal("the same, the play over localhost", script / of_many[OF_ONE].whole)
        print(f"  {'the first without the empty play':<50} {(script - empty) / (fleet - empty):8.0f}", flush=True)


def by_turns(core, plays, hosts, repetitions):
    """The median of all runs of each play. Each repetition begins with another one: what disturbs the machine for a while
    is everybody's."""
    runs = {play: [] for play in plays}
    for repetition in range(repetitions):
        first = repetition * len(plays) // repetitions
        for play in plays[first:] + plays[:first]:
            if not (play.slow and runs[play]):
                runs[play].append(run(core, play, hosts))
    return {play: median(of_play) for play, of_play in runs.items()}


def median(runs):
    return Times(*(statistics.median(getattr(times, of) for times in runs) for of in ("whole", "cpu", "task")))


def scaled(script, empty, factor, empty_of_many):
    """What the script would take for so many times the hosts, if each of them took no longer than now."""
    return Times(
        whole=script.task * factor + empty_of_many.whole,
        cpu=(script.cpu - empty.cpu) * factor + empty_of_many.cpu,
        task=script.task * factor,
        scaled=True,
    )


def show(core, hosts, times, repetitions):
    print(f"\n{version(core)}, {hosts:,} hosts, median of {repetitions} (script and send: 1)\n")
    print(f"  {'':<18}{'seconds':>27}{'hosts/s':>12}{'script / it':>27}")
    print(f"  {'':<18}{'process':>9}{'CPU':>9}{'task':>9}{'task':>12}{'process':>9}{'CPU':>9}{'task':>9}")
    script = times[SCRIPT]
    for play, taken in times.items():
        columns = f"  {play.name + ' *' * taken.scaled:<18}{taken.whole:>9.2f}{taken.cpu:>9.2f}"
        if play.sends:
            columns += f"{taken.task:>9.2f}{hosts / taken.task:>12,.1f}"
            columns += f"{script.whole / taken.whole:>9.1f}{script.cpu / taken.cpu:>9.1f}{script.task / taken.task:>9.1f}"
        print(columns, flush=True)
    print()


def goal(text, ratio):
    text = f"{text}, at least {LEAST_RATIO}"
    print(f"  {text:<50} {ratio:8.0f}   {'met' if ratio >= LEAST_RATIO else 'MISSED'}", flush=True)


if __name__ == "__main__":
    main()
