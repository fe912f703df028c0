# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What ci/upstream --kernel says where it cannot do its work, and what it takes along where it can."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

import kernel_tree

UPSTREAM = Path(__file__).resolve().parent / "upstream"
TOOLS = ("python3", "git", "make", "flex", "bison", "bc")


class KernelTree(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.tools = self.folder / "bin"
        self.tools.mkdir()
        for tool in TOOLS:
            self.add_tool(tool)

    def add_tool(self, name: str) -> None:
        path = self.tools / name
        path.write_text("#!/bin/sh\nexit 0\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def upstream(self, source: Path) -> subprocess.CompletedProcess[str]:
        command = ["/usr/bin/python3", str(UPSTREAM), "--kernel", "--source", str(source), "--out", str(self.folder / "cache")]
        environment = {**os.environ, "PATH": str(self.tools)}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    def test_a_tool_that_is_missing_is_named(self) -> None:
        (self.tools / "flex").unlink()
        done = self.upstream(self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("without flex", done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def test_a_folder_that_is_no_kernel_is_refused_and_leaves_no_result(self) -> None:
        source = self.folder / "source"
        (source / "kernel").mkdir(parents=True)
        (source / "kernel/Kconfig.locks").write_text("config X\n")
        done = self.upstream(source)
        self.assertEqual(done.returncode, 2)
        self.assertIn("holds no kernel", done.stderr)
        self.assertFalse((self.folder / "cache/linux-6.12-kernel").exists())

    def test_build_files_are_wanted_from_every_folder_and_sources_from_a_few(self) -> None:
        for name in ("drivers/net/Kconfig", "Makefile", "net/Kbuild", "kernel/bpf/btf.c", "arch/um/Makefile-skas", "COPYING"):
            self.assertTrue(kernel_tree.is_wanted(name), name)
        for name in ("drivers/net/tun.c", "kernels/a.c", "arch/arm/kernel/setup.c"):
            self.assertFalse(kernel_tree.is_wanted(name), name)

    def test_a_scratch_folder_is_taken_up_again_only_for_the_same_sources(self) -> None:
        scratch = self.folder / "scratch"
        kernel_tree.begin(scratch, {"version": "1"})
        (scratch / "unpacked").touch()
        kernel_tree.begin(scratch, {"version": "1"})
        self.assertTrue((scratch / "unpacked").exists())
        kernel_tree.begin(scratch, {"version": "2"})
        self.assertFalse((scratch / "unpacked").exists())


if __name__ == "__main__":
    unittest.main()
