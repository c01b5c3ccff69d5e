"""One registration of a client, from its remote object to the object's end ([MS-PAN] 3.2.1, 3.2.2)."""

import json
import sys
import threading

import async_ui
import pan
from connection import Connection, Failure

FILTERS = {"kPerUser": pan.kPerUser, "kAllUsers": pan.kAllUsers}


class Fatal(Exception):
    """An error that is reported and ends the client: nothing is retried."""


def tell(event, **fields):
    """One JSON line."""
    print(json.dumps({"event": event, **fields}), flush=True)


class Subscription:
    """A remote object from Create to Delete, and what is received for it.

    `wanted` notifications are received; one more that a channel brings is taken as well. Channels are worked on
    one after the other.
    """

    def __init__(self, arguments, connection, wanted):
        self.arguments = arguments
        self.connection = connection
        self.type = arguments.type
        self.wanted = wanted
        self.taken = 0
        self.remote_object = None
        self.registered = False
        self.succeeded = False

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
        try:
            answer = self.connection.succeed(pan.IRPCRemoteObject_Create())
        except Failure as failure:
            if failure.lost:
                raise
            raise Fatal(str(failure)) from failure  # 3.1.2.4.1
        self.remote_object = answer["ppRemoteObj"]
        if self.remote_object == pan.NULL_HANDLE:
            raise Fatal("Create: a NULL handle")
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
        try:
            self.connection.succeed(request)
        except Failure as failure:
            if failure.code in (pan.ACCESS_DENIED, pan.INVALID_NAME):
                raise Fatal(str(failure)) from failure  # 3.1.1.4.1
            raise
        self.registered = True
        tell("registered", type=str(self.type), printer=name or None)

    def wait_for(self, method):
        """The answer to a call that waits for what comes next."""
        request = method()
        request["pRemoteObj"] = self.remote_object
        try:
            answer = self.connection.succeed(request, waits=True)
        except Failure as failure:
            if failure.code in (pan.CALL_OUTSTANDING, pan.NOTIFICATIONS_TERMINATED):
                raise Fatal(str(failure)) from failure  # 3.1.1.4.3, 3.1.1.4.5
            raise
        self.succeeded = True
        return answer

    def take_notifications(self):
        while self.taken < self.wanted:
            answer = self.wait_for(pan.IRPCAsyncNotify_GetNotification)
            kind, data = notification_of(answer)
            if kind == pan.NOTIFICATION_RELEASE:
                tell("released")
                raise Fatal("the registered object has been deleted")
            self.tell_notification(kind, data)
            if kind == pan.ASYNC_UI:
                act_on(data)

    def tell_notification(self, kind, data, **fields):
        if kind != self.type:
            raise Fatal(f"notification type {kind}, registered for {self.type}")
        self.taken += 1
        tell("notification", type=str(kind), size=len(data), text=async_ui.as_text(data), data_hex=data.hex(), **fields)

    def take_channels(self):
        while self.taken < self.wanted:
            answer = self.wait_for(pan.IRPCAsyncNotify_GetNewChannel)
            handles = pan.handles_behind(answer, "ppChannelCtxt")
            if not handles or len(handles) != answer["pNoOfChannels"]:
                raise Fatal(f"GetNewChannel: {len(handles)} channels, counted {answer['pNoOfChannels']}")
            tell("channels", count=len(handles), handles=[handle.hex() for handle in handles])
            for handle in handles:
                self.talk(handle)

    def talk(self, handle):
        """One channel: the first GetNotificationSendResponse(NULL, 0), then responses till it is closed (figure 10).

        A reply to an AsyncUI document closes the channel (3.2.3.4); other types have `rounds` of responses before.
        """
        kind, response = None, None
        rounds = 0 if self.type == pan.ASYNC_UI else self.arguments.rounds
        for round_ in range(rounds + 1):
            try:
                handle_after, data = self.send_response(handle, kind, response, round_)
            except Failure as failure:
                if failure.lost:
                    raise  # with all channels, and the registration
                self.close_channel(handle, pan.NOTIFICATION_RELEASE, None)
                raise Fatal(str(failure)) from failure  # 3.1.1.4.4
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
            return async_ui.reply_to(data)
        return f"impacket {round_}".encode("utf-16-le")

    def send_response(self, handle, kind, response, round_):
        """GetNotificationSendResponse: the handle, None once it is NULL, and the notification."""
        request = pan.IRPCAsyncNotify_GetNotificationSendResponse()
        request["pChannel"] = handle
        pan.set_pointer(request, "pInNotificationType", kind and kind.bytes_le)
        request["InSize"] = len(response or b"")
        pan.set_pointer(request, "pInNotificationData", response)
        answer = self.connection.succeed(request, waits=True)
        kind, data = notification_of(answer)
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
        try:
            answer = self.connection.succeed(request, (pan.S_OK, pan.CHANNEL_ACQUIRED))
        except Failure as failure:
            raise Fatal(str(failure)) from failure  # 3.1.1.4.6
        if answer["pChannel"] != pan.NULL_HANDLE:
            raise Fatal("CloseChannel: the handle is not NULL")
        tell(
            "channel_closed",
            channel=handle.hex(),
            type=str(kind),
            response_hex=response.hex() if response is not None else None,
            acquired_by_another=answer["ErrorCode"] == pan.CHANNEL_ACQUIRED,
        )

    def unregister(self, connection=None):
        """Called once, whatever comes of it (3.1.1.4.2)."""
        self.registered = False
        request = pan.IRPCAsyncNotify_UnregisterClient()
        request["pRegistrationObj"] = self.remote_object
        try:
            answer = (connection or self.connection).call(request)
        except Failure as failure:
            raise Fatal(str(failure)) from failure
        if answer["ErrorCode"] & 0x80000000:
            raise Fatal(f"UnregisterClient: HRESULT 0x{answer['ErrorCode']:08x}")
        tell("unregistered")

    def unregister_overtaking(self):
        """Unregister over a second connection of the association while a call is blocked on the first (3.1.1.4.2)."""
        arguments = self.arguments
        bidirectional = arguments.mode == "bidirectional"
        blocked = pan.IRPCAsyncNotify_GetNewChannel if bidirectional else pan.IRPCAsyncNotify_GetNotification
        outcome = []

        def wait():
            try:
                self.wait_for(blocked)
            except (Failure, Fatal) as failure:
                outcome.append(str(failure))
            else:
                outcome.append(None)

        sent = self.connection.async_notify.get_rpc_transport().sent
        sent.clear()
        waiter = threading.Thread(target=wait, daemon=True)
        waiter.start()
        if not sent.wait(arguments.timeout):
            raise Fatal("the call that should block was not sent")
        # Binding takes two round trips: the server has the blocked call before it gets UnregisterClient.
        second = Connection(arguments.host, arguments.port, vars(arguments), arguments.timeout, self.connection.group)
        try:
            self.unregister(second)
        finally:
            second.close()
        waiter.join(arguments.timeout)
        if not outcome:
            raise Fatal("the blocked call did not return after UnregisterClient")
        if outcome[0] is None:
            raise Fatal("the blocked call succeeded after UnregisterClient")
        tell("overtaken", outcome=outcome[0])

    def dispose(self):
        """Undo what still stands: each registration and each remote object (3.2.1.4, 3.2.2.4)."""
        if self.connection.lost:
            return
        try:
            if self.registered:
                self.unregister()
        finally:
            request = pan.IRPCRemoteObject_Delete()
            request["ppRemoteObj"] = self.remote_object
            try:
                answer = self.connection.call(request)
            except Failure as failure:
                raise Fatal(str(failure)) from failure
            if answer["ppRemoteObj"] != pan.NULL_HANDLE:
                raise Fatal("Delete: the handle is not NULL")
            tell("deleted")


def notification_of(answer):
    """The type and the octets of a notification; those of a release are ignored (3.1.1.4.4)."""
    kind = pan.type_behind(answer, "ppOutNotificationType")
    try:
        return kind, pan.check_sized(answer, "pOutSize", "ppOutNotificationData")
    except pan.BadStub as error:
        raise Fatal(str(error)) from error


def act_on(document):
    """Do what an AsyncUI notification in one direction wants: nothing, if it breaks its format (3.2.3.4.1)."""
    try:
        action = async_ui.action_of(document)
    except async_ui.Refused as error:
        tell("refused", why=str(error))
        return
    if action is not None:
        tell("called", dll=action.get("dll"), entrypoint=action.get("entrypoint"), returned=async_ui.call(action))
