#!/usr/bin/env python3
"""Asks an endpoint mapper for both interfaces with impacket's own ept_map and ept_lookup.

Exit status: 0 when every answer is as it should be, 1 otherwise.
"""

import argparse
import sys

from impacket.dcerpc.v5 import epm
from impacket.dcerpc.v5.rpcrt import DCERPCException
from impacket.dcerpc.v5.transport import DCERPCTransportFactory
from impacket.uuid import uuidtup_to_bin

INTERFACES = {
    "IRPCAsyncNotify": ("0b6edbfa-4a24-4fc6-8a23-942b1eca65d1", "1.0"),
    "IRPCRemoteObject": ("ae33069b-a2a8-46ee-a235-ddfd339be281", "1.0"),
}
UNKNOWN = ("7d9f0c1e-52a6-4be0-9f5c-3d1a2b4c5e6f", "1.0")
NOT_REGISTERED = 0x16C9A0D6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mapper", help="HOST:PORT of the endpoint mapper")
    parser.add_argument("port", help="where both interfaces should be")
    arguments = parser.parse_args()
    host, port = arguments.mapper.rsplit(":", 1)

    def connected():
        """A connection of its own: impacket's functions bind it."""
        dce = DCERPCTransportFactory(f"ncacn_ip_tcp:{host}[{port}]").get_dce_rpc()
        dce.connect()
        return dce

    wrong = 0
    for name, interface in INTERFACES.items():
        binding = epm.hept_map(host, uuidtup_to_bin(interface), protocol="ncacn_ip_tcp", dce=connected())
        if not binding.endswith(f"[{arguments.port}]"):
            print(f"ept_map of {name}: expected port {arguments.port}; came {binding}")
            wrong += 1
    entries = epm.hept_lookup(host, dce=connected())
    bindings = sorted(epm.PrintStringBinding(entry["tower"]["Floors"]) for entry in entries)
    if bindings != [f"ncacn_ip_tcp:{host}[{arguments.port}]"] * 2:
        print(f"ept_lookup: expected two elements at port {arguments.port}; came {bindings}")
        wrong += 1
    try:
        binding = epm.hept_map(host, uuidtup_to_bin(UNKNOWN), protocol="ncacn_ip_tcp", dce=connected())
        print(f"ept_map of an unknown interface: expected ept_s_not_registered; came {binding}")
        wrong += 1
    except DCERPCException as error:
        if error.get_error_code() != NOT_REGISTERED:
            print(f"ept_map of an unknown interface: expected ept_s_not_registered; came {error}")
            wrong += 1
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
