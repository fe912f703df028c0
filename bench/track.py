#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Performance over commits: has an operation become slower, and since when?

Two sides are measured on this machine in turn: two commits, each built in a folder of its own, or two versions of
libbpf in one build. Instructions of fixed inputs are the gate (callgrind counts them), times are the trend. What was
measured goes to a history that can be committed, to JSON as trackers of benchmarks read it, and onto a page with plots.

  bench/track.py compare v1 HEAD --history bench/history.jsonl --html track.html
  bench/track.py compare libbpf-6.12 libbpf-7.3 --kernels KERNEL OTHER-KERNEL
  bench/track.py gate --program build/release/bench/bench-fixed

Exit status: 0 nothing is slower, 1 an operation takes more instructions than the tolerance allows, 2 wrong usage, or
something could not be built or measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import track_page
import tracking
from tracking import Judgement

ROOT = Path(__file__).resolve().parent.parent
BASELINE = ROOT / "bench" / "instructions.json"
COUNTED = re.compile(r"Collected : (\d+)")
# So long one timing of a fixed operation takes about.
TIMING_NANOSECONDS = 20_000_000


class Failure(Exception):
    """A sentence for the user."""


def output_of(*command: str | Path, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)
    except OSError as error:
        raise Failure(f"{command[0]} cannot be run: {error.strerror}.") from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr or error.stdout or "").strip().splitlines()[-1:]
        raise Failure(f"{Path(command[0]).name} failed: {''.join(last) or f'status {error.returncode}'}") from error
    return done.stdout


def write_whole(path: Path, text: str) -> None:
    """Whole or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


@dataclass
class Side:
    """What is measured, and what of it is known so far."""

    name: str
    subject: str = ""
    date: str = ""
    fixed: Path | None = None
    operations: Path | None = None
    contestant: str = "reference"
    instructions: dict[str, int] = field(default_factory=dict)
    nanoseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    # Operation and contestant: on harvested kernels, beside each libbpf that is built in.
    on_kernels: dict[str, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))


def count_instructions(program: Path, operation: str) -> int:
    """Between the operation's begin and end; the same for each run but for the addresses that memory gets."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"]
    try:
        done = subprocess.run(
            [*command, "--toggle-collect=retort_measured", program, operation], capture_output=True, text=True
        )
    except OSError as error:
        raise Failure("valgrind, which counts instructions, is not installed (ci/setup does it).") from error
    counted = COUNTED.search(done.stderr)
    if done.returncode != 0 or counted is None or int(counted[1]) == 0:
        raise Failure(f"{program}: callgrind counted nothing for '{operation}'.")
    return int(counted[1])


def count_all(program: Path) -> dict[str, int]:
    return {operation: count_instructions(program, operation) for operation in output_of(program).split()}


def compiler_of(program: Path) -> str:
    return output_of(program, "--compiler").strip()


def build(side: Side, cache: Path, targets: Sequence[str]) -> None:
    """Builds the commit in a folder of its own, where the next comparison finds it."""
    commit = output_of("git", "rev-parse", "--verify", "--quiet", f"{side.name}^{{commit}}", cwd=ROOT).strip()
    side.subject, side.date = output_of("git", "log", "-1", "--format=%s%n%cs", commit, cwd=ROOT).strip().split("\n")
    side.name = commit[:12]
    folder = cache / commit
    if not (folder / "source").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        unpacked = Path(tempfile.mkdtemp(dir=folder))
        archive = subprocess.Popen(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE)
        output_of_tar = subprocess.run(["tar", "-x", "-C", unpacked], stdin=archive.stdout)
        if archive.wait() != 0 or output_of_tar.returncode != 0:
            raise Failure(f"the sources of {side.name} cannot be unpacked.")
        unpacked.rename(folder / "source")
    print(f"building {side.name} ({side.subject})", file=sys.stderr)
    output_of("cmake", "--preset", "release", "-B", folder / "build", "-DRETORT_TESTS=OFF", cwd=folder / "source")
    output_of("cmake", "--build", folder / "build", "--target", *targets)
    side.fixed = folder / "build" / "bench" / "bench-fixed"
    side.operations = folder / "build" / "bench" / "bench-operations"


def time_fixed(side: Side) -> None:
    assert side.fixed is not None
    for operation in side.instructions:
        once = float(output_of(side.fixed, operation, "3"))
        times = max(int(TIMING_NANOSECONDS / max(once, 1)), 1)
        side.nanoseconds[operation].append(float(output_of(side.fixed, operation, str(times))))


def time_on_kernels(side: Side, kernels: Sequence[Path], pattern: str) -> None:
    assert side.operations is not None
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        options = ["--benchmark_repetitions=1", "--benchmark_min_time=0.05", "--benchmark_out_format=json"]
        output_of(side.operations, *kernels, *options, f"--benchmark_out={out}", f"--benchmark_filter={pattern}")
        runs = json.loads(out.read_text())["benchmarks"]
    for run in runs:
        operation, _, contestant = run["run_name"].rpartition("/")
        rate = run.get("items_per_second")
        side.on_kernels[operation][contestant].append(1e9 / rate if rate else run["cpu_time"])


def table(title: str, judgements: Iterable[Judgement], unit: str) -> None:
    print(f"\n{title:<34} {'old, ' + unit:>16} {'new, ' + unit:>16} {'new/old':>8}  verdict")
    for judged in judgements:
        chance = "" if judged.p_value is None else f" (p {judged.p_value:.2g})"
        print(
            f"{judged.operation:<34} {judged.old:>16,.0f} {judged.new:>16,.0f} {judged.ratio:>8.3f}"
            f"  {judged.verdict}{chance}"
        )


def entry_of(side: Side, compiler: str) -> dict[str, Any]:
    """A line of the history: medians, since all values would make it grow out of hand."""
    return {
        "commit": side.name,
        "subject": side.subject,
        "date": side.date,
        "compiler": compiler,
        "machine": platform.machine(),
        "instructions": side.instructions,
        "nanoseconds": {operation: round(median(values), 1) for operation, values in side.nanoseconds.items()},
        "on_kernels": {
            operation: {who: round(median(values), 1) for who, values in contestants.items()}
            for operation, contestants in side.on_kernels.items()
        },
    }


def read_history(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    entries = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        try:
            entries.append(json.loads(line))
        except ValueError as error:
            raise Failure(f"{path}:{number}: this is no line of a history.") from error
    return entries


def remember(path: Path, added: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A commit that was measured before with this compiler is replaced where it stands."""
    entries = read_history(path)
    for entry in added:
        for at, known in enumerate(entries):
            if (known["commit"], known["compiler"]) == (entry["commit"], entry["compiler"]):
                entries[at] = dict(entry)
                break
        else:
            entries.append(dict(entry))
    write_whole(path, "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in entries))
    return entries


def for_trackers(side: Side) -> str:
    """As github-action-benchmark reads it ("customSmallerIsBetter"), and others by its example."""
    rows: list[dict[str, Any]] = [
        {"name": f"{operation}: instructions", "unit": "instructions", "value": count}
        for operation, count in side.instructions.items()
    ]
    series = [(operation, values) for operation, values in side.nanoseconds.items()]
    series += [
        (f"{operation} ({who})", values)
        for operation, contestants in side.on_kernels.items()
        for who, values in contestants.items()
    ]
    for name, values in series:
        spread = (max(values) - min(values)) / 2
        rows.append({"name": name, "unit": "ns", "value": round(median(values), 1), "range": f"± {spread:.1f}"})
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def measure(sides: Sequence[Side], repetitions: int, kernels: Sequence[Path]) -> None:
    """In turn, so that what disturbs the machine disturbs both."""
    for side in sides:
        assert side.fixed is not None
        side.instructions = count_all(side.fixed)
    for repetition in range(repetitions):
        print(f"repetition {repetition + 1} of {repetitions}", file=sys.stderr)
        for side in sides if repetition % 2 == 0 else reversed(sides):
            time_fixed(side)
            if kernels:
                # What libbpf does is no different on the older side.
                time_on_kernels(side, kernels, "." if side is sides[-1] else "/reference")


def compare_commits(arguments: argparse.Namespace) -> int:
    sides = [Side(arguments.old), Side(arguments.new)]
    targets = ["bench-fixed", *(["bench-operations"] if arguments.kernels else [])]
    for side in sides:
        build(side, arguments.cache, targets)
    measure(sides, arguments.repetitions, arguments.kernels)
    old, new = sides
    gated = tracking.judge_counts(old.instructions, new.instructions)
    table("instructions", gated, "count")
    table("times of fixed inputs", tracking.judge_times(old.nanoseconds, new.nanoseconds), "ns")
    if arguments.kernels:
        of_both = [
            {op: values["reference"] for op, values in side.on_kernels.items() if "reference" in values}
            for side in sides
        ]
        table("times on kernels", tracking.judge_times(*of_both), "ns")
    assert new.fixed is not None
    entries = [entry_of(side, compiler_of(new.fixed)) for side in sides]
    if arguments.history:
        entries = remember(arguments.history, entries)
    publish(arguments, new, entries)
    return 1 if any(judged.verdict == "slower" for judged in gated) else 0


def compare_versions(arguments: argparse.Namespace) -> int:
    """Of libbpf there are times only: its instructions are not ours to gate."""
    if not arguments.kernels:
        raise Failure("versions of libbpf are compared on harvested kernels: --kernels KERNEL OTHER-KERNEL.")
    side = Side("HEAD")
    build(side, arguments.cache, ["bench-operations"])
    for repetition in range(arguments.repetitions):
        print(f"repetition {repetition + 1} of {arguments.repetitions}", file=sys.stderr)
        time_on_kernels(side, arguments.kernels, f"/({arguments.old}|{arguments.new})$")
    times = [
        {op: values[who] for op, values in side.on_kernels.items() if who in values}
        for who in (arguments.old, arguments.new)
    ]
    for who, of_side in zip((arguments.old, arguments.new), times, strict=True):
        if not of_side:
            raise Failure(f"this build has no {who}; retort oracles names those that it has.")
    table("times on kernels", tracking.judge_times(*times), "ns")
    publish(arguments, side, [entry_of(side, "")])
    return 0


def publish(arguments: argparse.Namespace, side: Side, entries: Sequence[Mapping[str, Any]]) -> None:
    if arguments.json:
        write_whole(arguments.json, for_trackers(side))
    if arguments.html:
        write_whole(arguments.html, track_page.page(entries))


def gate(arguments: argparse.Namespace) -> int:
    program: Path = arguments.program
    compiler = compiler_of(program)
    try:
        known = json.loads(arguments.baseline.read_text()) if arguments.baseline.exists() else {}
    except ValueError as error:
        raise Failure(f"{arguments.baseline}: this is no JSON ({error}).") from error
    counts = count_all(program)
    if arguments.record:
        known[compiler] = counts
        write_whole(arguments.baseline, json.dumps(known, indent=1, sort_keys=True) + "\n")
        return 0
    if compiler not in known:
        print(f"{arguments.baseline} has no figures of {compiler}: nothing is gated. --record adds them.")
        return 0
    unknown = sorted(set(counts) ^ set(known[compiler]))
    if unknown:
        raise Failure(f"{arguments.baseline} and {program} name different operations: {', '.join(unknown)}.")
    judged = tracking.judge_counts(known[compiler], counts, arguments.tolerance)
    table(f"instructions, {compiler}", judged, "count")
    slower = [judgement.operation for judgement in judged if judgement.verdict == "slower"]
    if slower:
        print(
            f"\nMore instructions than the tolerance of {arguments.tolerance:.0%} allows: {', '.join(slower)}."
            " If that is the price of something wanted, record the new figures: bench/track.py gate --record."
        )
    return 1 if slower else 0


def read_arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    compare = commands.add_parser("compare", help="two commits, or two versions of libbpf")
    compare.add_argument("old")
    compare.add_argument("new")
    compare.add_argument("--repetitions", type=int, default=tracking.LEAST_REPETITIONS, help="at least 9")
    compare.add_argument("--kernels", nargs=2, type=Path, default=(), help="two folders that corpus/harvest.py made")
    compare.add_argument("--history", type=Path, help="a file of one line for each commit, which is added to")
    compare.add_argument("--json", type=Path, help="of the new side, as trackers of benchmarks read it")
    compare.add_argument("--html", type=Path, help="one page with plots of the history")
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    compare.add_argument("--cache", type=Path, default=caches / "retort" / "track", help="where commits are built")
    compare.set_defaults(run=lambda a: (compare_versions if a.old.startswith("libbpf-") else compare_commits)(a))
    gated = commands.add_parser("gate", help="instructions of fixed inputs, against recorded figures")
    gated.add_argument("--program", type=Path, required=True, help="bench-fixed, built as the preset release does")
    gated.add_argument("--baseline", type=Path, default=BASELINE)
    gated.add_argument("--tolerance", type=float, default=tracking.TOLERANCE)
    gated.add_argument("--record", action="store_true", help="make this program's figures the recorded ones")
    gated.set_defaults(run=gate)
    arguments = parser.parse_args(words)
    if getattr(arguments, "repetitions", tracking.LEAST_REPETITIONS) < tracking.LEAST_REPETITIONS:
        parser.error(f"fewer than {tracking.LEAST_REPETITIONS} repetitions tell nothing apart.")
    return arguments


def main(words: Sequence[str] | None = None) -> int:
    arguments = read_arguments(words)
    try:
        return int(arguments.run(arguments))
    except Failure as failure:
        print(f"bench/track.py: {failure}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
