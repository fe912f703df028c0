# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Puts the defects into a copy of upstream's sources. The copy appears whole or not at all."""

from __future__ import annotations

import collections
import json
import os
import pathlib
import re
import shutil
from typing import Iterable

from hunting.run import Failed

from .defects import DEFECTS, Defect, Edit

HEADER = pathlib.Path(__file__).resolve().parent / "planted.h"


def code_folder(source: pathlib.Path) -> pathlib.Path:
    """Where btf.c lies in a kernel's sources, or in libbpf's own."""
    for below in ("tools/lib/bpf", "src"):
        if (source / below / "btf.c").is_file():
            return source / below
    raise Failed(f"{source} holds neither tools/lib/bpf/btf.c nor src/btf.c.")


def _body(text: str, edit: Edit) -> tuple[int, int]:
    """Where the function's definition begins and ends: upstream's closing brace stands in the first column."""
    definition = re.compile(rf"^(?!\s)[^;{{}}]*?\b{edit.function}\([^;{{}}]*\)\s*\n\{{.*?^\}}", re.M | re.S)
    found = definition.search(text)
    if found is None:
        raise Failed(f"{edit.file}: the function {edit.function} was not found; the defect cannot be planted.")
    start = text.index("\n{", found.start(), found.end())
    return start, found.end()


def edited(text: str, edit: Edit) -> str:
    """The text with the edit made in its function, and nowhere else."""
    start, end = _body(text, edit)
    body, times = re.subn(edit.find, edit.put, text[start:end])
    if times != edit.times:
        raise Failed(
            f"{edit.file}: in {edit.function} the place '{edit.find}' was found {times} times, not {edit.times};"
            " the defect cannot be planted."
        )
    return text[:start] + body + text[end:]


def _with_defects(text: str, edits: Iterable[Edit]) -> str:
    for edit in edits:
        text = edited(text, edit)
    return '#include "retort_planted.h"\n#line 1\n' + text


def plant(source: pathlib.Path, out: pathlib.Path, defects: Iterable[Defect] = DEFECTS) -> None:
    """Makes `out` a copy of `source` with all defects asleep in it."""
    by_file: dict[str, list[Edit]] = collections.defaultdict(list)
    for defect in defects:
        for edit in defect.edits:
            by_file[edit.file].append(edit)
    code = code_folder(source)
    texts = {name: _with_defects((code / name).read_text(), edits) for name, edits in by_file.items()}

    temporary = out.with_name(out.name + ".new")
    shutil.rmtree(temporary, ignore_errors=True)
    shutil.copytree(source, temporary, ignore=shutil.ignore_patterns(".git"))
    copy = temporary / code.relative_to(source)
    for name, text in texts.items():
        (copy / name).write_text(text)
    shutil.copyfile(HEADER, copy / "retort_planted.h")
    _record(source, temporary)
    if _same(temporary, out, copy.relative_to(temporary)):
        # What was built of it stays built.
        shutil.rmtree(temporary)
        return
    shutil.rmtree(out, ignore_errors=True)
    os.replace(temporary, out)


def _record(source: pathlib.Path, copy: pathlib.Path) -> None:
    record = {"version": "unknown"}
    if (source / "SOURCE.json").is_file():
        record = json.loads((source / "SOURCE.json").read_text())
    record["version"] += " with planted defects"
    (copy / "SOURCE.json").write_text(json.dumps(record, indent=2) + "\n")


def _same(new: pathlib.Path, old: pathlib.Path, code: pathlib.Path) -> bool:
    def content(root: pathlib.Path) -> dict[str, bytes]:
        files = [root / "SOURCE.json", *(root / code).glob("*.[ch]")]
        return {path.name: path.read_bytes() for path in files if path.is_file()}

    return old.is_dir() and content(new) == content(old)
