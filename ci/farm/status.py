# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What a person sees: a page that is drawn anew each second where there is a terminal, a line each minute where there is none. All
but the page goes into a log too, and a terminal that goes away takes nothing with it."""

from __future__ import annotations

import io
import pathlib
import time
from typing import TextIO

from .round import Round
from .space import MEGABYTE, Space

_PAGE_SECONDS = 1.0
_LINE_SECONDS = 60.0


class Tee(io.TextIOBase):
    """Standard output that is kept in a file, and outlives its terminal."""

    def __init__(self, terminal: TextIO, log: pathlib.Path) -> None:
        self._terminal: TextIO | None = terminal
        self._log = open(log, "a", encoding="utf-8")

    def write(self, text: str) -> int:
        self._log.write(text)
        self._log.flush()
        self.show(text)
        return len(text)

    def show(self, text: str) -> None:
        """To the terminal alone."""
        if self._terminal is None:
            return
        try:
            self._terminal.write(text)
            self._terminal.flush()
        except (OSError, ValueError):
            self._terminal = None

    def flush(self) -> None:
        self.show("")

    def isatty(self) -> bool:
        try:
            return self._terminal is not None and self._terminal.isatty()
        except (OSError, ValueError):
            return False

    def fileno(self) -> int:
        return self._log.fileno()


def page(current: Round, space: Space) -> str:
    """One target's round as a table."""
    edges, features = current.edges()
    lines = [
        f"{current.place.target}: {current.left:.0f} s left, {current.executions} executions, {edges} edges, "
        f"{features} features, {current.stops} stops; {max(0, space.left()) // MEGABYTE} MB left to write",
        f"  {'instance':<14}{'engine':<11}{'schedule':<10}{'executions':>12}{'corpus':>8}{'deaths':>8}  ",
    ]
    for instance in current.instances:
        role = instance.role
        told = [word for word, said in (("cmplog", role.cmplog), ("types only", role.custom_only)) if said]
        told += [] if instance.pid else ["starts again soon"]
        lines.append(
            f"  {role.name:<14}{role.engine.value:<11}{role.schedule:<10}{instance.executions:>12}"
            f"{instance.corpus_size:>8}{instance.deaths:>8}  {', '.join(told)}"
        )
    return "\n".join(lines) + "\n"


class Status:
    def __init__(self, out: Tee, space: Space) -> None:
        self._out = out
        self._space = space
        self._shown = 0.0

    def show(self, current: Round) -> None:
        now = time.monotonic()
        terminal = self._out.isatty()
        if now - self._shown < (_PAGE_SECONDS if terminal else _LINE_SECONDS):
            return
        self._shown = now
        text = page(current, self._space)
        if terminal:
            # Home, and each line wiped as it is written: a page that is cleared first would flicker.
            self._out.show("\033[H" + text.replace("\n", "\033[K\n") + "\033[J")
        else:
            self._out.write(text.splitlines()[0] + "\n")
