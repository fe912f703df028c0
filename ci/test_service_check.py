# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""How ci/check-oss-fuzz judges: each rule is broken here once, by files and traces made for it."""

from __future__ import annotations

import contextlib
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile

CI = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(CI))

from service_check import contract, packaging, running  # noqa: E402
from service_check.builds import Build  # noqa: E402
from service_check.results import Results, Verdict  # noqa: E402

OPTIONS = "[libfuzzer]\nmax_len = 65536\nlen_control = 0\ntimeout = 25\nrss_limit_mb = 2560\ndict = one.dict\n"


class Quiet(Results):
    """Results that nobody sees, asked by rule."""

    def __init__(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            super().__init__()

    def of(self, part: str) -> Verdict:
        found = [line.verdict for line in self.lines if part in line.rule]
        assert len(found) == 1, (part, [line.rule for line in self.lines])
        return found[0]


class Packaging(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.build = Build("address", "libfuzzer", ("one",), pathlib.Path(folder.name))
        self.build.out.mkdir()
        self.program("one", "LLVMFuzzerTestOneInput")
        with zipfile.ZipFile(self.build.out / "one_seed_corpus.zip", "w") as archive:
            archive.writestr("a.pair", b"content")
        (self.build.out / "one.dict").write_text('# words\nmagic="\\x9f\\xeb"\n"int"\n')
        (self.build.out / "one.options").write_text(OPTIONS)

    def program(self, name: str, content: str) -> None:
        path = self.build.out / name
        path.write_text(content)
        path.chmod(0o755)

    def checked(self) -> Quiet:
        results = Quiet()
        with contextlib.redirect_stdout(io.StringIO()):
            packaging.check(self.build, results)
        return results

    def test_what_is_complete_passes_every_rule(self) -> None:
        self.assertEqual({line.verdict for line in self.checked().lines}, {Verdict.PASSED})

    def test_another_program_with_the_entry_point_fails(self) -> None:
        self.program("helper", "LLVMFuzzerTestOneInput")
        self.assertIs(self.checked().of("count as targets"), Verdict.FAILED)

    def test_a_library_with_the_entry_point_fails(self) -> None:
        self.program("helper.so", "LLVMFuzzerTestOneInput")
        self.assertIs(self.checked().of("count as targets"), Verdict.FAILED)

    def test_a_target_that_is_missing_fails(self) -> None:
        (self.build.out / "one").write_text("no entry point")
        self.assertIs(self.checked().of("count as targets"), Verdict.FAILED)

    def test_seeds_in_folders_fail(self) -> None:
        with zipfile.ZipFile(self.build.out / "one_seed_corpus.zip", "a") as archive:
            archive.writestr("folder/b.pair", b"content")
        self.assertIs(self.checked().of("is flat"), Verdict.FAILED)

    def test_a_seed_that_is_longer_than_max_len_fails(self) -> None:
        with zipfile.ZipFile(self.build.out / "one_seed_corpus.zip", "a") as archive:
            archive.writestr("long.pair", bytes(65537))
        self.assertIs(self.checked().of("is flat"), Verdict.FAILED)

    def test_a_malformed_word_of_the_dictionary_fails(self) -> None:
        (self.build.out / "one.dict").write_text('good="int"\nbad="\\x9"\n')
        self.assertIs(self.checked().of("is a dictionary"), Verdict.FAILED)

    def test_another_length_than_the_target_reads_fails(self) -> None:
        (self.build.out / "one.options").write_text(OPTIONS.replace("65536", "4096"))
        self.assertIs(self.checked().of("limits"), Verdict.FAILED)


class SystemCalls(unittest.TestCase):
    def complaints(self, *lines: str) -> int:
        return len(running.complaints("\n".join(lines), ("/tmp/seeds",)))

    def test_reading_seeds_libraries_and_what_the_sanitizer_asks_is_allowed(self) -> None:
        read = '1 openat(AT_FDCWD, "/tmp/seeds/a.pair", O_RDONLY) = 3'
        library = '1 openat(AT_FDCWD, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3'
        self.assertEqual(self.complaints(read, library, '1 readlink("/proc/self/exe", "x", 9) = 1'), 0)

    def test_writing_below_the_temporary_folder_is_allowed(self) -> None:
        self.assertEqual(self.complaints('1 openat(AT_FDCWD, "/tmp/x", O_RDWR|O_CREAT, 0600) = 3'), 0)

    def test_writing_elsewhere_is_not(self) -> None:
        self.assertEqual(self.complaints('1 openat(AT_FDCWD, "/var/x", O_WRONLY|O_CREAT, 0600) = 3'), 1)

    def test_a_relative_path_is_not(self) -> None:
        self.assertEqual(self.complaints('1 openat(AT_FDCWD, "x", O_RDONLY) = 3'), 1)

    def test_a_device_is_not(self) -> None:
        self.assertEqual(self.complaints('1 openat(AT_FDCWD, "/dev/urandom", O_RDONLY) = 3'), 1)

    def test_the_network_is_not(self) -> None:
        self.assertEqual(self.complaints("1 socket(AF_INET, SOCK_STREAM, 0) = 3"), 1)


class Reach(unittest.TestCase):
    def test_other_edges_in_another_order_are_state_and_a_feature_in_a_thousand_is_none(self) -> None:
        first = [("100", "5000")]
        self.assertTrue(running.same_reach([first, [("100", "5001")]])[0])
        self.assertFalse(running.same_reach([first, [("101", "5000")]])[0])
        self.assertFalse(running.same_reach([first, [("100", "5020")]])[0])

    def test_a_target_that_says_nothing_is_not_deterministic(self) -> None:
        self.assertFalse(running.same_reach([[], []])[0])

    def test_what_a_target_stopped_on_is_kept(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "crash-1").write_bytes(b"input")
            kept = running.keep_stops(folder, folder / "stops", "one")
            self.assertEqual([pathlib.Path(path).read_bytes() for path in kept], [b"input"])


class Links(unittest.TestCase):
    def test_targets_are_told_from_other_programs_by_their_source(self) -> None:
        links = {"fuzzers/one": "build fuzzers/one: X fuzzers/one.dir/targets/one.cc.o", "tool": "build tool: X tool.cc.o"}
        self.assertEqual(contract.all_linked_targets(links), ["one"])


    def test_programs_that_the_build_makes_and_runs_are_told_from_the_systems(self) -> None:
        ninja = "  COMMAND = cd /w/b/x && /w/b/x/make-table out && /usr/bin/cmake -E true\n  COMMAND = /w/b/tool a\n"
        self.assertEqual(contract.programs_run(ninja, "/w/b"), {"make-table", "tool"})


class Builder(unittest.TestCase):
    def run_builder(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(CI / "build-fuzzers"), *words],
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_a_variable_that_is_missing_is_named(self) -> None:
        done = self.run_builder(CC="cc", CXX="c++", WORK="/tmp")
        self.assertEqual(done.returncode, 2)
        self.assertIn("$OUT is not set", done.stderr)

    def test_an_unknown_target_is_named(self) -> None:
        done = self.run_builder("--targets", "nothing", CC="cc", CXX="c++", WORK="/tmp", OUT="/tmp", LIB_FUZZING_ENGINE="x")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no target 'nothing'", done.stderr)


if __name__ == "__main__":
    unittest.main()
