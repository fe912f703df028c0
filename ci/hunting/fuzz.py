# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The fuzz run of one target: libFuzzer's fork mode, which outlives crashes, with a corpus that is kept.

What the target counts is read from the page that it shares; what libFuzzer says of executions and
coverage from its last line. An interruption ends the run early and loses nothing: libFuzzer writes
each crashing input as soon as it has it.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

from .build import Programs
from .interruption import Interruption
from .run import ROOT, Failed, ask

MAX_INPUT = 16 * 1024
DICTIONARY = ROOT / "corpus/btf.dict"
_STATUS = re.compile(r"^#(\d+): cov: (\d+) ft: (\d+) corp: (\d+)", re.MULTILINE)
EDGES = re.compile(r"Loaded \d+ PC tables \((\d+) PCs\)")
# "COVERED_FUNC: hits: 3 edges: 4/9 btf_new /path/btf.c:1032"
_FUNCTION = re.compile(r"^(?:UN)?COVERED_FUNC: hits: \d+ edges: (\d+)/(\d+) (\S+) (\S+?):(\d+)", re.MULTILINE)
# libFuzzer hands on what its last child ended with: 0, or after a timeout, too much memory, an interruption, a crash.
_ENDS = (0, 70, 71, 72, 77)
# A sanitizer's report makes it 1, with which a fuzzer that could not begin ends as well.
_REPORTED = re.compile(r"^INFO: exiting: 1 time: ", re.MULTILINE)
_GRACE_SECONDS = 15
_SAMPLE_SECONDS = 3.0


def corpus_folders() -> list[pathlib.Path]:
    """Every folder of committed inputs."""
    return sorted(path for path in (ROOT / "corpus").iterdir() if path.is_dir() and path.name != "__pycache__")


def seed_files() -> list[pathlib.Path]:
    """The committed pairs of real use: neither regression pairs nor the cases, which go to every edge on purpose."""
    folders = [folder for folder in corpus_folders() if folder.name not in ("regressions", "cases")]
    return sorted(path for folder in folders for path in folder.rglob("*.pair") if path.is_file())


class Run:
    """One run, in a folder that the next run continues."""

    def __init__(self, programs: Programs, target: str, out: pathlib.Path, interruption: Interruption) -> None:
        self.programs = programs
        self.target = target
        self.corpus = out / "corpus" / target
        self.artifacts = out / "artifacts" / target
        self.samples = out / "samples"
        self.growth: list[dict[str, Any]] = []
        self.result: dict[str, Any] = {}
        self.started = time.time()
        self._interruption = interruption
        self._stats = out / "stats" / target
        self._log = out / "logs" / f"{target}.log"
        self._temporary = out / "tmp"
        for folder in (self.corpus, self.artifacts, self.samples, self._stats.parent, self._log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        # Counters are this run's; corpus and findings are for good.
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir()
        self._stats.unlink(missing_ok=True)
        self._log.write_text("")

    @property
    def program(self) -> pathlib.Path:
        return self.programs.targets[self.target]

    def fuzz(self, seconds: int) -> dict[str, Any]:
        before = time.monotonic()
        self.started = time.time()
        if seconds > 0:
            self._run(seconds)
        self.result = self._result(time.monotonic() - before)
        return self.result

    def _command(self, seconds: int) -> list[str]:
        return [
            str(self.program),
            f"-max_total_time={seconds}",
            f"-fork={os.cpu_count() or 1}",
            "-ignore_crashes=1",
            "-ignore_timeouts=1",
            "-ignore_ooms=1",
            "-timeout=25",
            f"-max_len={MAX_INPUT}",
            # Lengths mean nothing to a mutator that works on types.
            "-len_control=0",
            f"-artifact_prefix={self.artifacts}/",
            *([f"-dict={DICTIONARY}"] if DICTIONARY.is_file() else []),
            str(self.corpus),
            *map(str, corpus_folders()),
        ]

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "RETORT_STATS": str(self._stats),
            "RETORT_SAMPLES": str(self.samples),
            "TMPDIR": str(self._temporary),
        }

    def _run(self, seconds: int) -> None:
        with open(self._log, "wb") as log:
            # A group of its own: Ctrl-C reaches us alone, and we pass it on to all of it.
            fuzzer = subprocess.Popen(
                self._command(seconds),
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
            )
            try:
                self._wait(fuzzer, seconds)
            finally:
                _end(fuzzer)
        if not self._interruption.came and not self._came_to_its_end(fuzzer.returncode):
            raise Failed(f"the fuzzer ended with status {fuzzer.returncode}; see {self._log}.")

    def _came_to_its_end(self, status: int) -> bool:
        return status in _ENDS or (status == 1 and _REPORTED.search(self._log.read_text(errors="replace")) is not None)

    def _wait(self, fuzzer: subprocess.Popen[bytes], seconds: int) -> None:
        shown = sys.stderr.isatty()
        start = time.monotonic()
        sampled = start
        while fuzzer.poll() is None and not self._interruption.came:
            time.sleep(0.2)
            now = time.monotonic()
            if now - sampled >= _SAMPLE_SECONDS:
                sampled = now
                self._sample(now - start)
            if shown:
                executions, edges = self._status()[:2]
                left = max(0, start + seconds - now)
                line = f"\r{self.target}: {executions} executions, {edges} edges, {left:.0f} s left   "
                print(line, end="", file=sys.stderr)
        if shown:
            print(file=sys.stderr)

    def _sample(self, seconds: float) -> None:
        executions, edges, features, _ = self._status()
        if executions == 0:
            return
        self.growth.append(
            {
                "seconds": round(seconds, 1),
                "executions": executions,
                "edges": edges,
                "features": features,
                "entries": [
                    entry["name"]
                    for entry in self._counted().get("entries", [])
                    if entry["explains"] or entry["guarded"]
                ],
            }
        )

    def _status(self) -> tuple[int, int, int, int]:
        found = _STATUS.findall(self._log.read_text(errors="replace"))
        if not found:
            return 0, 0, 0, 0
        executions, edges, features, corpus = found[-1]
        return int(executions), int(edges), int(features), int(corpus)

    def _counted(self) -> dict[str, Any]:
        """What the target counted so far; nothing before it began."""
        if not self._stats.exists() or self._stats.stat().st_size == 0:
            return {}
        counted: dict[str, Any] = json.loads(ask([self.programs.retort, "stats", self._stats]))
        return counted

    def _result(self, seconds: float) -> dict[str, Any]:
        self._sample(seconds)
        executions, edges, _, corpus = self._status()
        all_edges = EDGES.search(self._log.read_text(errors="replace"))
        return {
            "target": self.target,
            "seconds": round(seconds, 1),
            "executions": executions,
            "edges": edges,
            "edges_in_all": int(all_edges.group(1)) if all_edges else 0,
            "corpus": corpus,
            "stats": self._counted(),
            "growth": self.growth,
        }

    def minimise(self, seconds: int) -> int:
        """Keeps of the corpus what covers as much as all of it; unchanged where that takes too long.

        Returns how many inputs are left.
        """
        smaller = self.corpus.with_name(self.corpus.name + ".new")
        shutil.rmtree(smaller, ignore_errors=True)
        smaller.mkdir()
        command = [str(self.program), "-merge=1", "-timeout=25", f"-max_len={MAX_INPUT}"]
        command += [f"-artifact_prefix={self._temporary}/", str(smaller), str(self.corpus)]
        said = self._ended_within(command, seconds)
        if "MERGE-OUTER: successful" in said and any(smaller.iterdir()):
            shutil.rmtree(self.corpus)
            smaller.rename(self.corpus)
        else:
            shutil.rmtree(smaller)
        return sum(1 for _ in self.corpus.iterdir())

    def functions(self, seconds: int) -> list[dict[str, Any]]:
        """Of each function in upstream's C, how many of its edges the corpus reaches."""
        command = [str(self.program), "-runs=0", "-print_coverage=1", "-timeout=25", f"-max_len={MAX_INPUT}"]
        said = self._ended_within([*command, str(self.corpus), *map(str, corpus_folders())], seconds)
        found = []
        for covered, edges, name, file, line in _FUNCTION.findall(said):
            if file.endswith(".c"):
                found.append(
                    {
                        "file": pathlib.Path(file).name,
                        "line": int(line),
                        "function": name,
                        "covered": int(covered),
                        "edges": int(edges),
                    }
                )
        return found

    def _ended_within(self, command: list[str], seconds: float) -> str:
        """What a run of the target says; nothing where it does not end in time, or an interruption comes."""
        environment = os.environ | {"TMPDIR": str(self._temporary)}
        end = time.monotonic() + seconds
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        ) as started:
            try:
                while time.monotonic() < end and not self._interruption.came:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        return started.communicate(timeout=0.5)[0].decode(errors="replace")
                return ""
            finally:
                _signal_group(started.pid, signal.SIGKILL)


def _end(fuzzer: subprocess.Popen[bytes]) -> None:
    """Ends the fuzzer and all that it started."""
    for how in (signal.SIGINT, signal.SIGKILL):
        if fuzzer.poll() is None:
            _signal_group(fuzzer.pid, how)
            try:
                fuzzer.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                continue
    _signal_group(fuzzer.pid, signal.SIGKILL)


def _signal_group(group: int, how: signal.Signals) -> None:
    try:
        os.killpg(group, how)
    except ProcessLookupError:
        pass
