#!/usr/bin/env python3
"""An MS-PAN client on impacket: one whole conversation, told as JSON lines on standard output.

Exit status: 0 when the conversation was completed, 1 when something failed, 89 for a mode that this client lacks.
"""

import argparse
import json
import os
import socket
import sys
import threading
import uuid
import xml.etree.ElementTree as ElementTree

from impacket.dcerpc.v5.rpcrt import DCERPC_v5, DCERPCException
from impacket.dcerpc.v5.transport import TCPTransport

import pan

MODE_NOT_SUPPORTED = 89
MODES = ("unidirectional", "bidirectional", "printer-configuration")
FILTERS = {"kPerUser": pan.kPerUser, "kAllUsers": pan.kAllUsers}
PTYPE_BIND = 0x0B
REQUEST = "{http://schemas.microsoft.com/2003/print/asyncui/v1/request}"
RESPONSE = "http://schemas.microsoft.com/2003/print/asyncui/v1/response"


class Failure(Exception):
    """The conversation can't go on."""


def tell(event, **fields):
    """One JSON line."""
    print(json.dumps({"event": event, **fields}), flush=True)


class Transport(TCPTransport):
    """TCP that puts an association group into impacket's bind PDU, which has no parameter for it."""

    def __init__(self, host, port, timeout, group=0):
        super().__init__(host, port)
        self.set_connect_timeout(timeout)
        self.group = group
        self.sent = threading.Event()

    def send(self, data, forceWriteAndx=0, forceRecv=0):
        if data[2] == PTYPE_BIND:
            data = data[:20] + self.group.to_bytes(4, "little") + data[24:]
        self.get_socket().sendall(data)
        self.sent.set()


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

    def bind_to(self, interface, syntax, alter=0):
        """Bind or, with `alter`, alter_context; the acknowledgement's association group."""
        self._DCERPC_v5__callid = self.ids.next()
        header = self.bind(interface, alter=alter, transfer_syntax=pan.TRANSFER_SYNTAXES[syntax])
        return int.from_bytes(header["pduData"][4:8], "little")

    def send(self, data):
        self._DCERPC_v5__callid = self.ids.next()
        super().send(data)


class Connection:
    """A connection with both interfaces: bind for the one, alter_context for the other (2.1, 3.1.2)."""

    def __init__(self, host, port, syntax, timeout, group=0):
        self.transport = Transport(host, port, timeout, group)
        self.transport.connect()
        ids = CallIds()
        self.remote_object = Context(self.transport, ids)
        self.group = self.remote_object.bind_to(pan.MSRPC_UUID_REMOTE_OBJECT, syntax)
        self.async_notify = Context(self.transport, ids)
        self.async_notify.set_ctx_id(1)
        self.async_notify.bind_to(pan.MSRPC_UUID_ASYNC_NOTIFY, syntax, alter=1)

    def call(self, request):
        """Make a call; the answer whatever its HRESULT. A fault is a Failure."""
        name = type(request).__name__
        context = self.remote_object if name.startswith("IRPCRemoteObject") else self.async_notify
        try:
            return context.request(request, checkError=False)
        except (DCERPCException, OSError) as error:
            raise Failure(f"{name}: {error}") from error

    def close(self):
        self.transport.disconnect()


def expect_success(name, answer, allowed=(pan.S_OK,)):
    """The HRESULT of an answer, which has to be one of `allowed`."""
    if answer["ErrorCode"] not in allowed:
        raise Failure(f"{name}: HRESULT 0x{answer['ErrorCode']:08x}")
    return answer["ErrorCode"]


def as_text(octets):
    """UTF-16LE text, if it is any (2.2.7, 2.2.8)."""
    try:
        return octets.decode("utf-16-le").removeprefix("\ufeff").removesuffix("\0")
    except UnicodeDecodeError:
        return None


def integer(text):
    """Integers as 3.2.3.4.1 reads them: what leads the string, 0 if nothing does."""
    digits = ""
    for position, letter in enumerate(text.strip()):
        if not (letter.isascii() and letter.isdigit() or position == 0 and letter in "+-"):
            break
        digits += letter
    return int(digits) if digits.strip("+-") else 0


def reply_to(octets):
    """The AsyncUI reply to a document of a channel; None if the document is not one to reply to (3.2.3.4)."""
    units = [octets[at : at + 2] for at in range(0, len(octets), 2)]
    end = units.index(b"\0\0") if b"\0\0" in units else len(units)  # customData has octets of its own behind
    try:
        root = ElementTree.fromstring(as_text(b"".join(units[:end])) or "")
    except ElementTree.ParseError:
        return None
    content = root.find(f"{REQUEST}v1/{REQUEST}requestOpen/*")
    if root.tag != f"{REQUEST}asyncPrintUIRequest" or content is None:
        return None
    kind = content.tag.removeprefix(REQUEST)
    if kind == "messageBoxUI":
        button = content.find(f"{REQUEST}buttons/{REQUEST}button")
        if button is None:
            return None
        chosen = button.get("buttonID", "")
        chosen = {"idok": 1, "idcancel": 2}.get(chosen.lower(), integer(chosen))
        answer = f"<messageBoxUI><buttonID>{chosen}</buttonID></messageBoxUI>"
    elif kind in ("customUI", "customData") and content.get("bidi", "").lower() == "true":
        answer = "<CustomUI>impacket</CustomUI>"
    else:
        return None
    text = (
        f'<?xml version="1.0"?><asyncPrintUIResponse xmlns="{RESPONSE}">'
        f"<v1><requestClose>{answer}</requestClose></v1></asyncPrintUIResponse>"
    )
    return text.encode("utf-16-le")


class Conversation:
    """A remote object from Create to Delete, and what is received for it."""

    def __init__(self, arguments, connection):
        self.arguments = arguments
        self.connection = connection
        self.type = arguments.type
        self.remote_object = None
        self.registered = False

    def run(self):
        self.create()
        try:
            self.register()
            if self.arguments.mode == "bidirectional":
                self.take_channels()
            else:
                self.take_notifications()
            if self.arguments.overtake:
                self.unregister_overtaking()
            else:
                self.unregister()
        finally:
            self.dispose()

    def create(self):
        answer = self.connection.call(pan.IRPCRemoteObject_Create())
        expect_success("Create", answer)
        self.remote_object = answer["ppRemoteObj"]
        if self.remote_object == pan.NULL_HANDLE:
            raise Failure("Create: a NULL handle")
        tell("created", handle=self.remote_object.hex())

    def register(self):
        bidirectional = self.arguments.mode == "bidirectional"
        request = pan.IRPCAsyncNotify_RegisterClient()
        request["pRegistrationObj"] = self.remote_object
        name = self.arguments.printer
        pan.set_pointer(request, "pName", name + "\0" if name else None)
        request["pInNotificationType"] = self.type.bytes_le
        request["NotifyFilter"] = FILTERS[self.arguments.filter]
        request["conversationStyle"] = pan.kBiDirectional if bidirectional else pan.kUniDirectional
        expect_success("RegisterClient", self.connection.call(request))
        self.registered = True
        tell("registered", type=str(self.type), printer=name or None)

    def take_notifications(self):
        for _ in range(self.arguments.count):
            answer = self.connection.call(self.get_notification())
            expect_success("GetNotification", answer)
            kind = pan.type_behind(answer, "ppOutNotificationType")
            data = pan.check_sized(answer, "pOutSize", "ppOutNotificationData")
            if kind == pan.NOTIFICATION_RELEASE:
                tell("released")
                return
            self.tell_notification(kind, data)

    def get_notification(self):
        request = pan.IRPCAsyncNotify_GetNotification()
        request["pRemoteObj"] = self.remote_object
        return request

    def get_new_channel(self):
        request = pan.IRPCAsyncNotify_GetNewChannel()
        request["pRemoteObj"] = self.remote_object
        return request

    def tell_notification(self, kind, data, **fields):
        if kind != self.type:
            raise Failure(f"notification type {kind}, registered for {self.type}")
        tell("notification", type=str(kind), size=len(data), text=as_text(data), data_hex=data.hex(), **fields)

    def take_channels(self):
        """GetNewChannel until `count` channels were talked on to their ends."""
        taken = 0
        while taken < self.arguments.count:
            answer = self.connection.call(self.get_new_channel())
            expect_success("GetNewChannel", answer)
            handles = pan.handles_behind(answer, "ppChannelCtxt")
            if not handles or len(handles) != answer["pNoOfChannels"]:
                raise Failure(f"GetNewChannel: {len(handles)} channels, counted {answer['pNoOfChannels']}")
            tell("channels", count=len(handles), handles=[handle.hex() for handle in handles])
            for handle in handles:
                self.talk(handle)
            taken += len(handles)

    def talk(self, handle):
        """One channel: the first GetNotificationSendResponse(NULL, 0), then responses till it is closed (figure 10)."""
        kind, response = None, None
        for round_ in range(self.arguments.rounds + 1):
            handle_after, data = self.send_response(handle, kind, response, round_)
            if handle_after is None:
                return
            handle, kind = handle_after, self.type
            response = self.response_to(data, round_)
            if response is None:
                self.close_channel(handle, pan.NOTIFICATION_RELEASE, None)
                return
        self.close_channel(handle, self.type, response)

    def response_to(self, data, round_):
        """What this client answers, once it may; None for nothing but a release."""
        if self.arguments.wait:
            sys.stdin.readline()
        if self.type == pan.ASYNC_UI:
            return reply_to(data)
        return f"impacket {round_}".encode("utf-16-le")

    def send_response(self, handle, kind, response, round_):
        """GetNotificationSendResponse: the handle, None once it is NULL, and the notification."""
        request = pan.IRPCAsyncNotify_GetNotificationSendResponse()
        request["pChannel"] = handle
        pan.set_pointer(request, "pInNotificationType", kind and kind.bytes_le)
        request["InSize"] = len(response or b"")
        pan.set_pointer(request, "pInNotificationData", response)
        answer = self.connection.call(request)
        expect_success("GetNotificationSendResponse", answer)
        kind = pan.type_behind(answer, "ppOutNotificationType")
        data = pan.check_sized(answer, "pOutSize", "ppOutNotificationData")
        closed = answer["pChannel"] == pan.NULL_HANDLE
        if kind == pan.NOTIFICATION_RELEASE:
            tell("channel_released", channel=handle.hex(), round=round_)
        else:
            self.tell_notification(kind, data, channel=handle.hex(), round=round_, closed=closed)
        return (None if closed else answer["pChannel"]), data

    def close_channel(self, handle, kind, response):
        request = pan.IRPCAsyncNotify_CloseChannel()
        request["pChannel"] = handle
        request["pInNotificationType"] = kind.bytes_le
        request["InSize"] = len(response or b"")
        pan.set_pointer(request, "pReason", response)
        answer = self.connection.call(request)
        status = expect_success("CloseChannel", answer, (pan.S_OK, pan.CHANNEL_ACQUIRED))
        if answer["pChannel"] != pan.NULL_HANDLE:
            raise Failure("CloseChannel: the handle is not NULL")
        tell(
            "channel_closed",
            channel=handle.hex(),
            type=str(kind),
            response_hex=response.hex() if response is not None else None,
            acquired_by_another=status == pan.CHANNEL_ACQUIRED,
        )

    def unregister(self, connection=None):
        request = pan.IRPCAsyncNotify_UnregisterClient()
        request["pRegistrationObj"] = self.remote_object
        answer = (connection or self.connection).call(request)
        if answer["ErrorCode"] & 0x80000000:
            raise Failure(f"UnregisterClient: HRESULT 0x{answer['ErrorCode']:08x}")
        self.registered = False
        tell("unregistered")

    def unregister_overtaking(self):
        """Unregister over a second connection of the association while a call is blocked on the first (3.1.1.4.2)."""
        arguments = self.arguments
        blocked = self.get_new_channel() if arguments.mode == "bidirectional" else self.get_notification()
        outcome = []

        def wait():
            try:
                outcome.append(f"HRESULT 0x{self.connection.call(blocked)['ErrorCode']:08x}")
            except Failure as failure:
                outcome.append(str(failure))

        sent = self.connection.transport.sent
        sent.clear()
        waiter = threading.Thread(target=wait, daemon=True)
        waiter.start()
        if not sent.wait(arguments.timeout):
            raise Failure("the call that should block was not sent")
        # Binding takes two round trips: the server has the blocked call before it gets UnregisterClient.
        second = Connection(
            arguments.host, arguments.port, arguments.syntax, arguments.timeout, self.connection.group
        )
        try:
            self.unregister(second)
        finally:
            second.close()
        waiter.join(arguments.timeout)
        if not outcome:
            raise Failure("the blocked call did not return after UnregisterClient")
        tell("overtaken", outcome=outcome[0])
        if outcome[0] == "HRESULT 0x00000000":
            raise Failure("the blocked call succeeded after UnregisterClient")

    def dispose(self):
        """Undo what still stands: each registration and each remote object (3.2.1.4, 3.2.2.4)."""
        if self.registered:
            try:
                self.unregister()
            except Failure as failure:
                tell("failed", error=str(failure))
        request = pan.IRPCRemoteObject_Delete()
        request["ppRemoteObj"] = self.remote_object
        answer = self.connection.call(request)
        if answer["ppRemoteObj"] != pan.NULL_HANDLE:
            raise Failure("Delete: the handle is not NULL")
        tell("deleted")


def arguments_of(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mode", required=True, help=" | ".join(MODES))
    parser.add_argument("--type", type=uuid.UUID, help="notification type, by default the mode's own")
    parser.add_argument("--printer", default="", help="UNC name; none for the print server itself")
    parser.add_argument("--filter", choices=FILTERS, default="kPerUser")
    parser.add_argument("--count", type=int, default=1, help="how many notifications or channels to take")
    parser.add_argument(
        "--rounds", type=int, default=0, help="responses by GetNotificationSendResponse before CloseChannel"
    )
    parser.add_argument("--syntax", choices=pan.TRANSFER_SYNTAXES, default="ndr")
    parser.add_argument("--timeout", type=float, default=30, help="seconds for each call")
    parser.add_argument(
        "--overtake", action="store_true", help="unregister by a second connection while a call is blocked"
    )
    parser.add_argument("--wait", action="store_true", help="answer only after a line on standard input")
    arguments = parser.parse_args(words)
    if arguments.type is None:
        configuration = arguments.mode == "printer-configuration"
        arguments.type = pan.PRINTER_CONFIGURATION if configuration else pan.ASYNC_UI
    return arguments


def main(words):
    arguments = arguments_of(words)
    if arguments.mode not in MODES:
        tell("unsupported", mode=arguments.mode)
        return MODE_NOT_SUPPORTED
    connection = None
    try:
        connection = Connection(arguments.host, arguments.port, arguments.syntax, arguments.timeout)
        Conversation(arguments, connection).run()
    except (Failure, DCERPCException, pan.BadStub, socket.error) as error:
        tell("failed", error=str(error))
        return 1
    finally:
        if connection is not None:
            connection.close()
    tell("done")
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)  # a thread that still waits for a blocked call must not hold the process
