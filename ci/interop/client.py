#!/usr/bin/env python3
"""An MS-PAN client on impacket: takes the notifications that are wanted, told as JSON lines on standard output.

Exit status: 0 when all was received and said farewell, 1 when something failed, 89 for a mode that this client lacks.
"""

import argparse
import os
import sys
import time
import uuid

import pan
from connection import Connection, Failure
from subscription import FILTERS, Fatal, Subscription, tell

MODE_NOT_SUPPORTED = 89
MODES = ("unidirectional", "bidirectional", "printer-configuration")
# Seconds between retries (3.1.1.4.1, 3.1.1.4.3, 3.1.1.4.5).
FIRST_INTERVAL, LONGEST_INTERVAL = 1, 60


def receive(arguments):
    """Subscribe until all notifications have come that are wanted. What may be retried begins with a new object."""
    wanted, interval, was_there = arguments.count, FIRST_INTERVAL, False
    while True:
        connection = subscription = None
        try:
            connection = Connection(arguments.host, arguments.port, vars(arguments), arguments.timeout)
            subscription = Subscription(arguments, connection, wanted)
            subscription.run()
            return
        except Failure as failure:
            if subscription is not None and subscription.remote_object is not None:
                was_there = True
            if not was_there:
                raise
            if subscription is not None:
                wanted -= subscription.taken
                if subscription.succeeded:
                    interval = FIRST_INTERVAL
            tell("retrying", after=interval, error=str(failure))
        finally:
            if connection is not None:
                connection.close()
        time.sleep(interval)
        interval = min(2 * interval, LONGEST_INTERVAL)


def arguments_of(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mode", required=True, help=" | ".join(MODES))
    parser.add_argument("--type", type=uuid.UUID, help="notification type, by default the mode's own")
    parser.add_argument("--printer", default="", help="UNC name; none for the print server itself")
    parser.add_argument("--filter", choices=FILTERS, default="kPerUser")
    parser.add_argument("--count", type=int, default=1, help="how many notifications to take")
    parser.add_argument(
        "--rounds",
        type=int,
        default=0,
        help="responses by GetNotificationSendResponse before CloseChannel, for other types than AsyncUI",
    )
    parser.add_argument("--syntax", choices=pan.TRANSFER_SYNTAXES, default="ndr")
    parser.add_argument(
        "--security",
        default="none",
        help="impacket:LEVEL for its own NTLM, or MECHANISM:LEVEL by gensec; the password comes in $PAN_PASSWORD",
    )
    parser.add_argument("--user", default="")
    parser.add_argument("--domain", default="")
    parser.add_argument("--server-name", default="PRINTSRV", help="of the principal host/NAME")
    parser.add_argument("--header-signing", action="store_true", help="offer it, with gensec")
    parser.add_argument("--timeout", type=float, default=30, help="seconds for each call that has not to wait")
    parser.add_argument(
        "--overtake", action="store_true", help="unregister by a second connection while a call is blocked"
    )
    parser.add_argument("--wait", action="store_true", help="answer only after a line on standard input")
    arguments = parser.parse_args(words)
    arguments.password = os.environ.get("PAN_PASSWORD", "")
    if arguments.type is None:
        configuration = arguments.mode == "printer-configuration"
        arguments.type = pan.PRINTER_CONFIGURATION if configuration else pan.ASYNC_UI
    return arguments


def main(words):
    arguments = arguments_of(words)
    if arguments.mode not in MODES:
        tell("unsupported", mode=arguments.mode)
        return MODE_NOT_SUPPORTED
    try:
        receive(arguments)
    except (Failure, Fatal) as error:
        tell("failed", error=str(error))
        return 1
    tell("done")
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)  # a thread that still waits for a blocked call must not hold the process
