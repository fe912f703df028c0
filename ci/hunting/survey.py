# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""All modules of two kernels, each way: which fit under which policy, and who agrees on it."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from .kernels import Kernel
from .run import ask

POLICIES = ["agreed", "v2", "v3", "libbpf-6.12"]
# A module that does not relocate is what the survey is about, not a failure of it; so is a finding.
_ANSWERED = (0, 1, 3)
_NAMES = 12


def oracles(retort: pathlib.Path) -> Any:
    """Those that can be asked here."""
    return [oracle for oracle in json.loads(ask([retort, "oracles", "--json"])) if "missing" not in oracle]


def entries(retort: pathlib.Path) -> Any:
    """The table of entries: rules, deviations, tolerances, guards."""
    return json.loads(ask([retort, "rules", "--json"]))


def _one_way(retort: pathlib.Path, source: Kernel, target: Kernel) -> dict[str, Any]:
    fit = json.loads(
        ask(
            [retort, "modules", source.modules, "--base", source.vmlinux, "--onto", target.vmlinux]
            + ["--policy", ",".join(POLICIES), "--json"],
            _ANSWERED,
        )
    )
    agreement = json.loads(
        ask(
            [retort, "survey", source.modules, "--base", source.vmlinux, "--onto", target.vmlinux]
            + ["--json"],
            _ANSWERED,
        )
    )
    policies = []
    for column in fit["summary"]:
        column["names"] = column["names"][:_NAMES]
        del column["target"]
        policies.append(column)
    return {
        "from": source.release,
        "onto": target.release,
        "policies": policies,
        "agreement": agreement,
    }


def both_ways(retort: pathlib.Path, pair: list[Kernel]) -> list[dict[str, Any]]:
    ways = [(pair[0], pair[1]), (pair[1], pair[0])]
    return [_one_way(retort, source, target) for source, target in ways]


def agrees(ways: list[dict[str, Any]]) -> bool:
    return all(
        not way["agreement"]["changed_graphs"]
        and all(not oracle["differing"] for oracle in way["agreement"]["oracles"])
        for way in ways
    )
