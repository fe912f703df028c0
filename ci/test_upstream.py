# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""How ci/upstream behaves towards its caller: seen from outside, with small trees in place of a kernel's sources."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

UPSTREAM = Path(__file__).resolve().parent / "upstream"

KERNEL = {
    "tools/lib/bpf/btf.c": "int btf;\n",
    "tools/lib/bpf/btf.h": "extern int btf;\n",
    "tools/include/linux/types.h": "typedef int t;\n",
    "tools/arch/x86/include/asm/barrier.h": "/* barrier */\n",
    "tools/arch/x86/lib/memcpy.S": "nop\n",
    "kernel/sched/core.c": "int core;\n",
}
LIBBPF = {"src/btf.c": "int btf;\n", "include/linux/types.h": "typedef int t;\n", "docs/index.rst": "libbpf\n"}


def write_tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def files_below(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


class Upstream(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.cache = self.folder / "cache"
        self.out = self.cache / "linux-6.12"

    def upstream(self, *arguments: str | Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = dict(os.environ)
        if path is not None:
            environment["PATH"] = path
        command = [str(UPSTREAM), "--out", str(self.cache), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    def tarball(self, files: dict[str, str], name: str = "linux.tar.xz") -> Path:
        tree = write_tree(self.folder / "tree", files)
        path = self.folder / name
        with tarfile.open(path, "w:xz") as tar:
            tar.add(tree, arcname="linux-source")
        shutil.rmtree(tree)
        return path

    def assert_failed_with_one_sentence(self, done: subprocess.CompletedProcess[str]) -> None:
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, "")
        self.assertNotIn("Traceback", done.stderr)

    def test_a_kernel_tarball_yields_only_what_libbpf_is_built_from(self) -> None:
        done = self.upstream("--source", self.tarball(KERNEL))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.strip(), str(self.out))
        expected = {name for name in KERNEL if name.startswith("tools/") and "/x86/lib/" not in name}
        self.assertEqual(files_below(self.out), expected | {"SOURCE.json"})

    def test_the_record_holds_the_series_and_the_hash_of_btf_c(self) -> None:
        self.upstream("--source", self.tarball(KERNEL))
        record = json.loads((self.out / "SOURCE.json").read_text())
        self.assertEqual(record["series"], "6.12")
        self.assertEqual(record["sha256"]["btf.c"], hashlib.sha256(KERNEL["tools/lib/bpf/btf.c"].encode()).hexdigest())

    def test_a_checkout_of_libbpf_is_taken_too(self) -> None:
        done = self.upstream("--source", write_tree(self.folder / "libbpf", LIBBPF))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(files_below(self.out), {"src/btf.c", "include/linux/types.h", "SOURCE.json"})

    def test_nothing_is_touched_when_the_same_tarball_is_unpacked_already(self) -> None:
        source = self.tarball(KERNEL)
        self.upstream("--source", source)
        before = (self.out / "SOURCE.json").stat()
        done = self.upstream("--source", source)
        after = (self.out / "SOURCE.json").stat()
        self.assertEqual(done.returncode, 0)
        self.assertEqual((before.st_ino, before.st_mtime_ns), (after.st_ino, after.st_mtime_ns))

    def test_another_tarball_replaces_the_folder_as_a_whole(self) -> None:
        self.upstream("--source", self.tarball(KERNEL))
        self.upstream("--source", self.tarball(LIBBPF, "libbpf.tar.xz"))
        self.assertEqual(files_below(self.out), {"src/btf.c", "include/linux/types.h", "SOURCE.json"})

    def test_a_changed_folder_is_copied_again(self) -> None:
        tree = write_tree(self.folder / "libbpf", LIBBPF)
        self.upstream("--source", tree)
        (tree / "src/btf.c").write_text("int changed;\n")
        self.upstream("--source", tree)
        self.assertEqual((self.out / "src/btf.c").read_text(), "int changed;\n")

    def test_a_truncated_tarball_leaves_the_earlier_sources_and_no_rubbish(self) -> None:
        self.upstream("--source", self.tarball(KERNEL))
        before = files_below(self.out)
        whole = self.tarball(KERNEL, "other.tar.xz").read_bytes()
        broken = self.folder / "broken.tar.xz"
        broken.write_bytes(whole[: len(whole) // 2])
        done = self.upstream("--source", broken)
        self.assert_failed_with_one_sentence(done)
        self.assertIn("broken.tar.xz: tar cannot unpack it", done.stderr)
        self.assertEqual(files_below(self.out), before)
        self.assertEqual({path.name for path in self.cache.iterdir()}, {"linux-6.12", ".upstream.lock"})

    def test_a_tarball_that_ends_after_btf_c_is_refused(self) -> None:
        tree = write_tree(self.folder / "tree", KERNEL | {"tools/lib/bpf/zip.c": "int zip;\n" * 20_000})
        path = self.folder / "cut.tar"
        with tarfile.open(path, "w") as tar:
            for name in sorted(files_below(tree)):
                tar.add(tree / name, arcname=f"linux-source/{name}")
        path.write_bytes(path.read_bytes()[:-100_000])
        done = self.upstream("--source", path)
        self.assert_failed_with_one_sentence(done)
        self.assertIn("cut.tar: tar cannot unpack it", done.stderr)
        self.assertFalse(self.out.exists())

    def test_what_a_killed_run_left_behind_is_removed_by_the_next(self) -> None:
        write_tree(self.cache / ".unpack-killed", KERNEL)
        self.upstream("--source", self.tarball(KERNEL))
        self.assertEqual({path.name for path in self.cache.iterdir()}, {"linux-6.12", ".upstream.lock"})

    def test_a_source_of_neither_layout_is_refused_with_a_sentence_that_names_both(self) -> None:
        done = self.upstream("--source", write_tree(self.folder / "other", {"README": "no btf.c here\n"}))
        self.assert_failed_with_one_sentence(done)
        self.assertIn("tools/lib/bpf/btf.c", done.stderr)
        self.assertIn("src/btf.c", done.stderr)
        self.assertFalse(self.out.exists())

    def test_a_source_that_does_not_exist_is_named(self) -> None:
        done = self.upstream("--source", self.folder / "absent")
        self.assert_failed_with_one_sentence(done)
        self.assertIn("absent: no such file or folder.", done.stderr)

    def test_without_the_package_the_sentence_names_it_and_the_option(self) -> None:
        done = self.upstream("--series", "1.23", path=str(self.folder))
        self.assert_failed_with_one_sentence(done)
        self.assertIn("linux-source-1.23", done.stderr)
        self.assertIn("-DRETORT_LIBBPF_1_23=DIR", done.stderr)


if __name__ == "__main__":
    unittest.main()
