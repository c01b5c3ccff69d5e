"""The stimulus protocol: one JSON object a line asks the notification source, one JSON line answers."""

import json
import sys
import threading
import uuid

import pan

LINE_LIMIT = 32 * 1024 * 1024  # octets
FILTERS = {"kPerUser": pan.kPerUser, "kAllUsers": pan.kAllUsers}


class Refused(Exception):
    """The source can't do what it is asked."""


class StimulusServer:
    """Listens for testers and does what they ask of the server's notification source."""

    def __init__(self, server, listener):
        self.server = server
        self.listener = listener

    def accept(self):
        while not self.server.stopping.is_set():
            try:
                sock, _ = self.listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            sock.settimeout(None)
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        try:
            with sock, sock.makefile("rwb") as stream:
                while line := stream.readline(LINE_LIMIT):
                    answer, last = self.answer(line)
                    stream.write(json.dumps(answer).encode() + b"\n")
                    stream.flush()
                    if last:
                        self.server.stop()
                        return
        except OSError as error:
            print(f"stimulus connection: {error}", file=sys.stderr, flush=True)

    def answer(self, line):
        """The answer to a line, and whether the server ends after it."""
        try:
            request = json.loads(line)
            operation = request["op"]
            if operation == "shutdown":
                return {"ok": True}, True
            handler = self.OPERATIONS.get(operation)
            if handler is None:
                return {"ok": False, "unsupported": True, "error": f"no such op: {operation}"}, False
            with self.server.lock:
                return {"ok": True, **(handler(self, request) or {})}, False
        except Refused as error:
            return {"ok": False, "error": str(error)}, False
        except (ValueError, KeyError, TypeError) as error:
            return {"ok": False, "error": f"malformed request: {error!r}"}, False

    def notify(self, request):
        data = payload(request)
        if data is None:
            raise Refused("a notification needs data")
        return {"delivered": self.server.notifier.notify(*audience(request), data)}

    def open_channel(self, request):
        notifier, name = self.server.notifier, request["id"]
        if name in notifier.channels:
            raise Refused(f"channel {name} exists")
        notifier.open_channel(name, *audience(request), payload(request))

    def channel_notify(self, request):
        data = payload(request)
        channel = self.channel(request)
        if data is None:
            raise Refused("a notification needs data")
        if channel.closed_by is not None:
            raise Refused(f"the channel was closed by the {channel.closed_by}")
        if channel.awaits_response:
            raise Refused("the previous notification has no response yet")
        self.server.notifier.channel_notify(channel, data)

    def channel_close(self, request):
        channel = self.channel(request)
        if channel.closed_by is None:
            self.server.notifier.close_by_source(channel)

    def channel_log(self, request):
        channel = self.channel(request)
        responses = [{"type": str(kind), "data_hex": data.hex()} for kind, data in channel.responses]
        return {"responses": responses, "acquired": channel.acquired, "closed_by": channel.closed_by}

    def delete_printer(self, request):
        self.server.notifier.delete_printer(request["printer"])

    def channel(self, request):
        channel = self.server.notifier.channels.get(request["id"])
        if channel is None:
            raise Refused(f"no channel {request['id']}")
        return channel

    OPERATIONS = {
        "notify": notify,
        "open_channel": open_channel,
        "channel_notify": channel_notify,
        "channel_close": channel_close,
        "channel_log": channel_log,
        "delete_printer": delete_printer,
    }


def audience(request):
    """The notification type, filter, user and printer that go with a notification or channel (3.1.1.6)."""
    filter_name = request.get("filter", "kAllUsers")
    if filter_name not in FILTERS:
        raise Refused(f"filter {filter_name}")
    return uuid.UUID(request["type"]), FILTERS[filter_name], request.get("user"), request.get("printer")


def payload(request):
    """The octets of the notification; None if there are none."""
    if request.get("data_utf16") is not None:
        return request["data_utf16"].encode("utf-16-le")
    if request.get("data_hex") is not None:
        return bytes.fromhex(request["data_hex"])
    return None
