"""The server's side of MS-PAN: the Abstract Data Model of 3.1.1.1 and the methods of 3.1.1.4 and 3.1.2.4.

Everything here runs under the server's lock. A method answers its call at once or leaves it waiting in the object
that will answer it; `withdraw` takes such a call back.
"""

import collections
import uuid

from impacket.dcerpc.v5 import rpcrt

import pan

CONTEXT_MISMATCH = rpcrt.MSRPC_STATUS_CODE_NCA_S_FAULT_CONTEXT_MISMATCH
QUEUE_LIMIT = 1000  # notifications that a registration keeps
QUIET = (None, b"")  # no notification type, no data


class Fault(Exception):
    """A call that ends with a fault PDU."""

    def __init__(self, status):
        super().__init__(f"fault 0x{status:08x}")
        self.status = status


class Registration:
    """A Client Registration (3.1.1.1) with its queue of either mode."""

    def __init__(self, name, kind, user_filter, style):
        self.name = name
        self.type = kind
        self.filter = user_filter
        self.style = style
        self.user = None  # every client of this server is anonymous
        self.notifications = collections.deque()
        self.channels = []
        self.waiting = None
        self.ended = False

    def matches(self, kind, user_filter, user, printer):
        """Whether a request of a notification source is for this registration (2.2.2, 3.1.1.6)."""
        return (
            not self.ended
            and self.type == kind
            and same_printer(self.name, printer)
            and (user_filter == pan.kAllUsers or self.filter == pan.kAllUsers or self.user == user)
        )


class RemoteObject:
    """What a PRPCREMOTEOBJECT stands for."""

    def __init__(self):
        self.registration = None
        self.terminated = False


class Channel:
    """A Bidirectional Notification Channel (3.1.1.1)."""

    def __init__(self, kind, user_filter, user, printer, held):
        self.type = kind
        self.audience = (kind, user_filter, user, printer)
        self.held = held
        self.views = []
        self.owner = None
        self.acquired = False
        self.closed_by = None
        self.awaits_response = held is not None
        self.responses = []

    def matches(self, registration):
        return registration.style == pan.kBiDirectional and registration.matches(*self.audience)

    @property
    def on_offer(self):
        return not self.acquired and self.closed_by is None


class View:
    """What a PNOTIFYOBJECT stands for: one client's side of a channel."""

    def __init__(self, channel):
        self.channel = channel
        self.association = None
        self.handle = None
        self.called = False
        self.waiting = None


class Notifier:
    """All objects of the server, its methods and its notification source."""

    def __init__(self):
        self.registrations = []
        self.channels = {}

    def serve(self, association, call, request):
        """Do what a request asks."""
        method = pan.method_name(call.interface, call.opnum)
        getattr(self, METHODS[method])(association, call, request)

    # IRPCRemoteObject (3.1.2.4)

    def create(self, association, call, _request):
        answer = pan.IRPCRemoteObject_CreateResponse()
        answer["ppRemoteObj"] = new_handle(association, RemoteObject())
        answer["ErrorCode"] = pan.S_OK
        call.answer(answer)

    def delete(self, association, call, request):
        handle = request["ppRemoteObj"]
        remote_object = find(association, handle, RemoteObject)
        del association.handles[handle]
        if remote_object.registration is not None:
            registration = self.end_registration(remote_object)
            if registration.waiting is not None and registration.style == pan.kUniDirectional:
                take(registration).answer(notification_answer(pan.NOTIFICATION_RELEASE, b""))
            terminate(registration)
        answer = pan.IRPCRemoteObject_DeleteResponse()
        answer["ppRemoteObj"] = pan.NULL_HANDLE
        call.answer(answer)

    # Registrations (3.1.1.4.1, 3.1.1.4.2)

    def register_client(self, association, call, request):
        remote_object = find(association, request["pRegistrationObj"], RemoteObject)
        name = pan.name_behind(request, "pName")
        kind = uuid.UUID(bytes_le=request["pInNotificationType"])
        registration = Registration(name, kind, request["NotifyFilter"], request["conversationStyle"])
        status = self.check_registration(remote_object, registration)
        if status == pan.S_OK:
            remote_object.registration = registration
            remote_object.terminated = False
            self.registrations.append(registration)
            open_channels = [channel for channel in self.channels.values() if channel.on_offer]
            registration.channels = [channel for channel in open_channels if channel.matches(registration)]
        answer = pan.IRPCAsyncNotify_RegisterClientResponse()
        pan.set_pointer(answer, "ppRmtServerReferral", None)
        answer["ErrorCode"] = status
        call.answer(answer)

    def check_registration(self, remote_object, registration):
        """The HRESULT for the parameters of RegisterClient."""
        if registration.name is not None and not is_queue_name(registration.name):
            return pan.INVALID_NAME
        bidirectional = registration.style == pan.kBiDirectional
        acceptable = (
            remote_object.registration is None
            and registration.filter in (pan.kPerUser, pan.kAllUsers)
            and registration.style in (pan.kBiDirectional, pan.kUniDirectional)
            and registration.type != pan.NOTIFICATION_RELEASE
            and not (registration.type == pan.PRINTER_CONFIGURATION and bidirectional)
        )
        return pan.S_OK if acceptable else pan.E_INVALIDARG

    def unregister_client(self, association, call, request):
        remote_object = find(association, request["pRegistrationObj"], RemoteObject)
        answer = pan.IRPCAsyncNotify_UnregisterClientResponse()
        if remote_object.registration is None:
            answer["ErrorCode"] = pan.E_INVALIDARG
        else:
            terminate(self.end_registration(remote_object))
            answer["ErrorCode"] = pan.S_OK
        call.answer(answer)

    def end_registration(self, remote_object):
        registration = remote_object.registration
        remote_object.registration = None
        remote_object.terminated = True
        registration.ended = True
        self.registrations.remove(registration)
        return registration

    # Unidirectional (3.1.1.4.5)

    def get_notification(self, association, call, request):
        registration = self.registered(association, request, pan.kUniDirectional, call)
        if registration is None:
            return
        if registration.notifications:
            call.answer(notification_answer(registration.type, registration.notifications.popleft()))
        elif registration.ended:
            call.answer(notification_answer(pan.NOTIFICATION_RELEASE, b""))
        else:
            wait(registration, call)

    def registered(self, association, request, style, call):
        """The registration that GetNotification or GetNewChannel may use; None if the call was answered."""
        remote_object = find(association, request["pRemoteObj"], RemoteObject)
        registration = remote_object.registration
        if registration is None and remote_object.terminated:
            raise Fault(pan.NOTIFICATIONS_TERMINATED)
        if registration is None or registration.style != style:
            unidirectional = style == pan.kUniDirectional
            failure = notification_answer if unidirectional else channels_answer
            call.answer(failure(*(QUIET if unidirectional else ([],)), status=pan.E_INVALIDARG))
            return None
        if registration.waiting is not None:
            raise Fault(pan.CALL_OUTSTANDING)
        return registration

    def notify(self, kind, user_filter, user, printer, data):
        """3.1.1.6.1; how many registrations get the notification."""
        matching = [
            registration
            for registration in self.registrations
            if registration.style == pan.kUniDirectional and registration.matches(kind, user_filter, user, printer)
        ]
        for registration in matching:
            if registration.waiting is not None:
                take(registration).answer(notification_answer(kind, data))
            elif len(registration.notifications) < QUEUE_LIMIT:
                registration.notifications.append(data)
        return len(matching)

    # Bidirectional (3.1.1.4.3, 3.1.1.4.4, 3.1.1.4.6)

    def get_new_channel(self, association, call, request):
        registration = self.registered(association, request, pan.kBiDirectional, call)
        if registration is None:
            return
        if registration.ended:
            raise Fault(pan.NOTIFICATIONS_TERMINATED)
        wait(registration, call)
        self.hand_out(registration)

    def hand_out(self, registration):
        """Answer a blocked GetNewChannel with every channel that is still on offer."""
        registration.channels = [channel for channel in registration.channels if channel.on_offer]
        if registration.waiting is None or not registration.channels:
            return
        call = take(registration)
        association = call.connection.association
        handles = []
        for channel in registration.channels:
            view = View(channel)
            view.association = association
            view.handle = new_handle(association, view)
            channel.views.append(view)
            handles.append(view.handle)
        registration.channels = []
        call.answer(channels_answer(handles))

    def get_notification_send_response(self, association, call, request):
        view = find(association, request["pChannel"], View)
        kind = pan.type_behind(request, "pInNotificationType")
        data = pan.check_sized(request, "InSize", "pInNotificationData")
        channel = view.channel
        if view.waiting is not None:
            call.answer(channel_answer(view.handle, *QUIET, status=pan.CALL_OUTSTANDING))
        elif channel.closed_by is not None or (channel.acquired and channel.owner is not view):
            release(view, call)
        elif not view.called:
            self.first_call(view, call)
        elif len(data) > pan.RESPONSE_LIMIT:
            call.answer(channel_answer(view.handle, *QUIET, status=pan.RESPONSE_TOO_LARGE))
        elif kind != channel.type:
            call.answer(channel_answer(view.handle, *QUIET, status=pan.TYPE_MISMATCH))
        else:
            self.respond(view, kind, data)
            view.waiting = call
            call.waits_in = view

    def first_call(self, view, call):
        """The mediating call: what it carries is ignored, the initial notification answers it."""
        view.called = True
        if view.channel.held is not None:
            call.answer(channel_answer(view.handle, view.channel.type, view.channel.held))
        else:
            view.waiting = call
            call.waits_in = view

    def respond(self, view, kind, data):
        """Hand a notification response to the source. The first one acquires the channel, the others lose it."""
        channel = view.channel
        channel.responses.append((kind, data))
        channel.awaits_response = False
        if not channel.acquired:
            channel.acquired = True
            channel.owner = view
            channel.held = None
            for other in list(channel.views):
                if other is not view and other.waiting is not None:
                    release(other, take(other))

    def close_channel(self, association, call, request):
        view = find(association, request["pChannel"], View)
        kind = uuid.UUID(bytes_le=request["pInNotificationType"])
        data = pan.check_sized(request, "InSize", "pReason")
        status = self.closing_status(view, kind, data)
        if status == pan.S_OK and kind != pan.NOTIFICATION_RELEASE:
            self.respond(view, kind, data)
            view.channel.closed_by = "client"
        elif status == pan.S_OK and view.channel.owner is view and view.channel.closed_by is None:
            view.channel.closed_by = "client"
        if view.waiting is not None:
            take(view).answer(channel_answer(pan.NULL_HANDLE, *QUIET, status=pan.CHANNEL_CLOSED))
        drop(view)
        answer = pan.IRPCAsyncNotify_CloseChannelResponse()
        answer["pChannel"] = pan.NULL_HANDLE
        answer["ErrorCode"] = status
        call.answer(answer)

    def closing_status(self, view, kind, data):
        """The HRESULT of CloseChannel; whatever it is, the handle ends."""
        channel = view.channel
        if channel.acquired and channel.owner is not view:
            return pan.CHANNEL_ACQUIRED
        if kind == pan.NOTIFICATION_RELEASE:
            return pan.S_OK
        if channel.closed_by is not None:
            return pan.CHANNEL_CLOSED
        if len(data) > pan.RESPONSE_LIMIT:
            return pan.RESPONSE_TOO_LARGE
        return pan.S_OK if kind == channel.type else pan.TYPE_MISMATCH

    # The notification source (3.1.1.6.2 to 3.1.1.6.4) and the abnormal events

    def open_channel(self, name, kind, user_filter, user, printer, data):
        channel = Channel(kind, user_filter, user, printer, data)
        self.channels[name] = channel
        for registration in list(self.registrations):
            if channel.matches(registration):
                registration.channels.append(channel)
                self.hand_out(registration)

    def channel_notify(self, channel, data):
        """The initial notification goes to all who wait and is held, a later one goes to the owner."""
        channel.awaits_response = True
        if not channel.acquired:
            channel.held = data
        for view in list(channel.views):
            if view.waiting is not None:
                take(view).answer(channel_answer(view.handle, channel.type, data))

    def close_by_source(self, channel):
        channel.closed_by = "source"
        channel.held = None
        for view in list(channel.views):
            if view.waiting is not None:
                release(view, take(view))

    def delete_printer(self, printer):
        for registration in self.registrations:
            if same_printer(registration.name, printer):
                registration.ended = True
                call = take(registration)
                if call is not None and registration.style == pan.kUniDirectional:
                    call.answer(notification_answer(pan.NOTIFICATION_RELEASE, b""))
                elif call is not None:
                    call.fault(pan.NOTIFICATIONS_TERMINATED)
        for channel in self.channels.values():
            if channel.closed_by is None and same_printer(channel.audience[3], printer):
                self.close_by_source(channel)

    def shut_down(self):
        for registration in self.registrations:
            registration.ended = True
            terminate(registration)
        for channel in self.channels.values():
            if channel.closed_by is None:
                self.close_by_source(channel)

    # What the connections tell

    def withdraw(self, call):
        """Take back a blocked call whose client no longer wants the answer."""
        holder = getattr(call, "waits_in", None)
        if holder is not None and holder.waiting is call:
            holder.waiting = None

    def run_down(self, association):
        """The association is gone, and all its handles with it."""
        for thing in list(association.handles.values()):
            if isinstance(thing, RemoteObject) and thing.registration is not None:
                self.end_registration(thing)
            elif isinstance(thing, View):
                if thing.channel.owner is thing and thing.channel.closed_by is None:
                    thing.channel.closed_by = "client"
                drop(thing)


METHODS = {
    "Create": "create",
    "Delete": "delete",
    "RegisterClient": "register_client",
    "UnregisterClient": "unregister_client",
    "GetNewChannel": "get_new_channel",
    "GetNotificationSendResponse": "get_notification_send_response",
    "GetNotification": "get_notification",
    "CloseChannel": "close_channel",
}


def is_queue_name(name):
    r"""Whether a name has the form \\SERVER\PRINTER (3.1.1.4.1)."""
    if not name.startswith("\\\\"):
        return False
    server, separator, printer = name[2:].partition("\\")
    return bool(server and separator and printer) and "\\" not in printer and "," not in printer


def same_printer(left, right):
    """Names of queues compare without case; None is the print server itself."""
    return (left and left.lower()) == (right and right.lower())


def new_handle(association, thing):
    handle = bytes(4) + uuid.uuid4().bytes_le
    association.handles[handle] = thing
    return handle


def find(association, handle, kind):
    """What a context handle stands for in its association."""
    thing = association.handles.get(handle)
    if not isinstance(thing, kind):
        raise Fault(CONTEXT_MISMATCH)
    return thing


def wait(registration, call):
    registration.waiting = call
    call.waits_in = registration


def take(holder):
    """The call that waits there, which then waits no more."""
    call, holder.waiting = holder.waiting, None
    return call


def terminate(registration):
    """Incoming notifications have been terminated: an exception, as 3.1.1.4.3 and 3.1.1.4.5 recommend."""
    call = take(registration)
    if call is not None:
        call.fault(pan.NOTIFICATIONS_TERMINATED)


def drop(view):
    """A client's side of a channel ends, and its handle."""
    view.association.handles.pop(view.handle, None)
    if view in view.channel.views:
        view.channel.views.remove(view)


def release(view, call):
    """The channel is lost or closed for this client: NOTIFICATION_RELEASE and a NULL handle."""
    drop(view)
    call.answer(channel_answer(pan.NULL_HANDLE, pan.NOTIFICATION_RELEASE, b""))


def notification_answer(kind, data, status=pan.S_OK):
    answer = pan.IRPCAsyncNotify_GetNotificationResponse()
    return with_notification(answer, kind, data, status)


def channel_answer(handle, kind, data, status=pan.S_OK):
    answer = pan.IRPCAsyncNotify_GetNotificationSendResponseResponse()
    answer["pChannel"] = handle
    return with_notification(answer, kind, data, status)


def with_notification(answer, kind, data, status):
    pan.set_pointer(answer, "ppOutNotificationType", kind and kind.bytes_le)
    answer["pOutSize"] = len(data)
    carries = kind is not None and kind != pan.NOTIFICATION_RELEASE
    pan.set_pointer(answer, "ppOutNotificationData", data if carries else None)
    answer["ErrorCode"] = status
    return answer


def channels_answer(handles, status=pan.S_OK):
    answer = pan.IRPCAsyncNotify_GetNewChannelResponse()
    answer["pNoOfChannels"] = len(handles)
    if handles:
        array = []
        for handle in handles:
            item = pan.CONTEXT_HANDLE()
            item["Data"] = handle
            array.append(item)
        answer["ppChannelCtxt"] = array
    else:
        pan.set_pointer(answer, "ppChannelCtxt", None)
    answer["ErrorCode"] = status
    return answer
