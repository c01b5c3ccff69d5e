#!/usr/bin/env python3
"""An MS-PAN server on impacket's PDU classes, with a notification source that the stimulus protocol drives.

Prints one JSON line with its ports when ready. One lock guards the state of the protocol (`notifier.py`); each
connection has a thread that reads and one that writes, so a call that stays blocked holds nobody.
"""

import argparse
import json
import os
import queue
import signal
import socket
import struct
import sys
import threading
import uuid

from impacket.dcerpc.v5 import rpcrt
from impacket.dcerpc.v5.rpcrt import CtxItemResult, MSRPCHeader, MSRPCRespHeader
from impacket.uuid import uuidtup_to_bin

import byte_order
import pan
import trailer
from notifier import Fault, Notifier
from stimulus_server import StimulusServer

FRAGMENT = 4280  # octets of a fragment, what most implementations use
SMALLEST_FRAGMENT = 1432  # MustRecvFragSize of C706 12.6.3.1 and [MS-RPCE]
REQUEST_LIMIT = 24 * 1024 * 1024  # octets of a request's stub
IDLE_STEP = 0.5  # seconds between looks at the stop event

NDR64_OCTETS = uuidtup_to_bin(pan.NDR64)
SYNTAX_NAMES = {uuidtup_to_bin(pan.NDR): "ndr", NDR64_OCTETS: "ndr64"}
FEATURE_PREFIX = uuid.UUID("6cb71c2c-9812-4540-0000-000000000000").bytes_le[:8]
NEGOTIATE_ACK = 3
KEEP_CONNECTION_ON_ORPHAN = 2

OP_RNG_ERROR = rpcrt.MSRPC_STATUS_CODE_NCA_S_OP_RNG_ERROR
BAD_STUB_DATA = rpcrt.MSRPC_STATUS_CODE_RPC_X_BAD_STUB_DATA
INVALID_CONTEXT_ID = rpcrt.MSRPC_STATUS_CODE_NCA_S_INVALID_PRES_CONTEXT_ID
FAULT_CANCEL = rpcrt.MSRPC_STATUS_CODE_NCA_S_FAULT_CANCEL
PROTO_ERROR = rpcrt.MSRPC_STATUS_CODE_NCA_S_PROTO_ERROR
ACCESS_DENIED = 5
NO_MEMORY = rpcrt.MSRPC_STATUS_CODE_NCA_S_FAULT_REMOTE_NO_MEMORY

# bind_nak reasons, C706 12.6.4.5.
NOT_SPECIFIED, VERSION_NOT_SPECIFIED, AUTHENTICATION_NOT_RECOGNIZED = 0, 4, 8


class ProtocolError(Exception):
    """The client broke the protocol so that the connection can't go on."""


class Association:
    """C706's association group: the connections that share context handles."""

    def __init__(self, group):
        self.group = group
        self.connections = set()
        self.handles = {}


class Call:
    """A request that waits for its answer. Answered at most once, from whatever thread."""

    def __init__(self, connection, header, interface, syntax):
        self.connection = connection
        self.call_id = header.call_id
        self.context_id = header.context_id
        self.opnum = header.opnum
        self.interface = interface
        self.syntax = syntax
        self.over = False

    def answer(self, response):
        if not self.over:
            self.over = True
            self.connection.forget(self)
            self.connection.send_response(self, pan.encode(response, self.syntax))

    def fault(self, status, flags=0):
        if not self.over:
            self.over = True
            self.connection.forget(self)
            self.connection.send_fault(self.call_id, self.context_id, status, flags)


class Pdu:
    """A PDU as it came: numbers in the byte order of its data representation label."""

    ORDERS = {0x00: ">", 0x10: "<"}

    def __init__(self, header):
        self.octets = header
        self.order = self.ORDERS.get(header[4])
        self.kind, self.flags = header[2], header[3]
        self.length, self.auth_length, self.call_id = self.unpack("HHL", 8)

    def unpack(self, layout, offset):
        return struct.unpack_from((self.order or "<") + layout, self.octets, offset)

    def is_readable(self):
        return self.octets[0] == 5 and self.order is not None


class RequestHeader:
    """The fields of a request PDU that the first fragment settles."""

    def __init__(self, pdu):
        self.call_id = pdu.call_id
        self.context_id, self.opnum = pdu.unpack("HH", 20)
        self.order = pdu.order
        self.stub = bytearray()


class Connection:
    """One TCP connection: fragments in, calls out, answers back."""

    def __init__(self, server, sock, port):
        self.server = server
        self.socket = sock
        self.port = port
        self.association = None
        self.contexts = {}
        self.partial = {}
        self.pending = {}
        self.max_xmit = SMALLEST_FRAGMENT
        self.outbox = queue.SimpleQueue()

    def start(self):
        for work in (self.read, self.write):
            threading.Thread(target=work, daemon=True).start()

    # Reading

    def read(self):
        try:
            while (pdu := self.receive_pdu()) is not None:
                self.handle(pdu)
        except (OSError, ProtocolError, struct.error) as error:
            print(f"connection closed: {error}", file=sys.stderr, flush=True)
        finally:
            with self.server.lock:
                self.server.gone(self)
            self.outbox.put(None)

    def receive_pdu(self):
        header = self.receive(16, may_end=True)
        if header is None:
            return None
        pdu = Pdu(header)
        if pdu.length < 16:
            raise ProtocolError(f"frag_length {pdu.length}")
        pdu.octets += self.receive(pdu.length - 16)
        if not pdu.is_readable():
            if pdu.kind == rpcrt.MSRPC_BIND:
                self.send_bind_nak(pdu.call_id, VERSION_NOT_SPECIFIED)
            raise ProtocolError(f"version {header[0]}, data representation {header[4:8].hex()}")
        return pdu

    def receive(self, size, may_end=False):
        """`size` octets; None at an orderly end before the first of them."""
        octets = b""
        while len(octets) < size:
            try:
                piece = self.socket.recv(size - len(octets))
            except TimeoutError:
                if self.server.stopping.is_set():
                    raise ProtocolError("the server ends") from None
                continue
            if not piece:
                if may_end and not octets:
                    return None
                raise ProtocolError(f"end of the stream, {size - len(octets)} octets short")
            octets += piece
        return octets

    def handle(self, pdu):
        if pdu.kind in (rpcrt.MSRPC_BIND, rpcrt.MSRPC_ALTERCTX):
            self.negotiate(pdu)
        elif pdu.kind == rpcrt.MSRPC_REQUEST:
            self.take_fragment(pdu)
        elif pdu.kind in (rpcrt.MSRPC_CO_CANCEL, rpcrt.MSRPC_ORPHANED):
            self.cancel(pdu.call_id, pdu.kind == rpcrt.MSRPC_ORPHANED)
        else:
            raise ProtocolError(f"PDU type {pdu.kind}")

    # bind and alter_context

    def negotiate(self, pdu):
        alter, call_id = pdu.kind == rpcrt.MSRPC_ALTERCTX, pdu.call_id
        max_xmit, max_recv, group, count = pdu.unpack("HHLB", 16)
        if pdu.auth_length:
            self.send_bind_nak(call_id, AUTHENTICATION_NOT_RECOGNIZED)
            raise ProtocolError("the client wants authentication")
        if not alter:
            if self.association is not None:
                raise ProtocolError("second bind")
            with self.server.lock:
                self.association = self.server.join(self, group)
            if self.association is None:
                self.send_bind_nak(call_id, NOT_SPECIFIED)
                raise ProtocolError(f"unknown association group {group}")
            self.max_xmit = min(FRAGMENT, max(max_recv, SMALLEST_FRAGMENT))
        elif self.association is None:
            raise ProtocolError("alter_context before bind")
        results = [self.settle(*element) for element in context_elements(pdu, count)]
        flags = pdu.flags & rpcrt.PFC_CONC_MPX  # blocked calls let others pass on the same connection too
        self.send_acknowledgement(alter, call_id, flags, min(FRAGMENT, max_xmit), results)

    def settle(self, context_id, abstract, syntaxes):
        """The result of one presentation context element."""
        result = CtxItemResult()
        result["TransferSyntax"] = bytes(20)
        if len(syntaxes) == 1 and syntaxes[0][:8] == FEATURE_PREFIX:
            result["Result"] = NEGOTIATE_ACK
            result["Reason"] = syntaxes[0][8] & KEEP_CONNECTION_ON_ORPHAN
            return result
        known = [syntax for syntax in syntaxes if SYNTAX_NAMES.get(syntax) in self.server.syntaxes]
        if abstract not in pan.METHODS:
            result["Result"], result["Reason"] = 2, 1  # abstract_syntax_not_supported
        elif not known:
            result["Result"], result["Reason"] = 2, 2  # proposed_transfer_syntaxes_not_supported
        else:
            result["Result"], result["Reason"] = 0, 0
            result["TransferSyntax"] = known[0]
            self.contexts[context_id] = (abstract, SYNTAX_NAMES[known[0]])
        return result

    def send_acknowledgement(self, alter, call_id, flags, max_recv, results):
        address = b"" if alter else str(self.port).encode() + b"\0"
        body = struct.pack("<HHLH", self.max_xmit, max_recv, self.association.group, len(address)) + address
        body += bytes(-(len(body)) % 4)
        body += struct.pack("<BBH", len(results), 0, 0) + b"".join(item.getData() for item in results)
        self.send(rpcrt.MSRPC_ALTERCTX_R if alter else rpcrt.MSRPC_BINDACK, call_id, body, flags)

    def send_bind_nak(self, call_id, reason):
        self.send(rpcrt.MSRPC_BINDNAK, call_id, struct.pack("<HBBB", reason, 1, 5, 0))

    def send(self, kind, call_id, body, flags=0):
        header = MSRPCHeader()
        header["type"] = kind
        header["flags"] |= flags
        header["call_id"] = call_id
        header["pduData"] = body
        self.outbox.put(header.get_packet())

    # Requests

    def take_fragment(self, pdu):
        """Gather the fragments of a request; calls may be interleaved."""
        flags, call_id = pdu.flags, pdu.call_id
        if flags & rpcrt.PFC_FIRST_FRAG:
            if call_id in self.partial or call_id in self.pending:
                raise ProtocolError(f"call_id {call_id} is in use")
            self.partial[call_id] = RequestHeader(pdu)
        request = self.partial.get(call_id)
        if request is None:
            raise ProtocolError(f"call_id {call_id} has no first fragment")
        start = 24 + (16 if flags & rpcrt.PFC_OBJECT_UUID else 0)
        request.stub += pdu.octets[start : pdu.length - (pdu.auth_length + 8 if pdu.auth_length else 0)]
        if len(request.stub) > REQUEST_LIMIT:
            self.send_fault(call_id, request.context_id, NO_MEMORY, rpcrt.PFC_DID_NOT_EXECUTE)
            raise ProtocolError("request too large")
        if flags & rpcrt.PFC_LAST_FRAG:
            del self.partial[call_id]
            self.dispatch(request)

    def dispatch(self, request):
        context = self.contexts.get(request.context_id)
        if context is None:
            self.send_fault(request.call_id, request.context_id, INVALID_CONTEXT_ID, rpcrt.PFC_DID_NOT_EXECUTE)
            return
        interface, syntax = context
        call = Call(self, request, interface, syntax)
        if request.opnum not in pan.METHODS[interface]:
            call.fault(OP_RNG_ERROR, rpcrt.PFC_DID_NOT_EXECUTE)
            return
        message = pan.METHODS[interface][request.opnum][0]
        with self.server.lock:
            self.pending[call.call_id] = call
            try:
                stub = bytes(request.stub)
                if trailer.asks_for_more(stub):
                    call.fault(ACCESS_DENIED, rpcrt.PFC_DID_NOT_EXECUTE)
                    return
                if request.order == ">":
                    stub = byte_order.reversed_stub(message, stub, syntax)
                self.server.notifier.serve(self.association, call, pan.decode(message, stub, syntax))
            except pan.BadStub as error:
                print(f"bad stub: {error}", file=sys.stderr, flush=True)
                call.fault(BAD_STUB_DATA)
            except Fault as fault:
                call.fault(fault.status)

    def cancel(self, call_id, orphaned):
        with self.server.lock:
            call = self.pending.get(call_id)
            if call is None:
                return
            self.server.notifier.withdraw(call)
            if orphaned:
                call.over = True
                self.forget(call)
            else:
                call.fault(FAULT_CANCEL)

    def forget(self, call):
        self.pending.pop(call.call_id, None)

    # Writing

    def send_response(self, call, stub):
        """A response in as many fragments as it needs."""
        room = (self.max_xmit - 24) // 8 * 8
        for start in range(0, max(len(stub), 1), room):
            header = MSRPCRespHeader()
            header["type"] = rpcrt.MSRPC_RESPONSE
            header["flags"] = (rpcrt.PFC_FIRST_FRAG if start == 0 else 0) | (
                rpcrt.PFC_LAST_FRAG if start + room >= len(stub) else 0
            )
            header["call_id"] = call.call_id
            header["ctx_id"] = call.context_id
            header["alloc_hint"] = len(stub) - start
            header["pduData"] = stub[start : start + room]
            self.outbox.put(header.get_packet())

    def send_fault(self, call_id, context_id, status, flags=0):
        header = MSRPCRespHeader()
        header["type"] = rpcrt.MSRPC_FAULT
        header["flags"] = rpcrt.PFC_FIRST_FRAG | rpcrt.PFC_LAST_FRAG | flags
        header["call_id"] = call_id
        header["ctx_id"] = context_id
        header["alloc_hint"] = 32
        header["pduData"] = struct.pack("<LL", status, 0)
        self.outbox.put(header.get_packet())

    def write(self):
        """Send what stands in the outbox; None ends the connection."""
        try:
            while (octets := self.outbox.get()) is not None:
                self.send_all(octets)
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        finally:
            self.socket.close()

    def send_all(self, octets):
        """A peer that doesn't read for `patience` seconds loses the connection."""
        view, patience = memoryview(octets), int(30 / IDLE_STEP)
        while view:
            try:
                sent = self.socket.send(view)
            except TimeoutError:
                patience -= 1
                if patience == 0:
                    raise OSError("the client does not read") from None
                continue
            view = view[sent:]


def context_elements(pdu, count):
    """(context id, abstract syntax, transfer syntaxes) of each presentation context element."""
    offset = 28
    for _ in range(count):
        context_id, transfers = pdu.unpack("HB", offset)
        end = offset + 24 + 20 * transfers
        if end > pdu.length:
            raise ProtocolError("presentation context list is cut off")
        yield context_id, syntax_at(pdu, offset + 4), [syntax_at(pdu, at) for at in range(offset + 24, end, 20)]
        offset = end


def syntax_at(pdu, offset):
    """A syntax identifier as a little-endian sender writes it."""
    return struct.pack("<LHH8sL", *pdu.unpack("LHH8sL", offset))


class Server:
    """The listener, the associations, and the lock that guards the protocol's state."""

    def __init__(self, address, syntaxes):
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self.syntaxes = syntaxes
        self.notifier = Notifier()
        self.associations = {}
        self.connections = set()
        self.last_group = 0
        self.listener = listen(address)
        self.port = self.listener.getsockname()[1]

    def join(self, connection, group):
        """The association of a bind: a new one for 0, None for one that does not exist."""
        if group == 0:
            self.last_group += 1
            group = self.last_group
            self.associations[group] = Association(group)
        association = self.associations.get(group)
        if association is not None:
            association.connections.add(connection)
        return association

    def gone(self, connection):
        """A connection ended: its calls are withdrawn, the association's last one runs its handles down."""
        for call in list(connection.pending.values()):
            call.over = True
            self.notifier.withdraw(call)
        connection.pending.clear()
        self.connections.discard(connection)
        association = connection.association
        if association is not None:
            association.connections.discard(connection)
            if not association.connections:
                self.associations.pop(association.group, None)
                self.notifier.run_down(association)

    def accept(self):
        while not self.stopping.is_set():
            try:
                sock, _ = self.listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            sock.settimeout(IDLE_STEP)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, sock, self.port)
            with self.lock:
                self.connections.add(connection)
            connection.start()

    def stop(self):
        """End every blocked call as 3.1.1.4.3 to 3.1.1.4.5 tell for a shutdown, then every connection."""
        with self.lock:
            self.notifier.shut_down()
            for connection in self.connections:
                connection.outbox.put(None)
        self.stopping.set()


def listen(address):
    """A listening socket on HOST:PORT."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if "[" in host else socket.AF_INET
    listener = socket.create_server((host.strip("[]"), int(port)), family=family)
    listener.settimeout(IDLE_STEP)
    return listener


def address_of(listener):
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def arguments_of(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", default="127.0.0.1:0", help="HOST:PORT of the server")
    parser.add_argument("--stimulus", default="127.0.0.1:0", help="HOST:PORT of the notification source")
    parser.add_argument("--syntax", default="ndr,ndr64", help="transfer syntaxes, with commas")
    parser.add_argument("--lifetime", type=float, default=3600, help="seconds after which the server ends by itself")
    arguments = parser.parse_args(words)
    arguments.syntax = arguments.syntax.split(",")
    if not set(arguments.syntax) <= set(pan.TRANSFER_SYNTAXES):
        parser.error(f"--syntax knows {', '.join(pan.TRANSFER_SYNTAXES)}")
    return arguments


def main(words):
    arguments = arguments_of(words)
    server = Server(arguments.listen, arguments.syntax)
    stimulus = StimulusServer(server, listen(arguments.stimulus))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.stop, daemon=True).start())
    for work in (server.accept, stimulus.accept):
        threading.Thread(target=work, daemon=True).start()
    ready = {"listening": address_of(server.listener), "stimulus": address_of(stimulus.listener)}
    print(json.dumps(ready), flush=True)
    if not server.stopping.wait(arguments.lifetime):
        server.stop()
    server.listener.close()
    for _ in range(20):  # what stands in the outboxes goes out
        with server.lock:
            if not server.connections:
                break
        threading.Event().wait(0.1)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
