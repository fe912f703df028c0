# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""How the coverage of upstream's source is counted, on a small program that clang instruments."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from hunting import source_coverage  # noqa: E402
from hunting.source_coverage import Function  # noqa: E402

# Named as upstream's, since only those files count.
PROGRAM = """\
static int reached(int a)
{
  if (a > 5)
    return 1;
  return 0;
}
int unreached(int a)
{
  return a + 1;
}
int btf__load_into_kernel(int a)
{
  return a + 2;
}
int main(int argc, char** argv)
{
  return reached(argc);
}
"""


def source_coverage_root() -> pathlib.Path:
    return pathlib.Path(__file__).resolve().parent


class CountingTest(unittest.TestCase):
    functions: dict[str, Function]

    @classmethod
    def setUpClass(cls) -> None:
        folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, folder)
        (folder / "btf.c").write_text(PROGRAM)
        program, raw, merged = folder / "program", folder / "raw", folder / "merged"
        flags = ["-fprofile-instr-generate", "-fcoverage-mapping", "-w"]
        subprocess.run(["clang-19", *flags, str(folder / "btf.c"), "-o", str(program)], check=True)
        subprocess.run([str(program)], env=os.environ | {"LLVM_PROFILE_FILE": str(raw)}, check=True)
        subprocess.run(["llvm-profdata-19", "merge", "-o", str(merged), str(raw)], check=True)

        def export(form: str) -> str:
            command = ["llvm-cov-19", "export", f"-format={form}", f"-instr-profile={merged}", str(program)]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout

        found = source_coverage.by_function(export("text"), export("lcov"))
        cls.functions = {function.name: function for function in found}

    def test_lines_and_branches_of_a_reached_function_are_counted(self) -> None:
        function = self.functions["reached"]
        self.assertEqual((function.file, function.first, function.last), ("btf.c", 2, 6))
        self.assertEqual((function.lines_reached, function.lines), (4, 5))
        self.assertEqual((function.branches_reached, function.branches), (1, 2))
        self.assertEqual(function.missed, [4])

    def test_an_unreached_function_is_there_with_nothing_reached(self) -> None:
        function = self.functions["unreached"]
        self.assertEqual((function.lines_reached, function.lines), (0, 3))

    def test_what_only_talks_to_a_kernel_is_there_with_its_reason_and_not_in_the_sum(self) -> None:
        self.assertEqual(self.functions["btf__load_into_kernel"].reason, "hands BTF to the kernel")
        self.assertIsNone(self.functions["reached"].reason)
        sums = source_coverage.total(self.functions.values())
        self.assertEqual(sums.lines, sum(self.functions[name].lines for name in ("reached", "unreached", "main")))
        self.assertLess(sums.lines_reached, sums.lines)


class UnreachedTest(unittest.TestCase):
    SOURCE = {"btf.c": ["int f(int a)", "{", "\tif (a)", "\t\treturn 1;", "\treturn 0;", "}", "int g(void)", "{", "}"]}

    @staticmethod
    def functions(missed: list[int], reached: int = 3) -> list[Function]:
        return [
            Function("btf.c", "f", 1, 6, lines=5, lines_reached=reached, missed=missed),
            Function("btf.c", "btf__load_into_kernel", 7, 9, lines=3, missed=[7, 8, 9]),
        ]

    def check(self, missed: list[int], listed: str, reached: int = 3) -> list[str]:
        entries = source_coverage.read_unreached(listed)
        return source_coverage.check_unreached(self.functions(missed, reached), self.SOURCE, entries)

    LISTED = "[[unreached]]\nfile = 'btf.c'\nfunction = 'f'\nlines = ['return 1;']\nwhy = 'because'\n"
    WHOLE = "[[unreached]]\nfile = 'btf.c'\nfunction = 'f'\nwhy = 'because'\n"

    def test_a_missed_line_with_a_reason_is_no_complaint(self) -> None:
        self.assertEqual(self.check([4, 6], self.LISTED), [])

    def test_a_missed_line_without_a_reason_is_one(self) -> None:
        self.assertEqual(self.check([4], ""), ["btf.c:1 f: 'return 1;' is missed, and no reason is given."])

    def test_a_reason_for_what_is_reached_by_now_is_one(self) -> None:
        self.assertEqual(self.check([], self.LISTED), ["btf.c:1 f: 'return 1;' is reached by now, or is no longer there."])

    def test_a_function_that_nothing_reaches_needs_a_reason_for_all_of_it(self) -> None:
        everything = [1, 2, 3, 4, 5, 6]
        self.assertEqual(self.check(everything, self.WHOLE, reached=0), [])
        self.assertEqual(self.check(everything, "", reached=0), ["btf.c:1 f is not reached, and no reason is given."])
        self.assertEqual(self.check([], self.WHOLE), ["btf.c:1 f is reached by now."])

    def test_a_reason_for_a_function_that_is_not_there_is_one(self) -> None:
        listed = self.LISTED + self.WHOLE.replace("'f'", "'h'")
        self.assertEqual(self.check([4], listed), ["btf.c: there is no function h of which lines could be missed."])

    def test_the_list_in_the_repository_can_be_read_and_gives_each_reason_once(self) -> None:
        entries = source_coverage.read_unreached((source_coverage_root() / "unreached.toml").read_text())
        self.assertGreater(len(entries), 20)
        keys = [(entry.file, entry.function, entry.why) for entry in entries]
        self.assertEqual(len(keys), len(set(keys)))
        self.assertLessEqual({entry.file for entry in entries}, set(source_coverage.COUNTED))


class WordingTest(unittest.TestCase):
    def test_consecutive_lines_are_said_as_a_range(self) -> None:
        self.assertEqual(source_coverage.spans([3, 4, 5, 9, 11, 12]), "3-5, 9, 11-12")

    def test_missed_lines_are_sorted_by_what_stands_in_them(self) -> None:
        source = ["if (!p)", "\treturn -ENOMEM;", "", "", "", "x = 1;", "", "", "", "return -EINVAL;"]
        self.assertEqual(
            source_coverage.missed_because(source, [2, 6, 10]),
            {"an allocation fails": [2], "other": [6], "input is refused": [10]},
        )


if __name__ == "__main__":
    unittest.main()
