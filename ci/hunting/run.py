# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Running programs for the hunt, and writing its results whole or not at all."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import time
from typing import Any, Sequence

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
_STARTED = time.monotonic()


class Failed(Exception):
    """A step that cannot be done, in one sentence."""

    def __init__(self, sentence: str, status: int = 2) -> None:
        super().__init__(sentence)
        self.status = status


def heading(what: str) -> None:
    print(f"\n== {what} ({time.monotonic() - _STARTED:.0f} s)", flush=True)


def show(command: Sequence[str | pathlib.Path], log: pathlib.Path | None = None) -> None:
    """Runs a command; its output is shown, or kept in `log` and shown where it fails."""
    words = [str(word) for word in command]
    if log is None:
        status = subprocess.run(words, cwd=ROOT).returncode
    else:
        with open(log, "wb") as kept:
            status = subprocess.run(words, cwd=ROOT, stdout=kept, stderr=kept).returncode
    if status == 0:
        return
    if log is not None:
        sys.stderr.write(log.read_text(errors="replace")[-8000:])
    raise Failed(f"{words[0]} failed with status {status}.")


def ask(command: Sequence[str | pathlib.Path], accepted: Sequence[int] = (0,)) -> str:
    """Runs a command and returns its standard output; standard error is passed on."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, errors="replace")
    if done.returncode not in accepted:
        raise Failed(f"{pathlib.Path(words[0]).name} {words[1]} failed with status {done.returncode}.")
    return done.stdout


def write_json(path: pathlib.Path, value: Any) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(json.dumps(value, indent=2) + "\n")
    os.replace(temporary, path)
