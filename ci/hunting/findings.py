# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What the fuzz run left behind: findings, stored under stable names, and the guards' honesty."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import subprocess
from typing import Any

from .build import Programs
from .run import ROOT

_DIED = ("crashed", "hung")
_DIFF_SECONDS = 120
# The pairs are small: what takes longer than this does not end.
_IMPATIENT = ("--seconds", "2")


def _diff(program: pathlib.Path, pair: pathlib.Path, *options: str) -> dict[str, Any] | None:
    """What `retort diff --json` says of one pair; nothing where it is no pair."""
    try:
        done = subprocess.run(
            [str(program), "diff", "--json", *options, str(pair)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_DIFF_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return None
    lines = done.stdout.decode(errors="replace").splitlines()
    return json.loads(lines[0]) if lines else None


def _signature(compared: dict[str, Any] | None, artifact: pathlib.Path) -> dict[str, str]:
    """Operation, oracle and class of the first answer that nothing explains."""
    for op in (compared or {}).get("ops", []):
        if op["verdict"] != "finding":
            continue
        reference = op["answers"][0]
        for answer in op["answers"]:
            if answer["outcome"] in _DIED:
                return {"op": op["op"], "oracle": answer["oracle"], "class": answer["outcome"]}
        for answer in op["answers"][1:]:
            if any(answer[key] != reference[key] for key in ("outcome", "errno", "digest")):
                kind = f"{answer['outcome']}-not-{reference['outcome']}"
                return {"op": op["op"], "oracle": answer["oracle"], "class": kind}
    # The target stopped where the command line does not: its own kind of artifact names the class.
    return {"op": "any", "oracle": "any", "class": artifact.name.split("-")[0]}


def collect(
    programs: Programs, artifacts: pathlib.Path, folder: pathlib.Path
) -> list[dict[str, Any]]:
    """Stores each artifact as a finding, if the build at hand still shows it."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for artifact in sorted(artifacts.iterdir()):
        content = artifact.read_bytes()
        compared = _diff(programs.sanitized_retort, artifact)
        if compared is not None and _is_explained(compared) and not _kills(programs, artifact):
            # The table learnt of it since.
            artifact.unlink()
            continue
        signature = _signature(compared, artifact)
        digest = hashlib.sha256(content).hexdigest()[:12]
        name = f"{signature['op']}-{signature['oracle']}-{signature['class']}-{digest}.pair"
        temporary = folder / (name + ".new")
        temporary.write_bytes(content)
        os.replace(temporary, folder / name)
        found.append({"pair": name, **signature})
    return found


def _is_explained(compared: dict[str, Any]) -> bool:
    return all(op["verdict"] != "finding" for op in compared["ops"])


def _kills(programs: Programs, artifact: pathlib.Path) -> bool:
    try:
        done = subprocess.run(
            [str(programs.target), "-timeout=25", str(artifact)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_DIFF_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def honesty(programs: Programs, samples: pathlib.Path, limit: int) -> dict[str, dict[str, int]]:
    """Of the pairs that each guard took, how many make the oracle die where nothing guards it."""
    guarded = samples / "guarded"
    result = {}
    for guard in sorted(guarded.iterdir()) if guarded.is_dir() else []:
        pairs = sorted(guard.glob("*.pair"))[:limit]
        died = sum(1 for pair in pairs if _dies(_diff(programs.sanitized_retort, pair, *_IMPATIENT)))
        result[guard.name] = {"run": len(pairs), "died": died}
    return result


def _dies(compared: dict[str, Any] | None) -> bool:
    return compared is not None and any(
        answer["outcome"] in _DIED for op in compared["ops"] for answer in op["answers"]
    )
