# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What the engines tell one another, and what they found: AFL++'s queues go to the corpus that libFuzzer reads, and all that an
engine stopped on goes to one folder, under the name of its content. Files are copied whole and are never taken away from
where an engine put them, so that whoever is killed in between loses nothing: the next round copies them again."""

from __future__ import annotations

import hashlib
import pathlib
import shutil

from hunting.run import write_whole

from .plan import Place

# What libFuzzer calls its artifacts, by AFL++'s folders; it renames a folder when it goes on after its own death.
_FOUND = {"crashes": "crash", "hangs": "timeout"}


def _name(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()


class Exchange:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._seen: set[pathlib.Path] = set()

    def run(self) -> int:
        """Copies what is new; returns how many stops that were."""
        self._share_queues()
        return self._collect()

    def _new(self, pattern: str) -> list[pathlib.Path]:
        found = [path for path in self._place.afl.glob(pattern) if path not in self._seen and path.is_file()]
        return sorted(found)

    def _share_queues(self) -> None:
        for path in self._new("*/queue/id:*"):
            # What an instance took over from another is in that one's queue.
            if ",sync:" not in path.name and ",orig:" not in path.name:
                self._copy(path, self._place.corpus, "")
            self._seen.add(path)

    def _collect(self) -> int:
        count = 0
        for folder, kind in _FOUND.items():
            for path in self._new(f"*/{folder}*/id:*"):
                count += self._copy(path, self._place.artifacts, f"{kind}-")
                self._seen.add(path)
        return count

    @staticmethod
    def _copy(path: pathlib.Path, to: pathlib.Path, prefix: str) -> bool:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            # AFL++ renames and trims its own.
            return False
        copy = to / f"{prefix}{_name(content)}"
        if not content or copy.exists():
            return False
        try:
            write_whole(copy, content)
        except OSError:
            copy.with_name(copy.name + ".new").unlink(missing_ok=True)
            raise
        return True

    def take_over(self) -> None:
        """After a farm that was killed, and after a round: its queues are in the corpus, its stops collected, and the rest goes."""
        self.run()
        shutil.rmtree(self._place.afl, ignore_errors=True)
        self._place.afl.mkdir(parents=True)
        self._seen.clear()
