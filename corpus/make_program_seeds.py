#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Makes the seeds that are programs: the lives that objects of libbpf lead in the tools that use it.

usage: make_program_seeds.py SEEDS

SEEDS is the folder of the seeds. Programs that need BTF take the parts of a kernel's seed there, and
are named like it.
"""

from __future__ import annotations

import argparse
import pathlib
import struct
import sys

HEADER = b"RTRT" + struct.pack("<I", 1)

# Every way to append, as a compiler or pahole does it.
BUILD = """\
a = empty
add_int a "int" 4 1
add_int a "long" 8 1
add_float a "double" 8
add_ptr a all:0
add_array a all:0 all:0 16
add_struct a "pair" 16
add_field a "first" all:0 0 0
add_field a "second" all:3 64 0
add_union a "either" 8
add_field a "one" all:1 0 0
add_enum a "colour" 4
add_enum_value a "red" 0
add_enum_value a "green" -1
add_enum64 a "mask" 8 0
add_enum64_value a "top" 0x8000000000000000
add_fwd a "later" 0
add_typedef a "size" all:1
add_const a all:5
add_volatile a new:0
add_restrict a all:3
add_type_tag a "user" all:0
add_func_proto a all:0
add_func_param a "x" all:3
add_func a "f" 1 new:0
add_var a "v" 1 all:0
add_datasec a ".data" 4
add_datasec_var_info a new:1 0 4
add_decl_tag a "tag" all:5 0
raw_data a
"""

# A linker: objects are put together, then deduplicated.
LINK = """\
one = empty
add_int one "int" 4 1
add_struct one "s" 4
add_field one "x" all:0 0 0
two = copy one
all = empty
add_btf all one
add_btf all two
dedup all
find_by_name_kind all "s" struct
resolve_size all new:0
raw_data all
free one
free two
"""

# A loader: what a program's BTF says is looked up in another's.
LOOK_UP = """\
a = empty
add_int a "int" 4 1
add_typedef a "t" all:0
b = empty
add_type b a all:1
add_str b "t"
find_str b "t"
find_by_name b "t"
resolve_type b all:0
align_of a all:1
name_by_offset a 1
type_by_id a all:1
set_pointer_size a 4
pointer_size a
set_endianness a 1
raw_data a
set_endianness a 0
"""

# A module's life: distilled where it is built, relocated where it is loaded.
MODULE = """\
base = parse BASE
split = parse SPLT base
low, high = distill split
raw_data low
raw_data high
base_btf high
type_cnt high
free split
"""
LOAD = """\
low = parse DIST
split = parse SPLT low
target = parse TRGT
relocate split target
base_btf split
free low
find_by_name split "int"
raw_data split
"""
# A split on a kernel that somebody edits and deduplicates.
EXTEND = """\
base = parse BASE
mine = empty base
add_struct mine "extra" 16
add_field mine "held" all:2 0 0
add_ptr mine all:40
add_typedef mine "alias" new:0
add_typedef mine "alias" new:1
dedup mine
low, high = distill mine
copied = copy high
free copied
"""

SEEDS = {
    "program-build": (None, BUILD),
    "program-link": (None, LINK),
    "program-look-up": (None, LOOK_UP),
    "kernel-program-module": ("kernel-stp", MODULE),
    "kernel-program-load": ("kernel-stp-distilled", LOAD),
    "kernel-program-extend": ("kernel-psample", EXTEND),
}


def part(tag: bytes, content: bytes) -> bytes:
    return tag + struct.pack("<I", len(content)) + content


def pair_with(program: str, parts: bytes) -> bytes:
    """A pair file of these parts, as they stand in another pair file, and the program."""
    return HEADER + parts + part(b"PROG", program.encode())


def main() -> int:
    parser = argparse.ArgumentParser(prog="make_program_seeds.py", description=__doc__.split("\n\n")[0])
    parser.add_argument("seeds", type=pathlib.Path)
    folder = parser.parse_args().seeds
    for name, (source, program) in SEEDS.items():
        parts = b"" if source is None else (folder / f"{source}.pair").read_bytes()[len(HEADER) :]
        temporary = folder / f".{name}.pair"
        temporary.write_bytes(pair_with(program, parts))
        temporary.rename(folder / f"{name}.pair")
    return 0


if __name__ == "__main__":
    sys.exit(main())
