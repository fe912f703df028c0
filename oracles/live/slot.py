# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The place of the kernel's own BTF in a guest's memory, and what lies there now.

The kernel parses it when it first needs it, and keeps what it made in `btf_vmlinux`. Clearing that makes it parse again.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from . import target

_POINTER_SIZE = 8
# A type's place in the table that the kernel makes as it parses, and what else it keeps of each BTF.
_PER_TYPE, _PER_BTF = 8, 4096
# A type, which is the least that a base has: parsed in no time, which the kernel's own is not.
_INT = struct.pack("<4I", 1, 1 << 24, 4, 32)
ANYTHING = struct.pack("<HBBIIIII", target.MAGIC, 1, 0, 24, 0, 16, 16, 5) + _INT + b"\0int\0"


@dataclass(frozen=True)
class Shown:
    """BTF as the kernel sees it, and how much later strings above it begin than on what was given."""

    strings: int
    shift: int
    longer_header: bool = False

    def seen_from(self, split: bytes) -> bytes:
        return target.shift_strings(split, self.strings, self.shift)


class Slot:
    """One guest's; `poke(address, bytes)` writes to its memory."""

    def __init__(self, poke: Callable[[int, bytes], None], symbols: dict[str, int], own: bytes) -> None:
        self._poke = poke
        self._begin = symbols["__start_BTF"]
        self._size = symbols["__stop_BTF"] - self._begin
        self._pointer = symbols["btf_vmlinux"]
        self._own = own
        self._given: bytes | None = own
        self._shown = Shown(target.strings_length(own), 0)
        self._used = self._size
        self.leaked = 0

    def show(self, btf: bytes | None, strings_stay: bool = False) -> Shown:
        """Puts BTF there; None leaves there what can be parsed. If it is demanded, strings above begin where they should."""
        if btf is None:
            btf = ANYTHING if self._given is None else self._given
        shown_so = not strings_stay or self._shown.shift == 0
        if not shown_so or (btf is not self._given and btf != self._given):
            filled = target.fill(btf, self._size, strings_stay)
            self._write(filled)
            longer_header = filled.string_shift == 0 and filled.content != btf
            self._given = btf
            self._shown = Shown(target.strings_length(btf), filled.string_shift, longer_header)
        return self._shown

    def forget(self) -> None:
        """What lies there was refused. The kernel keeps that in mind and would not look at it again."""
        self._given = None

    def _write(self, filled: target.Filled) -> None:
        content = filled.content
        self._poke(self._begin, content + bytes(max(0, self._used - len(content))))
        self._poke(self._pointer, bytes(_POINTER_SIZE))
        self._used = len(content)
        self.leaked += _PER_BTF + filled.types * _PER_TYPE
