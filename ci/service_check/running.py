# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The rules that a libFuzzer target shows when it runs: what the service's build check asserts, and how a target has to behave."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import zipfile

from .builds import Build
from .results import Results

_RUNS = 4
_FEWEST_EDGES = 100
_SPEED = 1000
_SPEED_SECONDS = 20
_MEGABYTES = 2560
_EDGES = re.compile(r"Loaded \d+ modules?\s+\((\d+) (?:inline 8-bit counters|guards)\)")
_REACHED = re.compile(r"INITED cov: (\d+) ft: (\d+)")
_TRACED = re.compile(r'^(?:\d+ +)?(\w+)\((.*)$')
_LIMIT = 600


@dataclasses.dataclass(frozen=True)
class Ended:
    status: int
    said: str
    cpu: float

    def number(self, name: str) -> int:
        found = re.search(rf"stat::{name}:\s*(\d+)", self.said)
        return int(found.group(1)) if found else 0


def environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    symbolizer = shutil.which("llvm-symbolizer-19")
    named = {"ASAN_SYMBOLIZER_PATH": symbolizer, "MSAN_SYMBOLIZER_PATH": symbolizer} if symbolizer else {}
    return kept | {"UBSAN_OPTIONS": "silence_unsigned_overflow=1"} | named


def start(program: pathlib.Path, words: list[str], where: str, wrapper: list[str] | None = None) -> Ended:
    before = os.times()
    try:
        done = subprocess.run(
            [*(wrapper or []), str(program), *words],
            cwd=where,
            env=environment() | ({"ASAN_OPTIONS": "detect_leaks=0"} if wrapper else {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_LIMIT,
        )
        status, said = done.returncode, done.stdout
    except subprocess.TimeoutExpired as expired:
        status, said = -1, expired.stdout or b""
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Ended(status, said.decode(errors="replace"), cpu)


def check(build: Build, target: str, results: Results) -> None:
    with tempfile.TemporaryDirectory(prefix="retort-check-") as folder:
        seeds = pathlib.Path(folder) / "seeds"
        with zipfile.ZipFile(build.out / f"{target}_seed_corpus.zip") as archive:
            archive.extractall(seeds)
        empty = pathlib.Path(folder) / "cwd"
        empty.mkdir()
        program = build.out / target
        _check_start(program, str(empty), results)
        _check_seeds(program, seeds, str(empty), results)
        _check_alone(program, seeds, empty, pathlib.Path(folder) / "trace", build, results)
        _check_speed(program, seeds, pathlib.Path(folder), build, results)


def _last(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("SUMMARY") or "ERROR" in line]
    return (told or lines or [""])[-1].strip()


def _check_start(program: pathlib.Path, where: str, results: Results) -> None:
    ended = start(program, ["-seed=1337", f"-runs={_RUNS}"], where)
    edges = _EDGES.search(ended.said)
    started = f"Done {_RUNS} runs" in ended.said and ended.status == 0
    results.judge(f"{program.name}: starts, without seeds", started, f"-runs={_RUNS}: {_last(ended.said)}")
    results.judge(
        f"{program.name}: finds inputs interesting",
        started and "no interesting inputs were found" not in ended.said,
        "libFuzzer does not complain" if started else "it does not start",
    )
    count = int(edges.group(1)) if edges else 0
    results.judge(f"{program.name}: at least {_FEWEST_EDGES} edges", count >= _FEWEST_EDGES, f"{count} edges")


def _check_seeds(program: pathlib.Path, seeds: pathlib.Path, where: str, results: Results) -> None:
    limits = ["-timeout=25", f"-rss_limit_mb={_MEGABYTES}", "-print_final_stats=1", "-runs=0"]
    first = start(program, [*limits, "-shuffle=0", str(seeds)], where)
    results.judge(
        f"{program.name}: returns 0 for each of its seeds, none stops it",
        first.status == 0,
        _last(first.said) if first.status else f"{first.number('number_of_executed_units')} runs",
    )
    results.judge(
        f"{program.name}: under 25 s and {_MEGABYTES} MB",
        first.status == 0 and 0 < first.number("peak_rss_mb") < _MEGABYTES,
        f"at most {first.number('slowest_unit_time_sec')} s and {first.number('peak_rss_mb')} MB",
    )
    again = start(program, [*limits, "-shuffle=1", "-seed=7", str(seeds)], where)
    results.judge(
        f"{program.name}: deterministic, and no state is carried over",
        *same_reach([_REACHED.findall(ended.said)[-1:] for ended in (first, again)]),
    )


def same_reach(reached: list[list[tuple[str, str]]]) -> tuple[bool, str]:
    """Whether two runs over the same seeds reached the same edges; and, as often as each was taken goes by powers of two and a name
    of a temporary file is longer at times, but for one in a thousand the same features."""
    if not all(reached):
        return False, "it says nothing of what it reached"
    (edges, features), (other_edges, other_features) = ((int(one[0][0]), int(one[0][1])) for one in reached)
    same = edges == other_edges and abs(features - other_features) * 1000 <= features
    return same, f"in two orders, the seeds reach {edges} and {other_edges} edges, {features} and {other_features} features"


def _writes(call: str, rest: str) -> bool:
    return call in ("mkdir", "unlink", "rename") or bool(re.search(r"O_WRONLY|O_RDWR|O_CREAT", rest))


def complaints(trace: str, mapped: tuple[str, ...]) -> list[str]:
    """System calls that a target may not make, from what strace wrote: the network, /dev, relative paths, and writing
    outside /tmp. `mapped` are the folders that it was told to read."""
    found = []
    for line in trace.splitlines():
        match = _TRACED.match(line)
        if match is None:
            continue
        call, rest = match.groups()
        if call in ("socket", "connect", "bind", "sendto"):
            found.append(line)
            continue
        path = re.search(r'"([^"]*)"', rest)
        if path is None or "ENOENT" in rest and not _writes(call, rest):
            continue
        name = path.group(1)
        if name.startswith(mapped) or call in ("execve", "readlink"):
            continue
        # An empty path is the descriptor itself.
        relative = bool(name) and not name.startswith("/")
        outside = _writes(call, rest) and not name.startswith("/tmp/")
        if relative or outside or name.startswith("/dev/"):
            found.append(line)
    return found


def _check_alone(
    program: pathlib.Path, seeds: pathlib.Path, empty: pathlib.Path, trace: pathlib.Path, build: Build, results: Results
) -> None:
    rule = f"{program.name}: no network, no current directory, no /dev, writes only below /tmp"
    strace = shutil.which("strace")
    if strace is None:
        results.unchecked(rule, "strace is not installed (ci/setup does)")
        return
    if build.sanitizer == "memory":
        results.unchecked(rule, "looked at without MemorySanitizer")
        return
    wrapper = [strace, "-f", "-qq", "-e", "trace=%file,%network", "-o", str(trace)]
    ended = start(program, ["-runs=0", str(seeds)], str(empty), wrapper)
    if not trace.is_file() or ended.status != 0:
        results.unchecked(rule, f"strace cannot follow it here: {_last(ended.said)}")
        return
    found = complaints(trace.read_text(errors="replace"), (str(seeds), str(empty)))
    left = sorted(path.name for path in empty.iterdir())
    results.judge(rule, not found and not left, "; ".join([*found[:3], *left]) or "of all system calls with its seeds, none")


def keep_stops(folder: pathlib.Path, to: pathlib.Path, target: str) -> list[str]:
    """Where the inputs went on which the target stopped: they are findings, and not this check's to lose."""
    to.mkdir(parents=True, exist_ok=True)
    kept = []
    for path in sorted(folder.glob("*-*")):
        if path.is_file():
            kept.append(str(to / f"{target}-{path.name}"))
            shutil.copyfile(path, kept[-1])
    return kept


def _check_speed(program: pathlib.Path, seeds: pathlib.Path, folder: pathlib.Path, build: Build, results: Results) -> None:
    corpus = folder / "corpus"
    corpus.mkdir()
    words = [f"-max_total_time={_SPEED_SECONDS}", "-print_final_stats=1", "-timeout=25", f"-artifact_prefix={folder}/"]
    words += ["-max_len=65536", "-len_control=0", str(corpus), str(seeds)]
    ended = start(program, words, str(folder))
    # The committed seeds go to every edge on purpose, and are slower than what is made of them.
    seeded = start(program, ["-runs=0", "-print_final_stats=1", "-timeout=25", str(seeds)], str(folder))
    fuzzed = ended.number("number_of_executed_units") - seeded.number("number_of_executed_units")
    speed = fuzzed / max(0.01, ended.cpu - seeded.cpu)
    rule = f"{program.name}: {_SPEED} executions in a second"
    said = f"{speed:.0f} in a second of processor time, of {fuzzed} that were made of its seeds"
    if ended.status != 0:
        kept = keep_stops(folder, build.folder / "stops", program.name)
        unexplained = [line.strip() for line in ended.said.splitlines() if "is not explained" in line]
        results.judge(rule, False, f"it stopped: {(unexplained or [_last(ended.said)])[0]}; kept as {', '.join(kept)}")
    elif build.sanitizer == "memory":
        # The documentation asks it of a target, not of the slowest of its builds.
        results.judge(rule.replace(str(_SPEED), "100"), speed >= 100, said + "; MemorySanitizer follows each origin")
    else:
        results.judge(rule, speed >= _SPEED, said)
