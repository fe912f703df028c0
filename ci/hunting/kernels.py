# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The two kernels: the oldest and the newest of a series that the machine's apt still offers."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any

from .run import ROOT, Failed, ask


@dataclasses.dataclass(frozen=True)
class Kernel:
    release: str
    version: str
    package: str
    folder: pathlib.Path
    count: int

    @property
    def vmlinux(self) -> pathlib.Path:
        return self.folder / "vmlinux.btf"

    @property
    def modules(self) -> pathlib.Path:
        return self.folder / "modules"

    def as_json(self) -> dict[str, Any]:
        return {
            "release": self.release,
            "version": self.version,
            "package": self.package,
            "modules": self.count,
        }


def harvest(folder: pathlib.Path, series: str, limit: int | None) -> list[Kernel]:
    command: list[str | pathlib.Path] = [
        "/usr/bin/python3",
        ROOT / "corpus/harvest.py",
        "--out",
        folder,
        "--series",
        series,
        "--json",
    ]
    if limit is not None:
        command += ["--modules", str(limit)]
    found = [
        Kernel(
            release=kernel["release"],
            version=kernel["version"],
            package=kernel["package"],
            folder=pathlib.Path(kernel["dir"]),
            count=kernel["modules"],
        )
        for kernel in json.loads(ask(command))
    ]
    if not found:
        raise Failed(f"no kernel of the series {series} could be harvested.")
    # Where only one is on offer, it is the oldest and the newest.
    return [found[0], found[-1]]
