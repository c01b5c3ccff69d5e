#!/usr/bin/env python3
"""Stands before a server and takes the verifiers off requests and responses at packet level, both ways: nothing is signed
there then, as impacket and Scapy have it.

`unsigned.py HOST:PORT` prints one JSON line with its own address when it is ready, and serves until it is ended.
"""

import json
import socket
import sys
import threading

PTYPES = (0x00, 0x02)  # request, response
PACKET = 4  # RPC_C_AUTHN_LEVEL_PKT
HEADER = 16
TRAILER = 8


def octets(stream, count):
    came = b""
    while len(came) < count:
        piece = stream.recv(count - len(came))
        if not piece:
            return None
        came += piece
    return came


def without_verifier(pdu, order):
    """A request or response at packet level without its padding, sec_trailer and token; any other PDU as it is."""
    token = int.from_bytes(pdu[10:12], order)
    place = len(pdu) - token - TRAILER
    if pdu[2] not in PTYPES or token == 0 or place < HEADER or pdu[place + 1] != PACKET:
        return pdu
    body = pdu[12 : place - pdu[place + 2]]
    return pdu[:8] + (12 + len(body)).to_bytes(2, order) + bytes(2) + body


def pass_on(source, sink):
    """PDU by PDU, until one of the two has enough."""
    try:
        while (head := octets(source, HEADER)) is not None:
            order = "little" if head[4] & 0xF0 else "big"
            rest = octets(source, int.from_bytes(head[8:10], order) - HEADER)
            if rest is None:
                break
            sink.sendall(without_verifier(head + rest, order))
    except (OSError, ValueError):
        pass
    finally:
        for stream in (source, sink):
            try:
                stream.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def main(words):
    if len(words) != 1:
        sys.exit(__doc__)
    host, _, port = words[0].rpartition(":")
    listener = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"listening": "127.0.0.1:%d" % listener.getsockname()[1]}), flush=True)
    while True:
        client, _ = listener.accept()
        try:
            server = socket.create_connection((host, int(port)))
        except OSError:
            client.close()
            continue
        for ends in ((client, server), (server, client)):
            threading.Thread(target=pass_on, args=ends, daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1:])
