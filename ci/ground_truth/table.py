# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What the bench found, as a person reads it: one line for each defect, medians over the seeds of the fuzzer."""

from __future__ import annotations

import math
from typing import Any, Iterable

from .defects import Defect

MOMENTS = ("reach", "trigger", "explain")


def median(times: list[float | None]) -> float:
    """Of what never came, the time is infinite: two of three have to be there."""
    known = sorted(math.inf if time is None else time for time in times)
    middle = len(known) // 2
    if len(known) % 2:
        return known[middle]
    return (known[middle - 1] + known[middle]) / 2


def _text(time: float | None) -> str:
    return "-" if time is None or math.isinf(time) else f"{time:.1f}"


def lines(defects: Iterable[Defect], result: dict[str, Any]) -> list[str]:
    head = f"{'defect':<7}{'target':<10}{'seeds':>6}{'out':>5}"
    head += "".join(f"  {moment:>9} {'(each seed)':<20}" for moment in MOMENTS)
    table = [head.rstrip()]
    for defect in defects:
        cells = [cell for cell in result["cells"].values() if cell["defect"] == defect.letter]
        if not cells:
            continue
        cells.sort(key=lambda cell: cell["seed"])
        line = f"{defect.letter:<7}{cells[-1]['target']:<10}{cells[-1]['seeds']:>6}{cells[-1]['left_out']:>5}"
        for moment in MOMENTS:
            times = [cell[moment] for cell in cells]
            each = "(" + " ".join(_text(time) for time in times) + ")"
            line += f"  {_text(median(times)):>9} {each:<20}"
        table.append(line.rstrip())
    return table


def all_found(defects: Iterable[Defect], result: dict[str, Any], within: float) -> bool:
    """Whether every defect that was run is explained by the median of its seeds within that many seconds."""
    for defect in defects:
        times = [cell["explain"] for cell in result["cells"].values() if cell["defect"] == defect.letter]
        if not times or median(times) > within:
            return False
    return True
