#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The command line as a script sees it: each command, each exit status, each wrong file. Inputs are made here, byte by
# byte, so that nothing of what is tested makes its own input. RETORT names the program.
"""Run by ctest; by hand: RETORT=build/dev/fuzzers/cli/retort python3 -m unittest cli_test"""

from __future__ import annotations

import gzip
import json
import lzma
import os
import pty
import struct
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

REGRESSIONS = Path(__file__).resolve().parents[2] / "corpus/regressions"
RETORT = os.environ.get("RETORT", "")

INT, PTR, STRUCT, UNION, FWD, TYPEDEF, FUNC, FUNC_PROTO, VAR = 1, 2, 4, 5, 7, 8, 12, 13, 14
ENUM, ARRAY, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64, CONST = 6, 3, 15, 16, 17, 18, 19, 10


class Btf:
    """Writes one layer of BTF, on a base if one is given."""

    def __init__(self, base: Btf | None = None, order: str = "<") -> None:
        self.order = order
        self.types = bytearray()
        self.strings = bytearray(b"" if base else b"\0")
        self.next_id = base.next_id if base else 1
        self.first_string = base.first_string + len(base.strings) if base else 0

    def name(self, text: str) -> int:
        if not text:
            return 0
        offset = self.first_string + len(self.strings)
        self.strings += text.encode() + b"\0"
        return offset

    def add(self, kind: int, name: str, third: int, tail: tuple[int, ...] = (), vlen: int = 0, kflag: bool = False) -> int:
        info = kind << 24 | vlen | (1 << 31 if kflag else 0)
        words = (self.name(name), info, third, *tail)
        self.types += struct.pack(f"{self.order}{len(words)}I", *(word & 0xFFFFFFFF for word in words))
        self.next_id += 1
        return self.next_id - 1

    def integer(self, name: str, size: int = 4) -> int:
        return self.add(INT, name, size, (size * 8,))

    def pointer(self, to: int) -> int:
        return self.add(PTR, "", to)

    def record(self, name: str, size: int, members: tuple[tuple[str, int, int], ...] = (), kind: int = STRUCT) -> int:
        tail = tuple(word for member in members for word in (self.name(member[0]), member[1], member[2]))
        return self.add(kind, name, size, tail, len(members))

    def bytes(self) -> bytes:
        fields = (24, 0, len(self.types), len(self.types), len(self.strings))
        header = struct.pack(f"{self.order}HBB5I", 0xEB9F, 1, 0, *fields)
        return header + bytes(self.types) + bytes(self.strings)


def elf(**sections: bytes) -> bytes:
    """A 64-bit ELF file; BTF_base stands for .BTF.base."""
    names = b"\0"
    body = b""
    headers = [bytes(64)]
    for key, content in (*sections.items(), ("shstrtab", b"")):
        name = "." + key.replace("_", ".")
        offset = len(names)
        names += name.encode() + b"\0"
        if key == "shstrtab":
            content = names
        kind = 3 if key == "shstrtab" else 1
        headers.append(struct.pack("<IIQQQQIIQQ", offset, kind, 0, 0, 64 + len(body), len(content), 0, 0, 1, 0))
        body += content
    body += bytes(-len(body) % 8)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 1, 62, 1, 0, 0, 64 + len(body), 0, 64, 0, 0, 64, len(headers), len(headers) - 1)
    return header + body + b"".join(headers)


def zstd(content: bytes) -> bytes:
    """A zstd frame of one block that is stored as it is."""
    assert len(content) < 1 << 17
    return b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(content)) + (len(content) << 3 | 1).to_bytes(3, "little") + content


def vmlinuz(kernel: bytes) -> bytes:
    payload = gzip.compress(kernel)
    image = bytearray(2 * 512 + 16)
    image[0x1F1] = 1
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<II", image, 0x248, 16, len(payload))
    return bytes(image) + payload


def pair(*parts: tuple[str, bytes]) -> bytes:
    file = b"RTRT" + struct.pack("<I", 1)
    for tag, content in parts:
        file += tag.encode() + struct.pack("<I", len(content)) + content
    return file


def kernel(inode_size: int = 16, order: str = "<") -> Btf:
    """A kernel with `int`, `inode` of that size, and `file`."""
    base = Btf(order=order)
    number = base.integer("int")
    base.record("inode", inode_size, (("number", number, 0),))
    base.record("file", 8)
    return base


def module(base: Btf, inode_size: int = 16) -> Btf:
    """A module that embeds `inode` and points at `file`."""
    split = Btf(base, base.order)
    pointer = split.pointer(3)
    split.record("my_inode", inode_size + 8, (("inode", 2, 0), ("file", pointer, inode_size * 8)))
    return split


def distilled(inode_size: int = 16) -> tuple[Btf, Btf]:
    """The distilled base and split of that module."""
    base = Btf()
    base.record("inode", inode_size)
    base.record("file", 8)
    split = Btf(base)
    pointer = split.pointer(2)
    split.record("my_inode", inode_size + 8, (("inode", 1, 0), ("file", pointer, inode_size * 8)))
    return base, split


class Cli(unittest.TestCase):
    """A folder of its own for each test, and the program in it."""

    def setUp(self) -> None:
        self.assertTrue(RETORT, "the environment variable RETORT must name the program")
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def file(self, name: str, content: bytes | Btf) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.bytes() if isinstance(content, Btf) else content)
        return name

    def retort(self, *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([os.path.abspath(RETORT), *arguments], cwd=self.folder, input=stdin, capture_output=True,
                              timeout=120, check=False, env={**os.environ, **(env or {})})

    def run_to(self, status: int, *arguments: str, stdin: bytes = b"") -> tuple[str, str]:
        """Standard output and standard error of a run that has to end with that status."""
        result = self.retort(*arguments, stdin=stdin)
        out, err = result.stdout.decode(), result.stderr.decode()
        self.assertEqual(result.returncode, status, f"retort {' '.join(arguments)}\n{out}{err}")
        return out, err

    def one_sentence(self, *arguments: str, stdin: bytes = b"") -> str:
        """What a run says that has to end with status 2."""
        out, err = self.run_to(2, *arguments, stdin=stdin)
        self.assertEqual(out, "")
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertTrue(err.startswith("retort: ") and err.endswith(".\n"), err)
        return err

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())


COMMANDS = ("dump", "check", "find", "distill", "relocate", "dedup", "explode", "modules", "pack", "unpack", "slice", "diff", "explain",
            "reduce", "export", "oracles", "rules", "replay", "survey", "stats", "worlds")


class Usage(Cli):
    def test_help_lists_every_command(self) -> None:
        out, _ = self.run_to(0, "--help")
        for command in COMMANDS:
            self.assertRegex(out, rf"(?m)^  {command} ")

    def test_every_command_has_help_with_an_example_of_itself(self) -> None:
        for command in COMMANDS:
            with self.subTest(command):
                out, _ = self.run_to(0, command, "--help")
                self.assertIn(f"Example: retort {command}", out)

    def test_version_begins_with_its_own_and_names_that_of_every_oracle(self) -> None:
        out, _ = self.run_to(0, "--version")
        own, *others = out.splitlines()
        self.assertRegex(own, r"\Aretort \d+\.\d+\.\d+\Z")
        listed, _ = self.run_to(0, "oracles", "--json")
        expected = {
            oracle["oracle"]: oracle.get("version") for oracle in json.loads(listed) if oracle["oracle"] != "reference"
        }
        found = dict(line.split(maxsplit=1) for line in others)
        self.assertEqual(set(found), set(expected))
        for name, version in expected.items():
            if version is not None:
                self.assertEqual(found[name], version)

    def test_the_command_for_documents_is_not_listed_and_writes_both(self) -> None:
        out, _ = self.run_to(0, "--help")
        self.assertNotRegex(out, r"(?m)^  document ")
        self.assertIn(".TH RETORT 1", self.run_to(0, "document", "man")[0])
        self.assertIn("complete -o filenames -F _retort retort", self.run_to(0, "document", "bash")[0])

    def test_wrong_usage_is_one_sentence_and_status_2(self) -> None:
        self.file("k", kernel())
        for arguments in ((), ("nonsense",), ("dump",), ("dump", "k", "--format", "xml"), ("dump", "k", "--nonsense"),
                          ("check", "k", "--color", "pink"), ("relocate", "k"), ("distill", "k", "--base", "k"),
                          ("check", "k", "--policy", "agreed", "--as", "reference")):
            with self.subTest(arguments):
                self.one_sentence(*arguments)

    def test_an_unknown_policy_oracle_operation_or_kind_lists_the_known_ones(self) -> None:
        self.file("k", kernel())
        self.assertIn("agreed, v2, v3", self.one_sentence("check", "k", "--policy", "nonsense"))
        self.assertIn("reference, libbpf-", self.one_sentence("check", "k", "--as", "nonsense"))
        self.assertIn("reference, libbpf-", self.one_sentence("diff", "k", "--oracles", "reference,nonsense"))
        self.assertIn("check, find, distill", self.one_sentence("diff", "k", "--op", "nonsense"))
        self.assertIn("STRUCT, UNION", self.one_sentence("find", "k", "int", "--kind", "nonsense"))


class WrongFiles(Cli):
    def test_a_file_that_is_no_btf_is_named_in_one_sentence(self) -> None:
        cases = {
            "a.png": (b"\x89PNG\r\n\x1a\n" + bytes(100), "picture"),
            "empty": (b"", "empty"),
            "text": (b"hello, world\n", "neither BTF nor an ELF file"),
            "short": (b"\x9f", "neither BTF nor an ELF file"),
            "no-btf.ko": (elf(text=b"code"), "no .BTF section"),
            "cut.ko": (elf(BTF=kernel().bytes())[:200], "damaged"),
            "header-only.ko": (elf(BTF=b"")[:40], "damaged"),
            "cut.xz": (lzma.compress(bytes(10000))[:-30], "cut off"),
            "cut.gz": (gzip.compress(bytes(10000))[:-12], "cut off"),
            "cut.zst": (zstd(bytes(1000))[:-1], "cut off"),
            "bad.gz": (gzip.compress(b"x")[:10] + b"\xff" * 50, "damaged"),
            "empty.gz": (gzip.compress(b""), "empty when decompressed"),
            "a.pair": (pair(("BASE", b"")), "this is a pair"),
        }
        for name, (content, word) in cases.items():
            with self.subTest(name):
                self.file(name, content)
                sentence = self.one_sentence("dump", name)
                self.assertIn(name, sentence)
                self.assertIn(word, sentence)

    def test_a_missing_file_and_a_folder_are_named_in_one_sentence(self) -> None:
        self.assertIn("missing: cannot be read: No such file", self.one_sentence("check", "missing"))
        (self.folder / "folder").mkdir()
        self.assertIn("folder: this is a directory", self.one_sentence("check", "folder"))

    def test_every_command_says_so_of_a_wrong_file(self) -> None:
        self.file("wrong", b"hello")
        self.file("k", kernel())
        for arguments in (("dump", "wrong"), ("check", "wrong"), ("find", "wrong", "int"),
                          ("distill", "wrong", "--base", "k", "--out-base", "b", "--out-split", "s"),
                          ("distill", "k", "--base", "wrong", "--out-base", "b", "--out-split", "s"),
                          ("relocate", "wrong", "--distilled", "k", "--onto", "k", "--out", "o"),
                          ("relocate", "k", "--distilled", "k", "--onto", "wrong", "--out", "o"),
                          ("modules", "k", "--base", "k", "--onto", "wrong"), ("pack", "o", "BASE=missing"),
                          ("unpack", "wrong", "o"), ("slice", "wrong", "--out", "o"), ("diff", "wrong"),
                          ("dedup", "wrong", "--out", "o"), ("dedup", "k", "--base", "wrong", "--out", "o"),
                          ("explain", "wrong")):
            with self.subTest(arguments):
                self.one_sentence(*arguments)
        self.assertEqual(self.files(), ["k", "wrong"])

    def test_a_pair_that_is_cut_off_is_named_with_the_place(self) -> None:
        self.file("p", pair(("BASE", bytes(10)))[:-1])
        self.assertRegex(self.one_sentence("unpack", "p", "d"), "p: at byte 16: the part BASE is cut off")


class Reading(Cli):
    def test_what_a_file_is_its_content_says_and_not_its_name(self) -> None:
        btf = kernel().bytes()
        image = elf(BTF=btf)
        expected, _ = self.run_to(0, "dump", self.file("raw", btf))
        for name, content in (("a.png", image), ("b", lzma.compress(image)), ("c", gzip.compress(image)),
                              ("d", zstd(image)), ("e", zstd(btf)), ("f", vmlinuz(image))):
            with self.subTest(name):
                self.assertEqual(self.run_to(0, "dump", self.file(name, content))[0], expected)

    def test_a_dash_is_standard_input(self) -> None:
        out, _ = self.run_to(0, "find", "-", "file", stdin=kernel().bytes())
        self.assertEqual(out, "3 STRUCT\n")
        self.assertIn("standard input", self.one_sentence("dump", "-", stdin=b"hello"))

    def test_large_compressed_files_are_read_whole(self) -> None:
        base = kernel()
        for index in range(100000):
            base.record(f"struct_{index}", 8)
        for name, packed in (("k.gz", gzip.compress(base.bytes(), 1)), ("k.xz", lzma.compress(base.bytes(), preset=0))):
            out, _ = self.run_to(0, "check", self.file(name, packed))
            self.assertEqual(out, f"{name}: accepted, 100003 types\n")


class Dump(Cli):
    def all_kinds(self) -> Btf:
        btf = Btf()
        number = btf.integer("int")
        pointer = btf.pointer(number)
        btf.add(ARRAY, "", 0, (number, number, 4))
        btf.record("s", 8, (("a", number, 0), ("b", number, 32)))
        btf.record("u", 8, (("a", number, 0),), UNION)
        btf.add(ENUM, "e", 4, (btf.name("MINUS"), -1), 1, True)
        btf.add(FWD, "f", 0, kflag=True)
        btf.add(TYPEDEF, "t", pointer)
        btf.add(CONST, "", number)
        proto = btf.add(FUNC_PROTO, "", number, (btf.name("p"), pointer), 1)
        btf.add(FUNC, "fn", proto, vlen=1)
        variable = btf.add(VAR, "v", number, (1,))
        btf.add(DATASEC, ".data", 4, (variable, 0, 4), 1)
        btf.add(FLOAT, "double", 8)
        btf.add(DECL_TAG, "tag", 4, (1,))
        btf.add(TYPE_TAG, "user", number)
        btf.add(ENUM64, "big", 8, (btf.name("BIG"), 1, 1), 1)
        return btf

    def test_text_has_one_line_for_each_type(self) -> None:
        out, _ = self.run_to(0, "dump", self.file("k", self.all_kinds()))
        lines = out.splitlines()
        self.assertEqual(len(lines), 17)
        self.assertEqual(lines[3], "[4] STRUCT 's' size=8 vlen=2 { 'a' type_id=1 bits_offset=0; 'b' type_id=1 bits_offset=32 }")

    def test_json_has_the_fields_that_bpftool_has(self) -> None:
        out, _ = self.run_to(0, "dump", self.file("k", self.all_kinds()), "--format", "json")
        types = {(type_["kind"], type_["name"]): type_ for type_ in json.loads(out)["types"]}
        expected = [
            {"id": 1, "kind": "INT", "name": "int", "size": 4, "bits_offset": 0, "nr_bits": 32, "encoding": "(none)"},
            {"id": 2, "kind": "PTR", "name": "(anon)", "type_id": 1},
            {"id": 3, "kind": "ARRAY", "name": "(anon)", "type_id": 1, "index_type_id": 1, "nr_elems": 4},
            {"id": 4, "kind": "STRUCT", "name": "s", "size": 8, "vlen": 2,
             "members": [{"name": "a", "type_id": 1, "bits_offset": 0}, {"name": "b", "type_id": 1, "bits_offset": 32}]},
            {"id": 5, "kind": "UNION", "name": "u", "size": 8, "vlen": 1,
             "members": [{"name": "a", "type_id": 1, "bits_offset": 0}]},
            {"id": 6, "kind": "ENUM", "name": "e", "encoding": "SIGNED", "size": 4, "vlen": 1,
             "values": [{"name": "MINUS", "val": -1}]},
            {"id": 7, "kind": "FWD", "name": "f", "fwd_kind": "union"},
            {"id": 8, "kind": "TYPEDEF", "name": "t", "type_id": 2},
            {"id": 9, "kind": "CONST", "name": "(anon)", "type_id": 1},
            {"id": 10, "kind": "FUNC_PROTO", "name": "(anon)", "ret_type_id": 1, "vlen": 1,
             "params": [{"name": "p", "type_id": 2}]},
            {"id": 11, "kind": "FUNC", "name": "fn", "type_id": 10, "linkage": "global"},
            {"id": 12, "kind": "VAR", "name": "v", "type_id": 1, "linkage": "global"},
            {"id": 13, "kind": "DATASEC", "name": ".data", "size": 4, "vlen": 1,
             "vars": [{"type_id": 12, "offset": 0, "size": 4}]},
            {"id": 14, "kind": "FLOAT", "name": "double", "size": 8},
            {"id": 15, "kind": "DECL_TAG", "name": "tag", "type_id": 4, "component_idx": 1},
            {"id": 16, "kind": "TYPE_TAG", "name": "user", "type_id": 1},
            {"id": 17, "kind": "ENUM64", "name": "big", "encoding": "UNSIGNED", "size": 8, "vlen": 1,
             "values": [{"name": "BIG", "val": (1 << 32) + 1}]},
        ]
        for type_ in expected:
            self.assertEqual(types[type_["kind"], type_["name"]], type_)

    def test_with_a_base_only_the_split_is_printed(self) -> None:
        base = kernel()
        self.file("k", base)
        out, _ = self.run_to(0, "dump", self.file("m", module(base)), "--base", "k")
        self.assertEqual([line.split()[0] for line in out.splitlines()], ["[4]", "[5]"])
        self.assertIn("'my_inode'", out)

    def test_a_module_with_its_distilled_base_needs_no_base(self) -> None:
        base, split = distilled()
        self.file("m.ko", elf(BTF=split.bytes(), BTF_base=base.bytes()))
        out, err = self.run_to(0, "dump", "m.ko")
        self.assertTrue(out.startswith("[3] PTR"), out)
        self.assertEqual(err, "")
        self.assertIn("--base is not used", self.run_to(0, "dump", "m.ko", "--base", self.file("k", kernel()))[1])

    def test_split_btf_without_its_base_is_refused_with_a_hint(self) -> None:
        _, err = self.run_to(1, "dump", self.file("m", module(kernel())))
        self.assertIn("--base", err)

    def test_names_that_are_no_text_stay_readable_json(self) -> None:
        btf = Btf()
        btf.integer("int")
        damaged = btf.bytes().replace(b"int\0", b"\xff\"\x01\0")
        out, _ = self.run_to(0, "dump", self.file("k", damaged), "--format", "json")
        self.assertEqual(json.loads(out)["types"][0]["name"], '\\xff"\\x01')


class Check(Cli):
    def test_accepts_with_the_number_of_types(self) -> None:
        self.assertEqual(self.run_to(0, "check", self.file("k", kernel()))[0], "k: accepted, 3 types\n")

    def test_rejects_with_type_offset_and_reason(self) -> None:
        base = kernel()
        base.add(PTR, "named", 1)
        out, _ = self.run_to(1, "check", self.file("k", base))
        self.assertRegex(out, r"\Ak: rejected: type 4 at byte \d+: \[name-forbidden\] .*\.\n\Z")

    def test_a_policy_decides_what_is_accepted(self) -> None:
        base = kernel()
        base.add(PTR, "named", 1)
        self.run_to(0, "check", self.file("k", base), "--policy", "libbpf-6.12")

    def test_a_truncated_file_is_rejected_and_not_unreadable(self) -> None:
        self.run_to(1, "check", self.file("k", kernel().bytes()[:-1]))

    def test_a_damaged_base_is_named(self) -> None:
        base = kernel()
        self.file("k", base.bytes()[:-1])
        out, _ = self.run_to(1, "check", self.file("m", module(base)), "--base", "k")
        self.assertTrue(out.startswith("k: rejected"), out)

    def test_layers_stack_by_repeating_base(self) -> None:
        base = kernel()
        middle = module(base)
        top = Btf(middle)
        top.pointer(5)
        self.file("k", base)
        self.file("m", middle)
        out, _ = self.run_to(0, "check", self.file("t", top), "--base", "k", "--base", "m")
        self.assertEqual(out, "t: accepted, 1 types\n")

    def test_an_oracle_can_be_asked(self) -> None:
        for oracle in ("reference", "libbpf-6.12"):
            self.run_to(0, "check", self.file("k", kernel()), "--as", oracle)
            out, _ = self.run_to(1, "check", self.file("cut", kernel().bytes()[:-1]), "--as", oracle)
            self.assertIn(f"{oracle} rejected with EINVAL at BASE", out)


class Find(Cli):
    def test_prints_id_and_kind_of_every_type_of_the_name(self) -> None:
        base = kernel()
        base.record("file", 4, kind=UNION)
        self.file("k", base)
        self.assertEqual(self.run_to(0, "find", "k", "file")[0], "3 STRUCT\n4 UNION\n")
        self.assertEqual(self.run_to(0, "find", "k", "file", "--kind", "union")[0], "4 UNION\n")
        self.assertEqual(self.run_to(0, "find", "k", "file", "--as", "libbpf-6.12")[0], "3 STRUCT\n4 UNION\n")

    def test_looks_through_the_base_too(self) -> None:
        base = kernel()
        self.file("k", base)
        self.file("m", module(base))
        self.assertEqual(self.run_to(0, "find", "m", "inode", "--base", "k")[0], "2 STRUCT\n")
        self.assertEqual(self.run_to(0, "find", "m", "my_inode", "--base", "k", "--as", "libbpf-6.12")[0], "5 STRUCT\n")

    def test_a_name_that_is_not_there_ends_with_status_1(self) -> None:
        self.file("k", kernel())
        for more in ((), ("--as", "libbpf-6.12"), ("--kind", "UNION")):
            out, err = self.run_to(1, "find", "k", "nothing", *more)
            self.assertEqual(out, "")
            self.assertIn("is named 'nothing'", err)


class Distill(Cli):
    def setUp(self) -> None:
        super().setUp()
        base = kernel()
        self.file("k", base)
        self.file("m", module(base))

    def distill(self, status: int, *more: str) -> tuple[str, str]:
        return self.run_to(status, "distill", "m", "--base", "k", "--out-base", "b", "--out-split", "s", *more)

    def test_writes_base_and_split(self) -> None:
        out, _ = self.distill(0)
        self.assertEqual(out, "")
        self.assertEqual(self.run_to(0, "dump", "b")[0],
                         "[1] STRUCT 'inode' size=16 vlen=0 {}\n[2] STRUCT 'file' size=8 vlen=0 {}\n")
        self.assertIn("'my_inode' size=24", self.run_to(0, "dump", "s", "--base", "b")[0])

    def test_an_oracle_writes_the_same(self) -> None:
        self.distill(0)
        ours = (self.folder / "b").read_bytes(), (self.folder / "s").read_bytes()
        self.distill(0, "--as", "libbpf-6.12")
        self.assertEqual(((self.folder / "b").read_bytes(), (self.folder / "s").read_bytes()), ours)

    def test_a_policy_decides_the_form(self) -> None:
        self.distill(0, "--policy", "v2")
        self.assertIn("FWD 'file'", self.run_to(0, "dump", "b")[0])

    def test_one_result_may_go_to_standard_output_but_not_both(self) -> None:
        result = self.retort("distill", "m", "--base", "k", "--out-base", "-", "--out-split", "s", "--quiet")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout[:2], b"\x9f\xeb")
        self.assertEqual(result.stderr, b"")
        self.one_sentence("distill", "m", "--base", "k", "--out-base", "-", "--out-split", "-")

    def test_a_reference_to_a_function_of_the_base_is_rejected_and_writes_nothing(self) -> None:
        base = kernel()
        function = base.add(FUNC, "fn", base.add(FUNC_PROTO, "", 0), vlen=1)
        self.file("k", base)
        split = Btf(base)
        split.add(DECL_TAG, "tag", function, (-1,))
        self.file("m", split)
        before = self.files()
        self.assertIn("m: layer 1 type 6", self.distill(1)[1])
        self.assertIn("EINVAL at distill", self.distill(1, "--as", "libbpf-6.12")[1])
        self.assertEqual(self.files(), before)

    def test_an_unwritable_folder_leaves_nothing(self) -> None:
        before = self.files()
        self.assertIn("missing/s: cannot be written",
                      self.one_sentence("distill", "m", "--base", "k", "--out-base", "b", "--out-split", "missing/s"))
        (self.folder / "folder").mkdir()
        self.one_sentence("distill", "m", "--base", "k", "--out-base", "b", "--out-split", "folder")
        self.assertEqual(self.files(), before)

    def test_a_file_that_exists_is_replaced_through_a_link_and_keeps_its_mode(self) -> None:
        self.file("real", b"old")
        (self.folder / "real").chmod(0o640)
        (self.folder / "b").symlink_to("real")
        self.distill(0)
        self.assertTrue((self.folder / "b").is_symlink())
        self.assertEqual((self.folder / "real").read_bytes()[:2], b"\x9f\xeb")
        self.assertEqual((self.folder / "real").stat().st_mode & 0o777, 0o640)

    def test_a_device_is_written_to_and_not_replaced(self) -> None:
        self.run_to(0, "distill", "m", "--base", "k", "--out-base", "/dev/null", "--out-split", "s")
        self.assertTrue(Path("/dev/null").is_char_device())

    def test_what_is_distilled_already_is_rejected(self) -> None:
        base, split = distilled()
        self.file("m", elf(BTF=split.bytes(), BTF_base=base.bytes()))
        self.assertIn("distilled already", self.distill(1)[1])


class Dedup(Cli):
    def setUp(self) -> None:
        super().setUp()
        self.base = kernel()
        self.base.pointer(self.base.integer("int"))
        self.file("k", self.base)

    def test_leaves_one_type_of_all_that_are_equal(self) -> None:
        self.run_to(0, "dedup", "k", "--out", "o")
        out, _ = self.run_to(0, "dump", "o")
        self.assertEqual(out.count(" INT 'int'"), 1)
        self.assertIn("PTR '(anon)' type_id=1", out)

    def test_an_oracle_writes_the_same(self) -> None:
        self.run_to(0, "dedup", "k", "--out", "ours")
        self.run_to(0, "dedup", "k", "--out", "theirs", "--as", "libbpf-6.12")
        self.assertEqual((self.folder / "theirs").read_bytes(), (self.folder / "ours").read_bytes())

    def test_split_btf_loses_what_its_base_has(self) -> None:
        base = kernel()
        base.pointer(1)
        self.file("k", base)
        split = Btf(base)
        split.pointer(split.integer("int"))
        self.file("m", split)
        for oracle in ("reference", "libbpf-6.12"):
            with self.subTest(oracle):
                self.run_to(0, "dedup", "m", "--base", "k", "--out", "o", "--as", oracle)
                self.assertEqual(self.run_to(0, "dump", "o", "--base", "k")[0], "")

    def test_an_id_that_does_not_exist_is_named_and_nothing_written(self) -> None:
        self.base.pointer(1000)
        self.file("k", self.base)
        _, err = self.run_to(1, "dedup", "k", "--out", "o")
        self.assertIn("1000", err)
        self.assertEqual(self.files(), ["k"])


class Relocate(Cli):
    def setUp(self) -> None:
        super().setUp()
        base, split = distilled()
        self.file("b", base)
        self.file("s", split)
        self.file("m.ko", lzma.compress(elf(BTF=split.bytes(), BTF_base=base.bytes())))

    def test_relocates_a_split_on_its_distilled_base(self) -> None:
        self.file("k", kernel())
        out, _ = self.run_to(0, "relocate", "s", "--distilled", "b", "--onto", "k", "--out", "o")
        self.assertEqual(out, "")
        self.assertIn("{ 'inode' type_id=2 bits_offset=0; 'file' type_id=4 ", self.run_to(0, "dump", "o", "--base", "k")[0])

    def test_a_module_with_its_distilled_base_needs_no_more(self) -> None:
        self.file("k", kernel())
        self.run_to(0, "relocate", "s", "--distilled", "b", "--onto", "k", "--out", "o")
        result = self.retort("relocate", "m.ko", "--onto", "k", "--out", "-", "--quiet")
        self.assertEqual(result.stdout, (self.folder / "o").read_bytes())

    def test_an_oracle_writes_the_same(self) -> None:
        self.file("k", kernel())
        self.run_to(0, "relocate", "m.ko", "--onto", "k", "--out", "o")
        self.run_to(0, "relocate", "m.ko", "--onto", "k", "--out", "p", "--as", "libbpf-6.12")
        self.assertEqual((self.folder / "o").read_bytes(), (self.folder / "p").read_bytes())

    def test_a_split_without_distilled_base_is_wrong_usage(self) -> None:
        self.file("k", kernel())
        self.assertIn("--distilled", self.one_sentence("relocate", "s", "--onto", "k", "--out", "o"))

    def test_a_failure_names_every_type_without_a_match_and_writes_nothing(self) -> None:
        target = Btf()
        target.record("inode", 24)
        self.file("k", target)
        before = self.files()
        out, err = self.run_to(1, "relocate", "m.ko", "--onto", "k", "--out", "o")
        self.assertEqual(out, "")
        self.assertIn("2 of 2 distilled types have no match", err)
        self.assertIn("[1] STRUCT 'inode' size=16 vlen=0: other-size", err)
        self.assertIn("the target has [1] STRUCT 'inode' size=24", err)
        self.assertIn("[2] STRUCT 'file' size=8 vlen=0: no-such-name", err)
        self.assertIn("EINVAL at relocate", self.run_to(1, "relocate", "m.ko", "--onto", "k", "--out", "o", "--as", "libbpf-6.12")[1])
        self.assertEqual(self.files(), before)

    def test_a_damaged_target_is_rejected_by_name(self) -> None:
        self.file("k", kernel().bytes()[:-1])
        self.assertIn("k: at byte", self.run_to(1, "relocate", "m.ko", "--onto", "k", "--out", "o")[1])


class Modules(Cli):
    def setUp(self) -> None:
        super().setUp()
        base = kernel()
        self.file("old", base)
        self.file("new", kernel(24))
        self.file("tree/net/plain.ko.xz", lzma.compress(elf(BTF=module(base).bytes())))
        lower, upper = distilled()
        self.file("tree/fs/carries.ko", elf(BTF=upper.bytes(), BTF_base=lower.bytes()))
        simple = Btf(base)
        simple.pointer(3)
        self.file("tree/fs/simple.btf", simple)
        self.file("tree/fs/stored.btf", upper)
        self.file("tree/fs/stored.base.btf", lower)
        self.file("tree/vmlinux.btf", base)
        self.file("tree/readme.txt", b"no module")

    def test_all_modules_fit_the_kernel_that_they_were_built_for(self) -> None:
        out, err = self.run_to(0, "modules", "tree", "--base", "old", "--onto", "old")
        self.assertIn("4 modules, 4 ready, 4 relocate, 0 do not", out)
        self.assertEqual(err, "")

    def test_a_module_that_does_not_fit_ends_with_status_1_and_names_the_types(self) -> None:
        out, _ = self.run_to(1, "modules", "tree", "--onto", "old", "new", "--base", "old")
        self.assertIn("new (agreed): 4 modules, 4 ready, 1 relocate, 3 do not", out)
        self.assertIn("STRUCT 'inode' size=16: other-size; the target has [2] STRUCT 'inode' size=24 vlen=1", out)
        self.assertRegex(out, r"(?m)^simple  +fits +fits")

    def test_json_tells_each_module_each_target_and_the_sums(self) -> None:
        out, _ = self.run_to(1, "modules", "tree", "--onto", "old", "new", "--base", "old", "--json", "--policy", "agreed,v2")
        report = json.loads(out)
        self.assertEqual([(column["target"], column["policy"], column["modules"], column["distil"], column["relocate"])
                          for column in report["summary"]],
                         [("old", "agreed", 4, 4, 4), ("new", "agreed", 4, 4, 1), ("old", "v2", 4, 4, 4), ("new", "v2", 4, 4, 1)])
        self.assertEqual(report["summary"][1]["reasons"], {"other-size": 3})
        self.assertEqual(report["summary"][1]["names"], [{"type": "STRUCT 'inode'", "modules": 3}])
        modules = {entry["name"]: entry for entry in report["modules"]}
        self.assertEqual(sorted(modules), ["carries", "plain", "simple", "stored"])
        failed = modules["plain"]["results"][1]
        self.assertEqual((failed["target"], failed["relocates"], failed["stage"]), ("new", False, "relocate"))
        self.assertEqual(failed["types"], [{"kind": "STRUCT", "name": "inode", "size": 16, "reason": "other-size",
                                            "candidates": ["[2] STRUCT 'inode' size=24 vlen=1"]}])

    def test_junit_is_well_formed_whatever_names_hold(self) -> None:
        target = Btf()
        target.integer("int")
        self.file("new", target)
        lower = Btf()
        lower.record("a<b>&\"'\x01", 4)
        self.file("odd.base.btf", lower)
        self.file("odd.btf", Btf(lower))
        split = Btf(lower)
        split.pointer(1)
        self.file("odd.btf", split)
        out, _ = self.run_to(1, "modules", "tree", "odd.btf", "--base", "old", "--onto", "old", "new", "--policy", "libbpf-6.12",
                             "--junit")
        suites = xml.etree.ElementTree.fromstring(out)
        self.assertEqual([(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in suites],
                         [("old (libbpf-6.12)", "5", "1"), ("new (libbpf-6.12)", "5", "5")])
        messages = [failure.text for failure in suites.iter("failure")]
        self.assertTrue(any("a<b>&\"\\x27\\x01" in (message or "") for message in messages), messages)

    def test_a_module_without_distilled_base_needs_base(self) -> None:
        self.assertIn("--base", self.one_sentence("modules", "tree/net/plain.ko.xz", "--onto", "old"))
        self.run_to(0, "modules", "tree/fs/carries.ko", "--onto", "old")

    def test_a_module_without_btf_is_counted_apart(self) -> None:
        self.file("tree/none.ko", elf(text=b"code"))
        out, err = self.run_to(0, "modules", "tree", "--base", "old", "--onto", "old", "--json")
        self.assertEqual(json.loads(out)["without_btf"], ["tree/none.ko"])
        self.assertIn("tree/none.ko", err)

    def test_an_unreadable_module_ends_with_status_2_after_all_others(self) -> None:
        self.file("tree/wrong.ko", b"hello")
        out, err = self.run_to(2, "modules", "tree", "--base", "old", "--onto", "old")
        self.assertIn("4 modules, 4 ready", out)
        self.assertIn("tree/wrong.ko: this is neither", err)

    def test_a_damaged_module_does_not_relocate(self) -> None:
        self.file("tree/cut.btf", module(kernel()).bytes()[:-1])
        out, _ = self.run_to(1, "modules", "tree", "--base", "old", "--onto", "old", "--json")
        self.assertEqual(json.loads(out)["summary"][0]["reasons"], {"section-bounds": 1})

    def test_a_folder_without_modules_is_wrong_usage(self) -> None:
        (self.folder / "empty").mkdir()
        self.assertIn("no module", self.one_sentence("modules", "empty", "--onto", "old"))


class SurveyAndStats(Cli):
    def test_a_survey_counts_where_libbpf_and_the_reference_agree(self) -> None:
        base = kernel()
        self.file("old", base)
        self.file("new", kernel(24))
        self.file("m.btf", module(base))
        report = json.loads(self.run_to(0, "survey", "m.btf", "--base", "old", "--onto", "new", "--json")[0])
        self.assertEqual((report["modules"], report["round_trips"], report["same_graph"]), (1, 1, 1))
        for oracle in report["oracles"]:
            self.assertEqual(oracle["differing"], [])
            self.assertEqual([oracle[step]["accepted"] for step in ("distill", "own", "other")], [1, 1, 0])

    def test_stats_refuse_what_no_target_counted_into(self) -> None:
        self.file("s", bytes(5))
        self.assertIn("s: this is not what a fuzz target", self.one_sentence("stats", "s"))


class Worlds(Cli):
    def test_worlds_of_one_type_a_side_are_counted_and_explained(self) -> None:
        report = json.loads(self.run_to(0, "worlds", "--distilled", "1", "--target", "1", "--json")[0])
        self.assertEqual((report["cases"], report["findings"]), (16 * 29, 0))
        self.assertGreater(report["accepted"], 0)
        self.assertIn("464 cases", self.run_to(0, "worlds", "--distilled", "1", "--target", "1")[0])

    def test_worlds_list_the_behaviours_that_they_count(self) -> None:
        arguments = ("worlds", "--distilled", "1", "--target", "1", "--json", "--behaviours")
        report = json.loads(self.run_to(0, *arguments)[0])
        self.assertEqual(len(report["behaviour"]), report["behaviours"])

    def test_worlds_refuse_a_folder_that_is_not_there(self) -> None:
        self.assertIn("nowhere", self.one_sentence("worlds", "--findings", "nowhere"))


class Pairs(Cli):
    def test_unpack_gives_back_what_pack_was_given(self) -> None:
        base = kernel()
        split = module(base)
        second = Btf(split)
        second.pointer(5)
        parts = {"base.btf": base.bytes(), "split.btf": split.bytes(), "split2.btf": second.bytes(),
                 "distilled.btf": distilled()[0].bytes(), "target.btf": kernel(24).bytes(), "ext.btf": b"ext",
                 "prog.txt": b"distill\n", "NOTE.bin": b"note"}
        for name, content in parts.items():
            self.file(name, content)
        tags = ("BASE=base.btf", "SPLT=split.btf", "SPLT=split2.btf", "DIST=distilled.btf", "TRGT=target.btf", "BEXT=ext.btf",
                "PROG=prog.txt", "NOTE=NOTE.bin")
        self.run_to(0, "pack", "p", *tags)
        out, err = self.run_to(0, "unpack", "p", "a/b")
        self.assertEqual(sorted(out.split()), sorted(f"a/b/{name}" for name in parts))
        self.assertIn("the tag NOTE is unknown", err)
        for name, content in parts.items():
            self.assertEqual((self.folder / "a/b" / name).read_bytes(), content)

    def test_pack_takes_the_section_that_a_tag_means(self) -> None:
        base, split = distilled()
        self.file("m.ko", gzip.compress(elf(BTF=split.bytes(), BTF_base=base.bytes(), BTF_ext=b"ext")))
        self.run_to(0, "pack", "p", "DIST=m.ko", "SPLT=m.ko", "BEXT=m.ko")
        self.assertEqual((self.folder / "p").read_bytes(),
                         pair(("DIST", base.bytes()), ("SPLT", split.bytes()), ("BEXT", b"ext")))
        self.file("plain.ko", elf(BTF=split.bytes()))
        self.assertIn("no .BTF.base", self.one_sentence("pack", "q", "DIST=plain.ko"))

    def test_pack_keeps_damaged_parts_as_they_are(self) -> None:
        self.file("damaged", b"\x00damaged")
        self.run_to(0, "pack", "p", "BASE=damaged")
        self.assertEqual((self.folder / "p").read_bytes(), pair(("BASE", b"\x00damaged")))

    def test_pack_refuses_wrong_and_repeated_tags(self) -> None:
        self.file("k", kernel())
        self.assertIn("no TAG=FILE", self.one_sentence("pack", "p", "k"))
        self.assertIn("four capital letters", self.one_sentence("pack", "p", "base=k"))
        self.assertIn("BASE is given twice", self.one_sentence("pack", "p", "BASE=k", "BASE=k"))
        self.assertEqual(self.files(), ["k"])

    def test_unpack_into_what_is_no_folder_is_refused(self) -> None:
        self.file("p", pair(("BASE", b"x")))
        self.assertIn("cannot be made a folder", self.one_sentence("unpack", "p", "p"))


def real_looking_pair() -> bytes:
    """A base of which little is reached, its module, and a target in which `inode` grew."""
    base, target = kernel(), kernel(24)
    for index in range(500):
        base.record(f"unreached_{index}", 8)
        target.record(f"unreached_{index}", 8)
    return pair(("BASE", base.bytes()), ("SPLT", module(base).bytes()), ("TRGT", target.bytes()))


class Slice(Cli):
    def test_makes_a_small_pair_with_the_same_answers(self) -> None:
        self.file("p", real_looking_pair())
        self.run_to(0, "slice", "p", "--out", "q")
        self.assertLess((self.folder / "q").stat().st_size, 1000)
        self.run_to(0, "unpack", "q", "d")
        self.assertNotIn("unreached", self.run_to(0, "dump", "d/base.btf")[0])
        for policy, status in (("agreed", 1), ("v2", 1)):
            self.run_to(status, "modules", "d/split.btf", "--base", "d/base.btf", "--onto", "d/target.btf", "--policy", policy)

    def test_says_what_is_missing(self) -> None:
        self.file("p", pair(("BASE", kernel().bytes())))
        self.assertIn("no SPLT", self.run_to(1, "slice", "p", "--out", "q")[1])
        self.assertEqual(self.files(), ["p"])


class Oracles(Cli):
    def test_diff_shows_every_operation_that_the_parts_allow(self) -> None:
        base = kernel()
        self.file("p", pair(("BASE", base.bytes()), ("SPLT", module(base).bytes())))
        out, _ = self.run_to(0, "diff", "p", "--json")
        report = json.loads(out)
        self.assertEqual(report["pair"], "p")
        asked = [entry["op"] for entry in report["ops"]]
        compared = ["check", "find", "distill", "roundtrip", "dedup"]
        properties = ["laws", "reparse", "dump", "elf", "core", "nomem"]
        # Of kernels alone, where there are any.
        self.assertEqual([op for op in asked if op != "kernel"], compared + properties)
        for entry in report["ops"]:
            self.assertEqual([answer["oracle"] for answer in entry["answers"]][0], "reference")
            self.assertGreater(len(entry["answers"]), 1)
            for answer in entry["answers"]:
                self.assertIn(answer["bytes"], ("equal", "differ"))
                if entry["op"] in compared:
                    self.assertEqual((answer["outcome"], answer["errno"]), ("accepted", 0))
                    self.assertRegex(answer["digest"], r"\A[0-9a-f]{16}\Z")
        self.assertEqual(report["ops"][2]["verdict"], "agree")
        self.assertEqual(report["ops"][2]["entries"], [])

    def test_diff_explains_a_difference_by_entries_and_ends_with_status_0(self) -> None:
        base = kernel()
        base.add(PTR, "named", 1)
        self.file("p", pair(("BASE", base.bytes())))
        out, _ = self.run_to(0, "diff", "p", "--op", "check", "--json")
        (check,) = json.loads(out)["ops"]
        self.assertEqual((check["verdict"], check["entries"]), ("explained", ["check:name-forbidden"]))
        outcomes = {answer["oracle"]: (answer["outcome"], answer["errno"]) for answer in check["answers"]}
        self.assertEqual(outcomes["reference"], ("rejected", 22))
        self.assertEqual(outcomes["libbpf-6.12"], ("accepted", 0))
        text, _ = self.run_to(0, "diff", "p", "--op", "check")
        self.assertRegex(text, r"libbpf-6.12 +explained .* accepted +check:name-forbidden\n")

    def test_diff_of_several_pairs_goes_on_after_one_that_cannot_be_read(self) -> None:
        self.file("p", pair(("BASE", kernel().bytes())))
        self.file("wrong", b"hello")
        out, err = self.run_to(2, "diff", "wrong", "p", "--json")
        self.assertEqual(json.loads(out)["pair"], "p")
        self.assertIn("wrong: this is not a pair file", err)

    def test_an_operation_that_the_parts_do_not_allow_is_wrong_usage(self) -> None:
        self.file("p", pair(("BASE", kernel().bytes())))
        self.assertIn("do not allow distill", self.one_sentence("diff", "p", "--op", "distill"))
        self.file("empty", pair())
        self.assertIn("allow no operation", self.one_sentence("diff", "empty"))

    def test_the_death_of_an_oracle_is_an_answer(self) -> None:
        base = Btf()
        base.integer("int")
        for _ in range(100000):
            base.pointer(base.next_id - 1)
        split = Btf(base)
        split.pointer(base.next_id - 1)
        self.file("p", pair(("BASE", base.bytes()), ("SPLT", split.bytes())))
        out, _ = self.run_to(0, "diff", "p", "--op", "distill", "--json")
        (distill,) = json.loads(out)["ops"]
        reference, *libbpfs = distill["answers"]
        self.assertEqual(reference["outcome"], "accepted")
        self.assertTrue(libbpfs)
        for libbpf in libbpfs:
            if libbpf["outcome"] == "crashed":
                self.assertEqual(libbpf["entries"], ["deep-chain-crash"])
                self.assertTrue(libbpf["detail"])
            else:
                self.assertEqual(libbpf["verdict"], "agree")

    def test_explain_says_it_in_sentences(self) -> None:
        base = kernel()
        base.add(PTR, "named", 1)
        self.file("p", pair(("BASE", base.bytes())))
        out, _ = self.run_to(0, "explain", "p", "--op", "check")
        self.assertIn("check: libbpf-6.12 accepted; the reference rejected with EINVAL at BASE.", out)
        self.assertIn("check:name-forbidden (rule): not checked:", out)
        report = json.loads(self.run_to(0, "explain", "p", "--op", "check", "--json")[0])
        self.assertEqual(report["differences"][0]["entries"][0]["name"], "check:name-forbidden")

    def test_explain_says_so_where_all_agree(self) -> None:
        self.file("p", pair(("BASE", kernel().bytes())))
        self.assertEqual(self.run_to(0, "explain", "p", "--op", "check")[0], "p: all oracles agree.\n")

    def test_oracles_are_listed_with_exact_versions(self) -> None:
        text, _ = self.run_to(0, "oracles")
        listed = json.loads(self.run_to(0, "oracles", "--json")[0])
        self.assertEqual(listed[0]["oracle"], "reference")
        self.assertIn("libbpf-6.12", [oracle["oracle"] for oracle in listed])
        for oracle in listed:
            # Of one that is not there, why.
            told = oracle.get("missing") or oracle["version"]
            self.assertIn(told, text)
            self.assertTrue(told)

    def test_rules_are_listed_with_sort_sentence_and_who_shows_them(self) -> None:
        text, _ = self.run_to(0, "rules")
        entries = json.loads(self.run_to(0, "rules", "--json")[0])
        self.assertEqual({entry["sort"] for entry in entries}, {"rule", "deviation", "tolerance", "guard"})
        for entry in entries:
            self.assertIn(entry["sentence"], text)
            self.assertTrue(entry["pair"].endswith(".pair"))


class Reduce(Cli):
    def types(self, name: str) -> int:
        self.run_to(0, "unpack", name, "parts")
        return len(self.run_to(0, "dump", "parts/base.btf")[0].splitlines())

    def test_keeps_the_difference_and_drops_the_rest(self) -> None:
        base = kernel()
        base.add(PTR, "named", 1)
        self.file("p", pair(("BASE", base.bytes()), ("SPLT", module(base).bytes())))
        _, err = self.run_to(0, "reduce", "p", "--op", "check", "--out", "small")
        self.assertIn("keeps: check by libbpf-6.12 accepts, as explained by check:name-forbidden.", err)
        self.assertEqual(self.types("small"), 1)
        report = json.loads(self.run_to(0, "explain", "small", "--op", "check", "--json")[0])
        self.assertEqual([entry["name"] for entry in report["differences"][0]["entries"]], ["check:name-forbidden"])

    def test_a_pair_on_which_all_agree_is_refused_and_writes_nothing(self) -> None:
        self.file("p", pair(("BASE", kernel().bytes())))
        self.assertIn("all oracles agree on check", self.one_sentence("reduce", "p", "--op", "check", "--out", "small"))
        self.assertEqual(self.files(), ["p"])


class Replay(Cli):
    def setUp(self) -> None:
        super().setUp()
        base = kernel()
        self.file("store/p.pair", pair(("BASE", base.bytes()), ("SPLT", module(base).bytes())))
        self.run_to(0, "replay", "store", "--record")

    def test_what_is_as_recorded_ends_with_status_0(self) -> None:
        self.assertEqual(self.files(), ["store/p.json", "store/p.pair"])
        self.assertEqual(self.run_to(0, "replay", "store")[0], "1 pairs replayed, 0 changed\n")

    def test_what_changed_is_printed_and_ends_with_status_3(self) -> None:
        record = json.loads((self.folder / "store/p.json").read_text())
        answer = record["ops"][2]["answers"][1]
        answer["outcome"], answer["errno"], answer["digest"] = "rejected", 2, ""
        self.file("store/p.json", json.dumps(record).encode())
        out, _ = self.run_to(3, "replay", "store/p.pair")
        self.assertRegex(out, r"distill by libbpf-6.12: was rejected errno 2 \(agree\), is accepted [0-9a-f]{16} \(agree\)")

    def test_the_matrix_shows_a_row_for_each_answer_in_which_versions_differ(self) -> None:
        listed = json.loads(self.run_to(0, "oracles", "--json")[0])
        versions = [oracle["oracle"] for oracle in listed if oracle["oracle"].startswith("libbpf-") and "missing" not in oracle]
        wide = REGRESSIONS / "rule-wide-vlen.pair"
        out, _ = self.run_to(0, "replay", str(wide), "--matrix", "--op", "check", "--oracles", ",".join(versions))
        head, *rows, last = out.splitlines()
        self.assertEqual(head.split(), ["pair", "operation", *versions])
        if len(versions) == 1:
            self.assertEqual((rows, last), ([], "0 of 1 rows differ between versions"))
        else:
            self.assertEqual(last, "1 of 1 rows differ between versions")
            self.assertEqual(rows[0].split()[:4], ["rule-wide-vlen", "check", "rule:wide-vlen", "="])

    def test_a_matrix_is_not_recorded(self) -> None:
        self.run_to(2, "replay", "store", "--matrix", "--record")

    def test_a_record_holds_versions_and_each_policy_and_no_detail_of_a_build(self) -> None:
        record = json.loads((self.folder / "store/p.json").read_text())
        self.assertEqual(record["pair"], "p.pair")
        distill = next(op for op in record["ops"] if op["op"] == "distill")
        self.assertLessEqual({"agreed", "v2", "v3", "libbpf-6.12"}, {policy["policy"] for policy in distill["policies"]})
        for answer in distill["answers"]:
            self.assertTrue(answer["version"])
            self.assertNotIn("detail", answer)
        agreed = next(policy for policy in distill["policies"] if policy["policy"] == "agreed")
        self.assertEqual(agreed["digest"], distill["answers"][0]["digest"])

    def test_what_changed_under_a_policy_is_printed(self) -> None:
        record = json.loads((self.folder / "store/p.json").read_text())
        policy = next(op for op in record["ops"] if op["op"] == "distill")["policies"][0]
        policy["digest"] = "0123456789abcdef"
        self.file("store/p.json", json.dumps(record).encode())
        out, _ = self.run_to(3, "replay", "store/p.pair")
        self.assertIn(f"distill by the policy {policy['policy']}: was accepted 0123456789abcdef, is accepted ", out)

    def test_what_a_guard_explains_may_kill_or_not(self) -> None:
        base = kernel()
        base.add(PTR, "named", 1)
        self.file("store/p.pair", pair(("BASE", base.bytes())))
        self.run_to(0, "replay", "store", "--record")
        record = json.loads((self.folder / "store/p.json").read_text())
        answer = record["ops"][0]["answers"][1]
        self.assertEqual(answer["verdict"], "explained")
        answer["outcome"], answer["digest"] = "crashed", ""
        self.file("store/p.json", json.dumps(record).encode())
        self.run_to(0, "replay", "store")
        answer["verdict"] = "finding"
        self.file("store/p.json", json.dumps(record).encode())
        self.run_to(3, "replay", "store")

    def test_a_pair_without_a_record_only_has_to_be_explained(self) -> None:
        (self.folder / "store/p.json").unlink()
        self.run_to(0, "replay", "store")

    def test_an_oracle_that_is_not_compiled_in_says_nothing(self) -> None:
        record = json.loads((self.folder / "store/p.json").read_text())
        record["ops"][0]["answers"].append({**record["ops"][0]["answers"][1], "oracle": "libbpf-99", "outcome": "crashed"})
        self.file("store/p.json", json.dumps(record).encode())
        self.run_to(0, "replay", "store")

    def test_a_record_that_is_none_is_named(self) -> None:
        self.file("store/p.json", b"hello")
        _, err = self.run_to(2, "replay", "store")
        self.assertIn("store/p.json: this is no record", err)

    def test_a_folder_without_pairs_is_wrong_usage(self) -> None:
        (self.folder / "empty").mkdir()
        self.assertIn("no *.pair", self.one_sentence("replay", "empty"))


class ConsoleRules(Cli):
    ESCAPE = b"\x1b["

    def on_terminal(self, **env: str) -> bytes:
        """What `check` prints where standard output is a terminal."""
        try:
            main, terminal = pty.openpty()
        except OSError as none:
            self.skipTest(f"this machine has no terminals to give: {none}")
        try:
            environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
            subprocess.run([os.path.abspath(RETORT), "check", "k"], cwd=self.folder, stdout=terminal, check=True, timeout=60,
                           env={**environment, "TERM": "xterm", **env})
            return os.read(main, 4096)
        finally:
            os.close(main)
            os.close(terminal)

    def setUp(self) -> None:
        super().setUp()
        self.file("k", kernel())

    def test_colour_is_for_terminals_unless_asked_for(self) -> None:
        self.assertNotIn(self.ESCAPE, self.retort("check", "k").stdout)
        self.assertIn(self.ESCAPE, self.retort("check", "k", "--color", "always").stdout)
        self.assertIn(self.ESCAPE, self.on_terminal())

    def test_no_color_is_respected(self) -> None:
        self.assertNotIn(self.ESCAPE, self.on_terminal(NO_COLOR="1"))
        self.assertNotIn(self.ESCAPE, self.retort("--color", "never", "check", "k").stdout)

    def test_quiet_leaves_results_and_errors(self) -> None:
        base = kernel()
        self.file("m", module(base))
        arguments = ("distill", "m", "--base", "k", "--out-base", "b", "--out-split", "s")
        self.assertNotEqual(self.retort(*arguments).stderr, b"")
        self.assertEqual(self.retort(*arguments, "--quiet").stderr, b"")
        self.assertEqual(self.retort("--quiet", "check", "k").stdout, b"k: accepted, 3 types\n")
        self.assertNotEqual(self.retort("--quiet", "check", "missing").stderr, b"")

    def test_a_full_standard_output_is_an_error(self) -> None:
        with open("/dev/full", "wb") as full:
            result = subprocess.run([os.path.abspath(RETORT), "dump", "k"], cwd=self.folder, stdout=full,
                                    stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"standard output: cannot be written", result.stderr)


if __name__ == "__main__":
    unittest.main()
