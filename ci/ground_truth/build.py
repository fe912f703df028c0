# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The fuzz targets, built once more with the defects asleep in libbpf.

The probes run during that build without a defect awake, so that the table of entries describes the clean
source: a planted defect is never taken for a known one.
"""

from __future__ import annotations

import os
import pathlib

from hunting.build import target_names
from hunting.run import ROOT, ask, show

from .defects import Defect
from .plant import plant


def upstream(series: str) -> pathlib.Path:
    return pathlib.Path(ask([ROOT / "ci/upstream", "--series", series]).strip())


def with_targets(defects: list[Defect]) -> tuple[list[Defect], list[Defect]]:
    """Those whose target is there, and those that nothing here can find."""
    known = target_names()
    there = [defect for defect in defects if defect.target in known]
    return there, [defect for defect in defects if defect not in there]


def build(folder: pathlib.Path, source: pathlib.Path, defects: list[Defect]) -> dict[str, pathlib.Path]:
    """Plants, builds, and returns the program of each target that is needed."""
    folder.mkdir(parents=True, exist_ok=True)
    plant(source, folder / "source")
    for variable in ("RETORT_PLANTED", "RETORT_PLANTED_PAGE"):
        os.environ.pop(variable, None)
    targets = sorted({defect.target for defect in defects})
    binary = folder / "build"
    configure = ["cmake", "--preset", "fuzz", "-B", binary, "-DRETORT_TESTS=OFF"]
    show([*configure, f"-DRETORT_LIBBPF_6_12={folder / 'source'}", "-DRETORT_LIBBPF_SERIES=6.12"], folder / "configure.log")
    jobs = str(os.cpu_count() or 1)
    show(["cmake", "--build", binary, "-j", jobs, "--target", *targets], folder / "build.log")
    return {target: binary / "fuzzers" / target for target in targets}
