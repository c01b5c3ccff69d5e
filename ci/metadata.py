#!/usr/bin/env python3
"""Checks what `cargo metadata` says of the workspace.

imports   which crate imports which, against the table of harness/ARCHITECTURE.md
licenses  licences and sources of all packages, against deny.toml (for want of cargo-deny)
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def metadata():
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def allowed_imports():
    """The table: crate to the crates that it may import; None for all of them."""
    table = {}
    for line in (ROOT / "harness/ARCHITECTURE.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        name = re.fullmatch(r"`(\w+)`", cells[0])
        if len(cells) == 4 and name:
            words = cells[3]
            if words == "all":
                table[name[1]] = None
            elif words == "nothing of ours":
                table[name[1]] = set()
            else:
                table[name[1]] = {word.strip(" `") for word in words.split(",")}
    return table


def check_imports():
    packages = [package for package in metadata()["packages"] if package["source"] is None]
    ours = {package["name"] for package in packages}
    table = allowed_imports()
    problems = [f"harness/ARCHITECTURE.md does not name {name}" for name in sorted(ours - table.keys())]
    problems += [f"harness/ARCHITECTURE.md names {name}, which is not there" for name in sorted(table.keys() - ours)]
    for package in packages:
        name, may = package["name"], table.get(package["name"])
        used = {one["name"] for one in package["dependencies"] if one["kind"] is None} & ours
        if name in table and may is not None:
            problems += [f"{name} may not import {other}" for other in sorted(used - may)]
    return problems


def is_allowed(expression, allow):
    """Whether an SPDX expression can be satisfied; `/` is an old spelling of OR."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def alternatives():
        value = conjunction()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            value = conjunction() or value
        return value

    def conjunction():
        value = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            value = one() and value
        return value

    def one():
        token = tokens.pop(0)
        if token == "(":
            value = alternatives()
            tokens.pop(0)
            return value
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token += " WITH " + tokens.pop(0)
        return token in allow

    return alternatives() and not tokens


def check_licenses():
    settings = tomllib.loads((ROOT / "deny.toml").read_text())
    allow, sources = set(settings["licenses"]["allow"]), settings["sources"]["allow-registry"]
    problems = []
    for package in metadata()["packages"]:
        name = f"{package['name']} {package['version']}"
        if package["source"] is None:
            continue
        if not is_allowed(package["license"] or "", allow) if package["license"] else True:
            problems.append(f"{name}: licence {package['license']}")
        if package["source"] not in [f"registry+{source}" for source in sources]:
            problems.append(f"{name}: source {package['source']}")
    return problems


def main():
    checks = {"imports": check_imports, "licenses": check_licenses}
    if len(sys.argv) != 2 or sys.argv[1] not in checks:
        sys.exit(f"usage: {sys.argv[0]} {'|'.join(checks)}")
    problems = checks[sys.argv[1]]()
    print("\n".join(problems) or f"{sys.argv[1]}: as they should be")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
