# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Real modules: all of a series' oldest kernel onto the newest, and back, each booted with the BTF that it really has.

`retort survey` distils each module and asks the reference, libbpf, the kernel in process and the booted one to relocate it;
here is only which kernels those are, and what is printed of the result.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .failure import Failure
from .kernels import Kernel, where_it_is_offered
from .programs import ROOT

# Differences are what a survey is for.
_ANSWERED = (0, 3)


@dataclass(frozen=True)
class Way:
    """From the modules of one kernel onto another kernel, which is asked under its oracle's name."""

    source: Path
    target: Path
    oracle: str
    command: list[str | Path]  # which answers for it


def ways(series: str, oldest: Kernel, newest: Kernel, harvested: Path, agent: Path) -> list[Way]:
    """Both, with what corpus/harvest.py took out of the same packages."""
    with where_it_is_offered(series, oldest.folder.parent):
        folders = _harvest(series, harvested)
    for kernel in (oldest, newest):
        if kernel.release not in folders:
            raise Failure(f"the modules of {kernel.release} were not harvested; there are those of {', '.join(folders)}")
    old, new = folders[oldest.release], folders[newest.release]
    live = ["/usr/bin/python3", "-B", Path(__file__).with_name("live_oracle.py"), "--agent", agent]
    return [
        Way(old, new, f"live-{series}", [*live, series]),
        Way(new, old, f"live-{series}-oldest", [*live, "--oldest", series]),
    ]


def _harvest(series: str, out: Path) -> dict[str, Path]:
    command = ["/usr/bin/python3", "-B", ROOT / "corpus/harvest.py", "--out", out, "--series", series, "--json"]
    return {kernel["release"]: Path(kernel["dir"]) for kernel in json.loads(_output(command))}


def _output(command: list[str | Path], answered: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    if done.returncode not in answered:
        raise Failure(f"{Path(command[0]).name} {command[1]} ... failed with status {done.returncode}")
    return done.stdout


def run(retort: Path, way: Way, series: str) -> Any:
    """The kernel in process is asked beside, where the build has it; the booted one, whether the build knows it or not."""
    listed = json.loads(_output([retort, "oracles", "--json"]))
    known = {oracle["oracle"] for oracle in listed}
    built = {oracle["oracle"] for oracle in listed if "missing" not in oracle}
    oracles = [way.oracle, *(name for name in (f"kernel-{series}",) if name in built)]
    command = [retort, "survey", way.source / "modules", "--base", way.source / "vmlinux.btf"]
    command += ["--onto", way.target / "vmlinux.btf", "--oracles", ",".join(oracles), "--json"]
    if way.oracle not in known:
        command += ["--oracle", f"{way.oracle}=exec {shlex.join(str(word) for word in way.command)}"]
    return json.loads(_output(command, _ANSWERED))


def report(way: Way, result: Any) -> bool:
    """Prints one way; whether all oracles agree with the reference."""
    print(f"{result['modules']:,} modules of {way.source.name} onto {way.target.name}")
    agree = True
    for oracle in result["oracles"]:
        step = oracle["other"]
        print(
            f"  {oracle['oracle']:18} {oracle['version']}\n"
            f"  {'':18} {step['asked']:,} asked, {step['accepted']:,} relocate by the reference; the same verdict for "
            f"{step['same_verdict']:,}, the same types in {step['same_canonical']:,}, "
            f"the same bytes in {step['same_bytes']:,}"
        )
        for differing in oracle["differing"]:
            print(f"  differs: {differing}")
        agree = agree and not oracle["differing"] and step["asked"] > 0
    sys.stdout.flush()
    return agree
