# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The hunt's results as one page for a browser, with nothing beside it: style and plots stand in it."""

from __future__ import annotations

import pathlib
import time
from typing import Any

import jinja2

from . import describe, plots
from .run import write_whole

_TEMPLATES = pathlib.Path(__file__).resolve().parent
# Upstream's code that is about BTF; the rest of libbpf is shown after it.
_BTF_FILES = ("btf.c", "btf_relocate.c", "btf_iter.c", "btf_dump.c", "relo_core.c", "strset.c", "hashmap.c")


def _entries(table: list[dict[str, Any]], fuzz: dict[str, Any]) -> list[dict[str, Any]]:
    """The table of entries with what the hunt counted; those that came up most stand first."""
    counts = {entry["name"]: entry for entry in fuzz["stats"].get("entries", [])}
    rows = []
    for entry in table:
        count = counts.get(entry["name"], {})
        # As in the name of its regression pair, without the ending.
        honest = fuzz["guards"].get(pathlib.Path(entry["pair"]).stem, {})
        rows.append(
            {
                **entry,
                "explains": count.get("explains", 0),
                "alone": count.get("alone", 0),
                "guarded": count.get("guarded", 0),
                "run": honest.get("run", 0),
                "died": honest.get("died", 0),
            }
        )
    return sorted(rows, key=lambda row: (-(row["explains"] + row["guarded"]), row["name"]))


def _files(functions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The functions by file, unreached ones first."""
    names = sorted({function["file"] for function in functions})
    names.sort(key=lambda name: _BTF_FILES.index(name) if name in _BTF_FILES else len(_BTF_FILES))
    files = []
    for name in names:
        inside = [function for function in functions if function["file"] == name]
        inside.sort(key=lambda function: (function["covered"] / max(1, function["edges"]), function["line"]))
        files.append(
            {
                "name": name,
                "functions": inside,
                "reached": sum(function["covered"] > 0 for function in inside),
                "covered": sum(function["covered"] for function in inside),
                "edges": sum(function["edges"] for function in inside),
            }
        )
    return files


def render(result: dict[str, Any], table: list[dict[str, Any]]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["grouped"] = lambda number: f"{number:,}".replace(",", "\u202f")
    environment.filters["share"] = lambda part, whole: f"{100 * part / whole:.0f} %" if whole else "-"
    fuzz = result["fuzz"]
    entries = _entries(table, fuzz)
    return environment.get_template("page.html.jinja").render(
        result=result,
        fuzz=fuzz,
        began=time.strftime("%Y-%m-%d %H:%M", time.localtime(result["started"])),
        defects=[finding for finding in result["findings"] if describe.is_defect(finding)],
        misuse=[finding for finding in result["findings"] if not describe.is_defect(finding)],
        entries=entries,
        met=[entry for entry in entries if entry["explains"] or entry["guarded"]],
        quiet=[entry for entry in entries if not entry["explains"] and not entry["guarded"]],
        files=_files(result["functions"]),
        coverage=plots.coverage(fuzz["targets"]),
        signatures=plots.signatures(fuzz["signatures"]),
    )


def write(path: pathlib.Path, result: dict[str, Any], table: list[dict[str, Any]]) -> None:
    write_whole(path, render(result, table).encode())
