# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The C++ library of the service: LLVM's, static, and under MemorySanitizer instrumented as the target is. Debian's is neither,
and MemorySanitizer knows nothing of what it wrote; so it is built from Debian's source package of the compiler, once for
each machine."""

from __future__ import annotations

import os
import pathlib
import shutil

import debian_source
from hunting.run import Failed, heading, show
from kernel_tree import Failure

_PACKAGE = "llvm-toolchain-19"
_FOLDERS = (
    "cmake", "libc", "libcxx", "libcxxabi", "libunwind", "llvm/cmake", "llvm/utils/llvm-lit", "runtimes", "third-party",
)  # fmt: skip
_OPTIONS = (
    "-DLLVM_ENABLE_RUNTIMES=libcxx;libcxxabi",
    "-DCMAKE_C_COMPILER=clang-19",
    "-DCMAKE_CXX_COMPILER=clang++-19",
    "-DCMAKE_BUILD_TYPE=Release",
    "-DLLVM_INCLUDE_TESTS=OFF",
    "-DLLVM_INCLUDE_DOCS=OFF",
    "-DLIBCXX_ENABLE_SHARED=OFF",
    "-DLIBCXXABI_ENABLE_SHARED=OFF",
    "-DLIBCXXABI_USE_LLVM_UNWINDER=OFF",
    "-DLIBCXX_INCLUDE_TESTS=OFF",
    "-DLIBCXXABI_INCLUDE_TESTS=OFF",
    "-DLIBCXX_INCLUDE_BENCHMARKS=OFF",
    # One archive, as a link with -lc++ alone finds it.
    "-DLIBCXX_ENABLE_STATIC_ABI_LIBRARY=ON",
)


def folder(sanitizer: str, cache: pathlib.Path) -> pathlib.Path:
    """Where the libraries for a build with this sanitizer are."""
    made = cache / ("libcxx-memory" if sanitizer == "memory" else "libcxx")
    if not (made / "lib/libc++.a").is_file():
        _build(made, sanitizer, cache)
    return made


def flags(made: pathlib.Path) -> str:
    """What to compile and link C++ with, so that they are used."""
    return f"-stdlib=libc++ -nostdinc++ -isystem {made}/include/c++/v1 -L{made}/lib -Wno-unused-command-line-argument"


def _build(made: pathlib.Path, sanitizer: str, cache: pathlib.Path) -> None:
    heading(f"building the C++ library{' with MemorySanitizer' if sanitizer == 'memory' else ''}: some minutes, once")
    try:
        source = debian_source.unpacked(_PACKAGE, cache, _FOLDERS)
    except Failure as failure:
        raise Failed(f"the source of LLVM's C++ library: {failure}") from failure
    build = made.with_name(made.name + ".build")
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(parents=True)
    options = [*_OPTIONS]
    if sanitizer == "memory":
        options.append("-DLLVM_USE_SANITIZER=MemoryWithOrigins")
    if launcher := shutil.which("ccache"):
        options += [f"-DCMAKE_C_COMPILER_LAUNCHER={launcher}", f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}"]
    show(["cmake", "-G", "Ninja", "-S", source / "runtimes", "-B", build, *options], build / "configure.log")
    jobs = os.environ.get("JOBS", str(os.cpu_count() or 1))
    show(["ninja", "-C", build, f"-j{jobs}", "cxx", "cxxabi"], build / "build.log")
    new = made.with_name(made.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    for part in ("include", "lib"):
        shutil.copytree(build / part, new / part)
    shutil.rmtree(made, ignore_errors=True)
    new.rename(made)
    shutil.rmtree(build)
