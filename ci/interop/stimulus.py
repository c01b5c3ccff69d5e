#!/usr/bin/env python3
"""Asks a server's notification source over the stimulus protocol: lines of JSON over TCP.

As a command it sends its arguments, one request each, and prints the answers; it fails with the first that is not ok.
"""

import json
import socket
import sys


class Stimulus:
    """A connection to a notification source."""

    def __init__(self, address, timeout=10):
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout=timeout)
        self.stream = self.socket.makefile("rwb")

    def ask(self, **request):
        """The source's answer, whatever it says."""
        self.stream.write(json.dumps(request).encode() + b"\n")
        self.stream.flush()
        line = self.stream.readline()
        if not line:
            raise ConnectionError("the notification source closed the connection")
        return json.loads(line)

    def close(self):
        self.stream.close()
        self.socket.close()


def main(address, *requests):
    stimulus = Stimulus(address)
    for request in requests:
        answer = stimulus.ask(**json.loads(request))
        print(json.dumps(answer), flush=True)
        if not answer.get("ok"):
            return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: stimulus.py HOST:PORT REQUEST…")
    sys.exit(main(*sys.argv[1:]))
