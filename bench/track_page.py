# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The history as one page that needs nothing else: a plot of each operation over commits, and bars over the versions
of libbpf beside the reference."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH, HEIGHT, MARGIN = 420, 120, 8
STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 62em; padding: 0 1em; color: #222;
       background: #fff }
figure { display: inline-block; margin: 0 1em 1.5em 0; vertical-align: top }
figcaption { font-weight: 600 } figcaption small { font-weight: 400; color: #555 }
svg { background: #f6f6f4; border-radius: 4px } td { padding: 0 1em 0 0 } td.n { text-align: right }
@media (prefers-color-scheme: dark) { body { background: #1b1b1b; color: #ddd } svg { background: #262626 }
       figcaption small { color: #aaa } }
"""


def number(value: float, unit: str) -> str:
    if unit == "ns":
        for factor, name in ((1e6, "ms"), (1e3, "µs")):
            if value >= factor:
                return f"{value / factor:,.2f} {name}"
        return f"{value:,.1f} ns"
    return f"{value:,.0f}"


def line_plot(name: str, points: Sequence[tuple[str, float]], unit: str) -> str:
    """From zero, so that a small change looks small."""
    highest = max(value for _, value in points) or 1
    step = (WIDTH - 2 * MARGIN) / max(len(points) - 1, 1)
    placed = [
        (MARGIN + at * step, HEIGHT - MARGIN - value / highest * (HEIGHT - 2 * MARGIN), label, value)
        for at, (label, value) in enumerate(points)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in placed)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#2a6fb0"><title>{html.escape(label)}: '
        f"{number(value, unit)}</title></circle>"
        for x, y, label, value in placed
    )
    return (
        f"<figure><figcaption>{html.escape(name)} <small>{number(points[-1][1], unit)}</small></figcaption>"
        f'<svg role="img" aria-label="{html.escape(name)} over commits" width="{WIDTH}" height="{HEIGHT}">'
        f'<polyline points="{path}" fill="none" stroke="#2a6fb0" stroke-width="2"/>{dots}</svg></figure>'
    )


def bars(operation: str, contestants: Mapping[str, float]) -> str:
    longest = max(contestants.values()) or 1
    height = 22 * len(contestants) + MARGIN
    rows = "".join(
        f'<rect x="170" y="{MARGIN + at * 22}" height="14" width="{max(value / longest * 150, 1):.1f}" '
        f'fill="{"#2a6fb0" if who.startswith("reference") else "#999"}"/>'
        f'<text x="4" y="{MARGIN + at * 22 + 12}" font-size="12" fill="currentColor">{html.escape(who)}</text>'
        f'<text x="328" y="{MARGIN + at * 22 + 12}" font-size="12" fill="currentColor">{number(value, "ns")}</text>'
        for at, (who, value) in enumerate(contestants.items())
    )
    return (
        f"<figure><figcaption>{html.escape(operation)}</figcaption>"
        f'<svg role="img" aria-label="{html.escape(operation)} by library" width="{WIDTH}" height="{height}">'
        f"{rows}</svg></figure>"
    )


def series(entries: Sequence[Mapping[str, Any]], field: str) -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = {}
    for entry in entries:
        label = f"{entry['commit']} {entry['date']} {entry['subject']}"
        for operation, value in entry[field].items():
            found.setdefault(operation, []).append((label, value))
    return found


def page(entries: Sequence[Mapping[str, Any]]) -> str:
    sections = []
    for field, title, unit in (
        ("instructions", "Instructions of fixed inputs, over commits", "count"),
        ("nanoseconds", "Time of fixed inputs, over commits", "ns"),
    ):
        plots = [line_plot(name, points, unit) for name, points in series(entries, field).items()]
        if plots:
            sections.append(f"<h2>{title}</h2>{''.join(plots)}")
    with_kernels = [entry for entry in entries if entry["on_kernels"]]
    if with_kernels:
        newest = with_kernels[-1]
        plots = [bars(operation, contestants) for operation, contestants in newest["on_kernels"].items()]
        sections.append(
            f"<h2>On harvested kernels, by library</h2><p>At {html.escape(newest['commit'])}; one item each, as "
            f"bench-operations counts them.</p>{''.join(plots)}"
        )
    rows = "".join(
        f"<tr><td><code>{html.escape(entry['commit'])}</code></td><td>{html.escape(entry['date'])}</td>"
        f"<td>{html.escape(entry['subject'])}</td><td>{html.escape(entry['compiler'])}</td></tr>"
        for entry in entries
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>retort: performance</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style><h1>Performance</h1>'
        f"{''.join(sections)}<h2>Commits</h2><table>{rows}</table></html>\n"
    )
