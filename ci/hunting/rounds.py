# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""All targets in turn, each with its share of the time, and what they give together."""

from __future__ import annotations

import collections
import pathlib
import shutil
import time
from typing import Any, Protocol, Sequence

from . import findings
from .build import Programs
from .fuzz import Run
from .interruption import Interruption

# Sorting a stop takes about a second; a defect that is met all the time leaves thousands of them.
_SORTING_SECONDS = 300


class Ran(Protocol):
    """A run that is over, as the sums below need it."""

    started: float
    result: dict[str, Any]


def shares(seconds: int, count: int) -> list[int]:
    """Whole seconds that add up to all of them; who comes first has what does not divide."""
    return [seconds // count + (1 if n < seconds % count else 0) for n in range(count)]


def run_all(programs: Programs, out: pathlib.Path, seconds: int, interruption: Interruption) -> list[Run]:
    """Fuzzes each target; after an interruption none is begun any more."""
    shutil.rmtree(out / "samples", ignore_errors=True)
    runs = []
    for name, share in zip(programs.targets, shares(seconds, len(programs.targets))):
        if interruption.came:
            break
        run = Run(programs, name, out, interruption)
        run.fuzz(share)
        runs.append(run)
    return runs


def together(runs: Sequence[Ran]) -> dict[str, Any]:
    """The counts of all targets, added up; edges are a target's own and stay with it."""
    total: dict[str, Any] = {
        "seconds": round(sum(run.result["seconds"] for run in runs), 1),
        "executions": sum(run.result["executions"] for run in runs),
        "targets": [run.result for run in runs],
        "stats": added([run.result["stats"] for run in runs]),
    }
    return total


def added(stats: list[dict[str, Any]]) -> dict[str, Any]:
    """What several targets or processes counted, as one count."""
    numbers: dict[str, int] = collections.Counter()
    entries: dict[str, dict[str, int]] = {}
    for one in stats:
        for key, value in one.items():
            if key.endswith("_every"):
                numbers[key] = value
            elif isinstance(value, int):
                numbers[key] += value
        for entry in one.get("entries", []):
            sums = entries.setdefault(entry["name"], collections.Counter())
            for key, value in entry.items():
                if isinstance(value, int):
                    sums[key] += value
    if not numbers:
        return {}
    return {**numbers, "entries": [{"name": name, **sums} for name, sums in entries.items()]}


def sort(programs: Programs, out: pathlib.Path) -> tuple[list[dict[str, Any]], int]:
    """The findings of all targets, those of earlier runs too; and how many stops were not looked at."""
    sorter = findings.Sorter(programs, out / "findings", _SORTING_SECONDS)
    for name in programs.targets:
        folder = out / "artifacts" / name
        if folder.is_dir():
            sorter.take(name, [path for path in folder.iterdir() if path.is_file()])
    return sorter.found(), sorter.left


def growth(runs: Sequence[Ran], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many distinct signatures, entries that explained and findings alike, were known when."""
    points = []
    seen: set[str] = set()
    before = 0.0
    for run in runs:
        for sample in run.result["growth"]:
            seen.update(sample["entries"])
            moment = run.started + sample["seconds"]
            known = sum(finding["first"] <= moment for finding in found)
            points.append(
                {"seconds": round(before + sample["seconds"], 1), "entries": len(seen), "findings": known}
            )
        before += run.result["seconds"]
    return points


def minimise(runs: list[Run], seconds: int, interruption: Interruption) -> None:
    end = time.monotonic() + seconds
    for number, run in enumerate(runs):
        left = end - time.monotonic()
        if interruption.came or left < 1:
            return
        # A target whose corpus is small leaves its time to the others.
        run.result["corpus"] = run.minimise(max(1, int(left / (len(runs) - number))))


def functions(runs: list[Run], seconds: int, interruption: Interruption) -> list[dict[str, Any]]:
    """Of each function of upstream's, its edges and those that the target which reaches most of them reaches."""
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for run in runs:
        for function in [] if interruption.came else run.functions(seconds):
            key = (function["file"], function["function"])
            if key not in best or function["covered"] > best[key]["covered"]:
                best[key] = {**function, "target": run.target}
    return sorted(best.values(), key=lambda function: (function["file"], function["line"]))
