# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Another BTF in the place of the kernel's own, which has a fixed size.

What is shorter has to be filled up. Zeros at the end of the strings cost the kernel nothing, and change one thing in its
answer: a module's strings begin that much later. So they are moved back in what came out. Where split BTF was made for a
base of just this length, or where zeros at the end would change what is wrong with it, the header is made longer instead,
as the format allows. That changes nothing, but takes four times as long, since the kernel looks at each byte of it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_HEADER = struct.Struct("<HBBIIIII")
MAGIC = 0xEB9F
_SMALLEST_TYPE = 12
# What follows a type's 12 bytes, by kind: fixed bytes, bytes for each of its vlen, and whether each begins with a name.
_SHAPES = {
    1: (4, 0, False), 3: (12, 0, False), 4: (0, 12, True), 5: (0, 12, True), 6: (0, 8, True), 13: (0, 8, True),
    14: (4, 0, False), 15: (0, 12, False), 17: (4, 0, False), 19: (0, 12, True),
    **{plain: (0, 0, False) for plain in (2, 7, 8, 9, 10, 11, 12, 16, 18)},
}  # fmt: skip


class Unfit(Exception):
    """The BTF cannot stand in for the kernel's own; the end of a sentence."""


@dataclass(frozen=True)
class Filled:
    """BTF in a size that was asked for. Only zeros lie beyond `content`, so they need not be written each time."""

    content: bytes
    size: int
    string_shift: int  # by how much what lies above begins later than on the BTF itself
    types: int  # at most


@dataclass(frozen=True)
class _Header:
    length: int
    types: int
    types_length: int
    strings: int
    strings_length: int

    @staticmethod
    def of(btf: bytes) -> _Header | None:
        if len(btf) < _HEADER.size:
            return None
        magic, _, _, length, types, types_length, strings, strings_length = _HEADER.unpack_from(btf)
        return _Header(length, types, types_length, strings, strings_length) if magic == MAGIC else None


def fill(btf: bytes, size: int, strings_stay: bool = False) -> Filled:
    """The same BTF, so long that it takes up `size` bytes; strings above it begin where they did if that is demanded."""
    header = _Header.of(btf)
    if header is None or not _HEADER.size <= header.length <= len(btf):
        raise Unfit("has no header that the kernel would read")
    missing = size - len(btf)
    types = min(header.types_length, len(btf)) // _SMALLEST_TYPE
    if missing < 0:
        raise Unfit(f"is {-missing} bytes longer than the kernel's own")
    if missing == 0:
        return Filled(btf, size, 0, types)
    if not strings_stay and _ends_in_strings(btf, header) and _has_all_names(btf, header):
        grown = struct.pack("<I", header.strings_length + missing)
        return Filled(btf[:20] + grown + btf[24:], size, missing, types)
    longer = btf[:4] + struct.pack("<I", header.length + missing) + btf[8 : header.length]
    return Filled(longer + bytes(missing) + btf[header.length :], size, 0, types)


def _ends_in_strings(btf: bytes, header: _Header) -> bool:
    """Whether zeros after the last byte are more of the strings, and change nothing about their being well formed."""
    begin = header.length + header.strings
    after_types = header.types + header.types_length
    return (
        header.strings_length > 0
        and after_types <= header.strings
        and begin + header.strings_length == len(btf)
        and btf[begin] == 0
        and btf[-1] == 0
    )


def _has_all_names(btf: bytes, header: _Header) -> bool:
    """Whether no name lies beyond the strings, where zeros would give it a meaning."""
    try:
        return all(offset < header.strings_length for _, offset in _names(btf, header))
    except Unfit:
        return False


def _names(btf: bytes | bytearray, header: _Header) -> Iterator[tuple[int, int]]:
    """Each word that is the offset of a string: where it stands, and the offset."""
    word = struct.Struct("<I").unpack_from
    at = header.length + header.types
    end = min(at + header.types_length, len(btf))
    while at + 12 <= end:
        (info,) = word(btf, at + 4)
        shape = _SHAPES.get(info >> 24 & 0x7F)
        if shape is None:
            raise Unfit(f"has a type of unknown kind {info >> 24 & 0x7F}")
        fixed, each, named = shape
        after = at + 12 + fixed + each * (info & 0xFFFFFF)
        if after > end:
            raise Unfit("ends inside a type")
        yield at, word(btf, at)[0]
        if named:
            for place in range(at + 12 + fixed, after, each):
                yield place, word(btf, place)[0]
        at = after


def shift_strings(split: bytes, first: int, shift: int) -> bytes:
    """Split BTF with every string offset from `first` on less by `shift`, as it is read on a base so much shorter."""
    header = _Header.of(split)
    if header is None or shift == 0:
        return split
    moved = bytearray(split)
    for place, offset in _names(split, header):
        if offset >= first + shift:
            struct.pack_into("<I", moved, place, offset - shift)
    return bytes(moved)


def strings_length(btf: bytes) -> int:
    header = _Header.of(btf)
    return header.strings_length if header else 0
