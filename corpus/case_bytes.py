# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Bytes that stand just beside what is accepted: BTF, .BTF.ext and ELF files, each with one thing wrong, and few that are
as they should be. Every case is named for what is wrong.
"""

from __future__ import annotations

import struct

PTR, ARRAY, STRUCT, ENUM, FUNC, PROTO, VAR, DATASEC, ENUM64 = 2, 3, 4, 6, 12, 13, 14, 15, 19
STRINGS = b"\0int\0s\0f\0main\0"
INT, S, F, MAIN = 1, 5, 7, 9
GONE = 1000  # an id, or a string offset, that is not there

Parts = list[tuple[bytes, bytes]]


def words(*values: int, order: str = "<") -> bytes:
    return struct.pack(f"{order}{len(values)}I", *(value & 0xFFFFFFFF for value in values))


def record(kind: int, name: int, third: int, *rest: int, vlen: int = 0, order: str = "<") -> bytes:
    return words(name, kind << 24 | vlen, third, *rest, order=order)


INT_TYPE = record(1, INT, 4, 0x01000020)


def btf(
    types: bytes = INT_TYPE,
    strings: bytes = STRINGS,
    *,
    magic: int = 0xEB9F,
    header: int = 24,
    type_off: int = 0,
    str_off: int | None = None,
    str_len: int | None = None,
    order: str = "<",
) -> bytes:
    """A layer, whose header says something else where that is asked for."""
    strings_at = len(types) if str_off is None else str_off
    length = len(strings) if str_len is None else str_len
    head = struct.pack(f"{order}HBB", magic, 1, 0)
    return head + words(header, type_off, len(types), strings_at, length, order=order) + types + strings


def raw_cases() -> dict[str, bytes]:
    types = {
        "name": record(STRUCT, GONE, 0),
        "pointer": record(PTR, 0, GONE),
        "element": record(ARRAY, 0, 0, GONE, 1, 1),
        "index": record(ARRAY, 0, 0, 1, GONE, 1),
        "member-name": record(STRUCT, S, 4, GONE, 1, 0, vlen=1),
        "member": record(STRUCT, S, 4, F, GONE, 0, vlen=1),
        "enum-name": record(ENUM, S, 4, GONE, 1, vlen=1),
        "enum64-name": record(ENUM64, S, 8, GONE, 1, 1, vlen=1),
        "func": record(FUNC, F, GONE),
        "func-of-int": record(FUNC, F, 1),
        "parameter-name": record(PROTO, 0, 1, GONE, 1, vlen=1),
        "parameter": record(PROTO, 0, 1, F, GONE, vlen=1),
        "variable": record(VAR, F, GONE, 1),
        "section": record(DATASEC, F, 4, GONE, 0, 4, vlen=1),
        "kind": record(31, 0, 0),
        "cut-off": record(STRUCT, S, 4, vlen=9),
        "odd-end": b"\0\0\0\0",
    }
    cases = {f"type-{name}": btf(INT_TYPE + one) for name, one in types.items()}
    return cases | {
        "header-cut-off": btf()[:12],
        "header-magic": btf(magic=0x1234),
        "header-beyond": btf(header=200),
        "header-longer-in-other-order": btf(order=">", header=28),
        "strings-beyond": btf(str_len=500),
        "types-in-strings": btf(str_off=4),
        "types-unaligned": btf(strings=bytes(4) + STRINGS, type_off=2, str_off=20, str_len=len(STRINGS)),
        "strings-none": btf(strings=b""),
        "strings-unended": btf(strings=STRINGS + b"x"),
        "strings-begin": btf(strings=b"x\0"),
        "foreign": btf(record(1, INT, 4, 0x01000020, order=">"), order=">"),
        "foreign-kind": btf(record(31, 0, 0, order=">"), order=">"),
        "foreign-pointer": btf(record(PTR, 0, GONE, order=">"), order=">"),
    }


# What becomes of BTF that came in the other byte order.
FOREIGN = b"""\
a = parse BASE
endianness a
raw_data a
set_endianness a 0
raw_data a
set_endianness a 1
add_ptr a all:0
raw_data a
"""


# ---- .BTF.ext ----

PROGRAM = INT_TYPE + record(PROTO, 0, 1) + record(FUNC, MAIN, 2) + INT_TYPE + record(PROTO, 0, 4) + record(FUNC, MAIN, 5)


def infos(size: int, *sections: tuple[int, bytes]) -> bytes:
    """The size of a record, then for each section its name, the number of its records, and these."""
    return words(size) + b"".join(words(name, len(records) // size) + records for name, records in sections)


FUNCS = infos(8, (MAIN, words(0, 3, 8, 6)), (S, words(0, 6)))
LINES = infos(16, (MAIN, words(0, MAIN, S, 1024)), (S, words(0, S, MAIN, 1024, 8, F, F, 2048)))
RELOCATIONS = infos(16, (MAIN, words(0, 1, S, 0, 8, 4, F, 6)))


def ext(
    funcs: bytes = FUNCS,
    lines: bytes = LINES,
    relocations: bytes = RELOCATIONS,
    *,
    magic: int = 0xEB9F,
    version: int = 1,
    flags: int = 0,
    header: int = 32,
    offset: int = 0,
    more: int = 0,
) -> bytes:
    ends = [0, len(funcs), len(funcs) + len(lines)]
    fields = [offset, len(funcs) + more, ends[1], len(lines), ends[2], len(relocations)]
    head = struct.pack("<HBB", magic, version, flags) + words(header, *fields)
    return head[:header] + funcs + lines + relocations


def ext_cases() -> dict[str, bytes]:
    broken = {
        "record-size-none": b"\x08\0",
        "record-size-small": infos(4, (MAIN, words(0))),
        "record-size-odd": words(18, MAIN, 1) + bytes(18),
        "records-none": words(16),
        "section-cut-off": words(16, MAIN),
        "section-empty": words(16, MAIN, 0),
        "records-cut-off": words(16, MAIN, 3, 0),
    }
    cases = {name: ext(one, b"", b"") for name, one in broken.items()}
    cases |= {f"line-{name}": ext(FUNCS, one, b"") for name, one in broken.items()}
    cases |= {f"relocation-{name}": ext(FUNCS, LINES, one) for name, one in broken.items()}
    return cases | {
        "full": ext(),
        "without-relocations": ext(relocations=b"", header=24),
        "nothing": ext(b"", b"", b""),
        "header-cut-off": ext()[:6],
        "header-beyond": ext(header=32)[:20],
        "header-short": ext(header=16),
        "magic": ext(magic=0x1234),
        "other-order": ext(magic=0x9FEB),
        "version": ext(version=2),
        "flags": ext(flags=1),
        "unaligned": ext(offset=2),
        "beyond": ext(more=4000),
    }


# ---- ELF ----


def elf(sections: dict[str, bytes], *, names_at: int | None = None, **changes: int) -> bytes:
    """A file of 64 bits. `changes` are fields of the first section's header: sh_name, sh_offset, sh_size."""
    names = b"\0" + b"".join(name.encode() + b"\0" for name in sections) + b".shstrtab\0"
    body, headers = bytes(64), [bytes(64)]
    for name, content in [*sections.items(), (".shstrtab", names)]:
        fields = {"sh_name": names.index(name.encode() + b"\0"), "sh_offset": len(body), "sh_size": len(content)}
        if len(headers) == 1:
            fields |= changes
        kind = 3 if name == ".shstrtab" else 1
        headers.append(
            struct.pack("<IIQQQQIIQQ", fields["sh_name"], kind, 0, 0, fields["sh_offset"], fields["sh_size"], 0, 0, 1, 0)
        )
        body += content + bytes(-len(content) % 8)
    index = len(headers) - 1 if names_at is None else names_at
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    head = ident + struct.pack("<HHIQQQIHHHHHH", 1, 247, 1, 0, 0, len(body), 0, 64, 0, 0, 64, len(headers), index)
    return head + body[64:] + b"".join(headers)


def elf_cases() -> dict[str, bytes]:
    base, split = btf(), btf(record(PTR, 0, 1), b"")
    whole = {".BTF": btf(PROGRAM), ".BTF.ext": ext(), ".text": b"code"}
    return {
        "whole": elf(whole),
        "with-base": elf({".BTF": split, ".BTF.base": base}),
        "base-refused": elf({".BTF": split, ".BTF.base": base[:20]}),
        "refused": elf({".BTF": base[:20]}),
        "without-btf": elf({".text": b"code"}),
        "empty": b"",
        "one-byte": b"\x9f",
        "text": b"#!/bin/sh\n",
        "only-ident": elf(whole)[:16],
        "names-not-there": elf(whole, names_at=40),
        "names-no-strings": elf(whole, names_at=1),
        "names-index-beyond": elf(whole, names_at=0xFFFF),
        "name-beyond": elf(whole, sh_name=10000),
        "data-beyond": elf(whole, sh_offset=100000),
        "data-too-long": elf(whole, sh_size=100000),
        "raw": base,
        "raw-refused": base[:30],
        "raw-other-order": btf(record(1, INT, 4, 0x01000020, order=">"), order=">"),
    }


def all_cases() -> dict[str, Parts]:
    cases: dict[str, Parts] = {}
    for name, content in raw_cases().items():
        cases[f"btf-{name}"] = [(b"BASE", content)]
    cases["btf-split-repeats-strings"] = [
        (b"BASE", btf()),
        (b"SPLT", btf(record(STRUCT, len(STRINGS) + 1, 4, len(STRINGS) + 5, 1, 0, vlen=1), b"\0int\0x\0")),
    ]
    foreign = raw_cases()["foreign"]
    cases["program-foreign"] = [(b"BASE", foreign), (b"PROG", FOREIGN)]
    for name, content in ext_cases().items():
        cases[f"ext-{name}"] = [(b"BASE", btf(PROGRAM)), (b"BEXT", content)]
    for name, content in elf_cases().items():
        cases[f"elf-{name}"] = [(b"ELFF", content)]
    return cases
