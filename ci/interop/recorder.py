"""Records the impacket client against the impacket server, and writes golden octets.

A relay stands between the two and keeps what passes. From it come whole stubs for the tests of `mspan` and PDUs for
those of `dcerpc`. Of messages that differ in handles and numbers only, the first is kept.
"""

import argparse
import importlib.metadata
import json
import pathlib
import socket
import struct
import subprocess
import sys
import threading
import uuid

from impacket.dcerpc.v5 import rpcrt
from impacket.dcerpc.v5.rpcrt import DCERPCException

import conversations
import pan
from connection import Connection, Failure, Transport

HERE = pathlib.Path(__file__).parent
HARNESS = HERE.parent.parent / "harness"
STUB_LIMIT = 2000  # octets of a stub that is worth keeping
NAMES = {
    rpcrt.MSRPC_REQUEST: "request",
    rpcrt.MSRPC_RESPONSE: "response",
    rpcrt.MSRPC_FAULT: "fault",
    rpcrt.MSRPC_BIND: "bind",
    rpcrt.MSRPC_BINDACK: "bind_ack",
    rpcrt.MSRPC_BINDNAK: "bind_nak",
    rpcrt.MSRPC_ALTERCTX: "alter_context",
    rpcrt.MSRPC_ALTERCTX_R: "alter_context_resp",
}
SYNTAXES = {uuid.UUID(pan.NDR[0]).bytes_le: "ndr", uuid.UUID(pan.NDR64[0]).bytes_le: "ndr64"}


class Relay:
    """Passes connections on to a server and keeps the octets of each direction in the order of their passing."""

    def __init__(self, target):
        host, _, port = target.rpartition(":")
        self.target = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            near, _ = self.listener.accept()
            far = socket.create_connection(self.target, timeout=10)
            far.settimeout(None)
            pdus = []
            self.connections.append(pdus)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(source, sink, pdus), daemon=True).start()

    @staticmethod
    def pump(source, sink, pdus):
        """Copy PDU by PDU, so that the order of both directions is kept."""
        try:
            with source.makefile("rb") as stream:
                while len(header := stream.read(16)) == 16:
                    pdu = header + stream.read(struct.unpack_from("<H", header, 8)[0] - 16)
                    pdus.append(pdu)
                    sink.sendall(pdu)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()


class Golden:
    """What is kept of the recorded connections."""

    def __init__(self):
        self.stubs = {}
        self.pdus = {}

    def take(self, pdus):
        """One connection's PDUs in their order."""
        contexts, calls, offered, requests = {}, {}, {}, {}
        for pdu in pdus:
            kind, call_id = pdu[2], struct.unpack_from("<L", pdu, 12)[0]
            name = NAMES[kind]
            if kind in (rpcrt.MSRPC_BIND, rpcrt.MSRPC_ALTERCTX):
                context_id = struct.unpack_from("<H", pdu, 28)[0]
                offered[call_id] = context_id
                contexts[context_id] = (pdu[32:52], SYNTAXES[pdu[52:68]])
                self.keep(f"{name} {contexts[context_id][1]}", pdu)
            elif kind == rpcrt.MSRPC_REQUEST:
                interface, syntax = contexts[struct.unpack_from("<H", pdu, 20)[0]]
                opnum = struct.unpack_from("<H", pdu, 22)[0]
                method = pan.method_name(interface, opnum) if opnum in pan.METHODS[interface] else f"opnum-{opnum}"
                calls[call_id] = (method, syntax)
                self.keep(f"{name} {method} {syntax}{place(pdu)}", pdu)
                requests[call_id] = pdu
            elif kind == rpcrt.MSRPC_RESPONSE:
                method, syntax = calls[call_id]
                self.keep(f"{name} {method} {syntax}{place(pdu)}", pdu)
                self.keep_stub((method, "in", syntax), requests[call_id])
                self.keep_stub((method, "out", syntax), pdu)
            elif kind == rpcrt.MSRPC_FAULT:
                self.keep(f"{name} {calls[call_id][0]} 0x{struct.unpack_from('<L', pdu, 24)[0]:08x}", pdu)
            elif kind == rpcrt.MSRPC_BINDNAK:
                self.keep(name, pdu)
            else:
                self.keep(f"{name} {contexts[offered[call_id]][1]}", pdu)

    def keep(self, name, pdu):
        self.pdus.setdefault(name, pdu)

    def keep_stub(self, title, pdu):
        """Stubs in more than one fragment are not kept, the PDUs show those."""
        if not place(pdu) and len(pdu) <= STUB_LIMIT:
            stub = pdu[24:]
            hresult = stub[-4:] if title[1] == "out" else b""
            self.stubs.setdefault((*title, len(stub), hresult), stub)


def place(pdu):
    """Where a fragment stands in its message; nothing for an only one."""
    first, last = pdu[3] & rpcrt.PFC_FIRST_FRAG, pdu[3] & rpcrt.PFC_LAST_FRAG
    return "" if first and last else " first" if first else " last" if last else " middle"


def provoke(address, syntax):
    """Faults, a refused bind, a request in fragments, and HRESULTs that the good conversations lack."""
    host, _, port = address.rpartition(":")
    connection = Connection(host, int(port), {"syntax": syntax, "security": "none"}, 10)
    for opnum, stub in ((2, b""), (1, bytes(4) + uuid.uuid4().bytes), (0, bytes(7))):
        try:
            connection.async_notify.call(opnum, stub)
            connection.async_notify.recv()
        except DCERPCException:
            continue
        raise Failure(f"opnum {opnum} should have ended with a fault")
    register_with(connection, "\\\\PRINTSRV\\office,laser", pan.INVALID_NAME)
    connection.async_notify.set_max_fragment_size(256)
    register_with(connection, "\\\\PRINTSRV\\" + "office-laser-" * 30, pan.S_OK)
    connection.close()
    lost = Transport(host, int(port), 10, group=0xFFFFFFFF)
    lost.connect()
    try:
        rpcrt.DCERPC_v5(lost).bind(pan.MSRPC_UUID_REMOTE_OBJECT)
    except DCERPCException:
        lost.disconnect()
    else:
        raise Failure("an unknown association group should have been refused")


def register_with(connection, name, status):
    """Create an object, register it with a name, expect that HRESULT, and undo both."""
    created = connection.call(pan.IRPCRemoteObject_Create())
    request = pan.IRPCAsyncNotify_RegisterClient()
    request["pRegistrationObj"] = created["ppRemoteObj"]
    request["pName"] = name + "\0"
    request["pInNotificationType"] = pan.ASYNC_UI.bytes_le
    request["NotifyFilter"] = pan.kPerUser
    request["conversationStyle"] = pan.kBiDirectional
    actual = connection.call(request)["ErrorCode"]
    if actual != status:
        raise Failure(f"RegisterClient: HRESULT 0x{actual:08x}, expected 0x{status:08x}")
    if status == pan.S_OK:
        unregister = pan.IRPCAsyncNotify_UnregisterClient()
        unregister["pRegistrationObj"] = created["ppRemoteObj"]
        connection.call(unregister)
    delete = pan.IRPCRemoteObject_Delete()
    delete["ppRemoteObj"] = created["ppRemoteObj"]
    connection.call(delete)


def write(path, header, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in [*header, "", *lines]), encoding="utf-8")
    print(f"{path}: {len(lines)} lines")


def record(arguments):
    """Run the conversations through the relay and write both files."""
    words = [sys.executable, str(HERE / "server.py"), "--lifetime", "300"]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        ready = json.loads(server.stdout.readline())
        relay = Relay(ready["listening"])
        source = conversations.Source(ready["stimulus"])
        for _, converse in conversations.conversations(relay.address, source, list(pan.TRANSFER_SYNTAXES)):
            converse()
        for syntax in pan.TRANSFER_SYNTAXES:
            provoke(relay.address, syntax)
    finally:
        server.terminate()
        server.wait(10)
    golden = Golden()
    for pdus in relay.connections:
        golden.take(pdus)
    maker = f"impacket {importlib.metadata.version('impacket')}"
    write(
        arguments.stubs,
        [
            f"# Stubs made by {maker} (ci/interop/record): method, direction, transfer syntax, octets in hexadecimal or",
            "# - for none. impacket fills alignment gaps with octets other than zero and draws referents at random.",
        ],
        [
            f"{method} {direction} {syntax} {stub.hex() or '-'}"
            for (method, direction, syntax, *_), stub in sorted(golden.stubs.items())
        ],
    )
    write(
        arguments.pdus,
        [f"# PDUs made by {maker} (ci/interop/record): what it is, a colon, octets in hexadecimal."],
        [f"{name}: {pdu.hex()}" for name, pdu in golden.pdus.items()],
    )


def main(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stubs", type=pathlib.Path, default=HARNESS / "mspan/tests/golden/impacket.txt")
    parser.add_argument("--pdus", type=pathlib.Path, default=HARNESS / "dcerpc/tests/golden/impacket.txt")
    record(parser.parse_args(words))


if __name__ == "__main__":
    main(sys.argv[1:])
