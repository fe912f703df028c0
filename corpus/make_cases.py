#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Makes corpus/cases: pairs that reach what neither real kernels nor known defects do, each named for what it is.

usage: make_cases.py FOLDER

They are committed, since a hunt starts from them and ci/coverage counts what they reach.
"""

from __future__ import annotations

import argparse
import pathlib
import struct
import sys

import case_bytes
import case_dedup
import case_programs
import case_relocations
import case_types

HEADER = b"RTRT" + struct.pack("<I", 1)


def pair(parts: case_bytes.Parts) -> bytes:
    return HEADER + b"".join(tag + struct.pack("<I", len(content)) + content for tag, content in parts)


def all_cases() -> dict[str, bytes]:
    programs = case_programs.PROGRAMS | case_dedup.PROGRAMS | case_relocations.PROGRAMS
    parts = case_bytes.all_cases() | case_types.all_cases()
    cases = {f"program-{name}": pair([(b"PROG", text.encode())]) for name, text in programs.items()}
    return cases | {name: pair(parts) for name, parts in parts.items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make_cases.py", description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in all_cases().items():
        temporary = folder / f".{name}.pair"
        temporary.write_bytes(content)
        temporary.rename(folder / f"{name}.pair")
    return 0


if __name__ == "__main__":
    sys.exit(main())
