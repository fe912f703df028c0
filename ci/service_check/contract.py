# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The rules of build.sh: read from what the build did, its build.ninja, and from the targets that came out of it."""

from __future__ import annotations

import re
import subprocess

from .builds import Build, engine_items
from .results import Results

# What the service's images have without being told.
_EVERYWHERE = re.compile(r"^(libc|libm|libdl|librt|libpthread|libresolv|libgcc_s|ld-linux-x86-64)\.so")
_LINK = re.compile(r"^build (\S+): C(?:XX)?_EXECUTABLE_LINKER__\S+", re.MULTILINE)


def _links(ninja: str) -> dict[str, str]:
    """Of each linked program, the statement that links it."""
    found = {}
    for match in _LINK.finditer(ninja):
        end = ninja.find("\n\n", match.start())
        found[match.group(1)] = ninja[match.start() : end]
    return found


def check(build: Build, results: Results) -> None:
    text = (build.cmake / "build.ninja").read_text()
    rules = (build.cmake / "CMakeFiles/rules.ninja").read_text()
    links = _links(text)
    item = engine_items(build).split()[0]
    with_engine = {name.rsplit("/", 1)[-1] for name, link in links.items() if item in link.split()}
    known = set(all_linked_targets(links))
    results.judge(
        "$LIB_FUZZING_ENGINE is a link item of the fuzz targets alone",
        with_engine == known,
        f"{len(with_engine)} programs are linked with it, {len(links) - len(with_engine)} are not",
    )
    compilers = set(re.findall(r"(?:^|[ /])(clang\+\+-19|clang-19|g\+\+|gcc|cc|c\+\+)(?= )", rules))
    results.judge(
        "only $CC and $CXX compile, and $CXX links",
        compilers <= {"clang-19", "clang++-19"} and not re.search(r"rule C_EXECUTABLE_LINKER__", rules),
        f"the rules call {', '.join(sorted(compilers))}; no program is linked as C",
    )
    results.judge("no -march=native", "-march=native" not in text, "in no command of the build")
    run = programs_run(text, str(build.cmake))
    results.judge(
        "host tools are built without the fuzz flags",
        run <= {"retort-probe"},
        f"of what it builds, the build runs {', '.join(sorted(run)) or 'nothing'}; "
        "retort-probe is none: it asks the very object that the targets link, and needs its flags",
    )
    for target in build.targets:
        _check_libraries(build, target, results)


def programs_run(ninja: str, folder: str) -> set[str]:
    """The programs in the build's own folder that its commands call."""
    called = re.findall(rf"(?:COMMAND = |&& )(?:cd \S+ && )?{re.escape(folder)}/(\S+)", ninja)
    return {path.rsplit("/", 1)[-1] for path in called}


def all_linked_targets(links: dict[str, str]) -> list[str]:
    """The fuzz targets among the programs, by where their source stands."""
    return [name.rsplit("/", 1)[-1] for name, link in links.items() if re.search(r" \S+/targets/\S+\.o\b", link)]


def needed(path: str) -> list[str]:
    said = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=False).stdout
    return re.findall(r"\(NEEDED\).*\[(.*)\]", said)


def _check_libraries(build: Build, target: str, results: Results) -> None:
    rule = f"{target}: static linking, and each dependency is built by build.sh"
    others = [name for name in needed(str(build.out / target)) if not _EVERYWHERE.match(name)]
    if build.library is None:
        results.unchecked(rule, f"this build was told to take the system's libraries ({', '.join(others)})")
        return
    # libFuzzer's own C++ library is within it in the image; see engine_items().
    left = [name for name in others if not name.startswith("libstdc++.so")]
    results.judge(rule, not left, f"needs {', '.join(left)}" if left else "needs only the C library, and what Debian's engine needs")
