# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""A guest that really runs. Skipped where there is no qemu or no kernel has been prepared by ci/live --prepare.

RETORT_GUEST_AGENT names the agent, for a snapshot that has to be made.
"""

from __future__ import annotations

import os
import struct
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from live import kernels, protocol, snapshot  # noqa: E402
from live.failure import Failure  # noqa: E402
from live.guest import READ, Crashed, Hung, demand_qemu  # noqa: E402
from live.module_file import ModuleWriter, pair_in  # noqa: E402
from live.questions import Answer, Pair  # noqa: E402
from live.session import Session  # noqa: E402

REGRESSIONS = Path(__file__).resolve().parents[2] / "corpus/regressions"
SERIES = "6.12"
EINVAL = 22


def layer(types: bytes, strings: bytes) -> bytes:
    return struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(strings)) + types + strings


def record(name: int, size: int) -> bytes:
    return struct.pack("<III", name, 4 << 24, size)


# A struct in the distilled base, and a pointer to it that is called nothing in the split.
DISTILLED = layer(record(1, 8), b"\0s\0")
SPLIT = layer(struct.pack("<III", 0, 2 << 24, 1), b"p\0")
TARGET = layer(record(1, 4) + record(3, 8), b"\0t\0s\0")


class AGuest(unittest.TestCase):
    session: Session
    made: snapshot.Snapshot

    @classmethod
    def setUpClass(cls) -> None:
        try:
            demand_qemu()
            kernel = kernels.choose_prepared(SERIES, kernels.cache_folder())
            agent = os.environ.get("RETORT_GUEST_AGENT", "")
            cls.made = snapshot.make(kernel, lambda: Path(agent))
        except Failure as failure:
            raise unittest.SkipTest(f"no kernel can be booted here: {failure}") from failure
        cls.session = cls.enterClassContext(Session(kernel, cls.made))

    def ask(self, op: str, pair: Pair) -> Answer:
        return self.session.answer(op, pair)

    def test_relocates_a_module_onto_a_base_in_the_place_of_its_own(self) -> None:
        answer = self.ask("relocate", Pair(distilled=DISTILLED, split=SPLIT, target=TARGET))
        self.assertEqual(answer.outcome, "accepted")
        self.assertEqual(answer.output, layer(struct.pack("<III", 0, 2 << 24, 2), b"p\0"))

    def test_moves_the_names_of_a_module_behind_those_of_its_base(self) -> None:
        typedef = layer(struct.pack("<III", 3, 8 << 24, 1), b"p\0")
        answer = self.ask("relocate", Pair(distilled=DISTILLED, split=typedef, target=TARGET))
        self.assertEqual(answer.output, layer(struct.pack("<III", 5, 8 << 24, 2), b"p\0"))

    def test_says_why_a_module_cannot_be_relocated(self) -> None:
        answer = self.ask("relocate", Pair(distilled=layer(record(1, 8), b"\0x\0"), split=SPLIT, target=TARGET))
        self.assertEqual((answer.outcome, answer.errno, answer.stage), ("rejected", EINVAL, "relocate"))
        self.assertIn("'x'", answer.detail)

    def test_relocates_onto_the_kernel_s_own_btf_by_its_names(self) -> None:
        distilled = layer(record(1, 0), b"\0task_struct\0")
        answer = self.ask("relocate", Pair(distilled=distilled, split=SPLIT, target=self.session.own_btf))
        self.assertEqual(answer.outcome, "accepted")
        self.assertGreater(struct.unpack_from("<I", answer.output, 32)[0], 2)

    def test_loads_what_is_no_module_as_well(self) -> None:
        self.assertEqual(self.session.load(TARGET).outcome, "accepted")
        refused = self.session.load(TARGET + b"\0")
        self.assertEqual((refused.outcome, refused.errno), ("rejected", EINVAL))
        self.assertIn("Unsupported section found", refused.detail)

    def test_is_replaced_after_a_crash_and_says_where_it_was(self) -> None:
        deaths = self.session.figures().deaths
        crash = self.ask("relocate", protocol.read_pair(REGRESSIONS / "member-id-crash.pair"))
        self.assertEqual(crash.outcome, "crashed")
        self.assertIn("btf_relocate_map_distilled_base", crash.detail)
        self.assertEqual(self.session.figures().deaths, deaths + 1)
        self.test_relocates_a_module_onto_a_base_in_the_place_of_its_own()

    def test_is_given_up_where_it_takes_too_long(self) -> None:
        guest = self.made.start()
        try:
            # Nobody writes to it, so that reading never ends.
            with self.assertRaisesRegex(Hung, "no answer in time, at "):
                guest.ask(READ, "/proc/kmsg", seconds=1.0)
        finally:
            guest.end()

    def test_ends_with_what_its_kernel_said(self) -> None:
        guest = self.made.start()
        try:
            with self.assertRaisesRegex(Crashed, "panic"):
                guest.ask(99, "x" * 255 + "y" * 10)
        finally:
            guest.end()

    def test_answers_for_an_exported_module_as_for_its_pair(self) -> None:
        module = ModuleWriter(self.session.kernel.form).write(SPLIT, DISTILLED, TARGET)
        self.assertEqual(self.ask("relocate", pair_in(module)).outcome, "accepted")


if __name__ == "__main__":
    unittest.main()
