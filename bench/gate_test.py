# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The gate on instruction counts, and that it sees what it is there to see.

Run by ctest, which builds the programs without sanitizers first; by hand:
RETORT_BENCH=build/release/bench python3 -m unittest gate_test
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

BENCH = Path(__file__).resolve().parent
BUILT = Path(os.environ["RETORT_BENCH"]).resolve()


def gate(program: str, *options: str | Path) -> subprocess.CompletedProcess[str]:
    command = [BENCH / "track.py", "gate", "--program", BUILT / program, *options]
    return subprocess.run(command, capture_output=True, text=True)


class Gate(unittest.TestCase):
    def test_no_operation_takes_more_instructions_than_recorded(self) -> None:
        done = gate("bench-fixed")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_slowdown_of_five_percent_in_lookup_is_caught(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            figures = Path(folder) / "instructions.json"
            recorded = gate("bench-fixed", "--baseline", figures, "--record")
            self.assertEqual(recorded.returncode, 0, recorded.stderr)
            slower = gate("bench-fixed-slower", "--baseline", figures)
        self.assertEqual(slower.returncode, 1, slower.stdout + slower.stderr)
        verdicts = {line.split()[0] for line in slower.stdout.splitlines() if line.endswith("slower")}
        self.assertEqual(verdicts, {"find", "find-nothing"}, slower.stdout)


if __name__ == "__main__":
    unittest.main()
