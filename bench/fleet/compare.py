"""The table: every client by turns, medians, and the ratio to the floor. Started by `run`."""

import os
import statistics
import subprocess
import sys

import clients
from devices import BUILT, Devices, check_limits

WARM_UP = 64  # targets
LARGEST_RATIO = 1.1  # of wigwag's CPU time to the floor's


def main():
    taking_part = clients.chosen("c " + " ".join(client.key for client in clients.ALL))
    if taking_part[0] is not clients.ALL[0]:
        raise SystemExit("bench/fleet: CLIENTS needs c, the floor")
    sizes, fanouts = clients.numbers("TARGETS", "10000 100000"), clients.numbers("FANOUTS", "256 4096")
    repetitions = int(os.environ.get("REPETITIONS", 3))
    script_targets = int(os.environ.get("SCRIPT_TARGETS", 200))
    check_limits(max(fanouts))

    with Devices() as devices:
        for client in taking_part:
            run(client, devices.targets(WARM_UP), WARM_UP, min(fanouts))
        # The script takes its turns in the first table only: its cost depends neither on how many there are nor on the
        # fanout, and its figures are for one target in any case.
        with_script = True
        for size in sizes:
            for fanout in fanouts:
                present = [client for client in taking_part if with_script or client is not clients.SCRIPT]
                counts = {client: script_targets if client is clients.SCRIPT else size for client in present}
                runs = by_turns(devices, counts, fanout, repetitions)
                show(f"{size:,} targets, {fanout:,} in flight, median of {repetitions}", counts, runs)
                if clients.SCRIPT in counts:
                    print(f"  * with {script_targets} targets; the figures are per exchange like the others")
                goals(counts, runs)
                with_script = False


def by_turns(devices, counts, fanout, repetitions):
    """All runs of each client. Each repetition begins with another one: what disturbs the machine for a while, or is
    left behind by the one before, is everybody's."""
    targets = {count: devices.targets(count) for count in counts.values()}
    order = list(counts)
    runs = {client: [] for client in order}
    for repetition in range(repetitions):
        first = repetition * len(order) // repetitions
        for client in order[first:] + order[:first]:
            count = counts[client]
            runs[client].append(run(client, targets[count], count, fanout))
    return runs


def run(client, targets, count, fanout):
    """Seconds of wall time, seconds of CPU time and KiB of peak memory of a run that did all its work."""
    output, errors = BUILT / "output", BUILT / "errors"
    client.remove_journal()
    with open(errors, "w") as stderr:
        command = [BUILT / "measure", output, *client.command(targets, fanout)]
        measured = subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, stdin=subprocess.DEVNULL, text=True)
    client.remove_journal()
    said = errors.read_text()[-2000:]
    try:
        if measured.returncode != 0:
            raise clients.Wrong("it failed")
        client.check(output, count)
    except (clients.Wrong, ValueError, KeyError) as error:
        sys.exit(f"bench/fleet: {client.name}, {count} targets, {fanout} in flight: {error}\n{said}")
    wall, cpu, memory = measured.stdout.split()
    return float(wall), float(cpu), int(memory)


def show(title, counts, runs):
    floor = cpu(counts, runs, next(iter(counts)))
    print(f"\n{title}\n")
    print(f"  {'':<28} {'exchanges/s':>12} {'CPU ms per 1,000':>17} {'peak MiB':>9} {'CPU / C':>8}")
    for client, count in counts.items():
        rate = statistics.median(count / wall for wall, _, _ in runs[client])
        memory = statistics.median(kibibytes for _, _, kibibytes in runs[client]) / 1024
        mine = cpu(counts, runs, client)
        print(f"  {client.name:<28} {rate:>12,.0f} {mine:>17,.1f} {memory:>9.1f} {mine / floor:>8.2f}", flush=True)


def goals(counts, runs):
    floor = cpu(counts, runs, next(iter(counts)))
    for client in counts:
        if client.key.startswith("wigwag"):
            ratio = cpu(counts, runs, client) / floor
            text = f"{client.name} / C, CPU time, at most {LARGEST_RATIO}"
            print(f"  {text:<58} {ratio:6.2f}   {'met' if ratio <= LARGEST_RATIO else 'MISSED'}", flush=True)


def cpu(counts, runs, client):
    """Milliseconds for a thousand exchanges; seconds for one are a million times as many."""
    return statistics.median(seconds * 1e6 / counts[client] for _, seconds, _ in runs[client])


if __name__ == "__main__":
    main()
