# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What ci/setup does on machines that have everything, something, or no apt at all: each machine is a folder of stand-ins
for the commands that it calls."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SETUP = Path(__file__).resolve().parent / "setup"

# Says that every package is installed but those in the file `missing`.
DPKG_QUERY = """#!/bin/bash
while read -r package; do [[ ${!#} == "$package" ]] && exit 1; done < "${0%/*}/missing"
printf installed
"""
# Only remembers how it was called, and fails if told so.
APT_GET = """#!/bin/bash
echo "$*" >> "${0%/*}/calls"
[[ ! -e "${0%/*}/offline" ]]
"""
RUN_ITS_ARGUMENTS = """#!/bin/bash
while [[ $1 == *=* ]]; do shift; done
exec "$@"
"""


class Setup(unittest.TestCase):
    def setUp(self) -> None:
        self.machine = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.machine)

    def command(self, name: str, text: str) -> None:
        path = self.machine / name
        path.write_text(text)
        path.chmod(0o755)

    def debian(self, missing: list[str], offline: bool = False) -> None:
        self.command("dpkg-query", DPKG_QUERY)
        self.command("apt-get", APT_GET)
        self.command("env", RUN_ITS_ARGUMENTS)
        self.command("sudo", RUN_ITS_ARGUMENTS)
        (self.machine / "missing").write_text("".join(name + "\n" for name in missing))
        if offline:
            (self.machine / "offline").touch()

    def setup(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["/bin/bash", str(SETUP), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": str(self.machine)})

    def calls(self) -> list[str]:
        path = self.machine / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def test_does_and_says_nothing_when_all_is_installed(self) -> None:
        self.debian(missing=[])
        done = self.setup()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.calls(), [])

    def test_says_what_it_installs_and_installs_only_that(self) -> None:
        self.debian(missing=["cmake", "zstd"])
        done = self.setup()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, "ci/setup: installing with apt-get: cmake zstd\n")
        self.assertTrue(self.calls()[-1].endswith("install cmake zstd"), self.calls())

    def test_a_failed_installation_is_a_sentence_and_a_failure(self) -> None:
        self.debian(missing=["cmake"], offline=True)
        done = self.setup()
        self.assertEqual(done.returncode, 1)
        self.assertIn("could not install all of: cmake.", done.stderr)

    def test_without_apt_it_names_every_package_and_the_option_for_the_sources(self) -> None:
        listed = self.setup("--list").stdout.split()
        done = self.setup()
        self.assertEqual(done.returncode, 2)
        self.assertGreater(len(listed), 20)
        for package in listed:
            self.assertIn(package, done.stderr)
        self.assertIn("-DRETORT_LIBBPF_6_12=DIR", done.stderr)

    def test_an_unknown_option_is_refused(self) -> None:
        self.debian(missing=["cmake"])
        done = self.setup("--everything")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--everything", done.stderr)
        self.assertEqual(self.calls(), [])


if __name__ == "__main__":
    unittest.main()
