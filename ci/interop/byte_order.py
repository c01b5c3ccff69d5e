"""What senders write with the most significant octet first (C706 14.1): impacket reads the other order alone.

The receiver makes it right: every number is turned round before impacket reads it.
"""

import struct

from impacket.dcerpc.v5.dtypes import GUID, LPWSTR, PGUID, ULONG

import pan

# Numbers of each kind in NDR; octets stay as they are. A context handle is its attributes and a UUID.
UUID_PARTS = "LHH8s"
HANDLE_PARTS = "L" + UUID_PARTS

# The PDUs of a server (C706 12.6.4).
PTYPE_RESPONSE, PTYPE_FAULT, PTYPE_BIND_ACK, PTYPE_BIND_NAK, PTYPE_ALTER_CONTEXT_RESP = 0x02, 0x03, 0x0C, 0x0D, 0x0F


class Reversal:
    """Goes through a stub, turning numbers round; gaps are kept as they came."""

    def __init__(self, stub, syntax):
        self.stub = stub
        self.little = bytearray(stub)
        self.offset = 0
        self.wide = "Q" if syntax == "ndr64" else "L"  # pointers and counts

    def take(self, layout, alignment):
        """Turn round what is next, and give its values."""
        self.offset += -self.offset % alignment
        values = struct.unpack_from(">" + layout, self.stub, self.offset)
        struct.pack_into("<" + layout, self.little, self.offset, *values)
        self.offset += struct.calcsize(">" + layout)
        return values

    def count(self):
        """A referent or a count."""
        return self.take(self.wide, struct.calcsize(">" + self.wide))[0]

    def parameter(self, kind):
        if kind is pan.CONTEXT_HANDLE:
            self.take(HANDLE_PARTS, 4)
        elif kind is GUID:
            self.take(UUID_PARTS, 4)
        elif kind is ULONG:
            self.take("L", 4)
        elif self.count() != 0:
            self.behind(kind)

    def behind(self, pointer):
        """What a unique pointer of a method's parameter refers to follows it at once."""
        if pointer is PGUID:
            self.take(UUID_PARTS, 4)
        elif pointer is pan.PBYTES:
            self.offset += self.count()
        elif pointer is pan.PCONTEXT_HANDLE_ARRAY:
            for _ in range(self.count()):
                self.take(HANDLE_PARTS, 4)
        elif pointer is LPWSTR:
            _maximum, _offset, actual = self.count(), self.count(), self.count()
            if 2 * actual > len(self.stub) - self.offset:
                raise pan.BadStub(f"string of {actual} characters, {len(self.stub) - self.offset} octets left")
            self.take(f"{actual}H", 2)
        else:
            raise TypeError(f"no byte order is known of {pointer.__name__}")


def reversed_stub(message, stub, syntax):
    """A stub of the class `message` with its numbers in the other order."""
    reversal = Reversal(stub, syntax)
    try:
        for _name, kind in message.structure:
            reversal.parameter(kind)
    except struct.error as error:
        raise pan.BadStub(f"{message.__name__}: {error}") from error
    return bytes(reversal.little)

def reversed_pdu(pdu):
    """A server's PDU with the numbers of its header in the other order; a stub in it stays as it is."""
    turned = bytearray(pdu)
    turned[4] |= 0x10

    def turn(layout, offset):
        struct.pack_into("<" + layout, turned, offset, *struct.unpack_from(">" + layout, pdu, offset))

    kind = pdu[2]
    try:
        turn("HHL", 8)
        if kind in (PTYPE_RESPONSE, PTYPE_FAULT):
            turn("LH", 16)
        if kind == PTYPE_FAULT:
            turn("L", 24)
        if kind == PTYPE_BIND_NAK:
            turn("H", 16)
        if kind in (PTYPE_BIND_ACK, PTYPE_ALTER_CONTEXT_RESP):
            turn("HHL", 16)
            turn("H", 24)
            results = 26 + int.from_bytes(pdu[24:26], "big")  # behind the secondary address
            results += -results % 4
            for number in range(pdu[results]):
                turn("HH" + UUID_PARTS + "L", results + 4 + 24 * number)
    except (struct.error, IndexError) as error:
        raise pan.BadStub(f"PDU of type {kind}: {error}") from error
    return bytes(turned)
