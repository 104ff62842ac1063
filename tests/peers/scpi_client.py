"""Asks an instrument what it is, by PyVISA: `scpi_client.py PORT`. Prints what it answers as one line of JSON."""

import json
import sys

import pyvisa

TIMEOUT_MS = 10_000


def main(port):
    resources = pyvisa.ResourceManager("@py")
    with resources.open_resource(
        f"TCPIP::127.0.0.1::{port}::SOCKET", read_termination="\n", write_termination="\n", timeout=TIMEOUT_MS
    ) as instrument:
        answers = {
            "identity": instrument.query("*IDN?"),
            "error": instrument.query("SYST:ERR?"),
            "block": instrument.query_binary_values(":WAV:DATA?", datatype="B", container=bytes).decode(),
            "voltage_before": instrument.query_ascii_values("VOLT?"),
        }
        instrument.write("VOLT 3.25")
        answers["voltage_after"] = instrument.query_ascii_values("VOLT?")
    print(json.dumps(answers))


main(sys.argv[1])
