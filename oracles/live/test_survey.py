# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Whom a survey asks, and when it is said that all agree, with a `retort` that is played."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from live import survey  # noqa: E402
from live.failure import Failure  # noqa: E402

WAY = survey.Way(Path("old"), Path("new"), "live-6.12", ["python3", "live oracle.py", "6.12"])
STEP = {"asked": 2, "accepted": 1, "same_verdict": 2, "same_canonical": 1, "same_bytes": 1}
# Tells of its oracles as it was told, and gives back what it was asked.
PLAYED = """#!/usr/bin/python3
import json, sys
print({listed!r} if sys.argv[1] == "oracles" else json.dumps(sys.argv[1:]))
sys.exit(0 if sys.argv[1] == "oracles" else {status})
"""


class ASurvey(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.retort = Path(scratch.name) / "retort"

    def asked(self, oracles: list[dict[str, str]], status: int = 0) -> list[str]:
        self.retort.write_text(PLAYED.format(listed=json.dumps(oracles), status=status))
        self.retort.chmod(0o755)
        words: list[str] = survey.run(self.retort, WAY, "6.12")
        return words

    def test_asks_the_booted_kernel_and_the_one_in_process_onto_the_other_kernel(self) -> None:
        words = self.asked([{"oracle": "live-6.12", "missing": "not yet"}, {"oracle": "kernel-6.12", "version": "1"}])
        self.assertEqual(words[words.index("--oracles") + 1], "live-6.12,kernel-6.12")
        self.assertEqual(words[:6], ["survey", "old/modules", "--base", "old/vmlinux.btf", "--onto", "new/vmlinux.btf"])
        self.assertNotIn("--oracle", words)

    def test_goes_on_without_a_kernel_in_process(self) -> None:
        words = self.asked([{"oracle": "live-6.12"}, {"oracle": "kernel-6.12", "missing": "no sources"}])
        self.assertEqual(words[words.index("--oracles") + 1], "live-6.12")

    def test_names_a_booted_kernel_that_the_build_does_not_know(self) -> None:
        words = self.asked([])
        self.assertEqual(words[words.index("--oracle") + 1], "live-6.12=exec python3 'live oracle.py' 6.12")

    def test_takes_differences_for_a_result_and_anything_else_for_a_failure(self) -> None:
        self.assertTrue(self.asked([], status=3))
        with self.assertRaisesRegex(Failure, "retort survey ... failed with status 2"):
            self.asked([], status=2)


class AReport(unittest.TestCase):
    def told(self, **changed: Any) -> tuple[bool, str]:
        oracle = {"oracle": "live-6.12", "version": "1", "other": STEP, "differing": [], **changed}
        with contextlib.redirect_stdout(io.StringIO()) as text:
            agree = survey.report(WAY, {"modules": 1138, "oracles": [oracle]})
        return agree, text.getvalue()

    def test_counts_what_was_asked_and_what_was_the_same(self) -> None:
        agree, text = self.told()
        self.assertTrue(agree)
        self.assertIn("1,138 modules of old onto new", text)
        self.assertIn("2 asked, 1 relocate by the reference", text)

    def test_lists_each_difference(self) -> None:
        agree, text = self.told(differing=["ext4: onto the other kernel"])
        self.assertFalse(agree)
        self.assertIn("differs: ext4", text)

    def test_does_not_call_it_agreement_where_nobody_was_asked(self) -> None:
        self.assertFalse(self.told(other={**STEP, "asked": 0})[0])


if __name__ == "__main__":
    unittest.main()
