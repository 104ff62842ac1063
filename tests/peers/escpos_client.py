"""Asks a receipt printer how it is, by python-escpos: `escpos_client.py PORT`. Prints its answers as one line of JSON."""

import json
import sys

from escpos.constants import RT_STATUS_ONLINE, RT_STATUS_PAPER
from escpos.printer import Network

TIMEOUT_S = 10


def main(port):
    printer = Network("127.0.0.1", port=port, timeout=TIMEOUT_S)
    answers = {"online": printer.is_online(), "paper": printer.paper_status()}

    # What is not answered must not be in the way of what is.
    printer.hw("INIT")
    printer.cashdraw(2)
    answers["status_byte"] = printer.query_status(RT_STATUS_ONLINE)[0]
    answers["paper_byte"] = printer.query_status(RT_STATUS_PAPER)[0]
    printer.close()
    print(json.dumps(answers))


main(int(sys.argv[1]))
