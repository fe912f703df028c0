# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What is particular to a build that is not for libFuzzer: AFL++'s fork server, and the profile of a coverage build."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import zipfile

from .builds import Build
from .results import Results
from .running import environment, start

_READY = "All set and ready to roll"
_STOPPED = re.compile(r"PROGRAM ABORT|target binary (?:crashed|terminated)")
_SECONDS = 35
_SEEDS = 5


def check_afl(build: Build, target: str, results: Results) -> None:
    rule = f"{target}: AFL++ reaches its fork server within {_SECONDS} s"
    if shutil.which("afl-fuzz") is None:
        results.unchecked(rule, "afl-fuzz is not installed (ci/setup does)")
        return
    with tempfile.TemporaryDirectory(prefix="retort-check-") as folder:
        seeds = pathlib.Path(folder) / "in"
        seeds.mkdir()
        with zipfile.ZipFile(build.out / f"{target}_seed_corpus.zip") as archive:
            small = sorted(archive.infolist(), key=lambda entry: (entry.file_size, entry.filename))[-_SEEDS * 8 :: 8]
            for entry in small:
                archive.extract(entry, seeds)
        said = _afl_fuzz(build, target, pathlib.Path(folder))
    stopped = [line.strip() for line in said.splitlines() if _STOPPED.search(line)]
    ready = _READY in said
    results.judge(rule, ready and not stopped, stopped[0] if stopped else "it is ready, and fuzzes" if ready else "it is not ready")


def _afl_fuzz(build: Build, target: str, folder: pathlib.Path) -> str:
    settings = {
        "AFL_NO_UI": "1",
        "AFL_SKIP_CPUFREQ": "1",
        "AFL_NO_AFFINITY": "1",
        "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
        "AFL_FORKSRV_INIT_TMOUT": "30000",
        "AFL_CUSTOM_MUTATOR_LIBRARY": str(build.cmake / "fuzzers/afl_mutator.so"),
    }
    command = ["afl-fuzz", "-i", str(folder / "in"), "-o", str(folder / "out"), "-m", "none", "-t", "5000", "-V", "10"]
    command += ["--", str(build.out / target)]
    log = folder / "log"
    with open(log, "wb") as kept:
        fuzzer = subprocess.Popen(
            command, cwd=folder, env=environment() | settings, stdout=kept, stderr=kept, start_new_session=True
        )
        try:
            fuzzer.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(fuzzer.pid, signal.SIGINT)
            fuzzer.wait(10)
    return log.read_text(errors="replace")


def check_coverage(build: Build, target: str, results: Results) -> None:
    rule = f"{target}: SANITIZER=coverage writes a profile that shows what its seeds reach"
    with tempfile.TemporaryDirectory(prefix="retort-check-") as folder:
        seeds = pathlib.Path(folder) / "seeds"
        with zipfile.ZipFile(build.out / f"{target}_seed_corpus.zip") as archive:
            archive.extractall(seeds)
        # The name of the profile is the environment's to say.
        wrapper = ["env", f"LLVM_PROFILE_FILE={folder}/target.profraw"]
        ended = start(build.out / target, ["-runs=0", str(seeds)], folder, wrapper)
        merged = pathlib.Path(folder) / "target.profdata"
        subprocess.run(
            ["llvm-profdata-19", "merge", "-sparse", f"{folder}/target.profraw", "-o", str(merged)], check=False, capture_output=True
        )
        said = subprocess.run(
            ["llvm-cov-19", "report", f"-instr-profile={merged}", str(build.out / target)],
            capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
    lines = [line.split() for line in said.splitlines() if "/btf_relocate.c " in line]
    # File, regions, missed, cover, functions, missed, executed, lines, missed, cover ...
    shown = f"of btf_relocate.c {lines[0][9]} of the lines" if lines and len(lines[0]) > 9 else "no line of btf_relocate.c"
    reached = bool(lines) and len(lines[0]) > 9 and lines[0][9] != "0.00%"
    results.judge(rule, ended.status == 0 and (reached or target != "relocate"), shown)
