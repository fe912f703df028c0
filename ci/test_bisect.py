#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# ci/bisect on a small repository of six commits, made of the sources of libbpf that the build uses: one of them does not
# build, one has a planted change.
"""Run by ctest; by hand: RETORT=build/dev/fuzzers/cli/retort python3 -m unittest test_bisect"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAIR = ROOT / "corpus" / "regressions" / "find-void.pair"
VOID = 'if (!strcmp(type_name, "void"))\n\t\treturn 0;'


class Repository:
    """Six commits on libbpf: import, does not build, repaired, planted, two that change nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        upstream = subprocess.run([ROOT / "ci" / "upstream", "--series", "6.12"], capture_output=True, text=True, check=True)
        sources = Path(upstream.stdout.strip())
        for part in ("tools/lib/bpf", "tools/include", "tools/arch"):
            shutil.copytree(sources / part, folder / part)
        self.btf = folder / "tools/lib/bpf/btf.c"
        self.git("init", "--quiet", "--initial-branch=main")
        whole = self.btf.read_text()
        planted = whole.replace(VOID, VOID.replace("return 0", "return -ENOENT"))
        assert planted != whole
        self.commits = [
            self.commit("import", whole),
            self.commit("break", "#error broken\n" + whole),
            self.commit("repair", "/* repaired */\n" + whole),
            self.commit("plant", planted),
            self.commit("comment", planted + "\n/* a comment */\n"),
            self.commit("another comment", planted + "\n/* another comment */\n"),
        ]

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *identity, *arguments], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, subject: str, btf: str) -> str:
        self.btf.write_text(btf)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "-m", subject)
        return self.git("rev-parse", "HEAD")


class Bisect(unittest.TestCase):
    repository: Repository
    scratch: tempfile.TemporaryDirectory[str]

    @classmethod
    def setUpClass(cls) -> None:
        if not os.environ.get("RETORT"):
            raise unittest.SkipTest("the environment variable RETORT is not set")
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.repository = Repository(Path(cls.scratch.name) / "linux")
        cls.environment = {**os.environ, "RETORT_CACHE": str(Path(cls.scratch.name) / "cache")}

    def command(self, good: str, bad: str, pair: Path = PAIR) -> list[str]:
        return [str(ROOT / "ci" / "bisect"), str(pair), "--op", "find", "--source", str(self.repository.folder), "--good", good, "--bad", bad]

    def bisect(self, *arguments: str, **options: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*arguments, **options), capture_output=True, text=True, env=self.environment, timeout=600, check=False)

    def test_finds_the_commit_with_the_planted_change(self) -> None:
        commits = self.repository.commits
        done = self.bisect(commits[0], commits[5])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"The answer changed in {commits[3]}\n", done.stdout)
        self.assertRegex(done.stdout, r"(?s)before:\n.*'void' 0, .*since:\n.*'void' -1, ")
        self.assertEqual(self.repository.git("status", "--porcelain"), "")

    def test_skips_commits_that_do_not_build_and_says_which_it_cannot_tell_apart(self) -> None:
        repository = self.repository
        repository.git("checkout", "--quiet", "-b", "side", repository.commits[0])
        try:
            changed = repository.git("show", f"{repository.commits[3]}:tools/lib/bpf/btf.c")
            broken = repository.commit("broken and planted", "#error broken\n" + changed)
            repaired = repository.commit("repaired", changed)
        finally:
            repository.git("checkout", "--quiet", "main")
        done = self.bisect(repository.commits[0], repaired)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("one of 2 commits", done.stdout)
        self.assertIn("#error broken", done.stdout)
        for commit in (broken, repaired):
            self.assertIn(commit, done.stdout)

    def test_the_same_answer_at_both_ends_is_said_with_status_2(self) -> None:
        done = self.bisect(self.repository.commits[3], self.repository.commits[5])
        self.assertEqual(done.returncode, 2)
        self.assertIn("the answer at", done.stderr)

    def test_wrong_usage_is_one_sentence(self) -> None:
        commits = self.repository.commits
        for arguments, said in (((commits[5], commits[0]), "is no ancestor of"), (("nowhere", commits[0]), "git rev-parse")):
            done = self.bisect(*arguments)
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertTrue(done.stderr.startswith("ci/bisect: "), done.stderr)
            self.assertIn(said, done.stderr)
        done = self.bisect(commits[0], commits[5], pair=ROOT / "nowhere.pair")
        self.assertEqual(done.returncode, 2)
        self.assertIn("nowhere.pair", done.stderr)

    def test_control_c_ends_it_with_status_130_and_leaves_nothing_half_written(self) -> None:
        cache = Path(self.scratch.name) / "interrupted"
        objects = cache / "bisect" / "objects"
        with subprocess.Popen(self.command(self.repository.commits[0], self.repository.commits[5]), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, env={**self.environment, "RETORT_CACHE": str(cache)},
                              start_new_session=True) as running:
            while running.poll() is None and not any(objects.glob("*.o")):
                time.sleep(0.05)
            os.killpg(running.pid, signal.SIGINT)
            _, said = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130, said)
        self.assertIn("what was built is kept", said)
        for kept in objects.iterdir():
            self.assertEqual(kept.suffix, ".o")


if __name__ == "__main__":
    unittest.main()
