#!/usr/bin/env python3
"""Stands before a server that authenticates nobody, and takes clients in by tickets: MIT's GSSAPI judges them, with a keytab.

`ticketed.py HOST:PORT KEYTAB` prints one JSON line with its own address when it is ready, and serves until it is ended. Kerberos
comes in SPNEGO or alone. Calls are at packet level and nothing is signed, so clients must be content with that. It needs Debian's python3-gssapi, whose Python has to be the one that runs.
"""

import json
import socket
import sys
import threading

import gssapi

from unsigned import HEADER, TRAILER, octets, without_verifier

REQUEST, FAULT, BIND, BIND_ACK, BIND_NAK, ALTER_CONTEXT, ALTER_CONTEXT_RESP, AUTH3 = 0, 3, 11, 12, 13, 14, 15, 16
INVALID_CHECKSUM = 9  # of a bind_nak
ACCESS_DENIED = 5
ORDER = "little"


def split(pdu):
    """A PDU without its verifier, the sec_trailer, and the token."""
    size = int.from_bytes(pdu[10:12], ORDER)
    if size == 0:
        return pdu, b"", b""
    place = len(pdu) - size - TRAILER
    bare = pdu[12 : place - pdu[place + 2]]
    bare = pdu[:8] + (12 + len(bare)).to_bytes(2, ORDER) + bytes(2) + bare
    return bare, pdu[place : place + TRAILER], pdu[place + TRAILER :]


def joined(pdu, trailer, token):
    """A PDU with a verifier, aligned to 4."""
    padding = -len(pdu) % 4
    length = len(pdu) + padding + TRAILER + len(token)
    head = pdu[:8] + length.to_bytes(2, ORDER) + len(token).to_bytes(2, ORDER) + pdu[12:]
    return head + bytes(padding) + trailer[:2] + bytes([padding, 0]) + trailer[4:] + token


def answer(asked, kind, body):
    """A PDU of ours in answer to another."""
    return asked[:2] + bytes([kind, 3]) + asked[4:8] + (HEADER + len(body)).to_bytes(2, ORDER) + bytes(2) + asked[12:16] + body


def denial(asked):
    """The refusal of a leg or of a request."""
    if asked[2] == BIND:
        return answer(asked, BIND_NAK, INVALID_CHECKSUM.to_bytes(2, ORDER) + b"\x01\x05\x00")
    return answer(asked, FAULT, bytes(8) + ACCESS_DENIED.to_bytes(4, ORDER) + bytes(4))


class Connection:
    """A client, the server behind, and the security context between."""

    def __init__(self, client, server, credentials):
        self.client, self.server = client, server
        self.context = gssapi.SecurityContext(usage="accept", creds=credentials)
        self.owed = []  # verifiers of the answers that are due
        for work in (self.from_client, self.from_server):
            threading.Thread(target=self.until_end, args=(work,), daemon=True).start()

    def until_end(self, work):
        try:
            work()
        except (OSError, ValueError, IndexError):
            pass
        finally:
            for stream in (self.client, self.server):
                try:
                    stream.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    @staticmethod
    def pdus(stream):
        while (head := octets(stream, HEADER)) is not None:
            rest = octets(stream, int.from_bytes(head[8:10], ORDER) - HEADER)
            if rest is None:
                return
            yield head + rest

    def step(self, token):
        """The next token, which may be a KRB-ERROR; None when the context refuses this one without."""
        try:
            return self.context.step(token) or b""
        except gssapi.exceptions.GSSError:
            return None

    def from_client(self):
        for pdu in self.pdus(self.client):
            kind, (bare, trailer, token) = pdu[2], split(pdu)
            if kind in (BIND, ALTER_CONTEXT) and trailer:
                given = self.step(token)
                if given is None:
                    self.client.sendall(denial(pdu))
                    return
                self.owed.append((trailer, given))
                self.server.sendall(bare)
            elif kind == AUTH3:
                self.step(token)
            elif kind == REQUEST and not self.context.complete:
                self.client.sendall(denial(pdu))
            else:
                self.server.sendall(without_verifier(pdu, ORDER))

    def from_server(self):
        for pdu in self.pdus(self.server):
            if pdu[2] in (BIND_ACK, ALTER_CONTEXT_RESP) and self.owed:
                pdu = joined(pdu, *self.owed.pop(0))
            self.client.sendall(pdu)


def main(words):
    if len(words) != 2:
        sys.exit(__doc__)
    host, _, port = words[0].rpartition(":")
    credentials = gssapi.Credentials(usage="accept", store={"keytab": words[1]})
    listener = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"listening": "127.0.0.1:%d" % listener.getsockname()[1]}), flush=True)
    while True:
        client, _ = listener.accept()
        try:
            server = socket.create_connection((host, int(port)))
        except OSError:
            client.close()
            continue
        Connection(client, server, credentials)


if __name__ == "__main__":
    main(sys.argv[1:])
