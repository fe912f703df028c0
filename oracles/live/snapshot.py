# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The state in which every guest begins: booted once, probes set, the kernel's own BTF read, and saved.

Booting takes seconds and the snapshot a fraction of one; after a crash or a hang the guest is thrown away, and the next one
goes on from here.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .failure import Failure
from .guest import COMMAND_LINE, INSERT, MEMORY, QEMU, READ, WRITE, Crashed, Guest, Hung, Machine
from .kernels import Kernel
from .module_file import NAME, ModuleWriter

_AGENT_SOURCE = Path(__file__).with_name("agent.c")
_BOOT_SECONDS = 120
_KEPT = 7 * 24 * 3600
_TRACING = "/sys/kernel/tracing"
# What is watched: our name for the event, the kernel's function, whether as it begins or ends, and what is fetched. The
# function that parses a module is merged into its only caller, but the steps that it takes are not.
PROBES = (
    ("base", "btf_parse_base", "p", "name=+0(%si):string"),
    ("base_done", "btf_parse_base", "r", "value=$retval:s64"),
    ("header", "btf_parse_hdr", "r", "value=$retval:s32"),
    ("strings", "btf_parse_str_sec", "r", "value=$retval:s32"),
    ("types", "btf_check_all_metas", "r", "value=$retval:s32"),
    ("relocated", "btf_relocate", "r", "value=$retval:s32"),
)
# The last step has another name in each release, or none where it is merged, too. A kernel without it refuses the whole
# module with the errno of the step.
LAST_STEPS = (
    ("modifiers", "btf_check_type_tags", "r", "value=$retval:s32"),
    ("modifiers", "btf_check_modifier_chain_length", "r", "value=$retval:s32"),
)
_SYMBOLS = ("btf_vmlinux", "__start_BTF", "__stop_BTF")


@dataclass(frozen=True)
class Snapshot:
    """What guests are made from, and where in them the kernel's BTF lies."""

    machine: Machine
    state: Path
    symbols: dict[str, int]

    def start(self) -> Guest:
        with self.state.open("rb") as file:
            return Guest(self.machine, file.fileno())


def make(kernel: Kernel, agent: Callable[[], Path]) -> Snapshot:
    """The kernel's snapshot; where it is not there yet, it is made with the agent that was asked for."""
    folder = kernel.folder / f"guest-{_identity()}"
    machine = Machine(kernel.vmlinux, folder / "initrd")
    if not (folder / "symbols.json").is_file():
        # Those of other versions of this project may be in use, and other runs may be making theirs.
        for other in kernel.folder.glob("guest-*"):
            if time.time() - other.stat().st_mtime > _KEPT:
                shutil.rmtree(other, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="guest-new-", dir=kernel.folder) as scratch:
            new = Path(scratch) / "guest"
            new.mkdir()
            _boot_and_save(kernel, agent(), new)
            try:
                new.rename(folder)
            except OSError:
                # Another run may have been quicker.
                if not folder.is_dir():
                    raise
    return Snapshot(machine, folder / "state", json.loads((folder / "symbols.json").read_text()))


def _identity() -> str:
    """Another for all that makes a snapshot another one; the agent does the same whoever has compiled it."""
    try:
        told = subprocess.run([QEMU, "--version"], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failure(f"{QEMU} cannot be run: {error}") from error
    parts = [_AGENT_SOURCE.read_bytes(), told, repr((COMMAND_LINE, MEMORY, PROBES, LAST_STEPS)).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def _boot_and_save(kernel: Kernel, agent: Path, folder: Path) -> None:
    _write_initrd(agent, folder / "initrd")
    guest = Guest(Machine(kernel.vmlinux, folder / "initrd"))
    try:
        symbols = _symbols(guest)
        _set_probes(guest)
        # So that the snapshot holds the kernel's BTF as it parses it.
        empty = bytes.fromhex("9feb01001800000000000000000000000000000001000000") + b"\0"
        guest.ask(INSERT, NAME, ModuleWriter(kernel.form).write(empty, None))
        guest.monitor("stop")
        guest.monitor("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        guest.monitor("migrate", uri=f"exec:cat > {shlex.quote(str(folder / 'state'))}")
        while (status := guest.monitor("query-migrate").get("status")) != "completed":
            if status in ("failed", "cancelled"):
                raise Failure(f"{kernel.release}: {QEMU} cannot save the guest")
            time.sleep(0.02)
    except (Crashed, Hung) as error:
        raise Failure(f"{kernel.release} does not come up under {QEMU}: {error}") from error
    finally:
        guest.end()
    (folder / "symbols.json").write_text(json.dumps(symbols) + "\n")


def _write_initrd(agent: Path, to: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        for folder in ("dev", "proc", "sys"):
            (Path(scratch) / folder).mkdir()
        shutil.copy(agent, Path(scratch) / "init")
        os.chmod(Path(scratch) / "init", 0o755)
        command = f"find . -mindepth 1 | cpio -o -H newc -R 0:0 --quiet | zstd -q -1 > {shlex.quote(str(to))}"
        done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=scratch, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"the initramfs cannot be made with cpio and zstd (ci/setup installs them): {done.stderr.strip()}")


def _symbols(guest: Guest) -> dict[str, int]:
    listed = guest.ask(READ, "/proc/kallsyms", seconds=_BOOT_SECONDS).output.decode(errors="replace")
    found = {name: int(address, 16) for address, name in re.findall(r"^(\w+) \w (\w+)$", listed, re.MULTILINE)
             if name in _SYMBOLS}  # fmt: skip
    if missing := [name for name in _SYMBOLS if not found.get(name)]:
        raise Failure(f"the kernel does not tell where {', '.join(missing)} lies")
    return found


def _set_probes(guest: Guest) -> None:
    for probe in PROBES:
        if error := _set_probe(guest, *probe):
            raise Failure(f"the kernel takes no probe on {probe[1]}: {os.strerror(error)}")
    for probe in LAST_STEPS:
        _set_probe(guest, *probe)
    guest.ask(WRITE, f"{_TRACING}/events/retort/enable", b"1")
    guest.ask(WRITE, "/sys/kernel/rcu_expedited", b"1")


def _set_probe(guest: Guest, name: str, function: str, kind: str, fetched: str) -> int:
    """The errno with which the kernel refuses, or 0."""
    line = f"{kind}:retort/{name} {function} {fetched}\n"
    return guest.ask(WRITE, f"{_TRACING}/kprobe_events", line.encode()).error
