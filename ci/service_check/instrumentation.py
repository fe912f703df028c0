# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What is compiled into a target: enough calls of its sanitizer and of no other, and a function for each class of finding."""

from __future__ import annotations

import collections
import re
import subprocess

from .builds import Build
from .results import Results

_CALL = re.compile(r"\tcallq?\b.*<(?:__|\.)?_?_?(asan|msan|ubsan|dfsan)_")
_ENOUGH = {"address": ("asan", 1000), "undefined": ("ubsan", 168), "memory": ("msan", 1000)}
# A sanitizer's run-time has a few of another's.
_TOO_MANY = {"asan": 0, "msan": 3, "dfsan": 0, "ubsan": 200}
CLASSES = (
    "finding_oracle_accepts",
    "finding_oracle_rejects",
    "finding_other_error",
    "finding_other_result",
    "finding_input_changed",
    "finding_broken_property",
)


def calls(program: str) -> dict[str, int]:
    """How often each sanitizer's run-time is called."""
    count: dict[str, int] = collections.Counter()
    command = ["llvm-objdump-19", "-d", "--no-show-raw-insn", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace") as dump:
        assert dump.stdout is not None
        for line in dump.stdout:
            if match := _CALL.search(line):
                count[match.group(1)] += 1
    return count


def check(build: Build, target: str, results: Results) -> None:
    path = str(build.out / target)
    if build.sanitizer in _ENOUGH and build.engine == "libfuzzer":
        wanted, least = _ENOUGH[build.sanitizer]
        count = calls(path)
        others = {name: count[name] for name, most in _TOO_MANY.items() if name != wanted and count[name] > most}
        results.judge(
            f"{target}: at least {least} calls of its sanitizer, and of no other",
            count[wanted] >= least and not others,
            f"{count[wanted]} of {wanted}" + "".join(f", {many} of {name}" for name, many in others.items()),
        )
    said = subprocess.run(["nm", "-C", path], capture_output=True, text=True, check=False).stdout
    missing = [name for name in CLASSES if not re.search(rf" t .*::{name}\(\)$", said, re.MULTILINE)]
    results.judge(
        f"{target}: a finding aborts in a function that names its class",
        not missing,
        f"not found: {', '.join(missing)}" if missing else f"{len(CLASSES)} classes, each a function of its own",
    )
