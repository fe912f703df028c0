# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""A folder of pairs through a booted kernel: what is asked, how far it has come, and what it has cost."""

from __future__ import annotations

import hashlib
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from . import module_file, protocol
from .failure import Failure
from .questions import Answer, Pair
from .session import Session


@dataclass(frozen=True)
class Asked:
    """One question of a batch, and what came of it."""

    name: str
    op: str
    answer: Answer
    seconds: float

    def as_json(self) -> dict[str, Any]:
        answer = self.answer
        return {
            "pair": self.name,
            "op": self.op,
            "outcome": answer.outcome,
            "errno": answer.errno,
            "stage": answer.stage,
            "bytes": len(answer.output),
            "sha256": hashlib.sha256(answer.output).hexdigest() if answer.output else "",
            "log": answer.log,
            "detail": answer.detail,
            "seconds": round(self.seconds, 4),
        }


class ProgressBar:
    """One line on a terminal, and nothing elsewhere."""

    def __init__(self, what: str, total: int, stream: IO[str] = sys.stderr, quiet: bool = False) -> None:
        self._what, self._total, self._stream = what, total, stream
        self._live = not quiet and stream.isatty()
        self._begin = self._shown = time.monotonic()
        self._done = 0

    def step(self) -> None:
        self._done += 1
        now = time.monotonic()
        if not self._live or (now - self._shown < 0.1 and self._done < self._total):
            return
        self._shown = now
        left = (now - self._begin) / self._done * (self._total - self._done)
        filled = 30 * self._done // self._total
        text = f"[{'#' * filled}{'.' * (30 - filled)}] {self._done} of {self._total} {self._what}, {left:.0f} s left"
        self._stream.write("\r\033[K" + text[: max(20, shutil.get_terminal_size().columns - 1)])
        self._stream.flush()

    def close(self) -> None:
        if self._live:
            self._stream.write("\r\033[K")
            self._stream.flush()


def files_below(paths: Sequence[Path]) -> list[Path]:
    """Pair files and exported modules, in order."""
    found: list[Path] = []
    for path in paths:
        below = sorted(p for p in path.rglob("*") if p.suffix in (".pair", ".ko")) if path.is_dir() else [path]
        if not below:
            raise Failure(f"{path}: there is no *.pair and no *.ko in it")
        found += below
    return found


def read(path: Path) -> Pair:
    """A pair file, or a module that `retort export --to ko` made."""
    if path.suffix != ".ko":
        return protocol.read_pair(path)
    try:
        return module_file.pair_in(path.read_bytes())
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error


def why_not(pair: Pair, session: Session) -> str | None:
    """Why the pair cannot be asked about, or None."""
    if pair.layers > 1:
        return "it has several layers of split BTF, and a module has one"
    if max(len(part or b"") for part in (pair.base, pair.distilled, pair.target)) > len(session.own_btf):
        return "a base of it is longer than the kernel's own BTF, in whose place it would have to be"
    return None if protocol.ops_of(pair, onto_own=True) else "it has no part that a kernel reads"


def run(session: Session, paths: Sequence[Path], ops: Sequence[str], quiet: bool) -> Iterator[Asked]:
    """Asks for each operation that a pair allows; without TRGT, a module is relocated onto the kernel's own BTF."""

    def answers(path: Path) -> Iterator[Asked]:
        pair = read(path)
        if reason := why_not(pair, session):
            yield Asked(str(path), "", Answer("not asked", detail=reason), 0)
            return
        for op in protocol.ops_of(pair, onto_own=True):
            if op in ops:
                began = time.monotonic()
                answer = session.answer(op, pair)
                yield Asked(str(path), op, answer, time.monotonic() - began)

    bar = ProgressBar("pairs", len(paths), quiet=quiet)
    try:
        for path in paths:
            yield from answers(path)
            bar.step()
    finally:
        bar.close()
