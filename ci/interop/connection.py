"""A client's connection of an association: impacket's DCE/RPC, and what a client of [MS-PAN] needs besides."""

import threading

from impacket.dcerpc.v5.rpcrt import DCERPC_v5, DCERPCException
from impacket.dcerpc.v5.transport import TCPTransport

import byte_order
import pan

PTYPE_BIND = 0x0B
# The levels at which impacket protects what it sends.
IMPACKET_LEVELS = {"connect": 2, "integrity": 5, "privacy": 6}
# How long a server's PDUs are at least.
LEAST_LENGTH = {
    byte_order.PTYPE_RESPONSE: 24,
    byte_order.PTYPE_FAULT: 28,
    byte_order.PTYPE_BIND_ACK: 28,
    byte_order.PTYPE_BIND_NAK: 18,
    byte_order.PTYPE_ALTER_CONTEXT_RESP: 28,
}


class Failure(Exception):
    """A call that did not succeed: the HRESULT or the status of the fault as `code`, or the connection is `lost`."""

    def __init__(self, words, code=None, lost=False):
        super().__init__(words)
        self.code = code
        self.lost = lost


class Transport(TCPTransport):
    """TCP that hands over whole PDUs in the byte order that impacket reads, and ends when the server does."""

    def __init__(self, host, port, timeout, group=0):
        super().__init__(host, port)
        self.set_connect_timeout(timeout)
        self.group = group
        self.sent = threading.Event()
        self.rest = b""
        self.is_big_endian = False
        self.fault = None

    def send(self, data, forceWriteAndx=0, forceRecv=0):
        if data[2] == PTYPE_BIND:
            # An association group, for which impacket's bind has no parameter.
            data = data[:20] + self.group.to_bytes(4, "little") + data[24:]
        self.fault = None
        self.get_socket().sendall(data)
        self.sent.set()

    def recv(self, forceRecv=0, count=0):
        """The next octets of a PDU: impacket asks for its head and then for the rest, or for all of it."""
        if not self.rest:
            self.rest = self.pdu()
        taken = count or len(self.rest)
        piece, self.rest = self.rest[:taken], self.rest[taken:]
        return piece

    def pdu(self):
        """The next PDU, whole."""
        head = self.octets(16)
        self.is_big_endian = head[4] & 0xF0 == 0
        length = int.from_bytes(head[8:10], "big" if self.is_big_endian else "little")
        if head[0] != 5 or length < LEAST_LENGTH.get(head[2], 1 << 16):
            raise Failure(f"no PDU of a server: {head.hex()}", lost=True)
        pdu = head + self.octets(length - len(head))
        if self.is_big_endian:
            try:
                pdu = byte_order.reversed_pdu(pdu)
            except pan.BadStub as error:
                raise Failure(str(error), lost=True) from error
        if pdu[2] == byte_order.PTYPE_FAULT:
            self.fault = int.from_bytes(pdu[24:28], "little")
        return pdu

    def octets(self, count):
        came = b""
        while len(came) < count:
            piece = self.get_socket().recv(count - len(came))
            if not piece:
                raise Failure("the server ended the connection", lost=True)
            came += piece
        return came


class CallIds:
    """The call_ids of one connection: impacket would start anew with each presentation context."""

    def __init__(self):
        self.last = 0

    def next(self):
        self.last += 1
        return self.last


class Context(DCERPC_v5):
    """A presentation context of a connection."""

    def __init__(self, transport, ids):
        super().__init__(transport)
        self.ids = ids

    def authenticate(self, security, level):
        """By impacket's own NTLM."""
        self.set_credentials(security["user"], security["password"], security["domain"])
        self.set_auth_level(IMPACKET_LEVELS[level])

    def bind_to(self, interface, syntax, alter=0):
        """Bind or, with `alter`, alter_context; the acknowledgement's association group."""
        self._DCERPC_v5__callid = self.ids.next()
        header = self.bind(interface, alter=alter, transfer_syntax=pan.TRANSFER_SYNTAXES[syntax])
        return int.from_bytes(header["pduData"][4:8], "little")

    def send(self, data):
        self._DCERPC_v5__callid = self.ids.next()
        super().send(data)


class Connection:
    """A connection with both interfaces: bind for the one, alter_context for the other (2.1, 3.1.2).

    With impacket's own NTLM it is a connection for each, of one association: impacket would alter the context with an
    authentication of its own.
    """

    def __init__(self, host, port, security, timeout, group=0):
        """`security` says what `client.arguments_of` calls so, and the transfer syntax."""
        self.syntax = syntax = security["syntax"]
        self.timeout = timeout
        self.lost = False
        mechanism, _, level = security["security"].rpartition(":")
        try:
            self.transport = self.connected(host, port, timeout, group, security)
            ids = CallIds()
            self.remote_object = Context(self.transport, ids)
            if mechanism == "impacket":
                self.remote_object.authenticate(security, level)
            self.group = self.remote_object.bind_to(pan.MSRPC_UUID_REMOTE_OBJECT, syntax)
            if mechanism == "impacket":
                self.async_notify = Context(self.connected(host, port, timeout, self.group, security), CallIds())
                self.async_notify.authenticate(security, level)
                self.async_notify.bind_to(pan.MSRPC_UUID_ASYNC_NOTIFY, syntax)
                return
            self.async_notify = Context(self.transport, ids)
            self.async_notify.set_ctx_id(1)
            self.async_notify.bind_to(pan.MSRPC_UUID_ASYNC_NOTIFY, syntax, alter=1)
        except (DCERPCException, OSError) as error:
            raise Failure(f"{host}:{port}: {error}", lost=True) from error

    @staticmethod
    def connected(host, port, timeout, group, security):
        if security["security"] == "none" or security["security"].startswith("impacket:"):
            transport = Transport(host, port, timeout, group)
        else:
            from secured import Secured  # Samba's modules are not everywhere

            transport = Secured(host, port, timeout, group, security)
        transport.connect()
        return transport

    def call(self, request, waits=False):
        """Make a call; the answer whatever its HRESULT. One that `waits` may take any time."""
        try:
            return self.answer(request, waits)
        except Failure as failure:
            self.lost = self.lost or failure.lost
            raise

    def answer(self, request, waits):
        message = type(request)
        name = message.__name__.removeprefix("IRPCAsyncNotify_").removeprefix("IRPCRemoteObject_")
        context = self.remote_object if message.__name__.startswith("IRPCRemoteObject") else self.async_notify
        transport = context.get_rpc_transport()
        try:
            transport.get_socket().settimeout(None if waits else self.timeout)
            context.call(request.opnum, pan.encode(request, self.syntax))
            stub = context.recv()
        except DCERPCException as error:
            # impacket's exception has lost the status.
            code = transport.fault
            words = str(error) if code is None else f"exception 0x{code:08x}"
            raise Failure(f"{name}: {words}", code, lost=code is None) from error
        except Failure as failure:
            raise Failure(f"{name}: {failure}", failure.code, failure.lost) from failure
        except OSError as error:
            raise Failure(f"{name}: {error}", lost=True) from error
        answer = getattr(pan, message.__name__ + "Response")
        try:
            if transport.is_big_endian:
                stub = byte_order.reversed_stub(answer, stub, self.syntax)
            return pan.decode(answer, stub, self.syntax)
        except pan.BadStub as error:
            raise Failure(f"{name}: {error}") from error

    def succeed(self, request, allowed=(pan.S_OK,), waits=False):
        """The answer to a call, whose HRESULT has to be one of `allowed`."""
        answer = self.call(request, waits)
        if answer["ErrorCode"] not in allowed:
            name = type(request).__name__.split("_")[1]
            raise Failure(f"{name}: HRESULT 0x{answer['ErrorCode']:08x}", answer["ErrorCode"])
        return answer

    def close(self):
        for transport in {self.transport, self.async_notify.get_rpc_transport()}:
            transport.disconnect()
