#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Whether corpus/cases holds what make_cases.py makes, and nothing else."""

from __future__ import annotations

import pathlib
import unittest

import make_cases

CASES = pathlib.Path(__file__).resolve().parent / "cases"


class Cases(unittest.TestCase):
    def test_are_what_their_script_makes(self) -> None:
        made = {f"{name}.pair": content for name, content in make_cases.all_cases().items()}
        committed = {path.name: path.read_bytes() for path in CASES.iterdir()}
        self.assertEqual(sorted(committed), sorted(made))
        for name, content in made.items():
            with self.subTest(case=name):
                self.assertEqual(committed[name], content)

    def test_are_all_different_and_small(self) -> None:
        made = list(make_cases.all_cases().values())
        self.assertEqual(len(set(made)), len(made))
        self.assertLess(max(map(len, made)), 16 * 1024)


if __name__ == "__main__":
    unittest.main()
