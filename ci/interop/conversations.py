#!/usr/bin/env python3
"""Runs the impacket client in each mode against a server whose notification source is driven over the stimulus protocol.

`conversations.py HOST:PORT STIMULUS` prints a PASS or FAIL line for each conversation, and on its last line the counts.
"""

import argparse
import json
import pathlib
import queue
import subprocess
import sys
import threading
import uuid

import async_ui
import pan
from stimulus import Stimulus

HERE = pathlib.Path(__file__).parent
# What every client is started with: how it authenticates.
CLIENT_WORDS = []
PATIENCE = 30  # seconds for each line of the client
XMLNS = "http://schemas.microsoft.com/2003/print/asyncui/v1/request"
BALLOON = (
    f'<?xml version="1.0"?><asyncPrintUIRequest xmlns="{XMLNS}"><v1><requestOpen><balloonUI iconID="1" '
    'resourceDll="IHV.dll"><title stringID="1234" resourceDll="IHV.dll"/><body stringID="100" '
    'resourceDll="IHV.dll"/></balloonUI></requestOpen></v1></asyncPrintUIRequest>'
)
MESSAGE_BOX = (
    f'<?xml version="1.0"?><asyncPrintUIRequest xmlns="{XMLNS}"><v1><requestOpen><messageBoxUI><title '
    'stringID="100" resourceDll="IHV.dll"/><body stringID="101" resourceDll="IHV.dll"/><buttons><button '
    'stringID="102" resourceDll="IHV.dll" buttonID="3"/><button stringID="103" resourceDll="IHV.dll" '
    'buttonID="4"/></buttons></messageBoxUI></requestOpen></v1></asyncPrintUIRequest>'
)
CONFIGURATION = (
    '<?xml version="1.0"?><bidi:Notification '
    'xmlns:bidi="http://schemas.microsoft.com/windows/2005/03/printing/bidi" printerName="office-laser">'
    '<Schema name="\\Printer.Layout:Orientation"><BIDI_STRING>portrait</BIDI_STRING></Schema></bidi:Notification>'
)


class Unexpected(Exception):
    """The client or the source did not do what the conversation needs."""


class Client:
    """A running client and the JSON lines that it prints."""

    def __init__(self, address, *words):
        host, _, port = address.rpartition(":")
        command = [sys.executable, str(HERE / "client.py"), "--host", host, "--port", port, *CLIENT_WORDS, *words]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = queue.SimpleQueue()
        self.seen = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def expect(self, event, **fields):
        """The next event, which has to be this one with these fields."""
        try:
            line = self.lines.get(timeout=PATIENCE)
        except queue.Empty:
            raise Unexpected(f"no line within {PATIENCE} s, expected {event}") from None
        self.seen.append(line)
        wanted = {"event": event, **fields}
        if line is None or any(line.get(key) != value for key, value in wanted.items()):
            raise Unexpected(f"expected {wanted}, the client printed {line}")
        return line

    def go_on(self):
        """Lets a client that was started with --wait answer."""
        print(file=self.process.stdin, flush=True)

    def finish(self, status=0):
        """The client's end."""
        try:
            actual = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Unexpected(f"the client did not end within {PATIENCE} s") from None
        if actual != status:
            raise Unexpected(f"the client ended with {actual}, expected {status}")

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Source:
    """The notification source; what it refuses is Unexpected."""

    def __init__(self, address):
        self.stimulus = Stimulus(address)

    def ask(self, op, **fields):
        answer = self.stimulus.ask(op=op, **fields)
        if answer.get("ok") is not True:
            raise Unexpected(f"stimulus {op}: {answer}")
        return answer


def octets(text):
    return text.encode("utf-16-le").hex()


def unidirectional(address, source, syntax, printer, mode, kind, document):
    """Three notifications: for one the client waits, the others may be queued."""
    words = ["--mode", mode, "--syntax", syntax, "--count", "3", "--overtake"]
    client = Client(address, *words, *(["--printer", printer] if printer else []))
    try:
        client.expect("created")
        client.expect("registered")
        documents = [document + f"<!-- {number} -->" for number in range(3)]
        for text in documents:
            source.ask("notify", type=str(kind), filter="kAllUsers", user=None, printer=printer, data_utf16=text)
        for text in documents:
            client.expect("notification", type=str(kind), data_hex=octets(text))
        client.expect("unregistered")
        client.expect("overtaken")
        client.expect("deleted")
        client.expect("done")
        client.finish()
    finally:
        client.stop()


def message_box(address, source, syntax, printer):
    """AsyncUI: the notification response comes by CloseChannel (3.1.3.4.2)."""
    words = ["--mode", "bidirectional", "--syntax", syntax, "--overtake"]
    client = Client(address, *words, *(["--printer", printer] if printer else []))
    name = f"impacket-{uuid.uuid4()}"
    try:
        client.expect("created")
        client.expect("registered")
        channel = {"type": str(pan.ASYNC_UI), "filter": "kAllUsers", "user": None, "printer": printer}
        source.ask("open_channel", id=name, **channel, data_utf16=MESSAGE_BOX)
        client.expect("channels", count=1)
        client.expect("notification", data_hex=octets(MESSAGE_BOX), closed=False)
        reply = async_ui.reply_to(MESSAGE_BOX.encode("utf-16-le")).hex()
        client.expect("channel_closed", type=str(pan.ASYNC_UI), response_hex=reply, acquired_by_another=False)
        expect_log(source, name, [reply], pan.ASYNC_UI)
        client.expect("unregistered")
        client.expect("overtaken")
        client.expect("deleted")
        client.expect("done")
        client.finish()
    finally:
        client.stop()


def exchange(address, source, syntax, closed_by):
    """A type of our own: two responses by GetNotificationSendResponse, then either side closes."""
    kind, name = uuid.uuid4(), f"impacket-{uuid.uuid4()}"
    words = ["--mode", "bidirectional", "--syntax", syntax, "--type", str(kind), "--rounds", "2"]
    client = Client(address, *words)
    responses = [octets(f"impacket {number}") for number in range(3)]
    try:
        client.expect("created")
        client.expect("registered")
        source.ask("open_channel", id=name, type=str(kind), filter="kAllUsers", user=None, printer=None)
        client.expect("channels", count=1)
        for number in range(2):
            source.ask("channel_notify", id=name, data_hex=f"0{number}" * 7)
            client.expect("notification", data_hex=f"0{number}" * 7, round=number, closed=False)
            wait_for_responses(source, name, number + 1)
        if closed_by == "client":
            source.ask("channel_notify", id=name, data_hex="02" * 7000)
            client.expect("notification", data_hex="02" * 7000, round=2, closed=False)
            client.expect("channel_closed", type=str(kind), response_hex=responses[2])
            expect_log(source, name, responses, kind)
        else:
            source.ask("channel_close", id=name)
            client.expect("channel_released", round=2)
            expect_log(source, name, responses[:2], kind)
        client.expect("unregistered")
        client.expect("deleted")
        client.expect("done")
        client.finish()
    finally:
        client.stop()


def two_channels(address, source, syntax):
    """Channels that were opened before the registration come together from one GetNewChannel (3.1.1.4.3)."""
    kind = uuid.uuid4()
    names = [f"impacket-{uuid.uuid4()}" for _ in range(2)]
    for number, name in enumerate(names):
        channel = {"type": str(kind), "filter": "kAllUsers", "user": None, "printer": None}
        source.ask("open_channel", id=name, **channel, data_hex=f"0{number}" * 5)
    client = Client(address, "--mode", "bidirectional", "--syntax", syntax, "--type", str(kind), "--count", "2")
    try:
        client.expect("created")
        client.expect("registered")
        client.expect("channels", count=2)
        received = set()
        for _ in names:
            received.add(client.expect("notification", closed=False)["data_hex"])
            client.expect("channel_closed", response_hex=octets("impacket 0"))
        if received != {"00" * 5, "01" * 5}:
            raise Unexpected(f"the channels brought {received}")
        for name in names:
            expect_log(source, name, [octets("impacket 0")], kind)
        client.expect("unregistered")
        client.expect("deleted")
        client.expect("done")
        client.finish()
    finally:
        client.stop()


def mediation(address, source, syntax):
    """Two clients answer the same notification: one acquires the channel, the other is told so (3.1.1.4.4)."""
    kind, name = uuid.uuid4(), f"impacket-{uuid.uuid4()}"
    words = ["--mode", "bidirectional", "--syntax", syntax, "--type", str(kind), "--wait"]
    clients = [Client(address, *words) for _ in range(2)]
    try:
        for client in clients:
            client.expect("created")
            client.expect("registered")
        source.ask("open_channel", id=name, type=str(kind), filter="kAllUsers", user=None, printer=None)
        for client in clients:
            client.expect("channels", count=1)
        source.ask("channel_notify", id=name, data_hex="77" * 9)
        for client in clients:
            client.expect("notification", data_hex="77" * 9, closed=False)
        for client in clients:
            client.go_on()
        endings = [client.expect("channel_closed")["acquired_by_another"] for client in clients]
        if sorted(endings) != [False, True]:
            raise Unexpected(f"acquired by another: {endings}")
        expect_log(source, name, [octets("impacket 0")], kind)
        for client in clients:
            client.expect("unregistered")
            client.expect("deleted")
            client.expect("done")
            client.finish()
    finally:
        for client in clients:
            client.stop()


def wait_for_responses(source, name, count):
    """Ask for the channel's log until it has that many responses: the client's call is under way."""
    for _ in range(PATIENCE * 20):
        if len(source.ask("channel_log", id=name)["responses"]) >= count:
            return
        threading.Event().wait(0.05)
    raise Unexpected(f"the source got fewer than {count} responses within {PATIENCE} s")


def expect_log(source, name, responses, kind):
    actual = source.ask("channel_log", id=name)["responses"]
    expected = [{"type": str(kind), "data_hex": data} for data in responses]
    if actual != expected:
        raise Unexpected(f"the source got {actual}, expected {expected}")


def unknown_mode(address):
    """A mode that the client lacks ends it with status 89."""
    client = Client(address, "--mode", "tridirectional")
    try:
        client.expect("unsupported")
        client.finish(89)
    finally:
        client.stop()


def conversations(address, source, syntaxes):
    """(name, what to do) of each."""
    queue_name = "\\\\PRINTSRV\\office-laser"
    for syntax in syntaxes:
        for where, printer in (("server", None), ("queue", queue_name)):
            yield f"unidirectional/{where}/{syntax}", lambda syntax=syntax, printer=printer: unidirectional(
                address, source, syntax, printer, "unidirectional", pan.ASYNC_UI, BALLOON
            )
            yield f"bidirectional/message-box/{where}/{syntax}", lambda syntax=syntax, printer=printer: message_box(
                address, source, syntax, printer
            )
        yield f"printer-configuration/{syntax}", lambda syntax=syntax: unidirectional(
            address, source, syntax, queue_name, "printer-configuration", pan.PRINTER_CONFIGURATION, CONFIGURATION
        )
        for closed_by in ("client", "source"):
            yield f"bidirectional/closed-by-{closed_by}/{syntax}", lambda syntax=syntax, closed_by=closed_by: exchange(
                address, source, syntax, closed_by
            )
        yield f"bidirectional/two-channels/{syntax}", lambda syntax=syntax: two_channels(address, source, syntax)
        yield f"bidirectional/mediation/{syntax}", lambda syntax=syntax: mediation(address, source, syntax)
    yield "unknown-mode", lambda: unknown_mode(address)


def main(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", help="HOST:PORT of the server")
    parser.add_argument("stimulus", help="HOST:PORT of its notification source")
    parser.add_argument("--syntax", default="ndr,ndr64")
    parser.add_argument("--client", nargs=argparse.REMAINDER, default=[], help="words for every client: all that follow")
    arguments = parser.parse_args(words)
    CLIENT_WORDS.extend(arguments.client)
    source = Source(arguments.stimulus)
    passed = failed = 0
    for name, converse in conversations(arguments.address, source, arguments.syntax.split(",")):
        try:
            converse()
        except (Unexpected, OSError, ValueError) as error:
            failed += 1
            print(f"FAIL client/{name}: {error}", flush=True)
        else:
            passed += 1
            print(f"PASS client/{name}", flush=True)
    print(json.dumps({"passed": passed, "failed": failed}), flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
