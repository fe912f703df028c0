# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What has to be asked of a guest to answer an operation on a pair.

A kernel parses in one order and PROTOCOL.md opens parts in another, and a kernel relocates what it has parsed, though only
parsing may have been asked for. So a base is parsed as the .BTF.base of a module whose own .BTF ends before it begins; split
BTF is parsed as that of a module on a base in the place of the kernel's own; and only `relocate` hands over all of it at
once. There one insertion is enough, unless the target is refused: only then are the parts before it asked for by themselves.
A target that could only be put in place by a longer header is asked for by itself, too: a long header frees it of rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from . import target
from .guest import Reply

EINVAL = 22
_LARGEST_ERRNO = 4095
# Too short for a header, so that nothing is relocated after the base was parsed.
NO_HEADER = b"\0"
_EVENT = re.compile(r": (\w+): \((\w+)[^)]*\) (?:name=\"([^\"]*)\"|value=(-?\d+))")
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")
# Our own mark, and what is said of a module whatever is wrong with it.
_BESIDE = (b"retort: ", b"Kernel module BTF mismatch", b"failed to validate module")
_PARSING_BASE = "btf_parse_base"


@dataclass(frozen=True)
class Pair:
    """The parts of a pair that a kernel can be asked about."""

    base: bytes | None = None
    distilled: bytes | None = None
    split: bytes | None = None
    target: bytes | None = None
    layers: int = 1  # of split BTF; `split` is the lowest


@dataclass(frozen=True)
class Answer:
    outcome: str  # accepted, rejected, crashed or hung
    errno: int = 0
    stage: str = ""
    output: bytes = b""
    log: list[str] = field(default_factory=list)
    detail: str = ""


@dataclass(frozen=True)
class Insertion:
    """How far the kernel came with a module: for each step the errno, 0 for done, or None where it was not taken."""

    inserted: int
    own_base: int | None  # the kernel's own BTF, parsed when it is first needed
    module_base: int | None
    split: int | None
    relocated: int | None
    output: bytes
    log: list[str]
    may_be_lenient: bool = False  # the target was changed so that a kernel may accept what it would refuse


def read_insertion(reply: Reply) -> Insertion:
    bases: dict[str, int] = {}
    steps: list[int] = []
    relocated: int | None = None
    name = ""
    for event, caller, called, value in _EVENT.findall(reply.trace.decode(errors="replace")):
        if event == "base":
            name = called
        elif event == "base_done":
            bases[name] = _errno(int(value))
        elif event == "relocated":
            relocated = _errno(int(value))
        elif caller != _PARSING_BASE:
            steps.append(_errno(int(value)))
    # A step that cannot be watched is the one that failed where none of the others did and nothing came after.
    unseen = reply.error if relocated is None else 0
    return Insertion(
        inserted=reply.error,
        own_base=bases.get("vmlinux"),
        module_base=bases.get(".BTF.base"),
        split=next((step for step in steps if step), unseen) if steps else None,
        relocated=relocated,
        output=reply.output,
        log=log_lines(reply.log),
    )


def _errno(value: int) -> int:
    return -value if -_LARGEST_ERRNO <= value < 0 else 0


def log_lines(records: bytes) -> list[str]:
    """What the kernel said of BTF, each piece on a line. It writes some bytes as \\x and two digits."""
    lines = []
    for record in records.split(b"\n"):
        text = _ESCAPED.sub(lambda escaped: bytes([int(escaped[1], 16)]), record.partition(b";")[2])
        if not text.startswith(_BESIDE):
            lines.append(text.removeprefix(b"BPF:").decode(errors="replace").strip())
    return [line for line in lines if line]


class Questions:
    """Asks by way of `insert(split, base, target)`; without a target, the module comes onto anything that is there.

    `own` is the kernel's own BTF, the target of pairs that have none.
    """

    def __init__(self, insert: Callable[[bytes, bytes | None, bytes | None], Insertion], own: bytes) -> None:
        self._insert = insert
        self._own = own

    def answer(self, op: str, pair: Pair) -> Answer:
        return self._relocate(pair) if op == "relocate" else self._check(pair)

    def _check(self, pair: Pair) -> Answer:
        if pair.base is not None and pair.distilled is not None:
            if refusal := self._refusal_of_base(pair.base, "BASE"):
                return refusal
        return self._refusal_of_stack(pair) or self._refusal_of_target(pair) or Answer("accepted")

    def _relocate(self, pair: Pair) -> Answer:
        assert pair.split is not None
        try:
            done = self._insert(pair.split, pair.distilled, pair.target if pair.target is not None else self._own)
        except target.Unfit:
            return self._refusal_of_stack(pair) or self._refusal_of_target(pair) or _lost("takes a target without a header")
        if done.own_base:
            return self._refusal_of_stack(pair) or _rejected(done.own_base, "TRGT", done)
        if done.may_be_lenient and not (done.module_base or done.split):
            if refusal := self._refusal_of_target(pair):
                return refusal
        for error, stage in ((done.module_base, "DIST"), (done.split, "SPLT"), (done.relocated, "relocate")):
            if error:
                return _rejected(error, stage, done)
        if done.split is None:
            return _no_btf() if pair.split == b"" else _lost("did not look at the module's BTF")
        if done.relocated is None or done.inserted or not done.output:
            return _lost(f"says neither yes nor no (errno {done.inserted})")
        return Answer("accepted", output=done.output, log=done.log)

    def _refusal_of_stack(self, pair: Pair) -> Answer | None:
        lowest = pair.distilled if pair.distilled is not None else pair.base
        if lowest is None:
            return None
        if refusal := self._refusal_of_base(lowest, "BASE" if pair.distilled is None else "DIST"):
            return refusal
        return None if pair.split is None else self._refusal_of_split(pair.split, lowest)

    def _refusal_of_target(self, pair: Pair) -> Answer | None:
        return None if pair.target is None else self._refusal_of_base(pair.target, "TRGT")

    def _refusal_of_base(self, base: bytes, stage: str) -> Answer | None:
        done = self._insert(NO_HEADER, base, None)
        if done.module_base is None:
            return _lost(f"did not look at {stage}")
        return _rejected(done.module_base, stage, done) if done.module_base else None

    def _refusal_of_split(self, split: bytes, base: bytes) -> Answer | None:
        if split == b"":
            return _no_btf()
        done = self._insert(split, None, base)
        if done.own_base or done.split is None:
            return _lost("took a base of a module, but not in the place of its own")
        return _rejected(done.split, "SPLT", done) if done.split else None


def _rejected(errno: int, stage: str, done: Insertion) -> Answer:
    return Answer("rejected", errno, stage, log=done.log, detail=done.log[-1] if done.log else "")


def _no_btf() -> Answer:
    return Answer("rejected", EINVAL, "SPLT", detail="a module whose .BTF is empty has none, and is inserted without")


def _lost(how: str) -> Answer:
    return Answer("crashed", detail=f"the kernel {how}")
