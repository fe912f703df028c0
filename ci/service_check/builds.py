# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""A build as the service makes it: a sanitizer and an engine, an environment with its variables and no others, a folder of
sources as its image has them, and a fresh $OUT."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from hunting.run import ROOT, Failed, ask  # noqa: E402

from . import libcxx  # noqa: E402

SANITIZERS = ("address", "undefined", "memory", "coverage")
ENGINES = ("libfuzzer", "afl")
_AFL = pathlib.Path("/usr/lib/afl")
_LIBFUZZER = "libclang_rt.fuzzer-x86_64.a"

_COMMON = "-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"
_UNDEFINED = (
    "array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size,return,"
    "returns-nonnull-attribute,shift,signed-integer-overflow,unreachable,vla-bound,vptr"
)
_FLAGS = {
    "address": "-fsanitize=address -fsanitize-address-use-after-scope",
    "undefined": f"-fsanitize={_UNDEFINED},unsigned-integer-overflow -fno-sanitize-recover={_UNDEFINED}",
    "memory": "-fsanitize=memory -fsanitize-memory-track-origins",
    "coverage": "-fprofile-instr-generate -fcoverage-mapping -pthread",
}


@dataclasses.dataclass(frozen=True)
class Build:
    sanitizer: str
    engine: str
    targets: tuple[str, ...]
    folder: pathlib.Path
    library: pathlib.Path | None = None  # of C++, where it is not the system's

    @property
    def name(self) -> str:
        return f"{self.sanitizer} {self.engine}"

    @property
    def out(self) -> pathlib.Path:
        return self.folder / "out"

    @property
    def work(self) -> pathlib.Path:
        return self.folder / "work"

    @property
    def cmake(self) -> pathlib.Path:
        return self.work / "retort"


def engine_items(build: Build) -> str:
    if build.engine == "libfuzzer":
        # The image's libFuzzer brings a C++ library of its own; Debian's needs that of the system beside the target's.
        return f"{ask(['clang++-19', f'--print-file-name={_LIBFUZZER}']).strip()} -l:libstdc++.so.6" if build.library else "-fsanitize=fuzzer"
    items = [_AFL / "libAFLDriver.a", _AFL / "afl-compiler-rt.o"]
    missing = [str(item) for item in items if not item.exists()]
    if missing:
        raise Failed(f"{' and '.join(missing)} are missing: install afl++ (ci/setup does).")
    return " ".join(map(str, items))


def engine_flags(build: Build) -> str:
    if build.sanitizer == "coverage":
        return ""
    return "-fsanitize=fuzzer-no-link" if build.engine == "libfuzzer" else "-fsanitize-coverage=trace-pc-guard"


def environment(build: Build, sources: pathlib.Path) -> dict[str, str]:
    """The service's variables, and of ours only what finds programs and caches objects."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "CCACHE_DIR", "JOBS") if name in os.environ}
    flags = f"{_COMMON} {_FLAGS[build.sanitizer]} {engine_flags(build)}"
    return kept | {
        "CC": "clang-19",
        "CXX": "clang++-19",
        "CFLAGS": flags,
        "CXXFLAGS": f"{flags} {libcxx.flags(build.library)}" if build.library else flags,
        "LIB_FUZZING_ENGINE": engine_items(build),
        "SANITIZER": build.sanitizer,
        "FUZZING_ENGINE": build.engine,
        "ARCHITECTURE": "x86_64",
        "UBSAN_OPTIONS": "silence_unsigned_overflow=1",
        "SRC": str(sources),
        "OUT": str(build.out),
        "WORK": str(build.work),
    }


def make_sources(folder: pathlib.Path, linked: dict[str, pathlib.Path]) -> pathlib.Path:
    """$SRC as the image has it: the project, and upstream's checkouts by name."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, path in {"retort": ROOT, **linked}.items():
        (folder / name).symlink_to(path)
    return folder


def upstream(series: str) -> pathlib.Path:
    return pathlib.Path(ask([ROOT / "ci/upstream", "--series", series]).strip())


def libbpf_checkout(kernel: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """A kernel's libbpf in the layout of libbpf's own repository."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "src").symlink_to(kernel / "tools/lib/bpf")
    (folder / "include").symlink_to(kernel / "tools/include")
    return folder


def run(build: Build, sources: pathlib.Path) -> pathlib.Path:
    """Runs the project's build.sh; returns its log. What the last check built is used again, what it put out is not."""
    shutil.rmtree(build.out, ignore_errors=True)
    build.out.mkdir(parents=True)
    build.work.mkdir(parents=True, exist_ok=True)
    log = build.folder / "build.log"
    script = ["bash", "-eu", str(ROOT / "ci/oss-fuzz/build.sh")]
    if build.targets != all_targets():
        # The script builds all of them; for a part of them, what it calls is called.
        script = [str(sources / "retort/ci/build-fuzzers"), "--sources", str(sources), "--targets", ",".join(build.targets)]
    with open(log, "wb") as kept:
        status = subprocess.run(script, cwd=sources, env=environment(build, sources), stdout=kept, stderr=kept).returncode
    if status != 0:
        end = "\n".join(line[:200] for line in log.read_text(errors="replace").splitlines()[-10:])
        raise Failed(f"the build ended with status {status}; see {log}.\n{end}")
    return log


def all_targets() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (ROOT / "fuzzers/targets").glob("*.cc")))
