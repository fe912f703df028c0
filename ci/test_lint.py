# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Which sources ci/lint hands to clang-tidy. clang-tidy and ninja are stand-ins here: the one notes what it is asked and
objects to what holds the word BAD, the other tells what the one source is made of."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

LINT = Path(__file__).resolve().parent / "lint"

CLANG_TIDY = """#!/bin/bash
if [[ $1 == --version ]]; then echo "version 1"; exit; fi
file=${!#}
echo "${file##*/}" >> "${0%/*}/asked"
if grep -q BAD "$file"; then echo "$file: error: bad"; exit 1; fi
"""
NINJA = """#!/bin/bash
cat "${0%/*}/deps"
"""


class Lint(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.project = self.folder / "project"
        self.build = self.folder / "build"
        self.tools = self.folder / "tools"
        for folder in (self.project / "ci", self.project / "relocator", self.build, self.tools):
            folder.mkdir(parents=True)
        shutil.copy(LINT, self.project / "ci/lint")
        (self.project / ".clang-tidy").write_text("Checks: all\n")
        for name, text in (("clang-tidy-19", CLANG_TIDY), ("ninja", NINJA)):
            (self.tools / name).write_text(text)
            (self.tools / name).chmod(0o755)
        self.header = self.project / "relocator/a.h"
        self.header.write_text("int a();\n")
        self.source = self.add_source("relocator/a.cc", "int a() { return 1; }\n")

    def add_source(self, name: str, text: str) -> Path:
        path = self.project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        self.compile(path)
        return path

    def compile(self, *paths: Path) -> None:
        database = self.build / "compile_commands.json"
        entries = json.loads(database.read_text()) if database.exists() else []
        deps = self.tools / "deps"
        with deps.open("a") as file:
            for path in paths:
                entries.append({"file": str(path), "command": f"c++ -o {path.stem}.o -c {path}"})
                file.write(f"{path.stem}.o: #deps 2, deps mtime 1 (VALID)\n    {path}\n    {self.header}\n\n")
        database.write_text(json.dumps(entries))

    def lint(self, *patterns: str) -> subprocess.CompletedProcess[str]:
        environment = dict(os.environ, PATH=f"{self.tools}:{os.environ['PATH']}", RETORT_CACHE=str(self.folder / "cache"))
        command = [str(self.project / "ci/lint"), str(self.build), *patterns]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    def asked(self) -> list[str]:
        path = self.tools / "asked"
        names = sorted(path.read_text().split()) if path.exists() else []
        path.unlink(missing_ok=True)
        return names

    def test_a_clean_source_passes_and_is_not_looked_at_again(self) -> None:
        self.assertEqual(self.lint().returncode, 0)
        self.assertEqual(self.asked(), ["a.cc"])
        self.assertEqual(self.lint().returncode, 0)
        self.assertEqual(self.asked(), [])

    def test_findings_are_shown_and_shown_again(self) -> None:
        self.source.write_text("BAD\n")
        for _ in range(2):
            done = self.lint()
            self.assertEqual(done.returncode, 1)
            self.assertIn("error: bad", done.stdout)

    def test_a_changed_header_has_its_sources_looked_at_again(self) -> None:
        self.lint()
        self.asked()
        self.header.write_text("long a();\n")
        self.lint()
        self.assertEqual(self.asked(), ["a.cc"])

    def test_a_changed_configuration_has_all_sources_looked_at_again(self) -> None:
        self.lint()
        self.asked()
        (self.project / ".clang-tidy").write_text("Checks: other\n")
        self.lint()
        self.assertEqual(self.asked(), ["a.cc"])

    def test_a_source_that_was_never_built_is_always_looked_at(self) -> None:
        (self.tools / "deps").write_text("")
        for _ in range(2):
            self.assertEqual(self.lint().returncode, 0)
            self.assertEqual(self.asked(), ["a.cc"])

    def test_a_pattern_picks_sources_by_a_part_of_their_path(self) -> None:
        self.add_source("relocator/b.cc", "int b();\n")
        self.lint("tor/b")
        self.assertEqual(self.asked(), ["b.cc"])

    def test_sources_that_are_not_ours_are_left_alone(self) -> None:
        self.add_source("upstream/c.cc", "BAD\n")
        self.assertEqual(self.lint().returncode, 0)
        self.assertEqual(self.asked(), ["a.cc"])

    def test_a_folder_that_was_not_configured_is_named(self) -> None:
        (self.build / "compile_commands.json").unlink()
        done = self.lint()
        self.assertEqual(done.returncode, 2)
        self.assertIn("compile_commands.json: No such file or directory; configure there first.", done.stderr)

    def test_a_pattern_that_matches_nothing_is_an_error(self) -> None:
        self.assertEqual(self.lint("absent").returncode, 2)


if __name__ == "__main__":
    unittest.main()
