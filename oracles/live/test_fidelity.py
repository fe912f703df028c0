# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What counts as a difference between two kernels, and what explains one."""

from __future__ import annotations

import sys
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from live.fidelity import Fidelity, Question, difference  # noqa: E402
from live.questions import Answer, Pair  # noqa: E402

RELOCATE = Question("pair", "relocate", Pair(distilled=b"d", split=b"s", target=b"t"))
LOAD = Question("pair", "load", Pair(base=b"b"))
ACCEPTED = Answer("accepted", output=b"bytes")
REJECTED = Answer("rejected", 22, "SPLT", log=["[1] INT", "Invalid name"], detail="Invalid name")
SANITIZED = Answer("crashed", detail="==1==ERROR: AddressSanitizer: heap-buffer-overflow")


def judged(question: Question, inside: Answer, live: Answer) -> Fidelity:
    fidelity = Fidelity()
    fidelity.add(question, inside, live)
    return fidelity


class TwoAnswers(unittest.TestCase):
    def test_are_the_same_where_everything_is(self) -> None:
        for answer in (ACCEPTED, REJECTED, Answer("hung"), Answer("crashed")):
            self.assertEqual(difference(RELOCATE, answer, replace(answer)), "")

    def test_differ_in_what_is_compared_first(self) -> None:
        other = {"errno": 7, "stage": "DIST", "log": ["Invalid name"]}
        for what, value in other.items():
            self.assertEqual(difference(RELOCATE, REJECTED, replace(REJECTED, **{what: value})), what)
        self.assertEqual(difference(RELOCATE, REJECTED, ACCEPTED), "verdict")
        self.assertEqual(difference(RELOCATE, ACCEPTED, replace(ACCEPTED, output=b"other")), "bytes")

    def test_of_a_load_are_compared_by_the_end_of_their_logs_and_know_no_stage(self) -> None:
        longer = replace(REJECTED, stage="", log=["magic", *REJECTED.log])
        self.assertEqual(difference(LOAD, REJECTED, longer), "")
        self.assertEqual(difference(LOAD, REJECTED, replace(longer, detail="Invalid type")), "log")

    def test_that_both_died_are_the_same_wherever_it_was(self) -> None:
        self.assertEqual(difference(RELOCATE, Answer("crashed", detail="here"), Answer("crashed", detail="there")), "")


class ADifference(unittest.TestCase):
    def test_is_a_finding_where_nothing_explains_it(self) -> None:
        fidelity = judged(RELOCATE, ACCEPTED, replace(ACCEPTED, output=b"other"))
        self.assertEqual(len(fidelity.findings), 1)
        self.assertIn("NOT EXPLAINED pair: relocate: bytes", "\n".join(fidelity.lines()))

    def test_of_logs_is_explained_where_the_live_kernel_only_says_less_of_a_module(self) -> None:
        less = replace(REJECTED, log=["Invalid name"])
        self.assertEqual(set(judged(RELOCATE, REJECTED, less).explained), {"mismatches allowed"})
        for finding in (replace(REJECTED, log=["Invalid name", "[1] INT"]), replace(REJECTED, log=["other"])):
            self.assertEqual(len(judged(RELOCATE, REJECTED, finding).findings), 1)
        elsewhere = replace(REJECTED, stage="TRGT")
        self.assertEqual(len(judged(RELOCATE, elsewhere, replace(elsewhere, log=[])).findings), 1)

    def test_of_verdicts_is_explained_where_a_sanitizer_stopped_the_one(self) -> None:
        self.assertEqual(set(judged(RELOCATE, SANITIZED, ACCEPTED).explained), {"damage unseen"})
        self.assertEqual(len(judged(RELOCATE, Answer("crashed", detail="killed"), ACCEPTED).findings), 1)
        self.assertEqual(len(judged(RELOCATE, ACCEPTED, Answer("crashed", detail="BUG")).findings), 1)

    def test_is_listed_with_an_example_and_counted(self) -> None:
        fidelity = Fidelity()
        for _ in range(3):
            fidelity.add(RELOCATE, SANITIZED, ACCEPTED)
        fidelity.add(RELOCATE, ACCEPTED, ACCEPTED)
        text = "\n".join(fidelity.lines())
        self.assertIn("relocate: 4 asked, 1 the same", text)
        self.assertIn("3 verdict", text)
        self.assertIn("such as pair: relocate", text)


if __name__ == "__main__":
    unittest.main()
