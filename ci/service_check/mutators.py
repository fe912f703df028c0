# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The custom mutator as each engine takes it: hooks in the target for libFuzzer and centipede, a shared object for AFL++."""

from __future__ import annotations

import ctypes
import pathlib
import re
import subprocess

from .builds import ROOT, Build
from .results import Results

_HOOKS = ("LLVMFuzzerCustomMutator", "LLVMFuzzerCustomCrossOver")
_FUNCTIONS = ("afl_custom_init", "afl_custom_fuzz", "afl_custom_deinit")
_MOST = 64 * 1024
_SEEDS = 64


def check_hooks(build: Build, target: str, results: Results) -> None:
    said = subprocess.run(["nm", str(build.out / target)], capture_output=True, text=True, check=False).stdout
    missing = [hook for hook in _HOOKS if not re.search(rf" [TW] {hook}$", said, re.MULTILINE)]
    results.judge(f"{target}: has the hooks of a custom mutator", not missing, ", ".join(missing or _HOOKS))


def check_library(build: Build, results: Results) -> None:
    said = subprocess.run(
        ["nm", "--undefined-only", str(build.cmake / "fuzzers/libfuzzers.a")], capture_output=True, text=True, check=False
    )
    results.judge(
        "the mutator is a plain library, and never calls LLVMFuzzerMutate",
        said.returncode == 0 and "LLVMFuzzerMutate" not in said.stdout,
        "of its undefined symbols, none is an engine's",
    )


class _Mutator:
    """The shared object, called as afl-fuzz calls it."""

    def __init__(self, library: ctypes.CDLL, seed: int) -> None:
        self._library = library
        library.afl_custom_init.restype = ctypes.c_void_p
        library.afl_custom_fuzz.restype = ctypes.c_size_t
        self._state = ctypes.c_void_p(library.afl_custom_init(None, seed))

    def fuzz(self, content: bytes) -> bytes:
        out = ctypes.c_void_p()
        size = self._library.afl_custom_fuzz(
            self._state, content, ctypes.c_size_t(len(content)), ctypes.byref(out), None, ctypes.c_size_t(0),
            ctypes.c_size_t(_MOST),
        )  # fmt: skip
        return ctypes.string_at(out, size)

    def end(self) -> None:
        self._library.afl_custom_deinit(self._state)


def _fuzzed(library: ctypes.CDLL, seed: int, content: bytes) -> bytes:
    mutator = _Mutator(library, seed)
    try:
        return mutator.fuzz(content)
    finally:
        mutator.end()


def check_afl(build: Build, results: Results) -> None:
    path = build.cmake / "fuzzers/afl_mutator.so"
    done = subprocess.run(["cmake", "--build", str(build.cmake), "--target", "afl_mutator"], capture_output=True, check=False)
    rule = "the mutator for AFL++ is a shared object with afl_custom_*"
    if done.returncode != 0:
        results.judge(rule, False, done.stdout.decode(errors="replace").strip().splitlines()[-1])
        return
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        results.judge(rule, False, str(error))
        return
    missing = [name for name in _FUNCTIONS if not hasattr(library, name)]
    results.judge(rule, not missing, f"it has no {', '.join(missing)}" if missing else "it loads into another program")
    if not missing:
        _check_behaviour(library, results)


def _check_behaviour(library: ctypes.CDLL, results: Results) -> None:
    magic = _magic()
    made = [_fuzzed(library, seed, b"this is no pair") for seed in range(_SEEDS)]
    results.judge(
        "input that does not parse is replaced by a small valid one",
        all(one.startswith(magic) and len(one) < _MOST for one in made),
        f"{_SEEDS} times, at most {max(map(len, made))} bytes",
    )
    good = sorted((ROOT / "corpus/seeds").glob("*.pair"))[0].read_bytes()
    first, second = _fuzzed(library, 1, good), _fuzzed(library, 1, good)
    results.judge(
        "the mutator has a random generator of its own, and its seed decides",
        first == second and len({_fuzzed(library, seed, good) for seed in range(8)}) > 1,
        "one seed gives one result, eight give several",
    )
    processing = [name for name in ("afl_custom_post_process",) if hasattr(library, name)]
    results.judge("no post-processing alters a good input", not processing, "there is none")


def _magic() -> bytes:
    """How every pair begins, as the committed ones do."""
    return pathlib.Path(sorted((ROOT / "corpus/seeds").glob("*.pair"))[0]).read_bytes()[:4]
