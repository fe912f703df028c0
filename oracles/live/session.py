# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Pair after pair through guests of one kernel: one lives at a time, and one that has crashed or hung is replaced."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from .guest import INSERT, LOAD, Crashed, Guest, Hung
from .kernels import Kernel
from .module_file import NAME, ModuleWriter
from .questions import Answer, Insertion, Pair, Questions, read_insertion
from .slot import Slot
from .snapshot import Snapshot

SECONDS = 10.0
# BTF that was parsed in the place of the kernel's own is never given back. A guest that has lost so much is replaced; it
# has four times as much memory.
_LEAK_LIMIT = 64 << 20


@dataclass
class Figures:
    """What a run has cost."""

    pairs: int = 0
    insertions: int = 0
    guests: int = 0
    deaths: int = 0
    cpu_seconds: float = 0
    slowest_start: float = 0


class Session:
    def __init__(self, kernel: Kernel, snapshot: Snapshot, seconds: float = SECONDS) -> None:
        self.kernel = kernel
        self.own_btf = kernel.btf.read_bytes()
        self._snapshot = snapshot
        self._seconds = seconds
        self._writer = ModuleWriter(kernel.form)
        self._figures = Figures()
        self._guest: Guest | None = None
        self._slot: Slot | None = None
        self._deadline = 0.0

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def answer(self, op: str, pair: Pair) -> Answer:
        """Within the time limit, all that has to be asked together. The start of a guest comes on top."""
        return self._with_guest(lambda guest, slot: self._ask(guest, slot, op, pair))

    def load(self, btf: bytes) -> Answer:
        """What BPF_BTF_LOAD says."""
        return self._with_guest(lambda guest, _: self._load(guest, btf))

    def figures(self) -> Figures:
        running = self._guest.cpu_seconds() if self._guest else 0
        return replace(self._figures, cpu_seconds=self._figures.cpu_seconds + running)

    def _with_guest(self, ask: Callable[[Guest, Slot], Answer]) -> Answer:
        self._figures.pairs += 1
        guest, slot = self._living()
        self._deadline = time.monotonic() + self._seconds
        try:
            return ask(guest, slot)
        except (Crashed, Hung) as death:
            self._figures.deaths += 1
            self._end()
            return Answer("crashed" if isinstance(death, Crashed) else "hung", detail=str(death))

    def _living(self) -> tuple[Guest, Slot]:
        if self._slot is not None and self._slot.leaked > _LEAK_LIMIT:
            self._end()
        if self._guest is None or self._slot is None:
            began = time.monotonic()
            self._guest = self._snapshot.start()
            self._slot = Slot(self._guest.poke, self._snapshot.symbols, self.own_btf)
            self._figures.guests += 1
            self._figures.slowest_start = max(self._figures.slowest_start, time.monotonic() - began)
        return self._guest, self._slot

    def _end(self) -> None:
        if self._guest is not None:
            self._figures.cpu_seconds += self._guest.cpu_seconds()
            self._guest.end()
        self._guest = self._slot = None

    def _ask(self, guest: Guest, slot: Slot, op: str, pair: Pair) -> Answer:
        def insert(split: bytes, base: bytes | None, onto: bytes | None) -> Insertion:
            # Without a base of its own, it was made for that onto which it comes.
            shown = slot.show(onto, strings_stay=base is None)
            self._figures.insertions += 1
            done = read_insertion(guest.ask(INSERT, NAME, self._writer.write(split, base), self._left()))
            if done.own_base:
                slot.forget()
            return replace(done, output=shown.seen_from(done.output), may_be_lenient=shown.longer_header)

        return Questions(insert, self.own_btf).answer(op, pair)

    def _load(self, guest: Guest, btf: bytes) -> Answer:
        reply = guest.ask(LOAD, data=btf, seconds=self._left())
        if reply.error == 0:
            return Answer("accepted")
        log = [line.strip() for line in reply.log.decode(errors="replace").splitlines() if line.strip()]
        return Answer("rejected", reply.error, log=log, detail=log[-1] if log else "")

    def _left(self) -> float:
        return max(0.0, self._deadline - time.monotonic())
