"""Simulated devices: as many addresses of the loopback interface as there are hosts, and what they were sent."""

import ipaddress
import json
import os
import subprocess

FIRST = ipaddress.IPv4Address("127.1.0.1")  # as with `wigwag simulate --devices`
# Ansible need not look for a Python on each host.
VARIABLES = "wigwag_port={port}\nansible_python_interpreter={{{{ ansible_playbook_python }}}}\n"


class Devices:
    """Serves from `with` to its end; what they were sent is known after that."""

    def __init__(self, count, folder):
        self.count = count
        self.folder = folder
        command = [os.environ["WIGWAG"], "simulate", "esc-cr", "--devices", str(count), "--listen", f"{FIRST}:0"]
        self.server = subprocess.Popen(
            [*command, "--log", folder / "log"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        # An inventory on standard output; on the other `ready` once all are there, or what is wrong.
        self.port = next((int(line.split()[2]) for line in self.server.stdout if line.startswith("port = ")), 0)
        said = self.server.stderr.readline()
        if said != "ready\n":
            self.__exit__()
            raise SystemExit(f"bench/ansible: the devices did not start: {said}")

    def write_inventory(self, path):
        """An inventory of Ansible's, with a name for each device."""
        with open(path, "w") as file:
            file.write("[devices]\n")
            for number in range(self.count):
                file.write(f"device-{number + 1} ansible_host={FIRST + number}\n")
            file.write("[devices:vars]\n" + VARIABLES.format(port=self.port))

    def received(self):
        """The number of the device for each command that came, from 1."""
        return [json.loads(line)["device"] for line in (self.folder / "log").read_text().splitlines()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()
        self.server.stdout.close()
        self.server.stderr.close()
