"""A Modbus/TCP controller by pymodbus.

Unit 17 has 200 holding registers, each ten times its address, and 200 coils, of which 0, 2 and 3 are on. Register 150 is
always busy.

Listens on 127.0.0.1, on a port from the system. The first line says which: `PORT 40123`. Serves until standard input
closes, so it never outlives the test that holds the pipe.
"""

import asyncio
import sys

from pymodbus.constants import ExcCodes
from pymodbus.pdu.device import ModbusDeviceIdentification
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

UNIT = 17
COUNT = 200
BUSY = 150
HOLDING_REGISTERS = (3, 6, 16)  # the functions that are about them


async def serve():
    server = ModbusTcpServer(
        SimDevice(UNIT, simdata=(coils(), nothing(DataType.BITS), registers(), nothing(DataType.REGISTERS)), action=act),
        identity=ModbusDeviceIdentification(
            info_name={"VendorName": "Example", "ProductCode": "PLC-10", "MajorMinorRevision": "V2.11"}
        ),
        address=("127.0.0.1", 0),
    )
    await server.serve_forever(background=True)
    _, port = server.transport.sockets[0].getsockname()
    print(f"PORT {port}", flush=True)

    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.shutdown()


def coils():
    return [SimData(0, values=[coil in (0, 2, 3) for coil in range(COUNT)], datatype=DataType.BITS)]


def registers():
    return [SimData(0, values=[10 * address for address in range(COUNT)], datatype=DataType.REGISTERS)]


def nothing(datatype):
    """It wants one of each kind."""
    return [SimData(0, values=[False] * 16 if datatype == DataType.BITS else 0, datatype=datatype)]


async def act(function, start, address, count, current, new):
    if function in HOLDING_REGISTERS and address <= BUSY < address + count:
        return ExcCodes.DEVICE_BUSY
    return None


asyncio.run(serve())
