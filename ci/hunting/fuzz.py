# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The fuzz run: libFuzzer's fork mode, which outlives crashes, with a corpus that is kept.

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
from typing import Any, Iterator

from .build import Programs
from .run import ROOT, Failed, ask

_MAX_INPUT = 16 * 1024
_SEEDS = [ROOT / "corpus/seeds", ROOT / "corpus/regressions"]
_STATUS = re.compile(r"^#(\d+): cov: (\d+) ft: (\d+) corp: (\d+)", re.MULTILINE)
_EDGES = re.compile(r"Loaded \d+ PC tables \((\d+) PCs\)")
_GRACE_SECONDS = 15


class Run:
    """One run, in a folder that the next run continues."""

    def __init__(self, programs: Programs, out: pathlib.Path) -> None:
        self.programs = programs
        self.interrupted = False
        self.corpus = out / "corpus"
        self.artifacts = out / "artifacts"
        self.samples = out / "samples"
        self._stats = out / "stats"
        self._log = out / "fuzz.log"
        self._temporary = out / "tmp"
        for folder in (self.corpus, self.artifacts):
            folder.mkdir(parents=True, exist_ok=True)
        # Counters and evidence are this run's; corpus and findings are for good.
        for folder in (self.samples, self._temporary):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        self._stats.unlink(missing_ok=True)

    def fuzz(self, seconds: int) -> dict[str, Any]:
        before = time.monotonic()
        if seconds > 0:
            self._run(seconds)
        else:
            self._log.write_text("")
        return self._result(time.monotonic() - before)

    def _command(self, seconds: int) -> list[str]:
        seeds = [str(folder) for folder in _SEEDS if folder.is_dir()]
        return [
            str(self.programs.target),
            f"-max_total_time={seconds}",
            f"-fork={os.cpu_count() or 1}",
            "-ignore_crashes=1",
            "-ignore_timeouts=1",
            "-ignore_ooms=1",
            "-timeout=25",
            f"-max_len={_MAX_INPUT}",
            # Lengths mean nothing to a mutator that works on types.
            "-len_control=0",
            f"-artifact_prefix={self.artifacts}/",
            str(self.corpus),
            *seeds,
        ]

    def _run(self, seconds: int) -> None:
        environment = os.environ | {
            "RETORT_STATS": str(self._stats),
            "RETORT_SAMPLES": str(self.samples),
            "TMPDIR": str(self._temporary),
        }
        with open(self._log, "wb") as log, self._noting_interruptions():
            # A group of its own: Ctrl-C reaches us alone, and we pass it on to all of it.
            fuzzer = subprocess.Popen(
                self._command(seconds),
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
            try:
                self._wait(fuzzer, seconds)
            finally:
                _end(fuzzer)
        if self.interrupted:
            print("\ninterrupted: sorting what was found so far", file=sys.stderr)
        elif fuzzer.returncode != 0:
            raise Failed(f"the fuzzer ended with status {fuzzer.returncode}; see {self._log}.")

    @contextlib.contextmanager
    def _noting_interruptions(self) -> Iterator[None]:
        """A flag instead of an exception, which could come between a start and its try."""

        def note(_signal: int, _frame: object) -> None:
            self.interrupted = True

        before = {which: signal.signal(which, note) for which in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for which, handler in before.items():
                signal.signal(which, handler)

    def _wait(self, fuzzer: subprocess.Popen[bytes], seconds: int) -> None:
        shown = sys.stderr.isatty()
        end = time.monotonic() + seconds
        while fuzzer.poll() is None and not self.interrupted:
            time.sleep(0.2)
            if shown:
                left = max(0, end - time.monotonic())
                executions, edges = self._status()[:2]
                line = f"\r{executions} executions, {edges} edges, {left:.0f} s left   "
                print(line, end="", file=sys.stderr)
        if shown:
            print(file=sys.stderr)

    def _status(self) -> tuple[int, int, int]:
        found = _STATUS.findall(self._log.read_text(errors="replace"))
        if not found:
            return 0, 0, 0
        executions, edges, _, corpus = found[-1]
        return int(executions), int(edges), int(corpus)

    def _result(self, seconds: float) -> dict[str, Any]:
        executions, edges, corpus = self._status()
        all_edges = _EDGES.search(self._log.read_text(errors="replace"))
        stats = {}
        if self._stats.exists():
            stats = json.loads(ask([self.programs.retort, "stats", self._stats]))
        return {
            "seconds": round(seconds, 1),
            "executions": executions,
            "edges": edges,
            "edges_in_all": int(all_edges.group(1)) if all_edges else 0,
            "corpus": corpus,
            "stats": stats,
        }


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
