# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Set-up and build: the command line as it is used daily, and the fuzz target with sanitizers.

The command line is also built with sanitizers, to run what guards took: without them, reading beyond
an allocation does not always show.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib

from .run import ROOT, show


@dataclasses.dataclass(frozen=True)
class Programs:
    retort: pathlib.Path
    sanitized_retort: pathlib.Path
    target: pathlib.Path


def set_up() -> None:
    show([ROOT / "ci/setup"])


def build() -> Programs:
    jobs = str(os.cpu_count() or 1)
    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    for preset, targets in (("release", ["retort"]), ("fuzz", ["relocate", "retort"])):
        print(f"{preset}: {', '.join(targets)}", flush=True)
        show(["cmake", "--preset", preset, "-DRETORT_TESTS=OFF"], folder / f"{preset}.configure.log")
        show(
            ["cmake", "--build", folder / preset, "-j", jobs, "--target", *targets],
            folder / f"{preset}.build.log",
        )
    return Programs(
        retort=folder / "release/fuzzers/cli/retort",
        sanitized_retort=folder / "fuzz/fuzzers/cli/retort",
        target=folder / "fuzz/fuzzers/relocate",
    )
