# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""How true the kernel in process is to the booted one of the same series: question by question, and why not.

Compared are the verdict, the errno, where a refusal arose, the bytes of what was relocated, and the log of a refusal. Each
difference has to be explained by what is known of the way in which one of them is asked; what no explanation fits is a
finding, of our shim or of the way in which the guest is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .questions import Answer, Pair



@dataclass(frozen=True)
class Question:
    name: str
    op: str  # check, relocate, or load
    pair: Pair


@dataclass(frozen=True)
class Difference:
    question: Question
    what: str  # verdict, errno, stage, bytes or log
    inside: Answer
    live: Answer
    explanation: str  # its name, or empty

    def sentence(self) -> str:
        said = {"verdict": _verdict, "errno": _verdict, "stage": _verdict, "bytes": _length, "log": _log}[self.what]
        return (
            f"{self.question.name}: {self.question.op}: {self.what}: in process {said(self.inside)}; "
            f"live {said(self.live)}"
        )


def _verdict(answer: Answer) -> str:
    if answer.outcome == "rejected":
        return f"rejected with errno {answer.errno} at {answer.stage or 'load'} ({answer.detail})"
    return answer.outcome + (f" ({answer.detail})" if answer.detail else "")


def _length(answer: Answer) -> str:
    return f"{len(answer.output)} bytes"


def _log(answer: Answer) -> str:
    return repr(answer.log)


def difference(question: Question, inside: Answer, live: Answer) -> str:
    """What is compared first and is not the same, or an empty string."""
    if inside.outcome != live.outcome:
        return "verdict"
    if inside.outcome == "rejected":
        if inside.errno != live.errno:
            return "errno"
        if question.op != "load" and inside.stage != live.stage:
            return "stage"
        # Of a load in process, the end of the log is kept.
        same = inside.detail == live.detail if question.op == "load" else inside.log == live.log
        return "" if same else "log"
    return "" if inside.output == live.output else "bytes"


@dataclass(frozen=True)
class Explanation:
    name: str
    sentence: str
    fits: Callable[[str, Question, Answer, Answer], bool]


def _is_part_of(lines: Sequence[str], whole: Sequence[str]) -> bool:
    rest = iter(whole)
    return all(line in rest for line in lines)


def _says_less(what: str, question: Question, inside: Answer, live: Answer) -> bool:
    return what == "log" and live.stage == "SPLT" and _is_part_of(live.log, inside.log)


def _has_no_btf(what: str, question: Question, inside: Answer, live: Answer) -> bool:
    return what == "log" and question.pair.split == b"" and live.stage == "SPLT"


def _goes_on(what: str, question: Question, inside: Answer, live: Answer) -> bool:
    return what == "verdict" and inside.outcome == "crashed" and "AddressSanitizer" in inside.detail


EXPLANATIONS = (
    Explanation(
        "damage unseen",
        "in process a sanitizer stops the kernel as it reads beyond what it has; the stock kernel has none and goes on with "
        "what it finds there. The defect is the kernel's, and a finding of the ungated oracle in process",
        _goes_on,
    ),
    Explanation(
        "module without BTF",
        "a module whose .BTF is empty has none: the kernel inserts it and looks no further, where its parser would refuse "
        "no bytes at all",
        _has_no_btf,
    ),
    Explanation(
        "mismatches allowed",
        "the stock kernel is built with MODULE_ALLOW_BTF_MISMATCH, and so leaves out of its log what is wrong with the "
        "types of a module",
        _says_less,
    ),
)


@dataclass
class Fidelity:
    """What a comparison has come to."""

    asked: Counter[str] = field(default_factory=Counter)
    same: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    explained: dict[str, list[Difference]] = field(default_factory=dict)
    findings: list[Difference] = field(default_factory=list)

    def add(self, question: Question, inside: Answer, live: Answer) -> None:
        self.asked[question.op] += 1
        self.outcomes[f"{question.op} {live.outcome}"] += 1
        what = difference(question, inside, live)
        if not what:
            self.same[question.op] += 1
            return
        fitting = [e.name for e in EXPLANATIONS if e.fits(what, question, inside, live)]
        found = Difference(question, what, inside, live, fitting[0] if fitting else "")
        if fitting:
            self.explained.setdefault(fitting[0], []).append(found)
        else:
            self.findings.append(found)

    def lines(self) -> list[str]:
        text = [
            f"{op}: {self.asked[op]} asked, {self.same[op]} the same in verdict, errno, stage, bytes and log ("
            + ", ".join(f"{count} {name.split()[1]}" for name, count in sorted(self.outcomes.items()) if name.startswith(op))
            + ")"
            for op in self.asked
        ]
        for explanation in EXPLANATIONS:
            found = self.explained.get(explanation.name, [])
            if found:
                kinds = ", ".join(f"{count} {what}" for what, count in Counter(d.what for d in found).items())
                text.append(f"explained by `{explanation.name}`: {kinds}: {explanation.sentence}")
                text.append(f"  such as {found[0].sentence()}")
        text += [f"NOT EXPLAINED {found.sentence()}" for found in self.findings]
        return text
