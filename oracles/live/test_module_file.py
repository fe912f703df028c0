# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What a module file is made of, read back by a reader that did not write it."""

from __future__ import annotations

import struct
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "corpus"))
sys.dont_write_bytecode = True

import harvest  # noqa: E402
from live.failure import Failure  # noqa: E402
from live.questions import Pair  # noqa: E402
from live.module_file import TARGET_SECTION, ModuleForm, ModuleWriter, pair_in  # noqa: E402

LAYOUT = struct.pack("<Q", 0x1234) + b"module_layout".ljust(56, b"\0")
FORM = ModuleForm("vermagic=6.12.0 SMP", 1280, 64, LAYOUT.hex())


def sections_of(module: bytes, *names: str) -> dict[str, bytes]:
    return harvest.elf_sections(module, names)


class AModuleFile(unittest.TestCase):
    def test_holds_the_btf_and_the_base_as_they_were_given(self) -> None:
        found = sections_of(ModuleWriter(FORM).write(b"split", b"base"), ".BTF", ".BTF.base")
        self.assertEqual(found, {".BTF": b"split", ".BTF.base": b"base"})

    def test_has_no_section_for_a_base_that_is_not_there(self) -> None:
        self.assertEqual(set(sections_of(ModuleWriter(FORM).write(b"split", None), ".BTF", ".BTF.base")), {".BTF"})

    def test_keeps_an_empty_base_apart_from_none(self) -> None:
        self.assertEqual(sections_of(ModuleWriter(FORM).write(b"split", b""), ".BTF.base"), {".BTF.base": b""})

    def test_names_itself_where_the_kernel_looks_for_it(self) -> None:
        module = ModuleWriter(FORM, "finding").write(b"", None)
        found = sections_of(module, ".gnu.linkonce.this_module", ".modinfo")
        self.assertEqual(len(found[".gnu.linkonce.this_module"]), FORM.struct_size)
        self.assertEqual(found[".gnu.linkonce.this_module"][24:32], b"finding\0")
        self.assertIn(b"name=finding", found[".modinfo"].split(b"\0"))

    def test_carries_what_its_kernel_demands(self) -> None:
        found = sections_of(ModuleWriter(FORM).write(b"", None), ".modinfo", "__versions")
        self.assertIn(b"vermagic=6.12.0 SMP", found[".modinfo"].split(b"\0"))
        self.assertEqual(found["__versions"], LAYOUT)

    def test_demands_no_versions_where_its_kernel_has_none(self) -> None:
        form = ModuleForm("vermagic=7.3.0 SMP", 1280, 64, "")
        self.assertEqual(sections_of(ModuleWriter(form).write(b"", None), "__versions"), {})

    def test_places_each_section_at_its_alignment(self) -> None:
        module = ModuleWriter(FORM).write(b"split", b"base")
        table, count = struct.unpack_from("<Q", module, 0x28)[0], struct.unpack_from("<H", module, 0x3C)[0]
        for index in range(1, count):
            offset, alignment = (struct.unpack_from("<Q", module, table + 64 * index + at)[0] for at in (0x18, 0x30))
            self.assertEqual(offset % alignment, 0, index)

    def test_is_the_form_that_it_was_made_in(self) -> None:
        self.assertEqual(ModuleForm.of(ModuleWriter(FORM).write(b"split", b"base")), FORM)


class APairInAModuleFile(unittest.TestCase):
    def test_comes_back_with_the_target_that_no_kernel_sees(self) -> None:
        module = ModuleWriter(FORM).write(b"split", b"base", b"target")
        self.assertEqual(sections_of(module, TARGET_SECTION), {TARGET_SECTION: b"target"})
        pair = pair_in(module)
        self.assertEqual((pair.split, pair.distilled, pair.target, pair.base), (b"split", b"base", b"target", None))

    def test_comes_back_without_a_base_or_a_split_of_its_own(self) -> None:
        writer = ModuleWriter(FORM)
        for pair in (Pair(base=b"vmlinux", split=b"split"), Pair(base=b"vmlinux"), Pair(distilled=b"d", split=b"s")):
            self.assertEqual(pair_in(writer.write_pair(pair)), pair)

    def test_needs_something_that_a_kernel_reads(self) -> None:
        with self.assertRaisesRegex(Failure, "no part"):
            ModuleWriter(FORM).write_pair(Pair())

    def test_is_not_found_in_what_is_no_module(self) -> None:
        with self.assertRaisesRegex(Failure, "no ELF file"):
            pair_in(b"nothing")


class TheFormOfAModule(unittest.TestCase):
    def test_is_not_read_from_a_file_that_is_none(self) -> None:
        module = ModuleWriter(FORM).write(b"", None).replace(b"vermagic=", b"somemagic")
        with self.assertRaisesRegex(Failure, "no vermagic"):
            ModuleForm.of(module)


if __name__ == "__main__":
    unittest.main()
