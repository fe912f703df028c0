# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What a person wants to read of a finding: the reduced pair, its parts' dump, and the explanation in sentences.

All of it is what `retort` says. Where it cannot say something, the finding says so in that place.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import tempfile
import time
from typing import Any

from .build import Programs
from .run import ROOT

# As far as it goes from what matters most: `retort` names these.
REACHES = ("valid", "malformed", "call-order", "misuse")
_REDUCE_SECONDS = 60
_SECONDS = 60
_DUMP_LINES = 60


def _run(retort: pathlib.Path, *words: str | pathlib.Path, seconds: float = _SECONDS) -> tuple[int, str, str]:
    try:
        done = subprocess.run(
            [str(retort), *map(str, words)], cwd=ROOT, capture_output=True, timeout=max(1.0, seconds)
        )
    except subprocess.TimeoutExpired:
        return -1, "", f"retort {words[0]} took more than {seconds:.0f} seconds."
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def can(retort: pathlib.Path, command: str) -> bool:
    # Asked for the help of a command that it has not, it gives its own.
    return f"retort {command} " in _run(retort, command, "--help")[1]


def dump(retort: pathlib.Path, pair: pathlib.Path) -> list[dict[str, str]]:
    """Each part of a pair as text, under its name."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        status, _, error = _run(retort, "unpack", pair, folder)
        if status != 0:
            return [{"part": "pair", "text": error.strip()}]
        layers: list[pathlib.Path] = []
        texts = []
        for part in _in_order(folder):
            if part.suffix == ".txt":
                texts.append({"part": part.name, "text": part.read_text(errors="replace")})
                continue
            if part.suffix != ".btf" or part.name == "ext.btf":
                texts.append({"part": part.name, "text": f"{part.stat().st_size} bytes"})
                continue
            # A target stands alone, and so does a distilled base.
            below = layers if part.name.startswith("split") else []
            bases = [word for base in below for word in ("--base", base)]
            status, text, error = _run(retort, "dump", part, *bases)
            said = text if status == 0 else error.replace(name + "/", "")
            texts.append({"part": part.name, "text": _shortened(said.strip() or "no types")})
            if part.name != "target.btf":
                layers = [*below, part]
        return texts


def _in_order(folder: pathlib.Path) -> list[pathlib.Path]:
    """What lies below first; of a base and a distilled base, splits lie on the distilled one."""
    order = ["base.btf", "distilled.btf", "split", "target.btf"]

    def rank(path: pathlib.Path) -> tuple[int, int, str]:
        found = next((n for n, start in enumerate(order) if path.name.startswith(start)), len(order))
        return found, len(path.name), path.name

    return sorted(folder.iterdir(), key=rank)


def _shortened(text: str) -> str:
    lines = text.splitlines()
    if len(lines) <= _DUMP_LINES:
        return text
    return "\n".join(lines[:_DUMP_LINES]) + f"\n... and {len(lines) - _DUMP_LINES} more lines"


class Describer:
    """Describes findings, for as long as there is time; the rest stays as it was found."""

    def __init__(self, programs: Programs, folder: pathlib.Path, seconds: float) -> None:
        # What reads beyond an allocation shows under a sanitizer alone.
        self._retort = programs.sanitized_retort
        self._plain = programs.retort
        self._folder = folder
        self._end = time.monotonic() + seconds
        self._can = {command for command in ("reduce", "export") if can(programs.retort, command)}

    def describe(self, finding: dict[str, Any]) -> None:
        pair = self._folder / finding["pair"]
        # The difference that the finding is named by; what only stops a target has none.
        which = [] if finding["op"] == "any" else ["--op", finding["op"], "--oracle", finding["oracle"]]
        finding["reduced"], finding["reduction"] = self._reduce(pair, which)
        shown = self._folder / finding["reduced"] if finding["reduced"] else pair
        finding["dump"] = dump(self._plain, shown)
        finding["c"] = self._as_c(shown, which)
        status, text, error = _run(self._retort, "explain", shown)
        finding["explanation"] = self._without_folder(text if status in (0, 3) else error)
        said = self._said(shown)
        finding["reach"] = said.get("reach")
        finding["reach_because"] = said.get("reach_because", "")
        differences = said.get("differences", [])
        finding["entries"] = sorted({entry["name"] for one in differences for entry in one["entries"]})

    def _reduce(self, pair: pathlib.Path, which: list[str]) -> tuple[str | None, str]:
        """The name of the reduced pair, and in words what became of the reduction."""
        if "reduce" not in self._can:
            return None, "not reduced: this build's retort has no command for it"
        out = pair.with_suffix(".reduced.pair")
        if time.monotonic() > self._end:
            return None, "not reduced: the time for it was up"
        status, _, error = _run(self._retort, "reduce", pair, "--out", out, *which, seconds=_REDUCE_SECONDS)
        last = self._without_folder((error.strip().splitlines() or [f"it ended with status {status}."])[-1])
        last = last.removeprefix("retort: ")
        if status == 0 and out.is_file():
            return out.name, "reduced: " + last
        return None, "not reduced: " + last

    def _as_c(self, pair: pathlib.Path, which: list[str]) -> dict[str, str] | None:
        """One file that needs libbpf alone, to send upstream; nothing where it cannot be made."""
        if "export" not in self._can or not which:
            return None
        out = pair.with_suffix(".c")
        status, _, _ = _run(self._retort, "export", pair, "--to", "c", "--out", out, *which)
        if status != 0 or not out.is_file():
            return None
        return {"file": out.name, "text": out.read_text(errors="replace")}

    def _without_folder(self, text: str) -> str:
        return text.strip().replace(str(self._folder) + "/", "")

    def _said(self, pair: pathlib.Path) -> dict[str, Any]:
        text = _run(self._retort, "explain", "--json", pair)[1]
        try:
            said = json.loads(text)
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}


def by_reach(finding: dict[str, Any]) -> tuple[int, str]:
    """For sorting: valid input first, misuse last, and what nothing is known of between."""
    reach = str(finding.get("reach") or "").replace("_", "-").replace(" ", "-")
    rank = REACHES.index(reach) if reach in REACHES else len(REACHES) - 1.5
    return int(rank * 2), str(finding["signature"])


def is_defect(finding: dict[str, Any]) -> bool:
    """What needs a documented precondition to be broken is somebody else's mistake."""
    return finding.get("reach") != "misuse"
