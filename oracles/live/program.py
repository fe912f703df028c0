# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Another program that speaks ../PROTOCOL.md, as an oracle to compare with: started anew after each death."""

from __future__ import annotations

import select
import subprocess
import tempfile
from pathlib import Path

from . import protocol
from .failure import Failure
from .questions import Answer


class Program:
    def __init__(self, command: list[str | Path], seconds: float) -> None:
        self._command = [str(word) for word in command]
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = tempfile.TemporaryFile()
        self.version = ""

    def __enter__(self) -> Program:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._errors.close()

    def ask(self, op: str, pair: bytes) -> Answer:
        process = self._start()
        assert process.stdin is not None and process.stdout is not None
        try:
            protocol.send(process.stdin, {"op": op}, {"pair": pair})
            if not select.select([process.stdout], [], [], self._seconds)[0]:
                self._end()
                return Answer("hung", detail="no answer in time")
            message = protocol.receive(process.stdout)
        except OSError:
            message = None
        if message is None:
            self._end()
            return Answer("crashed", detail=self._last_words())
        return _answer_of(*message)

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._errors.truncate(0)
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
            )
            assert self._process.stdout is not None
            greeting = protocol.receive(self._process.stdout)
            if greeting is None:
                raise Failure(f"{self._command[0]} does not greet: {self._last_words()}")
            self.version = greeting[0].get("version", "")
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").splitlines()
        told = [line for line in lines if "ERROR" in line or "runtime error" in line]
        return (told or lines or ["it ended without a word"])[0]


def _answer_of(fields: dict[str, str], blobs: dict[str, bytes]) -> Answer:
    log = [line.strip() for line in blobs.get("detail", b"").decode(errors="replace").split("\n") if line.strip()]
    return Answer(
        fields.get("outcome", ""),
        int(fields.get("errno", "0")),
        fields.get("stage", ""),
        blobs.get("bytes", b""),
        log,
        log[-1] if log else "",
    )
