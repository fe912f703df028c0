# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Set-up and build: the command line as it is used daily, and the fuzz targets with sanitizers.

The command line is also built with sanitizers, to run what guards took: without them, reading beyond
an allocation does not always show.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib

from .run import ROOT, Failed, show


@dataclasses.dataclass(frozen=True)
class Programs:
    retort: pathlib.Path
    sanitized_retort: pathlib.Path
    targets: dict[str, pathlib.Path]


def target_names() -> list[str]:
    """Every fuzz target: its program is named as its source is."""
    return sorted(path.stem for path in (ROOT / "fuzzers/targets").glob("*.cc"))


def chosen_targets(wanted: str | None) -> list[str]:
    """Those that a list with commas names, or all."""
    known = target_names()
    if wanted is None:
        return known
    chosen = [name for name in wanted.split(",") if name]
    for name in chosen:
        if name not in known:
            raise Failed(f"there is no target '{name}'; there are {', '.join(known)}.")
    if not chosen:
        raise Failed("--targets names no target.")
    return chosen


def set_up() -> None:
    show([ROOT / "ci/setup"])


def build(targets: list[str], folder: pathlib.Path) -> Programs:
    jobs = str(os.cpu_count() or 1)
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for preset, wanted in (("release", ["retort"]), ("fuzz", [*targets, "retort"])):
        print(f"{preset}: {', '.join(wanted)}", flush=True)
        configure = ["cmake", "--preset", preset, "-B", folder / preset, "-DRETORT_TESTS=OFF"]
        show(configure, folder / f"{preset}.configure.log")
        show(
            ["cmake", "--build", folder / preset, "-j", jobs, "--target", *wanted],
            folder / f"{preset}.build.log",
        )
    return Programs(
        retort=folder / "release/fuzzers/cli/retort",
        sanitized_retort=folder / "fuzz/fuzzers/cli/retort",
        targets={name: folder / "fuzz/fuzzers" / name for name in targets},
    )
