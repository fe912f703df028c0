#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# What is exported stands on its own: the C file of every entry's regression pair is compiled with the plain libbpf and
# run, and shows the difference just where the table says that this libbpf has it; subtests compile against stubs of
# upstream's harness. Environment: RETORT the program, RETORT_CC a C compiler, RETORT_PLAIN_LIBBPFS for each release, by
# bar, the oracle's name, the archive, the one with sanitizers, and the include folders, by comma.
"""Run by ctest."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REGRESSIONS = ROOT / "corpus" / "regressions"
STUBS = Path(__file__).resolve().parent / "selftest_stubs"
MEMORY = 2 << 30

WITH_RESULTS = ("check", "find", "distill", "relocate", "roundtrip")
# Pairs of other operations, on which libbpf keeps the properties of these.
HOLDING = {
    "laws": ("dedup-merges-across-fwd", "stacked-strings", "rule-exact-kind-wins", "lost-with-empty-base"),
    "reparse": ("dump-stale-list", "rule-distill-fwd"),
    "dump": ("dedup-merges-across-fwd", "rule-distill-fwd"),
    "ext": ("elf-ext-lost",),
    "elf": ("stacked-strings", "rule-distill-fwd", "rule-exact-kind-wins"),
    "core": ("dump-stale-list", "deep-chain-crash", "rule-exact-kind-wins"),
    "sequence": ("append-rollback-crash",),
    "nomem": ("vlen-wraps", "offset-taken-for-bit-field", "check-id-range", "dedup-refuses-odd-references"),
}
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
FIRST = "libbpf-6.12"


def setting(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise unittest.SkipTest(f"the environment variable {name} is not set")
    return value


@dataclass(frozen=True)
class Library:
    """A release of libbpf that a program can be linked with."""

    oracle: str
    plain: str
    sanitized: str
    includes: tuple[str, ...]

    def does(self, entry: dict[str, Any]) -> bool:
        return not entry["documented"] or self.oracle in entry["documented"].split(",")


def libraries() -> dict[str, Library]:
    found = {}
    for text in setting("RETORT_PLAIN_LIBBPFS").split("|"):
        oracle, plain, sanitized, *includes = text.split(",")
        found[oracle] = Library(oracle, plain, sanitized, tuple(includes))
    return found


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(*command: str, limited: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=120, check=False,
                          preexec_fn=limit_memory if limited else None)


class Export(unittest.TestCase):
    retort: str
    entries: list[dict[str, Any]]
    libraries: dict[str, Library]
    first: Library

    @classmethod
    def setUpClass(cls) -> None:
        cls.retort = setting("RETORT")
        cls.libraries = libraries()
        cls.first = cls.libraries[FIRST]
        cls.entries = json.loads(run(cls.retort, "rules", "--json").stdout)

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def export(self, entry: dict[str, Any], form: str, out: Path, oracle: str = FIRST) -> None:
        pair = str(REGRESSIONS / entry["pair"])
        done = run(self.retort, "export", pair, "--to", form, "--op", entry["op"], "--oracle", oracle, "--out", str(out))
        if done.returncode != 0:
            raise AssertionError(f"{entry['name']}: {done.stderr}")

    def compile(self, source: Path, *more: str, library: Library | None = None, sanitized: bool = False) -> Path:
        library = library or self.first
        program = source.with_suffix("")
        includes = [f"-I{folder}" for folder in library.includes]
        archive = library.sanitized if sanitized else library.plain
        flags = (*SANITIZERS, *more) if sanitized else more
        done = run(setting("RETORT_CC"), "-o", str(program), *includes, *flags, str(source), archive, "-lelf", "-lz")
        if done.returncode != 0:
            raise AssertionError(f"{source.name}: {done.stderr}")
        return program

    def libbpf_entries(self) -> list[dict[str, Any]]:
        # What a kernel alone does cannot be shown by a program that has libbpf.
        # Nor does what a later release alone does show against this one.
        return [entry for entry in self.entries if self.first.does(entry)]

    def differs(self, entry: dict[str, Any], library: Library) -> bool:
        """Whether anything at all, be it another entry, makes the library answer otherwise than agreed."""
        pair = str(REGRESSIONS / entry["pair"])
        said = json.loads(run(self.retort, "diff", pair, "--op", entry["op"], "--oracles", library.oracle, "--json").stdout)
        shown = {answer["oracle"]: answer["verdict"] for answer in said["ops"][0]["answers"]}[library.oracle]
        if library.oracle in entry["shown_by"] and shown == "agree":
            raise AssertionError(f"{entry['name']}: the table says that it shows")
        return bool(shown != "agree")

    def for_all(self, entries: list[dict[str, Any]], check: Any) -> None:
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            failures = [failure for failure in pool.map(check, entries) if failure]
        self.assertEqual(failures, [], "\n".join(failures))

    def fault(self, entry: dict[str, Any], expected: int, library: Library | None = None) -> str | None:
        """What is wrong with the C file: it has to end with 1 where the difference shows, else with 0."""
        library = library or self.first
        source = self.folder / f"{entry['pair']}-{entry['op']}.c"
        self.export(entry, "c", source, library.oracle)
        done = run(str(self.compile(source, "-Wall", "-Werror", library=library)), limited=True)
        # Damage may change nothing that could be seen: the sanitizers see it. They bring an allocator, as nomem does.
        if done.returncode < expected and entry["op"] not in (*WITH_RESULTS, "nomem"):
            done = run(str(self.compile(source, library=library, sanitized=True)))
        if done.returncode == expected:
            return None
        said = (done.stdout + done.stderr)[:4000]
        return f"{entry['name']}, {entry['op']}: ends with {done.returncode}, not {expected}:\n{said}"

    def test_the_c_file_of_every_entry_shows_the_difference_just_where_the_table_has_it(self) -> None:
        entries = self.libbpf_entries()
        self.assertGreater(len(entries), 100)
        self.for_all(entries, lambda entry: self.fault(entry, 1 if "libbpf-6.12" in entry["shown_by"] else 0))

    def test_the_c_file_of_every_entry_that_another_release_has_or_has_not_shows_so_with_that_release(self) -> None:
        for library in (one for one in self.libraries.values() if one != self.first):
            changed = [entry for entry in self.entries if library.does(entry) != self.first.does(entry)]
            with self.subTest(oracle=library.oracle):
                self.assertGreater(len(changed), 5)
                self.for_all(changed, lambda entry, of=library: self.fault(entry, 1 if self.differs(entry, of) else 0, of))

    def test_the_c_file_of_a_property_shows_no_difference_where_it_holds(self) -> None:
        holding = [
            {"name": pair, "pair": pair + ".pair", "op": op}
            for op, pairs in HOLDING.items()
            for pair in pairs
        ]
        self.for_all(holding, lambda entry: self.fault(entry, 0))

    def test_the_c_file_of_laws_shows_each_pair_on_which_libbpf_breaks_one(self) -> None:
        broken = []
        for recorded in sorted(REGRESSIONS.glob("*.json")):
            pair = json.loads(recorded.read_text())
            for answer in (one for op in pair["ops"] if op["op"] == "laws" for one in op["answers"]):
                if answer["oracle"] == "libbpf-6.12" and answer["outcome"] == "broken":
                    broken.append({"name": recorded.stem, "pair": pair["pair"], "op": "laws"})
        self.assertGreater(len(broken), 3)
        self.for_all(broken, lambda entry: self.fault(entry, 1))

    def test_an_operation_that_has_no_form_as_a_selftest_is_named_and_nothing_is_written(self) -> None:
        for entry in (entry for entry in self.libbpf_entries() if entry["op"] not in WITH_RESULTS):
            out = self.folder / "out"
            with self.assertRaisesRegex(AssertionError, f"the operation {entry['op']} has no form as a selftest: "):
                self.export(entry, "selftest", out)
            self.assertFalse(out.exists())

    def test_the_c_file_says_what_was_expected_what_came_and_why(self) -> None:
        entry = next(entry for entry in self.entries if entry["name"] == "fwd-sort-from-target")
        source = self.folder / "repro.c"
        self.export(entry, "c", source)
        text = source.read_text()
        self.assertIn(entry["sentence"], " ".join(text.split()))
        self.assertIn("-lbpf -lelf -lz", text)
        self.assertIn("[1] FWD 's' fwd_kind=union", text)
        done = run(str(self.compile(source)))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"expected:\nrejected at relocate with errno 22\n\ncame:\naccepted\n")
        self.assertTrue(done.stdout.endswith("The difference shows.\n"))

    def test_a_crash_and_a_hang_are_told_by_the_c_file_itself(self) -> None:
        for name, came in (("fwd-id-crash", "killed by signal 11"), ("modifier-loop-hang", "no answer within 10 seconds")):
            entry = next(entry for entry in self.entries if entry["name"] == name)
            source = self.folder / "repro.c"
            self.export(entry, "c", source)
            self.assertIn(came, run(str(self.compile(source))).stdout)

    def test_every_subtest_compiles_and_fails_just_where_the_table_has_the_difference(self) -> None:
        def check(entry: dict[str, Any]) -> str | None:
            source = self.folder / (entry["pair"] + ".c")
            self.export(entry, "selftest", source)
            name = source.name.removesuffix(".pair.c").replace("-", "_")
            program = self.compile(source, "-Wall", "-Werror", f"-I{STUBS}", f"-DRETORT_TEST=test_btf_{name}", str(STUBS / "main.c"))
            try:
                done = subprocess.run([str(program)], capture_output=True, encoding="utf-8", errors="replace", timeout=5, check=False)
                status = done.returncode
                said = done.stdout + done.stderr
            except subprocess.TimeoutExpired:
                status, said = -1, "a hang"
            # Death fails a test as well.
            shows = "libbpf-6.12" in entry["shown_by"]
            if (status != 0) == shows:
                return None
            return f"{entry['name']} ends with {status}:\n{said}"

        self.for_all([entry for entry in self.libbpf_entries() if entry["op"] in WITH_RESULTS], check)

    def test_raw_writes_each_part_into_a_file_of_its_own(self) -> None:
        entry = next(entry for entry in self.entries if entry["name"] == "embedded-mark-lost")
        self.export(entry, "raw", self.folder / "parts")
        self.assertEqual(sorted(path.name for path in (self.folder / "parts").iterdir()),
                         ["distilled.btf", "split.btf", "target.btf"])

    def test_raw_names_the_file_of_every_part_that_means_something(self) -> None:
        for name, files in (("elf-nobits-crash", ["file.elf"]), ("core-bit-field-division", ["base.btf", "core.txt"]),
                            ("ext-id-crash", ["base.btf", "ext.btf"]), ("half-relocated", ["distilled.btf", "prog.txt", "split.btf", "target.btf"])):
            entry = next(entry for entry in self.entries if entry["name"] == name)
            self.export(entry, "raw", self.folder / name)
            self.assertEqual(sorted(path.name for path in (self.folder / name).iterdir()), files)

    def test_a_pair_on_which_all_agree_needs_an_operation(self) -> None:
        raw = next(entry for entry in self.entries if entry["name"] == "rule:size-always")
        pair = str(REGRESSIONS / raw["pair"])
        out = self.folder / "repro.c"
        done = run(self.retort, "export", pair, "--to", "c", "--oracle", "libbpf-6.12", "--op", "relocate", "--out", str(out))
        self.assertEqual(done.returncode, 0, done.stderr)
        done = run(self.retort, "export", pair, "--to", "c", "--oracle", "reference", "--out", str(out))
        self.assertEqual(done.returncode, 2)
        self.assertIn("--op says which operation is meant", done.stderr)


if __name__ == "__main__":
    unittest.main()
