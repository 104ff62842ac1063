"""The table: every client by turns, medians, and the ratio to the floor. Started by `run`."""

import os
import statistics
import subprocess
import sys

import clients
from devices import BUILT, Devices, check_limits

WARM_UP = 64  # targets
LEAST_RATE = 0.95  # of wigwag's exchanges per second to the floor's


def main():
    taking_part = clients.chosen("c " + " ".join(client.key for client in clients.ALL))
    if taking_part[0] is not clients.ALL[0]:
        raise SystemExit("bench/fleet: CLIENTS needs c, the floor")
    sizes, fanouts = clients.numbers("TARGETS", "10000 100000"), clients.numbers("FANOUTS", "256 1024 4096")
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
    floor = next(iter(counts))
    print(f"\n{title}\n")
    print(f"  {'':<28} {'exchanges/s':>12} {'CPU us each':>12} {'peak MiB':>9} {'CPU / C':>8} {'rate / C':>9}")
    for client, count in counts.items():
        rates, costs = [rate(run, count) for run in runs[client]], [cpu(run, count) for run in runs[client]]
        memory = statistics.median(kibibytes for _, _, kibibytes in runs[client]) / 1024
        columns = f"{statistics.median(rates):>12,.0f} {statistics.median(costs) * 1e6:>12.1f} {memory:>9.1f}"
        ratios = [beside(counts, runs, client, floor, figure) for figure in (cpu, rate)]
        print(f"  {client.name:<28} {columns} {ratios[0]:>8.2f} {ratios[1]:>9.2f}", flush=True)


def goals(counts, runs):
    floor = next(iter(counts))
    for client in counts:
        if client.most is not None:
            ratio = beside(counts, runs, client, floor, cpu)
            goal(f"{client.name} / C, CPU time, at most {client.most}", ratio, ratio <= client.most)
            ratio = beside(counts, runs, client, floor, rate)
            goal(f"{client.name} / C, exchanges/s, at least {LEAST_RATE}", ratio, ratio >= LEAST_RATE)


def goal(text, ratio, is_met):
    print(f"  {text:<58} {ratio:6.2f}   {'met' if is_met else 'MISSED'}", flush=True)


def beside(counts, runs, client, floor, figure):
    """The median of what a client's figure is to the floor's in each repetition: what disturbs the machine for a while
    disturbs both."""
    pairs = zip(runs[client], runs[floor])
    return statistics.median(figure(mine, counts[client]) / figure(its, counts[floor]) for mine, its in pairs)


def cpu(run, count):
    """Seconds for each exchange, user and system."""
    return run[1] / count


def rate(run, count):
    """Exchanges a second."""
    return count / run[0]


if __name__ == "__main__":
    main()
