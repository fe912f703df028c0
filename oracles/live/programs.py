# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Programs of this project, built when they are needed: in a build folder that is there, or in one that is made."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .failure import Failure

ROOT = Path(__file__).resolve().parents[2]
RELEASE, SANITIZED = ROOT / "build/release", ROOT / "build/dev"
_PLACES = {
    "guest-agent": "oracles/live/retort-guest",
    "retort-kernel": "oracles/kernel/retort-kernel",
    "make-mutants": "fuzzers/make-mutants",
    "retort": "fuzzers/cli/retort",
}


@dataclass(frozen=True)
class Build:
    folder: Path = RELEASE
    preset: str = "release"
    up_to_date: bool = False  # whoever says so has built all of it

    def program(self, target: str) -> Path:
        path = self.folder.resolve() / _PLACES[target]
        if not self.up_to_date:
            print(f"building {target}", file=sys.stderr, flush=True)
            if not (self.folder / "CMakeCache.txt").is_file():
                _run(["cmake", "--preset", self.preset, "-B", str(self.folder.resolve()), "-DRETORT_TESTS=OFF"])
            _run(["cmake", "--build", str(self.folder), "--target", target])
        if not path.is_file():
            raise Failure(f"{path}: there is no such program; this build has left it out")
        return path


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    except OSError as error:
        raise Failure(f"{command[0]} cannot be run: {error.strerror}") from error
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or "it says nothing").splitlines()
        raise Failure(f"'{' '.join(command[:3])} ...' failed: {said[-1]}")
