# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The hunt's results as a person reads them in a terminal."""

from __future__ import annotations

import pathlib
from typing import Any

from .kernels import Kernel

_TOP = 5


def print_oracles(oracles: Any) -> None:
    for oracle in oracles:
        print(f"  {oracle['oracle']:<16}{oracle['version']}")


def print_kernels(pair: list[Kernel]) -> None:
    for kernel in pair:
        print(f"  {kernel.release:<32}{kernel.version:<24}{kernel.count} modules")


def print_survey(ways: list[dict[str, Any]]) -> None:
    for way in ways:
        print(f"\n{way['from']} onto {way['onto']}")
        print(f"  {'policy':<14}{'modules':>8}{'distil':>8}{'relocate':>10}{'fail':>6}  reasons")
        for column in way["policies"]:
            reasons = ", ".join(f"{name} {count}" for name, count in column["reasons"].items())
            print(
                f"  {column['policy']:<14}{column['modules']:>8}{column['distil']:>8}"
                f"{column['relocate']:>10}{column['fail']:>6}  {reasons}"
            )
        _print_names(way["policies"])
        _print_agreement(way["agreement"])


def _print_names(policies: list[dict[str, Any]]) -> None:
    for column in policies:
        names = ", ".join(f"{name['type']} ({name['modules']})" for name in column["names"][:_TOP])
        if names:
            print(f"  most failures under {column['policy']}: {names}")


def _print_agreement(agreement: dict[str, Any]) -> None:
    print(
        f"  round trip: {agreement['round_trips']} of {agreement['modules']} relocate onto their own "
        f"kernel, {agreement['same_graph']} get back their type graph"
    )
    for oracle in agreement["oracles"]:
        for key, what in (("distill", "distil"), ("own", "own kernel"), ("other", "other kernel")):
            step = oracle[key]
            print(
                f"  beside {oracle['oracle']}, {what}: {step['asked']} modules, same verdict "
                f"{step['same_verdict']}, accepted {step['accepted']}, of these the same types "
                f"{step['same_canonical']} and the same bytes {step['same_bytes']}"
            )
        for differing in oracle["differing"]:
            print(f"  DIFFERS from {oracle['oracle']}: {differing}")
    for changed in agreement["changed_graphs"]:
        print(f"  ROUND TRIP CHANGED {changed}")


def print_fuzz(result: dict[str, Any]) -> None:
    for target in result["targets"]:
        seconds = target["seconds"] or 1
        share = 100 * target["edges"] / (target["edges_in_all"] or 1)
        print(
            f"  {target['target']:<10}{target['executions']:>9} executions in {target['seconds']} s "
            f"({target['executions'] / seconds:.0f} a second), {target['edges']} of "
            f"{target['edges_in_all']} edges ({share:.1f} %), {target['corpus']} pairs in the corpus"
        )
    stats = result["stats"]
    if not stats:
        return
    print(
        f"  {stats['pairs']} pairs, {stats['operations']} operations, {stats['accepted']} accepted, "
        f"of these {stats['relocations']} relocations"
    )
    _print_explained(stats)
    _print_guards(stats, result["guards"])


def _print_explained(stats: dict[str, Any]) -> None:
    print(
        f"  every answer was compared with what is foretold; one pair in {stats['laws_every']} was put to the laws\n"
        f"  {stats['differences']} answers to one pair in {stats['explain_every']} differ from the reference's; "
        "the smallest sets of entries that explain them:"
    )
    entries = sorted(stats["entries"], key=lambda entry: -entry["explains"])
    for entry in entries:
        if entry["explains"]:
            share = 100 * entry["explains"] / max(1, stats["differences"])
            print(
                f"    {entry['name']:<34}{entry['explains']:>9} ({share:.1f} %), "
                f"alone {entry['alone']}"
            )


def _print_guards(stats: dict[str, Any], honest: dict[str, dict[str, int]]) -> None:
    for entry in stats["entries"]:
        if not entry["guarded"]:
            continue
        share = 100 * entry["guarded"] / max(1, stats["operations"])
        line = f"  guard {entry['name']}: took {entry['guarded']} operations ({share:.2f} %)"
        run = honest.get(entry["name"])
        if run and run["run"]:
            line += f"; of {run['run']} run in children {run['died']} died"
        print(line)


def print_unguarded(counts: dict[str, dict[str, int]]) -> None:
    for target, count in counts.items():
        print(
            f"  without guards, {target}: {count['run']} pairs run in children, on {count['died']} an oracle "
            f"died, {count['found']} are not explained"
        )


def print_findings(found: list[dict[str, Any]], unsorted: int, folder: pathlib.Path) -> None:
    if unsorted:
        print(f"  {unsorted} stops were not looked at, for the time was up; the next run does.")
    if not found:
        print("  no findings")
        return
    print(f"  {len(found)} findings, kept in {folder}:")
    for finding in found:
        reach = f", {finding['reach']}" if finding.get("reach") else ""
        print(f"    {finding['signature']}: {finding['count']} times{reach}")
        print(f"      {finding.get('reduced') or finding['pair']}")
