#!/usr/bin/env python3
"""Measures `pan-harness check` on a capture, in turn with another way to do the same.

    pairs.py tshark CAPTURE PAIRS    beside tshark
    pairs.py jobs CAPTURE PAIRS      two files at once beside one after the other

ci/bench/check calls it. PAN_HARNESS names a binary to use in place of the release build.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import typing

HARNESS = os.environ.get("PAN_HARNESS", "target/release/pan-harness")
# Puts TCP and DCE/RPC together and dissects every packet, once; prints none.
DISSECTS = ["tshark", "-n", "-Y", "dcerpc.cn_status == 0xffffffff", "-r"]
# Prints each field of each packet: `check` decodes each field, too.
PRINTS = ["tshark", "-n", "-V", "-r"]


class Measured(typing.NamedTuple):
    """What a command took."""

    processor: float
    wall: float
    mebibytes: float

    def told(self, megabytes):
        """In words, with what it makes of so many megabytes."""
        speed = megabytes / self.processor
        return f"{self.processor:.2f} s of processor, {self.wall:.2f} s in all, {speed:.0f} MB/s a core, {self.mebibytes:.0f} MiB"


def run(command):
    """Measures a command, which has to end with 0."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, tempfile.TemporaryFile() as complaint:
        began = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=nowhere, stderr=complaint)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            complaint.seek(0)
            sys.exit(f"{' '.join(command)} ended with {process.returncode}: {complaint.read(2000).decode(errors='replace')}")
    return Measured(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def check(report, jobs, *captures):
    """Measures `check`."""
    return run([HARNESS, "check", "--jobs", str(jobs), "--report", report, *captures])


def spread(ratios):
    """Median, least and most."""
    return f"median {statistics.median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}"


def beside_tshark(capture, pairs, report):
    """`check` and tshark in turn; the first of each is not counted."""
    megabytes = os.path.getsize(capture) / 1e6
    ways = {
        "check --jobs 1, on one core": lambda: check(report, 1, capture),
        "check --jobs 2, on two cores": lambda: check(report, 2, capture),
        "tshark that prints none": lambda: run([*DISSECTS, capture]),
        "tshark -V, prints every field": lambda: run([*PRINTS, capture]),
    }
    taken = {way: [] for way in ways}
    for pair in range(pairs + 1):
        for way, measure in ways.items():
            measured = measure()
            if pair > 0:
                taken[way].append(measured)
                print(f"pair {pair}: {way:29} {measured.told(megabytes)}", flush=True)
    one, two, *others = ways
    for other in others:
        cores = [theirs.processor / ours.processor for theirs, ours in zip(taken[other], taken[one])]
        clock = [theirs.wall / ours.wall for theirs, ours in zip(taken[other], taken[two])]
        print(f"{other}: processor time over that of {one}: {spread(cores)}")
        print(f"{other}: time over that of {two}: {spread(clock)}")


def two_at_once(capture, pairs, report):
    """Two files one after the other, and at once; the first of each is not counted."""
    copy = str(pathlib.Path(report) / "copy.pcap")
    try:
        os.link(capture, copy)
    except OSError:
        os.symlink(os.path.abspath(capture), copy)
    megabytes = 2 * os.path.getsize(capture) / 1e6
    ratios = []
    for pair in range(pairs + 1):
        after, at_once = (check(report, jobs, capture, copy) for jobs in (1, 2))
        if pair == 0:
            continue
        ratios.append(after.wall / at_once.wall)
        print(f"pair {pair}: check --jobs 1, two files  {after.told(megabytes)}")
        print(f"pair {pair}: check --jobs 2, two files  {at_once.told(megabytes)}", flush=True)
    print(f"time of one after the other, over that of both at once: {spread(ratios)}")


def main():
    """Reads the command line."""
    try:
        way, capture, pairs = sys.argv[1:]
        measure = {"tshark": beside_tshark, "jobs": two_at_once}[way]
        pairs = int(pairs)
        os.stat(capture)
    except (ValueError, KeyError):
        sys.exit(__doc__)
    except OSError as error:
        sys.exit(f"ci/bench/pairs.py: {error}")
    with tempfile.TemporaryDirectory() as report:
        measure(capture, pairs, report)


if __name__ == "__main__":
    main()
