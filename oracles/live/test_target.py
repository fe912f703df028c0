# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What BTF becomes in the place of a kernel's own, and what came out of it after that."""

from __future__ import annotations

import struct
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from live import target  # noqa: E402
from live.slot import ANYTHING, Slot  # noqa: E402

INT = struct.pack("<IIII", 1, 1 << 24, 4, 32)
SYMBOLS = {"__start_BTF": 100, "__stop_BTF": 300, "btf_vmlinux": 400}


def btf(types: bytes = INT, strings: bytes = b"\0int\0", gap: bytes = b"", header: int = 24) -> bytes:
    at = len(types) + len(gap)
    fields = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, header, 0, len(types), at, len(strings))
    return fields + bytes(header - 24) + types + gap + strings


def header_of(data: bytes) -> tuple[int, ...]:
    return struct.unpack_from("<IIIII", data, 4)


class Filling(unittest.TestCase):
    def test_gives_exactly_the_size_that_is_asked_for(self) -> None:
        for stays in (False, True):
            filled = target.fill(btf(), 200, strings_stay=stays)
            self.assertLessEqual(len(filled.content), 200)
            self.assertEqual(filled.size, 200)

    def test_adds_zeros_to_the_strings_and_tells_how_many(self) -> None:
        filled = target.fill(btf(), 200)
        length, types, types_length, strings, strings_length = header_of(filled.content)
        self.assertEqual((length, types, types_length, strings), (24, 0, 16, 16))
        self.assertEqual(24 + 16 + strings_length, 200)
        self.assertEqual(filled.string_shift, strings_length - 5)
        self.assertEqual(filled.content[24:], btf()[24:])

    def test_makes_the_header_longer_where_strings_have_to_stay(self) -> None:
        filled = target.fill(btf(), 200, strings_stay=True)
        length, _, _, _, strings_length = header_of(filled.content)
        self.assertEqual((length, strings_length, filled.string_shift), (24 + 200 - len(btf()), 5, 0))
        self.assertEqual(filled.content[length:], btf()[24:])
        self.assertEqual(set(filled.content[24:length]), {0})

    def test_leaves_alone_what_more_strings_would_make_well_formed(self) -> None:
        unended, unbegun = btf(strings=b"\0int"), btf(strings=b"int\0")
        before_types = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 5, 16, 0, 5) + b"\0int\0" + INT
        for odd in (unended, unbegun, before_types, btf(strings=b""), btf() + b"\0"):
            filled = target.fill(odd, 200)
            self.assertEqual(filled.string_shift, 0)
            self.assertEqual(filled.content[header_of(filled.content)[0] :], odd[24:])

    def test_gives_no_meaning_to_a_name_beyond_the_strings(self) -> None:
        self.assertEqual(target.fill(btf(b"\x05" + INT[1:]), 200).string_shift, 0)
        member = struct.pack("<IIIIII", 1, 4 << 24 | 1, 4, 5, 0, 0)
        self.assertEqual(target.fill(btf(member), 200).string_shift, 0)

    def test_changes_nothing_that_has_the_size_already(self) -> None:
        self.assertEqual(target.fill(btf(), len(btf())).content, btf())

    def test_refuses_what_is_too_long_or_has_no_header(self) -> None:
        for unfit in (btf() + bytes(200), btf()[:20], b"\xeb\x9f" + btf()[2:], btf()[:4] + bytes(4) + btf()[8:]):
            with self.assertRaises(target.Unfit):
                target.fill(unfit, 200)


class ShiftingStrings(unittest.TestCase):
    def test_moves_every_name_from_the_first_on_and_no_other_word(self) -> None:
        members = struct.pack("<III", 120, 120, 120) + struct.pack("<III", 7, 120, 0)
        arguments = struct.pack("<II", 130, 120)
        types = (
            struct.pack("<III", 110, 4 << 24 | 2, 120) + members
            + struct.pack("<III", 0, 13 << 24 | 1, 120) + arguments
            + struct.pack("<III", 9, 15 << 24 | 1, 120) + struct.pack("<III", 120, 120, 120)
            + struct.pack("<III", 140, 2 << 24, 120)
        )  # fmt: skip
        moved = target.shift_strings(btf(types), 10, 100)
        expected = types
        for at, name in ((0, 10), (12, 20), (36 + 12, 30), (36 + 20 + 24, 40)):
            expected = expected[:at] + struct.pack("<I", name) + expected[at + 4 :]
        self.assertEqual(moved[24 : 24 + len(types)], expected)

    def test_leaves_names_alone_that_lie_in_the_base(self) -> None:
        split = btf(struct.pack("<III", 9, 2 << 24, 1) + struct.pack("<III", 109, 2 << 24, 1))
        self.assertEqual(target.shift_strings(split, 10, 100), split)

    def test_says_so_where_a_type_cannot_be_stepped_over(self) -> None:
        with self.assertRaisesRegex(target.Unfit, "kind 31"):
            target.shift_strings(btf(struct.pack("<III", 0, 31 << 24, 0)), 10, 100)


class Memory:
    """A guest's, as far as a slot sees it."""

    def __init__(self) -> None:
        self.bytes = bytearray(b"x" * 500)
        self.writes = 0

    def poke(self, address: int, data: bytes) -> None:
        self.bytes[address : address + len(data)] = data
        self.writes += 1


class TheSlot(unittest.TestCase):
    def setUp(self) -> None:
        self.memory = Memory()
        self.own = btf(strings=b"\0int" + bytes(200 - 24 - 16 - 4))
        self.slot = Slot(self.memory.poke, SYMBOLS, self.own)

    def seen(self) -> bytes:
        return bytes(self.memory.bytes[100:300])

    def test_writes_nothing_for_the_kernel_s_own_btf(self) -> None:
        self.slot.show(self.own)
        self.assertEqual(self.memory.writes, 0)

    def test_leaves_zeros_after_what_is_shorter_than_the_last(self) -> None:
        for strings in (b"\0a" + b"b" * 100 + b"\0", b"\0c\0"):
            self.slot.show(btf(strings=strings), strings_stay=True)
        length = header_of(self.seen())[0]
        self.assertEqual(self.seen()[length:], INT + b"\0c\0")
        self.slot.show(btf(strings=b"\0d\0"))
        self.assertEqual(self.seen()[24:], INT + b"\0d\0" + bytes(200 - 24 - 16 - 3))

    def test_makes_the_kernel_parse_what_is_new_and_only_that(self) -> None:
        self.slot.show(btf())
        self.assertEqual(bytes(self.memory.bytes[400:408]), bytes(8))
        writes = self.memory.writes
        self.slot.show(btf())
        self.slot.show(None)
        self.assertEqual(self.memory.writes, writes)

    def test_writes_again_where_strings_have_to_begin_elsewhere(self) -> None:
        self.assertGreater(self.slot.show(btf()).shift, 0)
        self.assertEqual(self.slot.show(btf(), strings_stay=True).shift, 0)
        self.assertEqual(header_of(self.seen())[4], 5)

    def test_shows_anything_that_can_be_parsed_after_what_was_refused(self) -> None:
        self.slot.show(btf(strings=b"\0bad"))
        self.slot.forget()
        self.slot.show(None)
        self.assertEqual(self.seen()[24:45], ANYTHING[24:])
        self.slot.show(self.own)
        self.assertEqual(self.seen(), self.own)

    def test_tells_where_the_header_had_to_become_longer(self) -> None:
        self.assertFalse(self.slot.show(self.own).longer_header)
        self.assertFalse(self.slot.show(btf()).longer_header)
        self.assertTrue(self.slot.show(btf(strings=b"\0bad")).longer_header)

    def test_counts_what_the_kernel_never_gives_back(self) -> None:
        self.slot.show(btf())
        once = self.slot.leaked
        self.slot.show(btf(strings=b"\0other\0"))
        self.assertEqual(self.slot.leaked, 2 * once)
        self.assertGreater(once, 0)


if __name__ == "__main__":
    unittest.main()
