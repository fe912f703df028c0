# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Ctrl-C while the fuzzers run: a flag instead of an exception, which could come between a start and its try."""

from __future__ import annotations

import contextlib
import signal
from typing import Iterator


class Interruption:
    def __init__(self) -> None:
        self.came = False

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Within this block an interruption sets the flag, and whoever works looks at it."""

        def note(_signal: int, _frame: object) -> None:
            self.came = True

        before = {which: signal.signal(which, note) for which in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for which, handler in before.items():
                signal.signal(which, handler)
