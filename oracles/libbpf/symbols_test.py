#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Whether each version of libbpf really hides behind its one symbol: a second visible name would make two versions share
code, and a comparison of them would compare one with itself."""

from __future__ import annotations

import os
import re
import subprocess
import unittest
from pathlib import Path

# Why it is kept stands beside RETORT_SANITIZER_GLOBALS in cmake/Libbpf.cmake.
SANITIZER_GLOBALS = {"___asan_globals_registered"}


def defined_globals(path: Path) -> set[str]:
    command = [os.environ.get("RETORT_NM", "nm"), "--defined-only", "--extern-only", "--format=posix", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {line.split()[0] for line in done.stdout.splitlines() if line.strip()}


class EveryLibbpfObject(unittest.TestCase):
    def setUp(self) -> None:
        self.objects = [Path(path) for path in os.environ["RETORT_LIBBPF_OBJECTS"].split(":")]

    def test_defines_only_its_table_and_what_sanitizers_share(self) -> None:
        for path in self.objects:
            with self.subTest(object=path.name):
                table = "retort_" + re.sub(r"\W", "_", path.stem.replace("-", "_", 1))
                self.assertEqual(defined_globals(path) - SANITIZER_GLOBALS, {table})


if __name__ == "__main__":
    unittest.main()
