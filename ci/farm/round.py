# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""One target for its share of the time: every instance kept running, what they find exchanged, until the time, the disk or
somebody's patience is at its end. It owns no state that is not in files, so that a farm that is killed goes on from them."""

from __future__ import annotations

import enum
import errno
import json
import re
import subprocess
import time
from typing import Any, Callable

from hunting.fuzz import EDGES, MAX_INPUT, corpus_folders
from hunting.interruption import Interruption
from hunting.rounds import added

from .exchange import Exchange
from .instance import Instance, tail
from .plan import Engine, Engines, Place
from .space import Space

_LOOK_SECONDS = 0.25
_EXCHANGE_SECONDS = 5.0
_SAMPLE_SECONDS = 15.0
_COVERAGE_SECONDS = 300
_INITED = re.compile(r"(?:INITED|DONE)\s+cov: (\d+) ft: (\d+) corp: (\d+)")
_REACHED = re.compile(r"^#\d+\s.*?cov: (\d+) ft: (\d+)", re.MULTILINE)


class Ending(enum.Enum):
    TIME = "time"
    SPACE = "space"
    INTERRUPTION = "interruption"


class Round:
    def __init__(
        self, place: Place, engines: Engines, instances: list[Instance], space: Space, ask_stats: Callable[[Any], Any]
    ) -> None:
        self.place = place
        self.instances = instances
        self.ending = Ending.TIME
        self.stops = 0
        self.started = time.time()
        self.result: dict[str, Any] = {}
        self.left = 0.0
        self._growth: list[dict[str, Any]] = []
        self._engines = engines
        self._space = space
        self._exchange = Exchange(place)
        self._ask_stats = ask_stats

    def run(self, seconds: float, interruption: Interruption, show: Callable[[Round], None]) -> None:
        self.started = time.time()
        begin = time.monotonic()
        try:
            self._until(begin, begin + seconds, interruption, show)
        finally:
            for instance in self.instances:
                instance.ask_to_end()
            for instance in self.instances:
                instance.end()
            # A second look: what an instance wrote while it was told to end.
            self._exchange_all()
        self.result = self._result(time.monotonic() - begin)

    def _until(self, begin: float, end: float, interruption: Interruption, show: Callable[[Round], None]) -> None:
        exchanged = sampled = begin
        while (now := time.monotonic()) < end:
            if interruption.came:
                self.ending = Ending.INTERRUPTION
                return
            for instance in self.instances:
                instance.keep_running()
            if now - exchanged >= _EXCHANGE_SECONDS:
                exchanged = now
                self._exchange_all()
                if self.ending is Ending.SPACE or self._space.left() < 0:
                    self.ending = Ending.SPACE
                    return
            if now - sampled >= _SAMPLE_SECONDS:
                sampled = now
                self._sample(now - begin)
            self.left = end - now
            show(self)
            time.sleep(_LOOK_SECONDS)

    def _exchange_all(self) -> None:
        """Copies what is new; where there is no room for it, the round is over, and what was put aside gives the room."""
        try:
            self.stops += self._exchange.run()
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            self.ending = Ending.SPACE
            self._space.give_back()
            self.stops += self._exchange.run()

    # ---- figures ----

    @property
    def executions(self) -> int:
        return sum(instance.executions for instance in self.instances)

    def edges(self) -> tuple[int, int]:
        """The most edges and features that any libFuzzer says it reaches; it loads what the others find."""
        seen = [(0, 0)]
        for instance in self.instances:
            if instance.role.engine is Engine.LIBFUZZER:
                seen += [(int(cov), int(ft)) for cov, ft in _REACHED.findall(tail(self.place.log(instance.role)))]
        return max(seen)

    def _counted(self) -> dict[str, Any]:
        files = [self.place.stats(instance.role) for instance in self.instances]
        return added([self._ask_stats(path) for path in files if path.exists() and path.stat().st_size > 0])

    def _sample(self, seconds: float) -> None:
        edges, features = self.edges()
        entries = [one["name"] for one in self._counted().get("entries", []) if one["explains"] or one["guarded"]]
        sample = {"seconds": round(seconds, 1), "executions": self.executions, "edges": edges, "features": features}
        self._growth.append({**sample, "entries": entries})

    def _result(self, seconds: float) -> dict[str, Any]:
        edges, features, corpus, in_all = self._coverage()
        self._sample(seconds)
        self._growth[-1] |= {"edges": edges, "features": features}
        return {
            "target": self.place.target,
            "seconds": round(seconds, 1),
            "executions": self.executions,
            "edges": edges,
            "features": features,
            "edges_in_all": in_all,
            "corpus": corpus,
            "stats": self._counted(),
            "growth": self._growth,
            "ending": self.ending.value,
            "deaths": {instance.role.name: instance.deaths for instance in self.instances},
        }

    def _coverage(self) -> tuple[int, int, int, int]:
        """Edges, features and inputs of the whole corpus in one pass: the same measure for every choice of engines."""
        command = [str(self._engines.libfuzzer_targets[self.place.target]), "-runs=0", "-timeout=25", f"-max_len={MAX_INPUT}"]
        command += [f"-artifact_prefix={self.place.temporary}/", str(self.place.corpus), *map(str, corpus_folders())]
        try:
            done = subprocess.run(
                command, cwd=self.place.temporary, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_COVERAGE_SECONDS
            )
        except (subprocess.TimeoutExpired, OSError):
            return 0, 0, 0, 0
        said = done.stdout.decode(errors="replace")
        found, edges = _INITED.findall(said), EDGES.search(said)
        if not found:
            return 0, 0, 0, 0
        reached, features, corpus = map(int, found[-1])
        return reached, features, corpus, int(edges.group(1)) if edges else 0

    def take_over(self) -> None:
        """Makes of what engines left behind, be it this round's or a killed farm's, a corpus and stops to sort."""
        for instance in self.instances:
            instance.end_leftovers()
        self._exchange.take_over()


def stats_reader(retort: str) -> Callable[[Any], Any]:
    """Asks the program what is in a page of counts."""

    def read(path: Any) -> Any:
        done = subprocess.run([retort, "stats", str(path)], capture_output=True, text=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    return read
