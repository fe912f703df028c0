#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Whether the seeds that are programs are what their script makes."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import make_program_seeds

HERE = pathlib.Path(__file__).resolve().parent


class ProgramSeeds(unittest.TestCase):
    def test_are_what_their_script_makes(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            for source, _ in make_program_seeds.SEEDS.values():
                if source is not None:
                    shutil.copy(HERE / "seeds" / f"{source}.pair", folder)
            script = [sys.executable, "-B", str(HERE / "make_program_seeds.py"), str(folder)]
            subprocess.run(script, check=True)
            for name in make_program_seeds.SEEDS:
                with self.subTest(seed=name):
                    fresh = (folder / f"{name}.pair").read_bytes()
                    self.assertEqual(fresh, (HERE / "seeds" / f"{name}.pair").read_bytes())


if __name__ == "__main__":
    unittest.main()
