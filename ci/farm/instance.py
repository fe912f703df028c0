# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""One fuzzing process: started in a group of its own, so that a lost terminal ends none of it; started anew when it dies, be it of
a finding, of somebody's kill or of the machine's memory; and ended with the farm, however the farm ends."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

from hunting.fuzz import MAX_INPUT

from .plan import Engine, Engines, Place, Role

_STATUS = re.compile(r"^#(\d+)\s.*?cov: (\d+) ft: (\d+) corp: (\d+)", re.MULTILINE)
_PAUSES = (0.0, 1.0, 5.0, 30.0)  # seconds before it is started again, after each death that followed soon
_SOON = 60.0
_GRACE_SECONDS = 5.0
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_the_farm() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def tail(path: pathlib.Path, most: int = 65536) -> str:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, path.stat().st_size - most))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _marked(mark: bytes) -> list[int]:
    """Processes that were started with this in their environment."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            # It ended, or is somebody else's.
            continue
    return found


class Instance:
    def __init__(self, role: Role, place: Place, engines: Engines, seeds: pathlib.Path, dictionary: pathlib.Path) -> None:
        self.role = role
        self.place = place
        self.deaths = 0
        self._engines = engines
        self._seeds = seeds
        self._dictionary = dictionary
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._due = 0.0
        self._quick_deaths = 0
        self._executions_before = 0

    # ---- life ----

    def keep_running(self) -> None:
        """Starts it, and starts it again where it died and its pause is over."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is None:
            return
        if self._process is not None:
            self._note_death(now)
        if now >= self._due:
            self._start(now)

    def _note_death(self, now: float) -> None:
        self.deaths += 1
        self._quick_deaths = self._quick_deaths + 1 if now - self._started < _SOON else 0
        self._due = now + _PAUSES[min(self._quick_deaths, len(_PAUSES) - 1)]
        if self.role.engine is Engine.LIBFUZZER:
            # AFL++ counts on from where it was.
            self._executions_before += self._executions_of_this()
        self.end_leftovers()
        self._process = None

    def _start(self, now: float) -> None:
        self._started = now
        log = self.place.log(self.role)
        with open(log, "wb") as kept:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=kept,
                stderr=kept,
                cwd=self.place.temporary,
                env=self._environment(),
                start_new_session=True,
                preexec_fn=_die_with_the_farm,
            )

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def ask_to_end(self) -> None:
        self._signal(signal.SIGINT)

    def end(self) -> None:
        """Waits until it has written what it has to, and not longer."""
        if self._process is None:
            return
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        self._signal(signal.SIGKILL)
        self._process.wait()
        self.end_leftovers()

    def end_leftovers(self) -> None:
        """Ends what outlived the instance: AFL++'s fork servers have sessions of their own, keep each other's pipes open, and hold
        the lock on its folder. Each was started with the name of the page that this instance counts in."""
        mark = f"RETORT_STATS={self.place.stats(self.role)}\0".encode()
        end = time.monotonic() + _GRACE_SECONDS
        while (pids := _marked(mark)) and time.monotonic() < end:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def _signal(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, how)
        except ProcessLookupError:
            pass

    # ---- what is started ----

    def _command(self) -> list[str]:
        return self._afl_command() if self.role.engine is Engine.AFL else self._libfuzzer_command()

    def _afl_command(self) -> list[str]:
        role, place = self.role, self.place
        command = [str(self._engines.afl_fuzz), "-i", str(self._seeds), "-o", str(place.afl), "-m", "none", "-t", "5000"]
        command += ["-M" if role.main else "-S", role.name, "-p", role.schedule, "-G", str(MAX_INPUT)]
        command += ["-x", str(self._dictionary)] if self._dictionary.is_file() else []
        # The target's own instrumentation tells of comparisons where it is asked.
        command += ["-c", "0"] if role.cmplog else []
        # What libFuzzer found; the main instance hands it on to the others.
        command += ["-F", str(place.corpus)] if role.main else []
        return [*command, "--", str(self._engines.afl_targets[place.target])]

    def _libfuzzer_command(self) -> list[str]:
        place = self.place
        command = [str(self._engines.libfuzzer_targets[place.target])]
        command += ["-timeout=25", "-rss_limit_mb=2560", f"-max_len={MAX_INPUT}", "-len_control=0", "-reload=5"]
        command += [f"-artifact_prefix={place.artifacts}/"]
        command += [f"-dict={self._dictionary}"] if self._dictionary.is_file() else []
        return [*command, str(place.corpus), str(self._seeds)]

    def _environment(self) -> dict[str, str]:
        own = {"TMPDIR": str(self.place.temporary), "RETORT_STATS": str(self.place.stats(self.role))}
        if symbolizer := shutil.which("llvm-symbolizer-19"):
            own["ASAN_SYMBOLIZER_PATH"] = symbolizer
        if self.role.engine is Engine.AFL:
            own |= {
                # Goes on with what an instance of its name left behind.
                "AFL_AUTORESUME": "1",
                "AFL_CUSTOM_MUTATOR_LIBRARY": str(self._engines.mutator),
                "AFL_FORKSRV_INIT_TMOUT": "60000",
                # As libFuzzer: what takes less is slow, and no finding.
                "AFL_HANG_TMOUT": "25000",
                "AFL_IMPORT_FIRST": "1",
                "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
                "AFL_NO_AFFINITY": "1",
                "AFL_NO_UI": "1",
                "AFL_SKIP_CPUFREQ": "1",
                "AFL_SKIP_CRASHES": "1",
            }
            if self.role.custom_only:
                own["AFL_CUSTOM_MUTATOR_ONLY"] = "1"
            if self.place.target == "sequences":
                own["RETORT_PROGRAMS"] = "1"
        return os.environ | own

    # ---- what it says ----

    @property
    def executions(self) -> int:
        return self._executions_before + self._executions_of_this()

    def _executions_of_this(self) -> int:
        if self.role.engine is Engine.AFL:
            return int(self.afl_stats().get("execs_done", "0"))
        found = _STATUS.findall(tail(self.place.log(self.role)))
        return int(found[-1][0]) if found else 0

    @property
    def corpus_size(self) -> int:
        if self.role.engine is Engine.AFL:
            return int(self.afl_stats().get("corpus_count", "0"))
        found = _STATUS.findall(tail(self.place.log(self.role)))
        return int(found[-1][3]) if found else 0

    def afl_stats(self) -> dict[str, str]:
        try:
            lines = (self.place.afl / self.role.name / "fuzzer_stats").read_text().splitlines()
        except OSError:
            return {}
        pairs = (line.partition(":") for line in lines)
        return {name.strip(): value.strip() for name, _, value in pairs}
