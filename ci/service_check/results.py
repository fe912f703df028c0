# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""One line for each rule: passed, failed, or cannot be checked here, and in any case why one may believe it."""

from __future__ import annotations

import dataclasses
import enum
import sys


class Verdict(enum.Enum):
    PASSED = "passed"
    FAILED = "failed"
    UNCHECKED = "cannot be checked here"


@dataclasses.dataclass(frozen=True)
class Line:
    verdict: Verdict
    rule: str
    why: str

    def text(self) -> str:
        return f"  {self.verdict.value}: {self.rule}: {self.why}"


class Results:
    """The lines, printed as they come."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def _add(self, line: Line) -> None:
        self.lines.append(line)
        print(line.text(), flush=True)

    def judge(self, rule: str, holds: bool, why: str) -> bool:
        self._add(Line(Verdict.PASSED if holds else Verdict.FAILED, rule, why))
        return holds

    def unchecked(self, rule: str, why: str) -> None:
        self._add(Line(Verdict.UNCHECKED, rule, why))

    def count(self, verdict: Verdict) -> int:
        return sum(line.verdict is verdict for line in self.lines)

    def summary(self) -> int:
        """Prints how many of each there are; returns an exit status."""
        print(f"\n{', '.join(f'{self.count(verdict)} {verdict.value}' for verdict in Verdict)}")
        for line in self.lines:
            if line.verdict is Verdict.FAILED:
                print(line.text().lstrip(), file=sys.stderr)
        return 1 if self.count(Verdict.FAILED) else 0
