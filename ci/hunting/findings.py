# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What the fuzz runs left behind: findings, merged with their like and stored under stable names.

Two inputs show the same thing where the oracle, the operation and the sort of difference are the same, and
the property, the errors or the innermost functions too. Of each such signature the smallest input is
kept, and how many there were.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
from typing import Any, Iterable

from .build import Programs
from .run import ROOT, write_whole

DIED = ("crashed", "hung")
_DIFF_SECONDS = 120
# The pairs are small: what takes longer than this does not end.
IMPATIENT = ("--seconds", "2")
_FRAME = re.compile(r"^\s*#\d+ 0x[0-9a-f]+ in (\S+) (\S+)", re.MULTILINE)
_OURS = str(ROOT) + "/"
_FRAMES = 3


def diff(program: pathlib.Path, pair: pathlib.Path, *options: str) -> dict[str, Any] | None:
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


def _place(answer: dict[str, Any], reference: dict[str, Any]) -> str:
    """What tells two answers of one class apart: the property, the functions of a crash, or the errors."""
    if answer.get("property"):
        return str(answer["property"])
    if answer["outcome"] == "crashed":
        # "signal 11 (Segmentation fault): frames"
        return str(answer.get("detail", "")).split(": ", 1)[-1]
    if answer["outcome"] == "hung":
        return ""
    said = [f"errno {one['errno']} at {one.get('stage', '?')}" for one in (answer, reference) if one["errno"]]
    if answer.get("input_preserved", True) != reference.get("input_preserved", True):
        said.append("its input changed")
    return ", not ".join(said[:2])


def signature_of(compared: dict[str, Any] | None, name: str) -> dict[str, str]:
    """Operation, oracle, class and place of the first answer that nothing explains; a death before others."""
    for op in (compared or {}).get("ops", []):
        if op["verdict"] != "finding":
            continue
        reference = op["answers"][0]
        found = [answer for answer in op["answers"] if answer["verdict"] == "finding"]
        for answer in sorted(found, key=lambda answer: answer["outcome"] not in DIED):
            return _signature(op["op"], answer["oracle"], _class(answer, reference), _place(answer, reference))
    # The target stopped where the command line does not: its own kind of artifact names the class.
    return _signature("any", "any", name.split("-")[0], "")


def _class(answer: dict[str, Any], reference: dict[str, Any]) -> str:
    """In what way the answer is another one than the reference's."""
    outcome = str(answer["outcome"])
    if outcome in (*DIED, "broken"):
        return outcome
    if outcome != reference["outcome"]:
        return "accepts" if outcome == "accepted" else "rejects"
    return "other-result" if outcome == "accepted" else "other-error"


def _signature(op: str, oracle: str, kind: str, place: str) -> dict[str, str]:
    text = f"{op} by {oracle}: {kind}"
    return {"op": op, "oracle": oracle, "class": kind, "signature": f"{text} ({place})" if place else text}


def _is_explained(compared: dict[str, Any]) -> bool:
    return all(op["verdict"] != "finding" for op in compared["ops"])


def _frames(target: pathlib.Path, artifact: pathlib.Path) -> str | None:
    """Where the target stops on the input, as its innermost functions; nothing where it comes through."""
    # libFuzzer keeps what stops it once more, in the folder that it runs in.
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [str(target), "-timeout=25", str(artifact.resolve())],
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=_DIFF_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return "no end"
    if done.returncode == 0:
        return None
    found = _FRAME.findall(done.stderr.decode(errors="replace"))
    # The rest is the sanitizer's, the engine's, or the C library's, whose paths are relative.
    names = [name for name, file in found if file.startswith("/") and (".c:" in file or file.startswith(_OURS))]
    return " < ".join(names[:_FRAMES])


class Sorter:
    """Sorts the inputs on which targets stopped, for as long as there is time."""

    def __init__(self, programs: Programs, folder: pathlib.Path, seconds: float) -> None:
        self._programs = programs
        self._folder = folder
        self._end = time.monotonic() + seconds
        self._found: dict[str, dict[str, Any]] = {}
        self.left = 0
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, target: str, artifacts: Iterable[pathlib.Path]) -> None:
        # The small ones first: where time is up, what is left is what a person would read last.
        for artifact in sorted(artifacts, key=lambda path: (path.stat().st_size, path.name)):
            if time.monotonic() > self._end:
                self.left += 1
            else:
                self._take_one(target, artifact)

    def _take_one(self, target: str, artifact: pathlib.Path) -> None:
        compared = diff(self._programs.sanitized_retort, artifact)
        signature = signature_of(compared, artifact.name)
        if compared is None or _is_explained(compared):
            frames = _frames(self._programs.targets[target], artifact)
            if frames is None:
                # The table learnt of it since, or it was no input's fault.
                artifact.unlink()
                return
            signature = _signature("any", "any", artifact.name.split("-")[0], frames)
        self._merge(target, artifact, signature)

    def _merge(self, target: str, artifact: pathlib.Path, signature: dict[str, str]) -> None:
        content = artifact.read_bytes()
        when = artifact.stat().st_mtime
        known = self._found.get(signature["signature"])
        if known is None:
            known = {**signature, "pair": "", "targets": [], "count": 0, "bytes": len(content), "first": when}
            known["pair"] = self._store(content, signature)
            self._found[signature["signature"]] = known
        elif len(content) < known["bytes"]:
            (self._folder / known["pair"]).unlink(missing_ok=True)
            known["pair"] = self._store(content, signature)
            known["bytes"] = len(content)
        known["count"] += 1
        known["first"] = min(known["first"], when)
        if target not in known["targets"]:
            known["targets"].append(target)

    def _store(self, content: bytes, signature: dict[str, str]) -> str:
        digest = hashlib.sha256(content).hexdigest()[:12]
        name = f"{signature['op']}-{signature['oracle']}-{signature['class']}-{digest}.pair"
        write_whole(self._folder / name, content)
        return name

    def found(self) -> list[dict[str, Any]]:
        return sorted(self._found.values(), key=lambda finding: str(finding["signature"]))


def unguarded(programs: Programs, corpus: pathlib.Path, limit: int, to: pathlib.Path) -> dict[str, int]:
    """Runs pairs of a corpus in children, where no guard keeps them away from an oracle.

    What nothing explains is copied to `to`, from where it is sorted with the other stops.
    """
    count = {"run": 0, "died": 0, "found": 0}
    for pair in sorted(corpus.iterdir())[:limit]:
        compared = diff(programs.sanitized_retort, pair, *IMPATIENT)
        if compared is None:
            continue
        count["run"] += 1
        count["died"] += dies(compared)
        if not _is_explained(compared):
            count["found"] += 1
            write_whole(to / f"unguarded-{pair.name}", pair.read_bytes())
    return count


def honesty(
    programs: Programs, samples: pathlib.Path, limit: int, ops: dict[str, str]
) -> dict[str, dict[str, int]]:
    """Of the pairs that each guard took, how many make the oracle die where nothing guards it.

    `ops` says of a guard, by the name of its samples' folder, in which operation to look first; it may have stood
    before others as well.
    """

    def died(guard: str, pair: pathlib.Path) -> bool:
        return any(
            dies(diff(programs.sanitized_retort, pair, *IMPATIENT, *options))
            for options in ([("--op", ops[guard])] if guard in ops else []) + [()]
        )

    guarded = samples / "guarded"
    result = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for folder in sorted(guarded.iterdir()) if guarded.is_dir() else []:
            pairs = sorted(folder.glob("*.pair"))[:limit]
            deaths = pool.map(lambda pair, guard=folder.name: died(guard, pair), pairs)
            result[folder.name] = {"run": len(pairs), "died": sum(deaths)}
    return result


def dies(compared: dict[str, Any] | None) -> bool:
    return compared is not None and any(
        answer["outcome"] in DIED for op in compared["ops"] for answer in op["answers"]
    )
