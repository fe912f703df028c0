# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The page's two plots, as SVG that stands within the page: what the targets covered, and what was told apart, over time."""

from __future__ import annotations

import io
import re
from typing import Any

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

_SIZE = (5.2, 3.1)
_INK = "#3d4450"
_GRID = "#e3e6ea"
# Told apart also by those who see fewer colours (Okabe and Ito); the dashes tell the rest apart.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#b8860b", "#000000")
_DASHES = ("-", "--", ":")

matplotlib.rcParams.update(
    {
        # Text stays text: the page's font, and found by a search.
        "svg.fonttype": "none",
        "svg.hashsalt": "retort",
        "font.family": "sans-serif",
        "font.size": 9,
        "text.color": _INK,
        "axes.labelcolor": _INK,
        "axes.edgecolor": "#9aa3ae",
        "xtick.color": _INK,
        "ytick.color": _INK,
    }
)


def _axes(title: str, below: str, beside: str) -> tuple[Figure, Axes]:
    figure, axes = pyplot.subplots(figsize=_SIZE)
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_xlabel(below)
    axes.set_ylabel(beside)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _legend(axes: Axes) -> None:
    """Beside the plot, where it hides nothing."""
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _svg(figure: Figure, what: str) -> str:
    figure.tight_layout()
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    pyplot.close(figure)
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    # The page decides how wide it is, and a reader of the page aloud is told what it shows.
    svg = re.sub(r'width="[^"]*pt"', 'width="100%"', re.sub(r'height="[^"]*pt" ', "", svg, count=1), count=1)
    # Two plots in one page must not share the names of their parts.
    svg = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{what}-", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{what}" ', 1)


def coverage(targets: list[dict[str, Any]]) -> str:
    """Edges over each target's own seconds."""
    figure, axes = _axes("Coverage", "seconds of the target's run", "edges reached")
    for number, target in enumerate(target for target in targets if target["growth"]):
        growth = target["growth"]
        axes.plot(
            [point["seconds"] for point in growth],
            [point["edges"] for point in growth],
            color=_COLOURS[number % len(_COLOURS)],
            linestyle=_DASHES[number // len(_COLOURS) % len(_DASHES)],
            marker="o" if len(growth) == 1 else None,
            markersize=3,
            linewidth=1.5,
            label=target["target"],
        )
    if axes.lines:
        _legend(axes)
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
    return _svg(figure, "coverage")


def signatures(points: list[dict[str, Any]]) -> str:
    """Entries that explained something and findings, each counted once, over the seconds of all targets."""
    figure, axes = _axes("Distinct signatures", "seconds of all targets", "known so far")
    seconds = [point["seconds"] for point in points]
    for key, label, colour in (("entries", "entries met", _COLOURS[0]), ("findings", "findings", _COLOURS[1])):
        axes.step(seconds, [point[key] for point in points], where="post", color=colour, linewidth=1.5, label=label)
    _legend(axes)
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.yaxis.get_major_locator().set_params(integer=True)
    return _svg(figure, "signatures")
