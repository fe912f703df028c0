#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Whether the records beside the regression pairs say that everything is explained.

That they are true is what `retort replay` asks; this asks that nobody recorded a finding as the normal state.
"""

from __future__ import annotations

import json
import pathlib
import unittest

REGRESSIONS = pathlib.Path(__file__).resolve().parent / "regressions"


class Records(unittest.TestCase):
    def test_stand_beside_every_pair(self) -> None:
        pairs = {path.stem for path in REGRESSIONS.glob("*.pair")}
        self.assertGreater(len(pairs), 100)
        self.assertEqual(pairs, {path.stem for path in REGRESSIONS.glob("*.json")})

    def test_leave_nothing_unexplained(self) -> None:
        for path in sorted(REGRESSIONS.glob("*.json")):
            record = json.loads(path.read_text())
            with self.subTest(pair=path.stem):
                self.assertTrue(record["ops"])
                found = [(op["op"], answer["oracle"]) for op in record["ops"] for answer in op["answers"]
                         if answer["verdict"] == "finding"]
                self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()
