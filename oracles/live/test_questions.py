# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What is asked, and what is made of the answers, with a kernel that is played."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from live import target  # noqa: E402
from live.guest import Reply  # noqa: E402
from live.questions import Answer, Insertion, Pair, Questions, read_insertion  # noqa: E402

EINVAL, E2BIG, ENOENT = 22, 7, 2
OWN = b"own"


class PlayedKernel:
    """Parses a base, split BTF and relocates as it was told, in a kernel's order; notes what it was asked."""

    def __init__(self, refused: dict[bytes, int] | None = None, relocating: int = 0, unfit: bytes | None = None) -> None:
        self.refused = refused or {}
        self.relocating = relocating
        self.unfit = unfit
        self.asked: list[tuple[bytes, bytes | None, bytes | None]] = []

    def insert(self, split: bytes, base: bytes | None, onto: bytes | None) -> Insertion:
        self.asked.append((split, base, onto))
        if onto is not None and onto == self.unfit:
            raise target.Unfit("has no header")
        own = self.refused.get(onto, 0) if onto is not None else None
        if own:
            return Insertion(0, own, None, None, None, b"", ["own"])
        module_base = None if base is None else self.refused.get(base, 0)
        if module_base:
            return Insertion(0, own, module_base, None, None, b"", ["base"])
        parsed = EINVAL if split == b"\0" else self.refused.get(split, 0)
        if parsed or base is None:
            return Insertion(0, own, module_base, parsed, None, b"", ["split"] if parsed else [])
        return Insertion(0, own, module_base, 0, self.relocating, b"" if self.relocating else b"new", ["relocation"])

    def answer(self, op: str, pair: Pair) -> Answer:
        return Questions(self.insert, OWN).answer(op, pair)


RELOCATABLE = Pair(distilled=b"distilled", split=b"split", target=b"target")


class Relocating(unittest.TestCase):
    def test_takes_one_insertion_where_all_is_well(self) -> None:
        kernel = PlayedKernel()
        answer = kernel.answer("relocate", RELOCATABLE)
        self.assertEqual((answer.outcome, answer.output), ("accepted", b"new"))
        self.assertEqual(kernel.asked, [(b"split", b"distilled", b"target")])

    def test_tells_where_a_refusal_arose(self) -> None:
        for refused, stage in ((b"distilled", "DIST"), (b"split", "SPLT"), (b"target", "TRGT")):
            answer = PlayedKernel({refused: E2BIG}).answer("relocate", RELOCATABLE)
            self.assertEqual((answer.outcome, answer.errno, answer.stage), ("rejected", E2BIG, stage))
        answer = PlayedKernel(relocating=ENOENT).answer("relocate", RELOCATABLE)
        self.assertEqual((answer.outcome, answer.errno, answer.stage), ("rejected", ENOENT, "relocate"))

    def test_tells_of_the_parts_before_a_target_that_the_kernel_parses_first(self) -> None:
        for refused, stage in ((b"distilled", "DIST"), (b"split", "SPLT")):
            answer = PlayedKernel({b"target": EINVAL, refused: E2BIG}).answer("relocate", RELOCATABLE)
            self.assertEqual((answer.errno, answer.stage), (E2BIG, stage))

    def test_asks_by_other_ways_for_a_target_that_cannot_be_put_in_place(self) -> None:
        kernel = PlayedKernel({b"target": EINVAL}, unfit=b"target")
        answer = kernel.answer("relocate", RELOCATABLE)
        self.assertEqual((answer.errno, answer.stage), (EINVAL, "TRGT"))
        self.assertEqual(kernel.asked[-1], (b"\0", b"target", None))

    def test_asks_for_the_target_by_itself_where_a_longer_header_may_have_freed_it_of_rules(self) -> None:
        for refused, outcome in (({b"target": EINVAL}, "rejected"), ({}, "accepted")):
            kernel = PlayedKernel(refused)
            done = Insertion(0, 0, 0, 0, 0, b"new", [], may_be_lenient=True)
            asked: list[bytes | None] = []

            def insert(split: bytes, base: bytes | None, onto: bytes | None) -> Insertion:
                asked.append(base)
                return done if onto == b"target" else kernel.insert(split, base, onto)

            answer = Questions(insert, OWN).answer("relocate", RELOCATABLE)
            self.assertEqual((answer.outcome, asked), (outcome, [b"distilled", b"target"]))

    def test_is_onto_the_kernel_s_own_btf_without_a_target(self) -> None:
        kernel = PlayedKernel()
        kernel.answer("relocate", Pair(distilled=b"distilled", split=b"split"))
        self.assertEqual(kernel.asked, [(b"split", b"distilled", OWN)])

    def test_is_no_answer_where_the_kernel_says_neither_yes_nor_no(self) -> None:
        silent = Insertion(0, 0, 0, 0, None, b"", [])
        answer = Questions(lambda *_: silent, OWN).answer("relocate", RELOCATABLE)
        self.assertEqual(answer.outcome, "crashed")
        self.assertIn("neither yes nor no", answer.detail)

    def test_takes_an_empty_module_for_refused_as_a_parser_would(self) -> None:
        silent = Insertion(0, 0, None, None, None, b"", [])
        answer = Questions(lambda *_: silent, OWN).answer("relocate", Pair(distilled=b"d", split=b"", target=b"t"))
        self.assertEqual((answer.outcome, answer.errno, answer.stage), ("rejected", EINVAL, "SPLT"))


class Checking(unittest.TestCase):
    def test_opens_the_parts_in_the_order_of_the_protocol(self) -> None:
        pair = Pair(base=b"base", distilled=b"distilled", split=b"split", target=b"target")
        kernel = PlayedKernel()
        self.assertEqual(kernel.answer("check", pair).outcome, "accepted")
        expected = [(b"\0", b"base", None), (b"\0", b"distilled", None), (b"split", None, b"distilled"),
                    (b"\0", b"target", None)]  # fmt: skip
        self.assertEqual(kernel.asked, expected)

    def test_never_lets_the_kernel_relocate(self) -> None:
        kernel = PlayedKernel(relocating=EINVAL)
        self.assertEqual(kernel.answer("check", RELOCATABLE).outcome, "accepted")
        self.assertTrue(all(base is None or split == b"\0" for split, base, _ in kernel.asked))

    def test_ends_with_the_first_part_that_is_refused(self) -> None:
        kernel = PlayedKernel({b"distilled": E2BIG, b"target": EINVAL})
        answer = kernel.answer("check", RELOCATABLE)
        self.assertEqual((answer.errno, answer.stage), (E2BIG, "DIST"))
        self.assertEqual(len(kernel.asked), 1)

    def test_calls_the_lowest_part_by_its_name(self) -> None:
        self.assertEqual(PlayedKernel({b"b": 22}).answer("check", Pair(base=b"b", split=b"s")).stage, "BASE")


TRACE = b"""
  init-1 [000] ..... 3.1: base: (btf_parse_base+0x0/0xf0) name="vmlinux"
  init-1 [000] ..... 3.1: header: (btf_parse_base+0x70/0xf0 <- btf_parse_hdr) value=0
  init-1 [000] ..... 3.1: base_done: (btf_parse_vmlinux+0x5d/0xf0 <- btf_parse_base) value=-131391569411328
  init-1 [000] ..... 3.1: base: (btf_parse_base+0x0/0xf0) name=".BTF.base"
  init-1 [000] ..... 3.1: header: (btf_parse_base+0x70/0xf0 <- btf_parse_hdr) value=-7
  init-1 [000] ..... 3.1: base_done: (btf_module_notify+0x169/0x620 <- btf_parse_base) value=-7
"""


class ReadingAnInsertion(unittest.TestCase):
    def test_keeps_the_bases_apart_and_a_pointer_from_an_error(self) -> None:
        done = read_insertion(Reply(0, b"", TRACE, b""))
        self.assertEqual((done.own_base, done.module_base, done.split, done.relocated), (0, E2BIG, None, None))

    def test_takes_the_first_step_that_failed_for_the_module_s(self) -> None:
        trace = TRACE.replace(b"-7", b"0") + (
            b" 3.2: header: (btf_module_notify+0x2/0x6 <- btf_parse_hdr) value=0\n"
            b" 3.2: strings: (btf_module_notify+0x4/0x6 <- btf_parse_str_sec) value=-22\n"
        )
        self.assertEqual(read_insertion(Reply(0, b"", trace, b"")).split, EINVAL)

    def test_blames_a_step_that_is_not_watched_where_the_module_went_no_further(self) -> None:
        steps = b" 3.2: header: (btf_module_notify+0x2/0x6 <- btf_parse_hdr) value=0\n"
        self.assertEqual(read_insertion(Reply(EINVAL, b"", steps, b"")).split, EINVAL)
        relocated = b" 3.2: relocated: (btf_module_notify+0x4f7/0x620 <- btf_relocate) value=-22\n"
        self.assertEqual(read_insertion(Reply(EINVAL, b"", steps + relocated, b"")).split, 0)

    def test_tells_how_relocation_went(self) -> None:
        trace = b" 3.2: relocated: (btf_module_notify+0x4f7/0x620 <- btf_relocate) value=-2\n"
        self.assertEqual(read_insertion(Reply(0, b"", trace, b"")).relocated, ENOENT)

    def test_cleans_the_log_of_what_is_about_us(self) -> None:
        log = (
            b"3,1,2,-;BPF: \\x09m type_id=1\n3,2,2,-;BPF:\n 3,2,2,-;BPF: Invalid \\xc3\\xbc\n4,3,2,-;string is not mapped\n"
            b"4,3,2,-;Kernel module BTF mismatch detected, BTF\n15,4,2,-;retort: end\n"
        )
        expected = ["m type_id=1", "Invalid \u00fc", "string is not mapped"]
        self.assertEqual(read_insertion(Reply(0, b"", b"", log)).log, expected)


if __name__ == "__main__":
    unittest.main()
