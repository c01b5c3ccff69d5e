"""The two interfaces of MS-PAN in impacket's NDR classes: an independent reading of [MS-PAN] 2.2 and 6.

The names are the specification's. A request's class is the method's name, its answer's class has
`Response` behind it (impacket finds the one by the other).
"""

import struct
import uuid

from impacket import LOG
from impacket.dcerpc.v5.dtypes import GUID, LPWSTR, NULL, PGUID, ULONG
from impacket.dcerpc.v5.ndr import NDRCALL, NDRPOINTER, NDRSTRUCT, NDRUniConformantArray
from impacket.dcerpc.v5.rpcrt import DCERPCException
from impacket.uuid import uuidtup_to_bin

# impacket logs every octet string that it cannot read; ours are reported by whoever reads them.
LOG.setLevel("CRITICAL")

MSRPC_UUID_ASYNC_NOTIFY = uuidtup_to_bin(("0b6edbfa-4a24-4fc6-8a23-942b1eca65d1", "1.0"))
MSRPC_UUID_REMOTE_OBJECT = uuidtup_to_bin(("ae33069b-a2a8-46ee-a235-ddfd339be281", "1.0"))

NDR = ("8a885d04-1ceb-11c9-9fe8-08002b104860", "2.0")
NDR64 = ("71710533-beba-4937-8319-b5dbef9ccc36", "1.0")
TRANSFER_SYNTAXES = {"ndr": NDR, "ndr64": NDR64}

# 2.2.1; the third is printed without its last hyphen in the specification.
NOTIFICATION_RELEASE = uuid.UUID("ba9a5027-a70e-4ae7-9b7d-eb3e06ad4157")
ASYNC_UI = uuid.UUID("f6853f92-eb31-4e23-b6e7-fd69056153f0")
PRINTER_CONFIGURATION = uuid.UUID("2abad223-b994-4aca-82fd-4571b1b585ac")

# 2.2.2 and 2.2.3, both [v1_enum]: 32 bits in NDR and in NDR64.
kPerUser, kAllUsers = 0, 1
kBiDirectional, kUniDirectional = 0, 1

# The HRESULTs of 3.1.1.4.
S_OK = 0x00000000
CHANNEL_ACQUIRED = 0x00040010
CHANNEL_CLOSED = 0x80040008
CALL_OUTSTANDING = 0x8004000C
RESPONSE_TOO_LARGE = 0x80040012
TYPE_MISMATCH = 0x80040014
E_INVALIDARG = 0x80070057
ACCESS_DENIED = 0x80070005
INVALID_NAME = 0x8007007B
NOTIFICATIONS_TERMINATED = 0x8007071A

# The limit that 3.1.1.4.4 and 3.1.1.4.6 recommend for InSize.
RESPONSE_LIMIT = 0x00A00000

NULL_HANDLE = bytes(20)


class DCERPCSessionError(DCERPCException):
    """A failure HRESULT; impacket looks for this name in the module of a request."""

    def __str__(self):
        return f"HRESULT 0x{self.error_code:08x}"


class BadStub(ValueError):
    """NDR that the strict check of [MS-RPCE] 3.1.1.5.3 refuses."""


class CONTEXT_HANDLE(NDRSTRUCT):
    """PRPCREMOTEOBJECT and PNOTIFYOBJECT (2.2.4, 2.2.5): attributes and UUID, 20 octets, aligned to 4."""

    structure = (("Data", '20s=b"\\x00"*20'),)

    def getAlignment(self):
        return 4


class CONTEXT_HANDLE_ARRAY(NDRUniConformantArray):
    """The array that GetNewChannel returns."""

    item = CONTEXT_HANDLE


class PCONTEXT_HANDLE_ARRAY(NDRPOINTER):
    referent = (("Data", CONTEXT_HANDLE_ARRAY),)


class BYTES(NDRUniConformantArray):
    """A conformant array of `byte`, taken as one piece (impacket would handle every octet by itself)."""

    def getData(self, soFar=0):
        data = bytes(self.fields["Data"])
        self.setArraySize(len(data))
        return data

    def fromString(self, data, offset=0):
        size = self.getArraySize()
        if size > len(data) - offset:
            raise BadStub(f"array of {size} octets at {offset}, {len(data) - offset} left")
        self.fields["Data"] = data[offset : offset + size]
        return size


class PBYTES(NDRPOINTER):
    referent = (("Data", BYTES),)


class IRPCRemoteObject_Create(NDRCALL):
    """3.1.2.4.1. `hRemoteBinding` is a binding handle: nothing on the wire."""

    opnum = 0
    structure = ()


class IRPCRemoteObject_CreateResponse(NDRCALL):
    structure = (("ppRemoteObj", CONTEXT_HANDLE), ("ErrorCode", ULONG))


class IRPCRemoteObject_Delete(NDRCALL):
    """3.1.2.4.2."""

    opnum = 1
    structure = (("ppRemoteObj", CONTEXT_HANDLE),)


class IRPCRemoteObject_DeleteResponse(NDRCALL):
    """A void method: the handle, now NULL, and no HRESULT."""

    structure = (("ppRemoteObj", CONTEXT_HANDLE),)


class IRPCAsyncNotify_RegisterClient(NDRCALL):
    """3.1.1.4.1."""

    opnum = 0
    structure = (
        ("pRegistrationObj", CONTEXT_HANDLE),
        ("pName", LPWSTR),
        ("pInNotificationType", GUID),
        ("NotifyFilter", ULONG),
        ("conversationStyle", ULONG),
    )


class IRPCAsyncNotify_RegisterClientResponse(NDRCALL):
    structure = (("ppRmtServerReferral", LPWSTR), ("ErrorCode", ULONG))


class IRPCAsyncNotify_UnregisterClient(NDRCALL):
    """3.1.1.4.2."""

    opnum = 1
    structure = (("pRegistrationObj", CONTEXT_HANDLE),)


class IRPCAsyncNotify_UnregisterClientResponse(NDRCALL):
    structure = (("ErrorCode", ULONG),)


class IRPCAsyncNotify_GetNewChannel(NDRCALL):
    """3.1.1.4.3."""

    opnum = 3
    structure = (("pRemoteObj", CONTEXT_HANDLE),)


class IRPCAsyncNotify_GetNewChannelResponse(NDRCALL):
    structure = (("pNoOfChannels", ULONG), ("ppChannelCtxt", PCONTEXT_HANDLE_ARRAY), ("ErrorCode", ULONG))


class IRPCAsyncNotify_GetNotificationSendResponse(NDRCALL):
    """3.1.1.4.4."""

    opnum = 4
    structure = (
        ("pChannel", CONTEXT_HANDLE),
        ("pInNotificationType", PGUID),
        ("InSize", ULONG),
        ("pInNotificationData", PBYTES),
    )


class IRPCAsyncNotify_GetNotificationSendResponseResponse(NDRCALL):
    structure = (
        ("pChannel", CONTEXT_HANDLE),
        ("ppOutNotificationType", PGUID),
        ("pOutSize", ULONG),
        ("ppOutNotificationData", PBYTES),
        ("ErrorCode", ULONG),
    )


class IRPCAsyncNotify_GetNotification(NDRCALL):
    """3.1.1.4.5."""

    opnum = 5
    structure = (("pRemoteObj", CONTEXT_HANDLE),)


class IRPCAsyncNotify_GetNotificationResponse(NDRCALL):
    structure = (
        ("ppOutNotificationType", PGUID),
        ("pOutSize", ULONG),
        ("ppOutNotificationData", PBYTES),
        ("ErrorCode", ULONG),
    )


class IRPCAsyncNotify_CloseChannel(NDRCALL):
    """3.1.1.4.6."""

    opnum = 6
    structure = (
        ("pChannel", CONTEXT_HANDLE),
        ("pInNotificationType", GUID),
        ("InSize", ULONG),
        ("pReason", PBYTES),
    )


class IRPCAsyncNotify_CloseChannelResponse(NDRCALL):
    structure = (("pChannel", CONTEXT_HANDLE), ("ErrorCode", ULONG))


METHODS = {
    MSRPC_UUID_REMOTE_OBJECT: {
        0: (IRPCRemoteObject_Create, IRPCRemoteObject_CreateResponse),
        1: (IRPCRemoteObject_Delete, IRPCRemoteObject_DeleteResponse),
    },
    MSRPC_UUID_ASYNC_NOTIFY: {
        0: (IRPCAsyncNotify_RegisterClient, IRPCAsyncNotify_RegisterClientResponse),
        1: (IRPCAsyncNotify_UnregisterClient, IRPCAsyncNotify_UnregisterClientResponse),
        3: (IRPCAsyncNotify_GetNewChannel, IRPCAsyncNotify_GetNewChannelResponse),
        4: (
            IRPCAsyncNotify_GetNotificationSendResponse,
            IRPCAsyncNotify_GetNotificationSendResponseResponse,
        ),
        5: (IRPCAsyncNotify_GetNotification, IRPCAsyncNotify_GetNotificationResponse),
        6: (IRPCAsyncNotify_CloseChannel, IRPCAsyncNotify_CloseChannelResponse),
    },
}


def method_name(interface, opnum):
    """The method's name without its interface."""
    return METHODS[interface][opnum][0].__name__.split("_")[1]


def set_pointer(call, field, value):
    """Put `value` behind the unique pointer `field`; None is the NULL pointer."""
    call[field] = NULL if value is None else value


def pointer(call, field):
    """What the unique pointer `field` points to; None for the NULL pointer."""
    return None if call.fields[field]["ReferentID"] == 0 else call[field]


def type_behind(call, field):
    """The notification type behind a unique pointer, None for NULL."""
    octets = pointer(call, field)
    return None if octets is None else uuid.UUID(bytes_le=octets)


def handles_behind(call, field):
    """The context handles of the array behind a unique pointer."""
    return [] if pointer(call, field) is None else [handle["Data"] for handle in call[field]]


def check_sized(call, size_field, data_field):
    """Refuse a size that differs from its array's, also NULL with a size other than zero (3.1.1.4)."""
    octets = pointer(call, data_field)
    size = call[size_field]
    if octets is None and size != 0:
        raise BadStub(f"{data_field} is NULL, {size_field} is {size}")
    if octets is not None and len(octets) != size:
        raise BadStub(f"{data_field} has {len(octets)} octets, {size_field} is {size}")
    return octets or b""


def name_behind(call, field):
    """The string behind a unique pointer without its terminator, None for NULL."""
    if pointer(call, field) is None:
        return None
    string = call.fields[field].fields["Data"]
    octets = string.fields["Data"]
    maximum, actual = string.fields["MaximumCount"], string.fields["ActualCount"]
    if string.fields["Offset"] != 0 or not 0 < actual <= maximum or len(octets) != 2 * actual:
        raise BadStub(f"{field} has {len(octets)} octets, counts {maximum} and {actual}")
    if octets[-2:] != b"\x00\x00":
        raise BadStub(f"{field} has no terminator")
    try:
        return octets[:-2].decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise BadStub(f"{field}: {error}") from error


def decode(message, stub, syntax):
    """Read a stub of the class `message`; whatever impacket stumbles over is a BadStub."""
    try:
        return message(stub, isNDR64=syntax == "ndr64")
    except (struct.error, IndexError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise BadStub(f"{message.__name__}: {error}") from error


def encode(call, syntax):
    """The octets of a stub."""
    if syntax == "ndr64":
        call.changeTransferSyntax(uuidtup_to_bin(NDR64))
    return call.getData()
