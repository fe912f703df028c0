# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Who fuzzes a target on so many cores: an AFL++ main instance, secondaries whose power schedules differ, one of them listening
to comparisons (cmplog), and libFuzzer beside them. What one engine is blind to another sees; what one finds, all get."""

from __future__ import annotations

import dataclasses
import enum
import pathlib

# The main instance keeps to the default; these are for the secondaries, in turn.
SCHEDULES = ("fast", "coe", "rare", "exploit", "lin", "quad", "mmopt", "seek")
# One of so many instances is libFuzzer's: it starts none anew for each input, and its features count more than edges.
_LIBFUZZER_EVERY = 4


class Engine(enum.Enum):
    AFL = "afl"
    LIBFUZZER = "libfuzzer"


@dataclasses.dataclass(frozen=True)
class Role:
    """One process of the farm."""

    name: str
    engine: Engine
    schedule: str = ""
    cmplog: bool = False
    custom_only: bool = False  # no mutation but that which knows BTF
    main: bool = False


def roles(cores: int, engines: frozenset[Engine]) -> list[Role]:
    """The instances for so many cores, of those engines; at least one of each."""
    count = max(cores, len(engines))
    if engines == {Engine.LIBFUZZER}:
        return [_libfuzzer(number) for number in range(count)]
    beside = max(1, count // _LIBFUZZER_EVERY) if Engine.LIBFUZZER in engines else 0
    secondaries = count - beside - 1
    found = [Role("main", Engine.AFL, "explore", cmplog=secondaries == 0, main=True)]
    for number in range(secondaries):
        schedule = SCHEDULES[number % len(SCHEDULES)]
        # The first listens to comparisons, which is dear; of the others every second one only mutates types.
        found.append(
            Role(f"secondary-{number}", Engine.AFL, schedule, cmplog=number == 0, custom_only=number % 2 == 1)
        )
    return found + [_libfuzzer(number) for number in range(beside)]


def _libfuzzer(number: int) -> Role:
    return Role(f"libfuzzer-{number}", Engine.LIBFUZZER)


@dataclasses.dataclass(frozen=True)
class Engines:
    """The programs that a farm starts; a test has others."""

    afl_fuzz: pathlib.Path
    mutator: pathlib.Path
    afl_targets: dict[str, pathlib.Path]
    libfuzzer_targets: dict[str, pathlib.Path]


@dataclasses.dataclass(frozen=True)
class Place:
    """The folders of one target, in which the next farm goes on."""

    out: pathlib.Path
    target: str

    @property
    def corpus(self) -> pathlib.Path:
        return self.out / "corpus" / self.target

    @property
    def artifacts(self) -> pathlib.Path:
        """What the engines stopped on, from where ci/hunt's triage takes it."""
        return self.out / "artifacts" / self.target

    @property
    def afl(self) -> pathlib.Path:
        return self.out / "afl" / self.target

    @property
    def temporary(self) -> pathlib.Path:
        return self.out / "tmp" / self.target

    def log(self, role: Role) -> pathlib.Path:
        return self.out / "logs" / f"{self.target}.{role.name}.log"

    def stats(self, role: Role) -> pathlib.Path:
        """What the target counts, as it does under ci/hunt."""
        return self.out / "stats" / f"{self.target}.{role.name}"

    def make(self) -> None:
        for folder in (self.corpus, self.artifacts, self.afl, self.temporary, self.out / "logs", self.out / "stats"):
            folder.mkdir(parents=True, exist_ok=True)
