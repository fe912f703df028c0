# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Lines and branches of upstream's source that a corpus reaches, by function, from what clang's coverage says.

Functions that do nothing but talk to a kernel are left out by name, each with the reason: no input reaches
them without a kernel that answers.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import pathlib
import tomllib
from typing import Any, Iterable

# What the figures are about, and what is shown beside them.
COUNTED = ("btf.c", "btf_relocate.c", "btf_iter.c", "strset.c", "hashmap.c")
BESIDE = ("btf_dump.c", "relo_core.c")

_LOADS = "hands BTF to the kernel"
_READS = "asks the kernel for BTF that it has loaded"
_FILES = "reads the running kernel's own files"
_FD = "keeps the descriptor of BTF that the kernel has loaded"
_MMAP = "maps a file of the kernel's"
KERNEL_ONLY = {
    "btf_load_into_kernel": _LOADS,
    "btf__load_into_kernel": _LOADS,
    "btf_get_from_fd": _READS,
    "btf_load_from_kernel": _READS,
    "btf__load_from_kernel_by_id": _READS,
    "btf__load_from_kernel_by_id_split": _READS,
    "btf__load_vmlinux_btf": _FILES,
    "btf__load_module_btf": _FILES,
    "libbpf_find_kernel_btf": _FILES,
    "btf__fd": _FD,
    "btf__set_fd": _FD,
    "btf_parse_raw_mmap": _MMAP,
    "btf__parse_raw_mmap": _MMAP,
}


@dataclasses.dataclass
class Function:
    file: str
    name: str
    first: int
    last: int
    lines: int = 0
    lines_reached: int = 0
    branches: int = 0
    branches_reached: int = 0
    missed: list[int] = dataclasses.field(default_factory=list)

    @property
    def reason(self) -> str | None:
        """Why it is left out, if it is."""
        return KERNEL_ONLY.get(self.name)


@dataclasses.dataclass
class _File:
    lines: dict[int, int] = dataclasses.field(default_factory=dict)
    branches: list[tuple[int, bool]] = dataclasses.field(default_factory=list)


def _read_lcov(text: str) -> dict[str, _File]:
    """By path: how often each line ran, and of each branch its line and whether it was taken."""
    files: dict[str, _File] = collections.defaultdict(_File)
    current = _File()
    for record in text.splitlines():
        kind, _, value = record.partition(":")
        if kind == "SF":
            current = files[value]
        elif kind == "DA":
            line, count = value.split(",")[:2]
            current.lines[int(line)] = int(count)
        elif kind == "BRDA":
            fields = value.split(",")
            current.branches.append((int(fields[0]), fields[3] not in ("-", "0")))
    return files


def _ranges(export: dict[str, Any]) -> Iterable[tuple[str, str, int, int]]:
    """Path, name, first and last line of each function; a static one is named with its file before it."""
    for function in export["data"][0]["functions"]:
        region = function["regions"][0]
        yield function["filenames"][0], function["name"].split(":")[-1], region[0], region[2]


def by_function(export: str, lcov: str) -> list[Function]:
    """What `llvm-cov export` says as JSON and as lcov, put together."""
    files = _read_lcov(lcov)
    functions: dict[tuple[str, str, int], Function] = {}
    for path, name, first, last in _ranges(json.loads(export)):
        file = pathlib.Path(path).name
        if file not in COUNTED + BESIDE or (file, name, first) in functions:
            continue
        counted = files[path]
        function = Function(file, name, first, last)
        for line in range(first, last + 1):
            if line in counted.lines:
                function.lines += 1
                function.lines_reached += counted.lines[line] > 0
                if counted.lines[line] == 0:
                    function.missed.append(line)
        taken = [was for line, was in counted.branches if first <= line <= last]
        function.branches = len(taken)
        function.branches_reached = sum(taken)
        functions[file, name, first] = function
    return list(functions.values())


@dataclasses.dataclass
class Total:
    lines: int = 0
    lines_reached: int = 0
    branches: int = 0
    branches_reached: int = 0

    def add(self, function: Function) -> None:
        self.lines += function.lines
        self.lines_reached += function.lines_reached
        self.branches += function.branches
        self.branches_reached += function.branches_reached

    @property
    def line_share(self) -> float:
        return 100 * self.lines_reached / max(1, self.lines)

    @property
    def branch_share(self) -> float:
        return 100 * self.branches_reached / max(1, self.branches)


def total(functions: Iterable[Function]) -> Total:
    """Without what only talks to a kernel."""
    sums = Total()
    for function in functions:
        if function.reason is None:
            sums.add(function)
    return sums


@dataclasses.dataclass
class Unreached:
    """Lines of a function that nothing reaches, by their text, and why; no lines stand for the whole function."""

    file: str
    function: str
    why: str
    lines: list[str] = dataclasses.field(default_factory=list)


def read_unreached(text: str) -> list[Unreached]:
    return [Unreached(**entry) for entry in tomllib.loads(text).get("unreached", [])]


def _missed_texts(function: Function, source: list[str]) -> collections.Counter[str]:
    """Without lines that are brackets alone."""
    texts = (source[line - 1].strip() for line in function.missed)
    return collections.Counter(text for text in texts if text.strip("{}"))


def check_unreached(
    functions: Iterable[Function], source: dict[str, list[str]], listed: list[Unreached]
) -> list[str]:
    """A sentence for each line that is missed without a reason, and for each reason that no longer holds."""
    complaints: list[str] = []
    known = {(one.file, one.name): one for one in functions if one.reason is None and one.file in source}
    reasons: dict[tuple[str, str], list[Unreached]] = collections.defaultdict(list)
    for entry in listed:
        reasons[entry.file, entry.function].append(entry)
        if (entry.file, entry.function) not in known:
            complaints.append(f"{entry.file}: there is no function {entry.function} of which lines could be missed.")
    for key, function in known.items():
        where = f"{function.file}:{function.first} {function.name}"
        entries = reasons.get(key, [])
        whole = any(not entry.lines for entry in entries)
        if whole != (function.lines_reached == 0):
            complaints.append(f"{where} is reached by now." if whole else f"{where} is not reached, and no reason is given.")
        if whole or function.lines_reached == 0:
            continue
        missed = _missed_texts(function, source[function.file])
        given = collections.Counter(line for entry in entries for line in entry.lines)
        complaints += [f"{where}: '{text}' is missed, and no reason is given." for text in missed - given]
        complaints += [f"{where}: '{text}' is reached by now, or is no longer there." for text in given - missed]
    return complaints


def spans(lines: list[int]) -> str:
    """Consecutive lines as ranges: 3-5, 9."""
    parts: list[list[int]] = []
    for line in lines:
        if parts and parts[-1][1] == line - 1:
            parts[-1][1] = line
        else:
            parts.append([line, line])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def missed_because(source: list[str], missed: list[int]) -> dict[str, list[int]]:
    """The lines of a function that were not reached, by what stands in them."""
    reasons: dict[str, list[int]] = {}
    for line in missed:
        # A failure's lines stand together: what the block says at its end is said of all of it.
        near = " ".join(source[line - 1 : line + 3])
        if "ENOMEM" in near:
            reason = "an allocation fails"
        elif any(name in near for name in ("pr_warn", "pr_debug", "return -E", "err = -E", "libbpf_err")):
            reason = "input is refused"
        else:
            reason = "other"
        reasons.setdefault(reason, []).append(line)
    return reasons
