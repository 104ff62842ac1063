"""Every server by turns, medians, the ratio to the floor; then the weight of idle connections. Started by `run`."""

import contextlib
import ipaddress
import json
import os
import pathlib
import resource
import socket
import statistics
import subprocess

import servers
from servers import BUILT

FIRST = ipaddress.IPv4Address("127.1.0.1")
WARM_UP = 64  # exchanges
SHARE = 0.9  # of the floor's exchanges per second of CPU, at least
BYTES = 2048  # of memory for each idle connection, less
GOALS_FOR = ("agent", "simulate")


def main():
    keys = servers.chosen()
    exchanges, in_flight = setting("EXCHANGES", 5_000), setting("IN_FLIGHT", 256)
    rounds, idle = setting("ROUNDS", 41), setting("IDLE", 12_000)
    check_limits(in_flight, idle)
    print(f"{exchanges:,} exchanges, {in_flight} in flight, median of {rounds}, by turns\n", flush=True)
    show_rates(by_turns(keys, exchanges, in_flight, rounds))
    print(f"\n{idle:,} idle connections\n", flush=True)
    show_weights({key: weight(key, idle) for key in keys})


def by_turns(keys, exchanges, in_flight, rounds):
    """Seconds of CPU for an exchange with each server, round by round. Each round begins with another server: what
    disturbs the machine for a while is everybody's."""
    with contextlib.ExitStack() as stack:
        started = {key: stack.enter_context(servers.start(key, exchanges)) for key in keys}
        targets = {key: targets_of(server, exchanges) for key, server in started.items()}
        for server in started.values():
            load(targets_of(server, WARM_UP), WARM_UP, in_flight)
        costs = {key: [] for key in keys}
        for number in range(rounds):
            first = number % len(keys)
            for key in keys[first:] + keys[:first]:
                before = started[key].cpu_seconds()
                load(targets[key], exchanges, in_flight)
                costs[key].append((started[key].cpu_seconds() - before) / exchanges)
        return costs


def load(targets, exchanges, in_flight):
    """The client of the bench `fleet`: a new connection for each exchange, every answer compared."""
    client = [BUILT / "client", targets, str(in_flight)]
    output = subprocess.run(client, stdout=subprocess.PIPE, text=True, check=True).stdout
    lines = output.splitlines()
    failed = [line for line in lines if json.loads(line)["outcome"] != "ok"]
    if failed or len(lines) != exchanges:
        raise SystemExit(f"bench/device: {len(lines)} exchanges of {exchanges}, {len(failed)} failed {failed[:1]}")


def targets_of(server, count):
    """A file with an address and port a line, each address another one, so that no pair of ends runs out of ports."""
    path = BUILT / f"targets-{server.port}-{count}"
    path.write_text("".join(f"{FIRST + number}:{server.port}\n" for number in range(count)))
    return path


def show_rates(costs):
    print(f"  {'':<24} {'exchanges per s of CPU':>24} {'CPU us each':>12} {'rate / C':>9}")
    for key, each in costs.items():
        cost = statistics.median(each)
        print(f"  {servers.ALL[key][0]:<24} {1 / cost:>24,.0f} {cost * 1e6:>12.1f} {share(costs, key):>9.2f}")
    for key in GOALS_FOR:
        if key in costs:
            ratio = share(costs, key)
            text = f"{servers.ALL[key][0]} / C, exchanges per second of CPU, at least {SHARE}"
            print(f"  {text:<68} {ratio:5.2f}   {'met' if ratio >= SHARE else 'MISSED'}")


def share(costs, key):
    """Of the floor's rate: the median of the rounds, in each of which both were measured within a few seconds."""
    return statistics.median(floor / mine for floor, mine in zip(costs["c"], costs[key]))


def weight(key, idle):
    """What a new server grows by for each connection that says nothing."""
    with servers.start(key, idle) as server:
        load(targets_of(server, WARM_UP), WARM_UP, WARM_UP)
        before = server.resident_bytes()
        held = [connected(str(FIRST + number), server.port) for number in range(idle)]
        server.wait_until_accepted(idle)
        grown = server.resident_bytes() - before
        for connection in held:
            connection.close()
        return grown / idle


def connected(address, port):
    connection = socket.socket()
    connection.connect((address, port))
    return connection


def show_weights(weights):
    for key, each in weights.items():
        print(f"  {servers.ALL[key][0]:<24} {each:>8,.0f} bytes of memory for each")
    for key in GOALS_FOR:
        if key in weights:
            each = weights[key]
            text = f"{servers.ALL[key][0]}, bytes for each idle connection, below {BYTES}"
            print(f"  {text:<68} {each:5.0f}   {'met' if each < BYTES else 'MISSED'}")


def check_limits(in_flight, idle):
    """What the kernel would make the clients wait for is no cost of the servers."""
    backlog = int(pathlib.Path("/proc/sys/net/core/somaxconn").read_text())
    if backlog < in_flight:
        raise SystemExit(f"bench/device: {in_flight} in flight need net.core.somaxconn of as many; it is {backlog}")
    descriptors, wanted = resource.getrlimit(resource.RLIMIT_NOFILE)[0], max(2 * in_flight, idle) + 64
    if descriptors < wanted:
        raise SystemExit(f"bench/device: this needs {wanted} descriptors; the limit is {descriptors}")


def setting(name, usual):
    return int(os.environ.get(name, usual))


if __name__ == "__main__":
    main()
