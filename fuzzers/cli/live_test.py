#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The command line and kernels that boot, as far as none has to: kernels that nobody prepared, modules that are written for
# one, and surveys that ask a program beside libbpf. RETORT names the program.
"""Run by ctest; by hand: RETORT=build/dev/fuzzers/cli/retort python3 -m unittest live_test"""

from __future__ import annotations

import json
import os
import sys
import unittest
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "corpus"))

import harvest
from cli_test import Btf, Cli, distilled, kernel, module, pair

FORM = {"vermagic": "vermagic=6.12.5 SMP", "struct_size": 1280, "struct_alignment": 64, "layout_version": ""}
# Refuses whatever is asked, by the protocol.
REFUSING = r"""
import sys
out = sys.stdout.buffer
out.write(b"retort-oracle 1\nversion 0\nops relocate\n\n"); out.flush()
while True:
    lengths = []
    while (line := sys.stdin.buffer.readline()) not in (b"\n", b""):
        if line.startswith(b"+"):
            lengths.append(int(line.split()[1]))
    if not line:
        break
    for length in lengths:
        sys.stdin.buffer.read(length)
    out.write(b"outcome rejected\nerrno 22\nstage relocate\n\n"); out.flush()
"""


class Kernels(Cli):
    def setUp(self) -> None:
        super().setUp()
        cache = patch.dict(os.environ, {"RETORT_CACHE": str(self.folder / "cache")})
        cache.start()
        self.addCleanup(cache.stop)

    def prepared(self, series: str = "6.12") -> None:
        """What is known of a kernel, without one."""
        record = {"series": series, "release": "6.12.5-test", "package": "linux-image-test", "version": "6.12.5-1",
                  "form": FORM}  # fmt: skip
        for name, content in (("kernel.json", json.dumps(record).encode()), ("vmlinux", b""), ("vmlinux.btf", b"")):
            self.file(f"cache/live/6.12.5-test/{name}", content)

    def relocatable(self) -> tuple[Btf, Btf]:
        base, split = distilled()
        self.file("p", pair(("DIST", base.bytes()), ("SPLT", split.bytes()), ("TRGT", kernel().bytes())))
        return base, split

    def section(self, file: str, name: str) -> bytes:
        found: dict[str, bytes] = harvest.elf_sections((self.folder / file).read_bytes(), [name])
        return found[name]


class KernelsThatBoot(Kernels):
    def test_one_that_is_not_prepared_is_named_with_what_prepares_it(self) -> None:
        self.relocatable()
        for arguments in (("diff", "p", "--oracles", "live-6.12"), ("export", "p", "--to", "ko", "--out", "p.ko")):
            self.assertIn("`ci/live --kernel 6.12 --prepare`", self.one_sentence(*arguments))

    def test_one_that_is_not_prepared_is_listed_with_the_reason(self) -> None:
        listed = json.loads(self.run_to(0, "oracles", "--json")[0])
        missing = {oracle["oracle"]: oracle["missing"] for oracle in listed if "missing" in oracle}
        self.assertIn("no kernel 6.12 is prepared", missing["live-6.12"])

    def test_nobody_is_asked_who_was_not_named(self) -> None:
        self.file("p", pair(("BASE", kernel().bytes())))
        asked = json.loads(self.run_to(0, "diff", "p", "--op", "check", "--json")[0])["ops"][0]["answers"]
        self.assertFalse([answer for answer in asked if answer["oracle"].startswith("live-")])


class Modules(Kernels):
    def test_a_pair_becomes_a_module_with_both_sections_and_the_command_that_shows_it(self) -> None:
        self.prepared()
        base, split = self.relocatable()
        out, _ = self.run_to(0, "export", "p", "--to", "ko", "--out", "p.ko")
        self.assertIn("a module for 6.12.5-test", out)
        self.assertIn("ci/live --kernel 6.12 --log p.ko", out)
        self.assertEqual(self.section("p.ko", ".BTF"), split.bytes())
        self.assertEqual(self.section("p.ko", ".BTF.base"), base.bytes())
        self.assertEqual(self.section("p.ko", ".retort.target"), kernel().bytes())

    def test_the_oracle_that_shows_the_finding_says_for_which_kernel_it_is(self) -> None:
        self.prepared()
        self.relocatable()
        out, _ = self.run_to(0, "export", "p", "--to", "ko", "--out", "p.ko", "--oracle", "live-6.12-oldest")
        self.assertIn("ci/live --kernel 6.12 --oldest --log p.ko", out)

    def test_a_series_that_is_unknown_and_a_pair_that_no_module_holds_are_refused(self) -> None:
        self.prepared()
        self.relocatable()
        self.assertIn("known are: 6.12", self.one_sentence("export", "p", "--to", "ko", "--out", "p.ko", "--kernel", "1.0"))
        base, split = distilled()
        self.file("p", pair(("DIST", base.bytes()), ("SPLT", split.bytes()), ("SPLT", b"")))
        self.assertIn("several layers", self.one_sentence("export", "p", "--to", "ko", "--out", "p.ko"))
        self.assertFalse((self.folder / "p.ko").exists())


class Surveys(Kernels):
    def setUp(self) -> None:
        super().setUp()
        self.file("old", kernel())
        self.file("m.btf", module(kernel()))
        self.file("refusing.py", REFUSING.encode())

    def survey(self, status: int, onto: Btf) -> dict[str, object]:
        self.file("new", onto)
        out, _ = self.run_to(status, "survey", "m.btf", "--base", "old", "--onto", "new", "--json", "--oracles", "other",
                             "--oracle", f"other=exec /usr/bin/python3 {Path(self.folder) / 'refusing.py'}")  # fmt: skip
        asked: dict[str, object] = next(o for o in json.loads(out)["oracles"] if o["oracle"] == "other")
        return asked

    def test_another_oracle_is_asked_to_relocate_onto_the_other_kernel(self) -> None:
        asked = self.survey(0, kernel(24))
        counts = {"asked": 1, "accepted": 0, "same_verdict": 1, "same_canonical": 0, "same_bytes": 0}
        self.assertEqual(asked["other"], counts)
        self.assertEqual(asked["differing"], [])

    def test_an_oracle_that_refuses_what_relocates_is_a_finding(self) -> None:
        asked = self.survey(3, kernel())
        self.assertEqual(len(list(asked["differing"])), 1)  # type: ignore[call-overload]

    def test_an_oracle_that_does_not_start_is_named(self) -> None:
        said = self.one_sentence("survey", "m.btf", "--base", "old", "--onto", "old", "--oracles", "live-6.12")
        self.assertIn("live-6.12: ", said)


if __name__ == "__main__":
    unittest.main()
