# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Running programs for the hunt, and writing its results whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import platform
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


def cache_folder() -> pathlib.Path:
    """Where everything goes that is dear to make and not committed."""
    named = os.environ.get("RETORT_CACHE")
    if named:
        return pathlib.Path(named)
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "retort"


def fingerprint(path: pathlib.Path) -> str:
    """Short, and another for another content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    model = ""
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return {
        "cores": os.cpu_count() or 1,
        "processor": model or platform.machine(),
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", platform.system()),
    }


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


def write_whole(path: pathlib.Path, content: bytes) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def write_json(path: pathlib.Path, value: Any) -> None:
    write_whole(path, (json.dumps(value, indent=2) + "\n").encode())
