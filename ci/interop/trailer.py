"""The verification trailer behind the stub of a request, [MS-RPCE] 2.2.2.13."""

import struct

SIGNATURE = bytes.fromhex("8ae3137102f43671")
KNOWN = (1, 2, 3)  # SEC_VT_COMMAND_BITMASK_1, _PCONTEXT, _HEADER2
COMMAND, LAST, TO_PROCESS = 0x3FFF, 0x4000, 0x8000


def asks_for_more(stub):
    """Whether a command has to be processed that nobody here knows. Trailers are little-endian in any byte order."""
    at = stub.rfind(SIGNATURE)
    if at < 0 or at % 4:
        return False
    at += len(SIGNATURE)
    while at + 4 <= len(stub):
        command, length = struct.unpack_from("<HH", stub, at)
        if command & TO_PROCESS and command & COMMAND not in KNOWN:
            return True
        if command & LAST:
            return False
        at += 4 + length
    return False
