# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Module files without code: the least that a kernel inserts, with .BTF and .BTF.base as given.

A kernel demands of a module that its struct module has the right size, that its vermagic is the kernel's own and, up to
6.16, that it names the checksum of module_layout. All of this is read from a module of that kernel's package.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "corpus"))

import harvest  # noqa: E402

from .failure import Failure  # noqa: E402
from .questions import NO_HEADER, Pair  # noqa: E402

NAME = "retort"
TARGET_SECTION = ".retort.target"

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_PROGBITS, _SYMTAB, _STRTAB = 1, 2, 3
_WRITE, _ALLOC = 1, 2
_MACHINE_X86_64 = 62
_RELOCATABLE = 1
# struct module begins with its state and its place in the list of modules, in every release.
_NAME_IN_STRUCT_MODULE = 24
_VERSION_SIZE = 64


@dataclass(frozen=True)
class ModuleForm:
    """What a kernel demands of its modules."""

    vermagic: str
    struct_size: int
    struct_alignment: int
    layout_version: str  # the entry of module_layout in __versions, in hexadecimal; empty where there is none

    @staticmethod
    def of(module: bytes) -> ModuleForm:
        """As a module of that kernel has it."""
        wanted = [".modinfo", ".gnu.linkonce.this_module", "__versions"]
        sections = harvest.elf_sections(module, wanted)
        info = [text for text in sections.get(".modinfo", b"").split(b"\0") if text.startswith(b"vermagic=")]
        this_module = sections.get(".gnu.linkonce.this_module")
        if not info or this_module is None:
            raise Failure("the kernel's own module is none: it has no vermagic or no struct module")
        return ModuleForm(
            vermagic=info[0].decode(),
            struct_size=len(this_module),
            struct_alignment=64,
            layout_version=_layout_version(sections.get("__versions", b"")).hex(),
        )


def _layout_version(versions: bytes) -> bytes:
    for at in range(0, len(versions), _VERSION_SIZE):
        entry = versions[at : at + _VERSION_SIZE]
        if entry[8:].split(b"\0")[0] == b"module_layout":
            return entry
    return b""


@dataclass(frozen=True)
class _Section:
    name: str
    data: bytes
    kind: int = _PROGBITS
    flags: int = 0
    alignment: int = 1
    link: int = 0
    info: int = 0
    entry_size: int = 0


def _frame(form: ModuleForm, name: bytes) -> list[_Section]:
    """What stands before the BTF. A section that is linked to is named by its number, from 1."""
    struct_module = bytearray(form.struct_size)
    struct_module[_NAME_IN_STRUCT_MODULE : _NAME_IN_STRUCT_MODULE + len(name)] = name
    info = [b"license=GPL", b"intree=Y", b"retpoline=Y", b"name=" + name, form.vermagic.encode()]
    sections = [
        _Section(".strtab", b"\0", _STRTAB),
        _Section(".symtab", bytes(24), _SYMTAB, alignment=8, link=1, info=1, entry_size=24),
        _Section(".modinfo", b"\0".join(info) + b"\0", flags=_ALLOC),
        _Section(".gnu.linkonce.this_module", bytes(struct_module), flags=_ALLOC | _WRITE,
                 alignment=form.struct_alignment),
    ]  # fmt: skip
    if form.layout_version:
        sections.append(_Section("__versions", bytes.fromhex(form.layout_version), flags=_ALLOC, alignment=32))
    return sections


def _elf(sections: Sequence[_Section]) -> bytes:
    names = b"\0"
    placed = [*sections, _Section(".shstrtab", b"", _STRTAB)]
    name_offsets = []
    for section in placed:
        name_offsets.append(len(names))
        names += section.name.encode() + b"\0"
    body = bytearray(_HEADER.size)
    headers = [bytes(_SECTION.size)]
    for section, name_offset in zip(placed, name_offsets, strict=True):
        body += bytes(-len(body) % section.alignment)
        data = names if section.name == ".shstrtab" else section.data
        headers.append(
            _SECTION.pack(name_offset, section.kind, section.flags, 0, len(body), len(data), section.link,
                          section.info, section.alignment, section.entry_size)
        )  # fmt: skip
        body += data
    body += bytes(-len(body) % 8)
    table = len(body)
    ident = b"\x7fELF" + bytes([2, 1, 1, 0]) + bytes(8)
    body[: _HEADER.size] = _HEADER.pack(
        ident, _RELOCATABLE, _MACHINE_X86_64, 1, 0, 0, table, 0, _HEADER.size, 0, 0, _SECTION.size, len(headers),
        len(headers) - 1,
    )  # fmt: skip
    return bytes(body) + b"".join(headers)


def pair_in(module: bytes) -> Pair:
    """The pair that a module file was made from, as far as a kernel sees it."""
    try:
        sections = harvest.elf_sections(module, [".BTF", ".BTF.base", TARGET_SECTION])
    except harvest.Malformed as error:
        raise Failure(f"the module {error}") from error
    split, base, target = (sections.get(name) for name in (".BTF", ".BTF.base", TARGET_SECTION))
    if base is None:
        return Pair(base=target, split=split)
    if split == NO_HEADER:
        return Pair(base=base)
    return Pair(distilled=base, split=split, target=target)


class ModuleWriter:
    """Writes module files for one kernel."""

    def __init__(self, form: ModuleForm, name: str = NAME) -> None:
        self._frame = _frame(form, name.encode())

    def write_pair(self, pair: Pair) -> bytes:
        """What shows a kernel the pair, by itself or with its target in the place of the kernel's own BTF."""
        if pair.split is None:
            alone = next((part for part in (pair.base, pair.distilled, pair.target) if part is not None), None)
            if alone is None:
                raise Failure("the pair has no part that a kernel reads")
            return self.write(NO_HEADER, alone)
        if pair.distilled is None:
            return self.write(pair.split, None, pair.base)
        return self.write(pair.split, pair.distilled, pair.target)

    def write(self, btf: bytes, base: bytes | None, target: bytes | None = None) -> bytes:
        """`target` is kept in a section that no kernel looks at: what is to stand in for the kernel's own BTF."""
        sections = [*self._frame, _Section(".BTF", btf)]
        if base is not None:
            sections.append(_Section(".BTF.base", base))
        if target is not None:
            sections.append(_Section(TARGET_SECTION, target))
        return _elf(sections)
