# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What measurements say: the gate on instruction counts and the trend in times.

Instruction counts of fixed inputs hardly vary, so a tolerance decides. Times vary with the machine,
so two sides are measured in turn and told apart only by a test that asks how likely such a
difference is among equals (Mann and Whitney's, of ranks, as times are far from normal).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, median

# What a compiler's or the C library's update may shift; a slowdown of 5 % is well beyond.
TOLERANCE = 0.03
# Times further apart than by chance, and by enough to matter.
SIGNIFICANCE = 0.01
LEAST_DIFFERENCE = 0.02
LEAST_REPETITIONS = 9


@dataclass(frozen=True)
class Judgement:
    """One operation on two sides. The ratio is new to old: above 1 is slower."""

    operation: str
    old: float
    new: float
    verdict: str  # "slower", "faster" or "same"
    p_value: float | None = None

    @property
    def ratio(self) -> float:
        return self.new / self.old if self.old else math.inf


def judge_counts(old: Mapping[str, int], new: Mapping[str, int], tolerance: float = TOLERANCE) -> list[Judgement]:
    """Of the operations that both sides have."""
    judgements = []
    for operation, count in new.items():
        if operation not in old:
            continue
        before = old[operation]
        verdict = "same"
        if count > before * (1 + tolerance):
            verdict = "slower"
        elif count < before * (1 - tolerance):
            verdict = "faster"
        judgements.append(Judgement(operation, before, count, verdict))
    return judgements


def rank_test(old: Sequence[float], new: Sequence[float]) -> float:
    """The probability of ranks at least as uneven if both sides are the same: Mann and Whitney's U, two-sided, by the
    normal approximation with corrections for ties and continuity, which is fair from eight values on."""
    if not old or not new:
        raise ValueError("a rank test needs values on both sides")
    values = sorted((value, side) for side, values in ((0, old), (1, new)) for value in values)
    rank_sum = 0.0
    ties = 0.0
    at = 0
    while at < len(values):
        end = at
        while end < len(values) and values[end][0] == values[at][0]:
            end += 1
        rank = (at + 1 + end) / 2
        rank_sum += rank * sum(1 for _, side in values[at:end] if side == 1)
        ties += (end - at) ** 3 - (end - at)
        at = end
    count = len(values)
    u = rank_sum - len(new) * (len(new) + 1) / 2
    mean = len(old) * len(new) / 2
    variance = len(old) * len(new) / 12 * (count + 1 - ties / (count * (count - 1)))
    if variance == 0:
        return 1.0
    z = max(abs(u - mean) - 0.5, 0) / math.sqrt(variance)
    return 2 * (1 - NormalDist().cdf(z))


def judge_times(old: Mapping[str, Sequence[float]], new: Mapping[str, Sequence[float]]) -> list[Judgement]:
    """Of the operations that both sides have; "same" where nothing was shown."""
    judgements = []
    for operation, values in new.items():
        before = old.get(operation)
        if not before or not values:
            continue
        p_value = rank_test(before, values)
        ratio = median(values) / median(before)
        verdict = "same"
        if p_value < SIGNIFICANCE and abs(ratio - 1) > LEAST_DIFFERENCE:
            verdict = "slower" if ratio > 1 else "faster"
        judgements.append(Judgement(operation, median(before), median(values), verdict, p_value))
    return judgements
