# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""One cell of the bench: one defect awake, one seed of the fuzzer's, and a budget of CPU time.

Three moments are taken, each in seconds of the fuzzer's own CPU: the planted place was executed
(reach), it computed something else than the clean source does there (trigger), and the fuzzer stopped with
an input that is a finding with the defect awake and none with it asleep (explain).
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from typing import Any

_MAX_INPUT = 16 * 1024
_PAGE = struct.Struct("<4Q")
_TICKS = os.sysconf("SC_CLK_TCK")
_POLL_SECONDS = 0.1
# On a machine that is busy with other things CPU time passes slower than time does.
_PATIENCE = 4
_REPLAY_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class Page:
    reached: int
    triggered: int
    reached_ns: int
    triggered_ns: int

    @staticmethod
    def read(path: pathlib.Path) -> Page:
        content = path.read_bytes() if path.exists() else b""
        return Page(*_PAGE.unpack(content.ljust(_PAGE.size, b"\0")[: _PAGE.size]))


def awake(letter: str | None, page: pathlib.Path | None = None) -> dict[str, str]:
    """The environment in which that defect is awake, or none is."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RETORT_")}
    if letter is not None:
        environment["RETORT_PLANTED"] = letter
    if page is not None:
        environment["RETORT_PLANTED_PAGE"] = str(page)
    return environment


def stops_on(program: pathlib.Path, file: pathlib.Path, environment: dict[str, str]) -> bool:
    """Whether the target does not come through this one input."""
    # libFuzzer keeps what stops it once more, in the folder that it runs in.
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [str(program.resolve()), "-timeout=25", str(file.resolve())],
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_REPLAY_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return True
    return done.returncode != 0


def fitting_seeds(
    program: pathlib.Path, letter: str, seeds: list[pathlib.Path], to: pathlib.Path
) -> tuple[int, int]:
    """Copies to `to` the seeds that do not even trigger the defect; how many were kept and left out."""
    kept = 0
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "page"
        for seed in seeds:
            page.unlink(missing_ok=True)
            if stops_on(program, seed, awake(letter, page)) or Page.read(page).triggered:
                continue
            kept += 1
            # Seeds of different folders may share a name.
            shutil.copyfile(seed, to / f"{kept:05}-{seed.name}")
    return kept, len(seeds) - kept


class Cell:
    """A run of the fuzzer in a folder that is thrown away."""

    def __init__(self, program: pathlib.Path, letter: str, seeds: pathlib.Path, budget: float) -> None:
        self._program = program
        self._letter = letter
        self._seeds = seeds
        self._budget = budget
        self._spent = 0.0
        self._unrelated = 0
        self._moments: dict[str, float] = {}

    def run(self, seed: int) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "corpus").mkdir()
            attempt = 0
            # What stops the fuzzer with the defect asleep as well is another find: it goes on with the corpus so far.
            while self._spent < self._budget and "explain" not in self._moments:
                if not self._once(folder, seed + 1000 * attempt):
                    break
                attempt += 1
        found = {moment: self._moments.get(moment) for moment in ("reach", "trigger", "explain")}
        return {**found, "spent": round(self._spent, 1), "unrelated": self._unrelated}

    def _once(self, folder: pathlib.Path, seed: int) -> bool:
        """One process, to its first stop; whether it stopped of itself on an input."""
        page = folder / "page"
        artifacts = folder / "artifacts"
        artifacts.mkdir(exist_ok=True)
        left = self._budget - self._spent
        command = [
            str(self._program),
            f"-seed={seed}",
            f"-max_total_time={int(left * _PATIENCE) + 1}",
            f"-max_len={_MAX_INPUT}",
            "-len_control=0",
            "-timeout=25",
            "-rss_limit_mb=2560",
            f"-artifact_prefix={artifacts}/",
            str(folder / "corpus"),
            str(self._seeds),
        ]
        with open(folder / "log", "wb") as log:
            fuzzer = subprocess.Popen(command, env=awake(self._letter, page), stdout=log, stderr=log)
            try:
                used = self._watch(fuzzer, left)
            finally:
                if fuzzer.poll() is None:
                    fuzzer.kill()
                    fuzzer.wait()
        self._take_moments(Page.read(page))
        self._spent += used
        stopped = sorted(artifacts.iterdir())
        if any(self._is_the_defect(input) for input in stopped):
            self._moments["explain"] = round(self._spent, 2)
        else:
            self._unrelated += len(stopped)
        shutil.rmtree(artifacts)
        return bool(stopped)

    def _watch(self, fuzzer: subprocess.Popen[bytes], left: float) -> float:
        """Waits until the fuzzer ends or its CPU time is up, and returns what it used of it."""
        while True:
            ended, status, usage = os.wait4(fuzzer.pid, os.WNOHANG)
            if ended:
                fuzzer.returncode = os.waitstatus_to_exitcode(status)
                return usage.ru_utime + usage.ru_stime
            if _cpu_seconds(fuzzer.pid) >= left:
                fuzzer.send_signal(signal.SIGKILL)
            time.sleep(_POLL_SECONDS)

    def _take_moments(self, page: Page) -> None:
        for moment, nanoseconds in (("reach", page.reached_ns), ("trigger", page.triggered_ns)):
            if nanoseconds and moment not in self._moments:
                self._moments[moment] = round(self._spent + nanoseconds / 1e9, 2)

    def _is_the_defect(self, file: pathlib.Path) -> bool:
        return stops_on(self._program, file, awake(self._letter)) and not stops_on(
            self._program, file, awake(None)
        )


def _cpu_seconds(pid: int) -> float:
    # The second field is a name in brackets, which may hold anything.
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
