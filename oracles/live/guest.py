# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""One running guest: a kernel under qemu's emulation, with the agent as its only program.

It has no disk, no network and no screen. What joins it to us are three descriptors: a socket to its agent, one to qemu's
own monitor, and its memory, which is ours too, so that the kernel's BTF can be exchanged under it.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .failure import Failure

QEMU = "qemu-system-x86_64"
MEMORY = 256 << 20
# The console shows what a kernel says as it dies; everything else would cost more than the questions do. Addresses are to
# be the same in every boot, an oops is to end the guest, and a record of our own is to close an open line of the log.
COMMAND_LINE = (
    "console=ttyS0 quiet loglevel=3 printk.devkmsg=on log_buf_len=1M mitigations=off nokaslr oops=panic panic=-1 "
    "random.trust_cpu=on tsc=reliable no_timer_check cryptomgr.notests nmi_watchdog=0 audit=0 lsm= init_on_alloc=0"
)
_KERNEL_MAP = 0xFFFFFFFF80000000

_REQUEST = struct.Struct("<4sIII")
_REPLY = struct.Struct("<4siiIII")
INSERT, LOAD, READ, WRITE = 1, 2, 3, 4

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class Crashed(Exception):
    """The guest has ended; in words how."""


class Hung(Exception):
    """The guest has not answered in time; in words where it was."""


@dataclass(frozen=True)
class Reply:
    error: int
    output: bytes
    trace: bytes
    log: bytes


@dataclass(frozen=True)
class Machine:
    """What a guest is booted from."""

    vmlinux: Path
    initrd: Path


def demand_qemu() -> None:
    if shutil.which(QEMU) is None:
        raise Failure(f"{QEMU} is missing: ci/setup installs it (the Debian package qemu-system-x86)")


def _end_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Guest:
    """A guest that boots, or that goes on from a snapshot, which is an open file."""

    def __init__(self, machine: Machine, snapshot: int | None = None) -> None:
        self._memory_fd = os.memfd_create("guest")
        os.ftruncate(self._memory_fd, MEMORY)
        self._console_fd = os.memfd_create("console")
        self._agent, agent = socket.socketpair()
        self._monitor, monitor = socket.socketpair()
        passed = [self._memory_fd, self._console_fd, agent.fileno(), monitor.fileno()]
        command = [
            QEMU, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-machine", "q35,memory-backend=ram",
            "-object", f"memory-backend-file,id=ram,size={MEMORY},mem-path=/proc/self/fd/{self._memory_fd},share=on",
            "-accel", "tcg,tb-size=128", "-cpu", "qemu64", "-m", f"{MEMORY >> 20}", "-smp", "1",
            "-chardev", f"file,id=console,path=/proc/self/fd/{self._console_fd}", "-serial", "chardev:console",
            "-device", "virtio-serial-pci", "-chardev", f"socket,id=agent,fd={agent.fileno()}",
            "-device", "virtserialport,chardev=agent,name=retort",
            "-chardev", f"socket,id=monitor,fd={monitor.fileno()}", "-mon", "chardev=monitor,mode=control",
            "-kernel", str(machine.vmlinux), "-initrd", str(machine.initrd), "-append", COMMAND_LINE,
        ]  # fmt: skip
        if snapshot is not None:
            os.lseek(snapshot, 0, os.SEEK_SET)
            passed.append(snapshot)
            command += ["-incoming", f"fd:{snapshot}", "-sandbox", "on,spawn=deny,elevateprivileges=deny"]
        self._process = subprocess.Popen(
            command, pass_fds=passed, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            preexec_fn=_end_with_parent,
        )  # fmt: skip
        agent.close()
        monitor.close()
        self._lines = self._monitor.makefile("rwb")
        self.memory = mmap.mmap(self._memory_fd, 0)
        try:
            self._greet(snapshot is not None)
        except BaseException:
            self.end()
            raise

    def _greet(self, incoming: bool) -> None:
        if not self._lines.readline():
            said = self._process.communicate()[1].decode(errors="replace").strip()
            raise Failure(f"{QEMU} does not start: {said.splitlines()[-1] if said else 'it says nothing'}")
        self.monitor("qmp_capabilities")
        if not incoming:
            return
        while self.monitor("query-status")["status"] == "inmigrate":
            time.sleep(0.005)
        self.monitor("cont")

    def monitor(self, command: str, **arguments: Any) -> Any:
        """Asks qemu itself."""
        try:
            self._lines.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
            self._lines.flush()
            while line := self._lines.readline():
                reply = json.loads(line)
                if "return" in reply:
                    return reply["return"]
                if "error" in reply:
                    raise Failure(f"{QEMU} refuses {command}: {reply['error'].get('desc', '')}")
        except OSError:
            pass
        raise Crashed(self._last_words())

    def ask(self, kind: int, name: str = "", data: bytes = b"", seconds: float = 60) -> Reply:
        """One request to the agent."""
        deadline = time.monotonic() + seconds
        path = name.encode()
        try:
            self._send(_REQUEST.pack(b"TREQ", kind, len(path), len(data)) + path + data, deadline)
            head = self._receive(_REPLY.size, deadline)
            magic, error, removal, output, trace, log = _REPLY.unpack(head)
            if magic != b"TREP" or removal != 0:
                raise Crashed(f"the agent lost its way (errno {removal} as the module was taken out)")
            return Reply(error, *(self._receive(length, deadline) for length in (output, trace, log)))
        except OSError as error:
            raise Crashed(self._last_words()) from error

    def _send(self, data: bytes, deadline: float) -> None:
        self._agent.setblocking(False)
        view = memoryview(data)
        while view:
            if not select.select([], [self._agent], [], max(0, deadline - time.monotonic()))[1]:
                raise Hung(self._whereabouts())
            view = view[self._agent.send(view) :]

    def _receive(self, length: int, deadline: float) -> bytes:
        received = bytearray()
        while len(received) < length:
            if not select.select([self._agent], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Hung(self._whereabouts())
            piece = self._agent.recv(min(1 << 20, length - len(received)))
            if not piece:
                raise Crashed(self._last_words())
            received += piece
        return bytes(received)

    def poke(self, address: int, data: bytes) -> None:
        """Writes to the kernel's memory, by its own address for it."""
        begin = address - _KERNEL_MAP
        self.memory[begin : begin + len(data)] = data

    def cpu_seconds(self) -> float:
        """What qemu has used."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def console(self) -> str:
        return os.pread(self._console_fd, 1 << 20, 0).decode(errors="replace")

    def _last_words(self) -> str:
        """What the kernel said of its end: the fault, and where it was."""
        deadline = time.monotonic() + 2
        # It is left to end() to take note of it, since what it has used could not be read any more.
        how = os.WEXITED | os.WNOWAIT | os.WNOHANG
        while os.waitid(os.P_PID, self._process.pid, how) is None and time.monotonic() < deadline:
            time.sleep(0.005)
        console = self.console()
        words = re.findall(r"(BUG: [^\r\n]*|Oops: [^\r\n]*|Kernel panic[^\r\n]*)", console)[:1]
        words += [f"at {place}" for place in re.findall(r"RIP: 0010:(?:\w+:)?([^\s\r\n]+)", console)[:1]]
        return ", ".join(words) or "the guest ended without a word"

    def _whereabouts(self) -> str:
        self._agent.setblocking(True)
        self._monitor.settimeout(1)
        try:
            registers = self.monitor("human-monitor-command", **{"command-line": "info registers"})
            return "no answer in time, at " + re.findall(r"RIP=(\w+)", registers)[0]
        except (Crashed, Failure, OSError, IndexError):
            return "no answer in time"

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()
        self.memory.close()
        self._lines.close()
        self._monitor.close()
        self._agent.close()
        os.close(self._memory_fd)
        os.close(self._console_fd)
