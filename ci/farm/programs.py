# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Building what the farm starts: the hunt's programs, and the targets once more for AFL++, with its mutator."""

from __future__ import annotations

import os
import pathlib
import shutil

from hunting.build import Programs, build
from hunting.run import Failed, show

from .plan import Engine, Engines


def build_all(targets: list[str], folder: pathlib.Path, engines: frozenset[Engine]) -> tuple[Programs, Engines]:
    programs = build(targets, folder)
    folder = folder.resolve()
    made = folder / "afl/fuzzers"
    if Engine.AFL in engines:
        print(f"afl: {', '.join(targets)}", flush=True)
        show(["cmake", "--preset", "afl", "-B", folder / "afl", "-DRETORT_TESTS=OFF"], folder / "afl.configure.log")
        jobs = str(os.cpu_count() or 1)
        wanted = [*targets, "afl_mutator"]
        show(["cmake", "--build", folder / "afl", "-j", jobs, "--target", *wanted], folder / "afl.build.log")
    afl_fuzz = shutil.which("afl-fuzz")
    if afl_fuzz is None and Engine.AFL in engines:
        raise Failed("afl-fuzz is not installed; ci/setup does that.")
    return programs, Engines(
        afl_fuzz=pathlib.Path(afl_fuzz or "afl-fuzz"),
        mutator=made / "afl_mutator.so",
        afl_targets={name: made / name for name in targets},
        libfuzzer_targets=dict(programs.targets),
    )
