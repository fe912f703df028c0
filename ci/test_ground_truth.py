# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The bench of the fuzzers: planting in upstream's own source, what a planted defect does, and one cell of the bench."""

from __future__ import annotations

import dataclasses
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from ground_truth import bench, build, plant, table  # noqa: E402
from ground_truth.defects import DEFECTS, Edit, of_letters  # noqa: E402
from hunting.run import ROOT, Failed  # noqa: E402

SOURCE = """\
static int first(int a);

static int first(int a)
{
\tint b = a + 1;
\treturn b;
}

int *second(struct btf *btf,
\t    int a)
{
\treturn a + 1;
}
"""

# Asks libbpf a question whose answer each of these defects changes, and prints the answer.
QUESTIONS = """\
import ctypes, struct, sys
lib = ctypes.CDLL(sys.argv[1])
lib.libbpf_set_print(None)
for name in ("btf__new_empty", "btf__new", "btf__new_split", "btf__new_empty_split", "btf__str_by_offset"):
    getattr(lib, name).restype = ctypes.c_void_p
def pointer(value): return ctypes.c_void_p(value)
def btf(types, strings, type_len=None, base=None, order="<"):
    length = len(types) if type_len is None else type_len
    header = struct.pack(order + "HBBIIIII", 0xEB9F, 1, 0, 24, 0, length, len(types), len(strings))
    data = header + types + strings
    return lib.btf__new_split(data, len(data), pointer(base))
INT = struct.pack("<IIII", 1, 1 << 24, 4, 32)
base = btf(INT, b"\\0int\\0")
def struct_of(name, size): return struct.pack("<III", name, 4 << 24, size)
if sys.argv[2] == "a":
    # One split type, which embeds the second type of its base; the target's type of that name is larger.
    distilled = btf(struct_of(1, 4) + struct_of(3, 4), b"\\0a\\0b\\0")
    holder = struct.pack("<III", 5, 4 << 24 | 1, 4) + struct.pack("<III", 0, 2, 0)
    target = btf(struct_of(1, 4) + struct_of(3, 8), b"\\0a\\0b\\0")
    print(lib.btf__relocate(pointer(btf(holder, b"h\\0", base=distilled)), pointer(target)))
elif sys.argv[2] == "b":
    other = ">" if sys.byteorder == "little" else "<"
    below = btf(struct.pack(other + "IIII", 1, 1 << 24, 4, 32), b"\\0int\\0", order=other)
    split = btf(struct.pack(other + "III", 0, 2 << 24, 1), b"", base=below, order=other)
    new_base, new_split = ctypes.c_void_p(), ctypes.c_void_p()
    print(lib.btf__distill_base(pointer(split), ctypes.byref(new_base), ctypes.byref(new_split)), end=" ")
    print("kept" if lib.btf__endianness(new_base) == lib.btf__endianness(pointer(split)) else "forgotten")
elif sys.argv[2] == "c":
    print(lib.btf__find_by_name_kind(pointer(btf(b"", b"", base=base)), b"int", 1))
elif sys.argv[2] == "d":
    middle = btf(struct.pack("<III", 5, 8 << 24, 1), b"mid\\0", base=base)
    top = btf(struct.pack("<III", 9, 8 << 24, 1), b"top\\0", base=middle)
    text = lib.btf__str_by_offset(pointer(top), 9) if top else None
    print(ctypes.string_at(text).decode() if text else "refused")
elif sys.argv[2] == "g":
    # A multiple of four that wraps: 16 + 0xfffffff0 is 0 in 32 bits, and types then end before the strings.
    data = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 16, 0xFFFFFFF0, 16, 5) + INT + b"\\0int\\0"
    print("accepted" if lib.btf__new(data, len(data)) else "refused")
elif sys.argv[2] == "h":
    print("accepted" if btf(struct.pack("<III", 0, 2 << 24, 77), b"\\0") else "refused")
elif sys.argv[2] == "e":
    fwd = struct.pack("<III", 1, 7 << 24, 0)
    one = struct.pack("<III", 1, 4 << 24, 4)
    deduped = btf(fwd + struct.pack("<III", 0, 2 << 24, 1) + one, b"\\0s\\0")
    print(lib.btf__dedup(pointer(deduped), None), lib.btf__type_cnt(pointer(deduped)))
elif sys.argv[2] == "f":
    tag = struct.pack("<III", 3, 18 << 24, 1)
    def holder(id): return struct.pack("<III", 5, 4 << 24 | 1, 4) + struct.pack("<III", 3, id, 0)
    deduped = btf(INT + tag + holder(2) + struct.pack("<III", 3, 18 << 24, 1) + holder(4), b"\\0i\\0t\\0h\\0")
    print(lib.btf__dedup(pointer(deduped), None))
"""


class PlantingTest(unittest.TestCase):
    def test_an_edit_is_made_in_the_function_that_it_names_and_nowhere_else(self) -> None:
        text = plant.edited(SOURCE, Edit("f.c", "second", r"a \+ 1", "a + 2"))
        self.assertEqual(text, SOURCE.replace("return a + 1", "return a + 2"))

    def test_a_function_is_found_by_its_definition_not_by_its_declaration(self) -> None:
        text = plant.edited(SOURCE, Edit("f.c", "first", r"a \+ 1", "a + 2"))
        self.assertEqual(text, SOURCE.replace("b = a + 1", "b = a + 2"))

    def test_a_function_that_is_not_there_is_named(self) -> None:
        with self.assertRaisesRegex(Failed, "f.c: the function third was not found"):
            plant.edited(SOURCE, Edit("f.c", "third", "a", "b"))

    def test_a_place_that_is_not_there_or_there_too_often_is_named(self) -> None:
        with self.assertRaisesRegex(Failed, "in first the place 'a - 1' was found 0 times, not 1"):
            plant.edited(SOURCE, Edit("f.c", "first", "a - 1", "b"))
        with self.assertRaisesRegex(Failed, "was found 2 times, not 1"):
            plant.edited(SOURCE, Edit("f.c", "first", r"\bb\b", "c"))

    def test_an_unknown_letter_is_an_error_and_known_ones_keep_the_order_of_the_table(self) -> None:
        self.assertEqual([defect.letter for defect in of_letters("ca")], ["a", "c"])
        with self.assertRaisesRegex(ValueError, "there is no defect 'x'"):
            of_letters("ax")


class PlantedSourceTest(unittest.TestCase):
    """Upstream's own source with the defects in it, built as a library of its own."""

    folder: pathlib.Path
    library: pathlib.Path

    @classmethod
    def setUpClass(cls) -> None:
        asked = subprocess.run([str(ROOT / "ci/upstream"), "--series", "6.12"], capture_output=True, text=True)
        if asked.returncode != 0:
            raise unittest.SkipTest("the package with upstream's sources is not there: " + asked.stderr.strip())
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.source = pathlib.Path(asked.stdout.strip())
        plant.plant(cls.source, cls.folder / "source")
        cls.library = cls.folder / "planted.so"
        tools = cls.folder / "source/tools"
        subprocess.run(
            ["clang-19", "-shared", "-fPIC", "-O0", "-w", "-std=gnu11", "-D_LARGEFILE64_SOURCE"]
            + [f"-I{tools / below}" for below in ("lib/bpf", "include", "include/uapi")]
            + [str(path) for path in (tools / "lib/bpf").glob("*.c")]
            + ["-lelf", "-lz", "-o", str(cls.library)],
            check=True,
        )

    def ask(self, question: str, awake: str | None) -> tuple[str, bench.Page]:
        page = self.folder / "page"
        page.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-c", QUESTIONS, str(self.library), question],
            env=bench.awake(awake, page),
            capture_output=True,
            text=True,
        )
        answer = done.stdout.strip() if done.returncode == 0 else "died"
        return answer, bench.Page.read(page)

    def assert_shows(self, letter: str, clean: str, defective: str) -> None:
        self.assertEqual(self.ask(letter, None), (clean, bench.Page(0, 0, 0, 0)))
        answer, page = self.ask(letter, letter)
        self.assertEqual(answer, defective)
        self.assertGreater(page.triggered, 0)
        self.assertGreaterEqual(page.reached, page.triggered)
        self.assertGreaterEqual(page.triggered_ns, page.reached_ns)

    def test_the_copy_differs_in_the_places_of_the_defects_and_says_so_in_its_version(self) -> None:
        self.assertIn("with planted defects", (self.folder / "source/SOURCE.json").read_text())
        for name in {edit.file for defect in DEFECTS for edit in defect.edits}:
            planted = (self.folder / "source/tools/lib/bpf" / name).read_text()
            clean = (self.source / "tools/lib/bpf" / name).read_text()
            edits = sum(edit.times for defect in DEFECTS for edit in defect.edits if edit.file == name)
            self.assertEqual(planted.count("RETORT_PLANTED_"), edits)
            self.assertNotIn("RETORT_PLANTED_", clean)

    def test_planting_again_leaves_what_is_there_untouched(self) -> None:
        before = (self.folder / "source/SOURCE.json").stat().st_ino
        plant.plant(self.source, self.folder / "source")
        self.assertEqual((self.folder / "source/SOURCE.json").stat().st_ino, before)

    def test_an_embedded_type_needs_no_size_beyond_the_count_of_split_types_where_defect_a_is_awake(self) -> None:
        self.assert_shows("a", "-22", "0")

    def test_distillation_writes_another_byte_order_where_defect_b_is_awake(self) -> None:
        self.assert_shows("b", "0 kept", "0 forgotten")

    def test_find_by_name_and_kind_forgets_the_base_where_defect_c_is_awake(self) -> None:
        self.assert_shows("c", "1", "-2")

    def test_a_third_layer_reads_the_wrong_strings_where_defect_d_is_awake(self) -> None:
        self.assert_shows("d", "top", "refused")

    def test_a_forward_declaration_stays_where_defect_e_is_awake(self) -> None:
        self.assert_shows("e", "0 3", "0 4")

    def test_tagged_types_cannot_be_deduplicated_where_defect_f_is_awake(self) -> None:
        self.assert_shows("f", "0", "-22")

    def test_a_section_that_wraps_around_gets_past_the_header_where_defect_g_is_awake(self) -> None:
        self.assertEqual(self.ask("g", None), ("refused", bench.Page(0, 0, 0, 0)))
        self.assertGreater(self.ask("g", "g")[1].triggered, 0)

    def test_an_id_beyond_all_types_is_accepted_where_defect_h_is_awake(self) -> None:
        self.assert_shows("h", "refused", "accepted")

    def test_a_defect_that_is_awake_is_not_counted_by_another_one(self) -> None:
        answer, page = self.ask("h", "a")
        self.assertEqual((answer, page.reached), ("refused", 0))


# Stops with 77 on an input that says "bad" where the defect is awake, and on one that says "worse" always; as a
# fuzzer, it stops with an input of its own for each seed.
FUZZER = """\
#!/usr/bin/python3
import os, pathlib, struct, sys
awake = os.environ.get("RETORT_PLANTED") == "a"
page = os.environ.get("RETORT_PLANTED_PAGE")
options = dict(word[1:].split("=", 1) for word in sys.argv[1:] if word.startswith("-"))
inputs = [pathlib.Path(word) for word in sys.argv[1:] if not word.startswith("-")]
if page and awake:
    pathlib.Path(page).write_bytes(struct.pack("<4Q", 2, 0, 20000000, 0))
for path in inputs:
    if path.is_file():
        text = path.read_text()
        if page and awake and "bad" in text:
            pathlib.Path(page).write_bytes(struct.pack("<4Q", 2, 1, 20000000, 70000000))
        if "worse" in text or ("bad" in text and awake):
            sys.exit(77)
if "seed" not in options:
    sys.exit(0)
if page and awake:
    pathlib.Path(page).write_bytes(struct.pack("<4Q", 9, 3, 20000000, 70000000))
if options["seed"] == "spin":
    while True: pass
pathlib.Path(options["artifact_prefix"] + "crash-1").write_text("worse" if options["seed"] == "1" else "bad")
sys.exit(77)
"""


class BenchTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.program = self.folder / "fuzzer"
        self.program.write_text(FUZZER)
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)
        self.seeds = self.folder / "seeds"
        self.seeds.mkdir()

    def seed(self, name: str, text: str) -> pathlib.Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def test_a_seed_that_shows_the_defect_is_left_out_and_counted(self) -> None:
        seeds = [self.seed("one.pair", "good"), self.seed("two.pair", "bad"), self.seed("three.pair", "good")]
        self.assertEqual(bench.fitting_seeds(self.program, "a", seeds, self.seeds), (2, 1))
        self.assertEqual(sorted(path.name[6:] for path in self.seeds.iterdir()), ["one.pair", "three.pair"])

    def test_a_cell_takes_the_moments_of_reach_and_trigger_from_the_page_and_of_explain_from_the_stop(self) -> None:
        cell = bench.Cell(self.program, "a", self.seeds, 20).run(2)
        self.assertEqual((cell["reach"], cell["trigger"], cell["unrelated"]), (0.02, 0.07, 0))
        self.assertLess(0, cell["explain"])
        self.assertLess(cell["explain"], 20)

    def test_a_stop_without_the_defect_too_is_not_taken_for_it_and_the_fuzzer_goes_on(self) -> None:
        cell = bench.Cell(self.program, "a", self.seeds, 20).run(1)
        self.assertEqual(cell["unrelated"], 1)
        self.assertIsNotNone(cell["explain"])

    def test_a_defect_that_is_not_found_ends_with_its_budget_of_cpu_time(self) -> None:
        self.program.write_text(FUZZER.replace('options["seed"] == "spin"', "True"))
        cell = bench.Cell(self.program, "a", self.seeds, 0.3).run(2)
        self.assertIsNone(cell["explain"])
        self.assertGreaterEqual(cell["spent"], 0.3)


class TargetsTest(unittest.TestCase):
    def test_a_defect_without_a_target_is_set_apart_and_every_other_has_its_own(self) -> None:
        there = dataclasses.replace(DEFECTS[0], target="relocate")
        nowhere = dataclasses.replace(DEFECTS[1], target="nowhere")
        self.assertEqual(build.with_targets([there, nowhere]), ([there], [nowhere]))


class TableTest(unittest.TestCase):
    def test_the_median_of_what_was_mostly_not_found_is_never(self) -> None:
        self.assertEqual(table.median([1.0, None, 3.0]), 3.0)
        self.assertEqual(table.median([1.0, None, None]), float("inf"))

    def test_a_line_shows_the_median_and_each_seed(self) -> None:
        cells = {
            f"a/{seed}": {"defect": "a", "seed": seed, "target": "relocate", "seeds": 5, "left_out": 2}
            | {"reach": 0.5, "trigger": time, "explain": time}
            for seed, time in ((1, 2.0), (2, None), (3, 4.0))
        }
        line = table.lines(of_letters("a"), {"cells": cells})[1]
        self.assertEqual(line.split()[:4], ["a", "relocate", "5", "2"])
        self.assertIn("4.0 (2.0 - 4.0)", line)
        self.assertTrue(table.all_found(of_letters("a"), {"cells": cells}, 4.0))
        self.assertFalse(table.all_found(of_letters("a"), {"cells": cells}, 3.0))
        self.assertFalse(table.all_found(of_letters("ab"), {"cells": cells}, 9.0))


if __name__ == "__main__":
    unittest.main()
