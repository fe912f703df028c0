# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What the hunt says of a finding, with a made-up `retort` that can do more or less."""

from __future__ import annotations

import pathlib
import shutil
import sys
import tempfile
import unittest
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from hunting import describe  # noqa: E402
from hunting.build import Programs  # noqa: E402

# Unpacks each pair into a base, a split and a program, and dumps a layer as the words that it was asked with.
RETORT = """\
#!/usr/bin/python3
import pathlib, sys
words = sys.argv[1:]
can = CAN
if words[1:] == ["--help"]:
    print(f"Usage: retort {words[0]} [OPTIONS]" if words[0] in can else "Usage: retort [OPTIONS] SUBCOMMAND")
elif words[0] == "unpack":
    for name in ("target.btf", "split2.btf", "split.btf", "base.btf", "prog.txt", "ext.btf"):
        pathlib.Path(words[2]).joinpath(name).write_text(name)
elif words[0] == "dump":
    print(*[pathlib.Path(word).name for word in words])
elif words[0] == "explain":
    if "--json" in words:
        entries = '[{"name": "find-void"}]'
        print('{"reach": "malformed", "reach_because": "no", "differences": [{"entries": ' + entries + '}]}')
    else:
        print(words[1] + ": it differs.")
elif words[0] == "reduce":
    if "hopeless" in words[1]:
        print("retort: " + words[1] + ": no difference to keep.", file=sys.stderr)
        sys.exit(2)
    pathlib.Path(words[3]).write_text("small")
    print("retort: 1 types of 9 " + " ".join(words[4:]) + ".", file=sys.stderr)
elif words[0] == "export":
    pathlib.Path(words[5]).write_text("int main(void);")
"""


class DescribeTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def retort(self, *can: str) -> pathlib.Path:
        path = self.folder / "retort"
        path.write_text(RETORT.replace("CAN", repr(can)))
        path.chmod(0o755)
        return path

    def described(self, *can: str, pair: str = "one.pair", op: str = "relocate", seconds: float = 60) -> dict[str, Any]:
        (self.folder / pair).write_text("the pair")
        retort = self.retort(*can)
        finding = {"pair": pair, "op": op, "oracle": "libbpf-6.12", "signature": "s"}
        describe.Describer(Programs(retort, retort, {}), self.folder, seconds).describe(finding)
        return finding

    def test_the_reduced_pair_is_what_is_shown_and_the_difference_to_keep_is_named(self) -> None:
        finding = self.described("reduce", "export")
        self.assertEqual(finding["reduced"], "one.reduced.pair")
        self.assertEqual(finding["reduction"], "reduced: 1 types of 9 --op relocate --oracle libbpf-6.12.")
        self.assertEqual(finding["explanation"], "one.reduced.pair: it differs.")
        self.assertEqual((finding["reach"], finding["entries"]), ("malformed", ["find-void"]))
        self.assertEqual(finding["c"], {"file": "one.reduced.c", "text": "int main(void);"})

    def test_what_only_stops_a_target_names_no_operation(self) -> None:
        finding = self.described("reduce", "export", op="any")
        self.assertEqual(finding["reduction"], "reduced: 1 types of 9 .")
        self.assertIsNone(finding["c"])

    def test_without_the_commands_the_pair_is_shown_as_it_was_found(self) -> None:
        finding = self.described()
        self.assertIsNone(finding["reduced"])
        self.assertEqual(finding["reduction"], "not reduced: this build's retort has no command for it")
        self.assertEqual(finding["explanation"], "one.pair: it differs.")
        self.assertIsNone(finding["c"])

    def test_a_pair_that_cannot_be_reduced_says_why(self) -> None:
        finding = self.described("reduce", pair="hopeless.pair")
        self.assertEqual(finding["reduction"], "not reduced: hopeless.pair: no difference to keep.")

    def test_nothing_is_reduced_once_the_time_is_up(self) -> None:
        self.assertEqual(self.described("reduce", seconds=-1)["reduction"], "not reduced: the time for it was up")

    def test_parts_are_dumped_from_below_each_layer_on_all_below_it_and_the_target_alone(self) -> None:
        dumped = {part["part"]: part["text"] for part in self.described()["dump"]}
        self.assertEqual(
            dumped,
            {
                "base.btf": "dump base.btf",
                "split.btf": "dump split.btf --base base.btf",
                "split2.btf": "dump split2.btf --base base.btf --base split.btf",
                "target.btf": "dump target.btf",
                "ext.btf": "7 bytes",
                "prog.txt": "prog.txt",
            },
        )

    def test_findings_sort_by_reach_and_misuse_is_no_defect(self) -> None:
        reaches = ["misuse", None, "call order", "malformed", "valid"]
        found = [{"reach": reach, "signature": "s"} for reach in reaches]
        found.sort(key=describe.by_reach)
        self.assertEqual([finding["reach"] for finding in found], ["valid", "malformed", "call order", None, "misuse"])
        self.assertEqual([describe.is_defect(finding) for finding in found], [True, True, True, True, False])


if __name__ == "__main__":
    unittest.main()
