# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What `cmake --install` puts where: a project of somebody else's finds the relocator, and the command line comes with its
manual and completion. RETORT_BUILD names the build, RETORT_CXX and RETORT_CXX_FLAGS what it was compiled with."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

CI = pathlib.Path(__file__).resolve().parent
BUILD = os.environ.get("RETORT_BUILD", "")


def run(*command: str | pathlib.Path, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=os.environ | environment,
    )
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


@unittest.skipUnless(BUILD, "RETORT_BUILD names no build")
class Install(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.prefix = self.folder / "prefix"

    def install(self, component: str) -> None:
        run("cmake", "--install", BUILD, "--prefix", self.prefix, "--component", component)

    def installed(self) -> set[str]:
        return {str(path.relative_to(self.prefix)) for path in self.prefix.rglob("*") if path.is_file()}

    def test_another_project_finds_the_relocator_and_relocates_with_it(self) -> None:
        self.install("relocator")
        run(
            "cmake", "-S", CI / "consumer", "-B", self.folder / "build", "-G", "Ninja",
            f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_CXX_COMPILER={os.environ['RETORT_CXX']}",
            f"-DCMAKE_CXX_FLAGS={os.environ['RETORT_CXX_FLAGS']}",
        )  # fmt: skip
        run("cmake", "--build", self.folder / "build")
        self.assertEqual(run(self.folder / "build/consumer"), "int was type 1 and is type 2\n")

    def test_the_relocator_is_installed_without_what_only_its_tests_need(self) -> None:
        self.install("relocator")
        headers = {name for name in self.installed() if name.endswith(".h")}
        self.assertIn("include/retort/relocator/btf.h", headers)
        self.assertNotIn("include/retort/relocator/test_support.h", headers)

    def test_the_command_line_comes_with_its_manual_and_completion(self) -> None:
        self.install("retort")
        names = self.installed()
        for name in ("bin/retort", "share/man/man1/retort.1", "share/bash-completion/completions/retort"):
            self.assertIn(name, names)
        self.assertIn("retort", run(self.prefix / "bin/retort", "--version"))

    def test_the_completion_is_bash_and_completes_commands_options_and_values(self) -> None:
        self.install("retort")
        script = self.prefix / "share/bash-completion/completions/retort"
        run("bash", "-n", script)

        def completed(*words: str) -> list[str]:
            quoted = " ".join(f"'{word}'" for word in ("retort", *words))
            commands = f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words)}; _retort; printf '%s\\n' \"${{COMPREPLY[@]}}\""
            return run("bash", "-c", commands).split()

        self.assertEqual(completed("reloc"), ["relocate"])
        self.assertEqual(completed("relocate", "--on"), ["--onto"])
        self.assertIn("agreed", completed("check", "FILE", "--policy", ""))
        self.assertEqual(completed("export", "--to", "self"), ["selftest"])
        self.assertEqual(completed("dump", "--color", "nev"), ["never"])

    def test_the_manual_has_every_command_and_no_line_that_man_misreads(self) -> None:
        self.install("retort")
        page = (self.prefix / "share/man/man1/retort.1").read_text()
        listed = run(self.prefix / "bin/retort", "--help")
        commands = [line.split()[0] for line in listed.partition("Subcommands:")[2].splitlines() if line.startswith("  ")]
        self.assertGreater(len(commands), 15)
        for command in commands:
            self.assertIn(f"\n.SS {command}\n", page)
        known = (".TH ", ".SH ", ".SS ", ".PP", ".TP", '.\\"')
        for line in page.splitlines():
            self.assertTrue(not line.startswith((".", "'")) or line.startswith(known), line)


if __name__ == "__main__":
    unittest.main()
