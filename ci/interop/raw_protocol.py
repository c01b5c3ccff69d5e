#!/usr/bin/python3
"""Runs Samba's own suite of raw PDUs, samba.tests.dcerpc.raw_protocol of Debian's python3-samba, against a server of ours.

The tests are as Debian has them: they want the endpoint mapper at port 135 of $SERVER. All run. Those that `known` names have to
fail, each for the reason that stands above it; all others have to pass.
"""

import argparse
import fnmatch
import io
import json
import multiprocessing
import os
import sys
import tempfile
import unittest

SUITE = "samba.tests.dcerpc.raw_protocol"
# It takes for granted that association 1 is nobody's: not while others run.
ALONE = ("test_assoc_group_fail1",)


def deviations(path):
    """(pattern, reason) of each that is listed: reasons at the margin, patterns of names indented below them."""
    reason, fresh = "", True
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.strip() or line.startswith("#"):
                continue
            if line[0].isspace():
                fresh = True
                yield line.strip(), reason
            else:
                reason = line.strip() if fresh else f"{reason} {line.strip()}"
                fresh = False


def tests():
    """The tests of the suite by their names."""

    def flat(suite):
        for one in suite:
            if isinstance(one, unittest.TestSuite):
                yield from flat(one)
            else:
                yield one.id().rpartition(".")[2]

    return sorted(flat(unittest.defaultTestLoader.loadTestsFromName(SUITE)))


def run(name):
    """None for a test that passes, or else why it does not."""
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # the suite tells there of what it waits for
    suite = unittest.defaultTestLoader.loadTestsFromName(f"{SUITE}.TestDCERPC_BIND.{name}")
    result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    if result.wasSuccessful() and result.testsRun == 1 and not result.skipped:
        return name, None
    told = result.errors + result.failures + result.skipped
    lines = told[0][1].strip().splitlines() if told else ["it did not run"]
    places = [line.strip() for line in lines if "raw_protocol.py" in line]
    return name, f"{lines[-1]} ({places[-1].rpartition(', in')[0].rpartition(', ')[2] if places else 'no place'})"


def judge(outcomes, listed):
    """(verdict, what) of each test and of each entry that is no longer true."""
    for name, why in outcomes:
        reason = next((reason for pattern, reason in listed if fnmatch.fnmatchcase(name, pattern)), None)
        if reason is None:
            yield ("PASS", name) if why is None else ("FAIL", f"{name}: {why}")
        elif why is None:
            yield "FAIL", f"{name} passes, and is listed as one that does not: {reason}"
        else:
            yield "LISTED", f"{name}: {why}"
    names = [name for name, _ in outcomes]
    for pattern, _ in listed:
        if not fnmatch.filter(names, pattern):
            yield "FAIL", f"{pattern} is listed, and the suite has no such test"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("known", help="what is known not to pass, with reasons")
    parser.add_argument("--only", default="*", help="a pattern of names; entries that match nothing are not told then")
    parser.add_argument("--jobs", type=int, default=6, help="how many tests at a time: they mostly wait")
    parser.add_argument("--show-listed", action="store_true", help="also tell of what is listed and fails")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        configuration = os.path.join(folder, "smb.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write("[global]\n")
            for what in ("private dir", "lock directory", "state directory", "cache directory", "pid directory"):
                file.write(f"{what} = {folder}\n")
        os.environ["SMB_CONF_PATH"] = configuration
        names = fnmatch.filter(tests(), arguments.only)
        alone = [name for name in names if name in ALONE]
        with multiprocessing.Pool(1) as pool:
            outcomes = pool.map(run, alone)
        with multiprocessing.Pool(arguments.jobs) as pool:
            outcomes += pool.map(run, [name for name in names if name not in ALONE], chunksize=1)
    listed = list(deviations(arguments.known))
    if arguments.only != "*":
        listed = [entry for entry in listed if fnmatch.filter(names, entry[0])]
    counts = {"PASS": 0, "FAIL": 0, "LISTED": 0}
    for verdict, what in judge(outcomes, listed):
        counts[verdict] += 1
        if verdict == "FAIL" or arguments.show_listed and verdict == "LISTED":
            print(f"{verdict} raw-protocol/{what}", flush=True)
    print(json.dumps({"passed": counts["PASS"], "failed": counts["FAIL"], "listed": counts["LISTED"]}), flush=True)
    return 1 if counts["FAIL"] or not counts["PASS"] else 0


if __name__ == "__main__":
    sys.exit(main())
