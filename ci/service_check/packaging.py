# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What lies in $OUT: targets by the service's own way to tell them, and beside each its seeds, dictionary and options."""

from __future__ import annotations

import configparser
import os
import pathlib
import re
import zipfile

from .builds import ROOT, Build
from .results import Results

_ENTRY = b"LLVMFuzzerTestOneInput"
_NAME = re.compile(r"^[a-zA-Z0-9_-]+$")
_OPTIONS = {"max_len", "len_control", "timeout", "rss_limit_mb", "dict"}
# A line of a dictionary: a name or none, and bytes in quotes.
_WORD = re.compile(r'^(?:[A-Za-z0-9_@]+\s*=\s*)?"(?:[^"\\]|\\\\|\\"|\\x[0-9a-fA-F]{2})+"$')


def _is_target(path: pathlib.Path) -> bool:
    """As the service sees it: a program without an extension that names the entry point."""
    return bool(_NAME.match(path.name)) and os.access(path, os.X_OK) and _ENTRY in path.read_bytes()


def check(build: Build, results: Results) -> None:
    files = [path for path in build.out.iterdir() if path.is_file()]
    seen = {path.name for path in files if _is_target(path)}
    strays = [path.name for path in files if path.name not in seen and _ENTRY in path.read_bytes()]
    results.judge(
        "only the targets in $OUT count as targets, and nothing else contains LLVMFuzzerTestOneInput",
        seen == set(build.targets) and not strays,
        f"{len(seen)} of {len(build.targets)}; {', '.join(strays) or 'no others'}",
    )
    for target in build.targets:
        _check_seeds(build.out, target, results)
        _check_dictionary(build.out, target, results)
        _check_options(build.out, target, results)


def _check_seeds(out: pathlib.Path, target: str, results: Results) -> None:
    path = out / f"{target}_seed_corpus.zip"
    rule = f"{target}: {path.name} is flat"
    if not path.is_file():
        results.judge(rule, False, "it is not there")
        return
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        flat = all("/" not in entry.filename for entry in entries)
        longest = max((entry.file_size for entry in entries), default=0)
    size = path.stat().st_size
    results.judge(
        rule,
        flat and bool(entries) and longest <= _max_len(out, target) and size < 10_000_000,
        f"{len(entries)} seeds, of at most {longest} bytes; {size} bytes zipped",
    )


def _max_len(out: pathlib.Path, target: str) -> int:
    options = _options(out / f"{target}.options")
    return int(options.get("max_len", "0"))


def _options(path: pathlib.Path) -> dict[str, str]:
    parser = configparser.ConfigParser()
    parser.read(path)
    return dict(parser["libfuzzer"]) if parser.has_section("libfuzzer") else {}


def _check_dictionary(out: pathlib.Path, target: str, results: Results) -> None:
    path = out / f"{target}.dict"
    lines = path.read_text().splitlines() if path.is_file() else []
    words = [line for line in lines if line and not line.startswith("#")]
    wrong = [line for line in words if not _WORD.match(line)]
    results.judge(
        f"{target}: {path.name} is a dictionary", bool(words) and not wrong, f"{len(words)} words; {len(wrong)} malformed"
    )


def _max_input() -> int:
    """What the target itself reads at most, from its source."""
    text = (ROOT / "fuzzers/target.h").read_text()
    found = re.search(r"kMaxInputBytes = std::size_t\{(\d+)\} \* (\d+);", text)
    return int(found.group(1)) * int(found.group(2)) if found else 0


def _check_options(out: pathlib.Path, target: str, results: Results) -> None:
    options = _options(out / f"{target}.options")
    fits = (
        set(options) == _OPTIONS
        and int(options["max_len"]) == _max_input()
        and int(options["timeout"]) <= 25
        and int(options["rss_limit_mb"]) <= 2560
        and (out / options["dict"]).is_file()
    )
    said = ", ".join(f"{name} {value}" for name, value in sorted(options.items()))
    results.judge(f"{target}: {target}.options has the limits of the target's inputs", fits, said or "there are none")
