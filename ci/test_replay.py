# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""How a fuzz target behaves in a build without an engine. RETORT_REPLAY_PROBE names the probe, which prints its inputs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path


class Replay(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def replay(self, *paths: Path) -> subprocess.CompletedProcess[str]:
        command = [os.environ["RETORT_REPLAY_PROBE"], *map(str, paths)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_a_file_is_run_once(self) -> None:
        done = self.replay(self.file("a", "one"))
        self.assertEqual((done.returncode, done.stdout), (0, "<one>\n"))

    def test_an_empty_file_is_run_too(self) -> None:
        done = self.replay(self.file("empty", ""))
        self.assertEqual((done.returncode, done.stdout), (0, "<>\n"))

    def test_a_folder_is_run_file_by_file_in_the_order_of_names(self) -> None:
        for name in ("b", "a", "below/c"):
            self.file(name, name)
        done = self.replay(self.folder)
        self.assertEqual((done.returncode, done.stdout), (0, "<a>\n<b>\n<below/c>\n"))
        self.assertIn("3 inputs ran.", done.stderr)

    def test_an_input_is_named_before_it_runs(self) -> None:
        path = self.file("a", "one")
        self.assertIn(f"Running: {path} (3 bytes)", self.replay(path).stderr)

    def test_a_missing_file_is_named_and_the_others_still_run(self) -> None:
        done = self.replay(self.folder / "absent", self.file("a", "one"))
        self.assertEqual((done.returncode, done.stdout), (2, "<one>\n"))
        self.assertIn("absent: cannot be read.", done.stderr)

    def test_without_an_argument_it_says_how_it_is_used(self) -> None:
        done = self.replay()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("usage:", done.stderr)


if __name__ == "__main__":
    unittest.main()
