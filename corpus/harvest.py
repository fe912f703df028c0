#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Harvests real BTF, vmlinux's and every module's, from kernel packages; installs nothing.

Real kernels are the only corpus that nobody made up, and their data is too big and of another
licence to be committed. So this file turns a package of the machine's own apt sources, or a .deb,
into DIR/<kernel release>/{vmlinux.btf, modules/*.btf, manifest.json}. Every file appears whole, the
manifest comes last, and a journal beside it lets an interrupted run go on where it stopped.
"""

from __future__ import annotations

import argparse
import bz2
import fcntl
import functools
import hashlib
import json
import lzma
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

MANIFEST = "manifest.json"
JOURNAL = ".journal"
DOWNLOADS = ".downloads"
LOCK = ".lock"
PARTIAL = ".partial"

# A damaged size field must not be able to fill the memory; the largest vmlinux seen has 80 MB.
UNPACKED_LIMIT = 1 << 30


class HarvestError(Exception):
    """What went wrong, as one sentence for the user."""


class Dropped(HarvestError):
    """The package is listed by apt, but the mirror does not have it any more."""


class Malformed(Exception):
    """The end of a sentence whose subject, the file or member, only the caller knows."""


class Interrupted(Exception):
    """A signal asked to stop; carries its number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Stop:
    """Remembers that a signal came, to be raised where stopping is safe.

    An exception out of a signal handler could strike in the middle of any clean-up. A flag that is
    looked at between two steps cannot, so every `finally` runs to its end. A thread hears of the
    signal through Python's wake-up pipe and ends the tool that is waited for: a handler would not
    run while the main thread is blocked in a read that began just after the signal.
    """

    def __init__(self) -> None:
        self._number = 0
        self._lock = threading.Lock()
        self._tool: subprocess.Popen[bytes] | None = None

    def listen(self) -> None:
        heard, told = os.pipe()
        os.set_blocking(told, False)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        threading.Thread(target=self._hear, args=(heard,), daemon=True).start()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup has asked for a hang-up to be ignored.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda _number, _frame: None)

    def _hear(self, pipe: int) -> None:
        while number := os.read(pipe, 1):
            self._number = number[0]
            with self._lock:
                self._end_tool()

    def _end_tool(self) -> None:
        if self._tool is not None and self._tool.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._tool.pid, signal.SIGKILL)

    def check(self) -> None:
        if self._number:
            raise Interrupted(self._number)

    @contextmanager
    def ending(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Whatever happens in the block, the tool does not outlive it."""
        with self._lock:
            self._tool = process
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._end_tool()
                self._tool = None
            process.wait()


class Progress:
    """Says on standard error what happens: one live line on a terminal, plain lines elsewhere."""

    def __init__(self, quiet: bool, stream: IO[str]) -> None:
        self._quiet = quiet
        self._stream = stream
        self._live = not quiet and stream.isatty()
        self._last = 0.0

    def step(self, text: str) -> None:
        if not self._quiet:
            self._write(f"{text}\n")

    def count(self, text: str) -> None:
        now = time.monotonic()
        if self._live and now - self._last > 0.1:
            self._last = now
            self._write(text[: max(20, shutil.get_terminal_size().columns - 1)])

    def warn(self, text: str) -> None:
        self._write(f"harvest: {text}\n")

    def _write(self, text: str) -> None:
        self._stream.write(("\r\033[K" if self._live else "") + text)
        self._stream.flush()

    def close(self) -> None:
        if self._live:
            self._write("")


# --- Tools -----------------------------------------------------------------------------------

_MISSING = {
    "apt-get": "packages cannot be fetched by name; download the kernel's .deb and give its path",
    "apt-cache": "packages cannot be found by name; download the kernel's .deb and give its path",
    "dpkg": "install the package dpkg",
    "dpkg-deb": "install the package dpkg",
    "zstd": "install the package zstd",
    "lz4": "install the package lz4",
}


def tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise HarvestError(f"the command {name} is missing: {_MISSING[name]}")
    return path


def start(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Starts a tool in a group of its own, so that Ctrl-C reaches this program only."""
    environment = {**os.environ, "LC_ALL": "C"}
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(
        [tool(command[0]), *command[1:]], env=environment, process_group=0, **options
    )


def run(command: list[str], data: bytes | None = None) -> tuple[int, bytes, str]:
    process = start(
        command,
        stdin=subprocess.DEVNULL if data is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = process.communicate(data)
    return process.returncode, out, err.decode(errors="replace")


def first_line(text: str, fallback: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E:") or "error" in line]
    return (errors or lines or [fallback])[0].removeprefix("E: ")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Writes beside the target and renames, so that nobody ever sees half a file."""
    partial = path.with_name(f".{path.name}.{threading.get_native_id()}{PARTIAL}")
    try:
        partial.write_bytes(data)
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise HarvestError(f"{path} cannot be written: {error.strerror}") from error


# --- Compressed data, boot images, ELF, BTF --------------------------------------------------


def unpack(data: bytes) -> bytes:
    """Decompresses by magic number; an ELF file comes back as it is."""
    if data.startswith(b"\x7fELF"):
        return data
    if data.startswith(b"\xfd7zXZ\0"):
        return _drain(lzma.LZMADecompressor(lzma.FORMAT_XZ), data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return _unzstd(data)
    if data.startswith(b"\x1f\x8b"):
        return _drain(zlib.decompressobj(31), data)
    if data.startswith(b"\x02\x21\x4c\x18") or data.startswith(b"\x04\x22\x4d\x18"):
        return _pipe(["lz4", "-dc"], data)
    if data.startswith(b"BZh"):
        return _drain(bz2.BZ2Decompressor(), data)
    if data.startswith(b"\x5d\0\0"):
        return _drain(lzma.LZMADecompressor(lzma.FORMAT_ALONE), data)
    raise Malformed("is neither ELF nor compressed in a known way (xz, zstd, gzip, lz4, bzip2)")


def _drain(decompressor: Any, data: bytes) -> bytes:
    try:
        unpacked: bytes = decompressor.decompress(data, UNPACKED_LIMIT)
    except (lzma.LZMAError, zlib.error, OSError) as error:
        raise Malformed(f"cannot be decompressed: {error}") from error
    if not decompressor.eof:
        raise Malformed("cannot be decompressed: it is cut short, or larger than 1 GiB unpacked")
    return unpacked


def _unzstd(data: bytes) -> bytes:
    if shutil.which("zstd") is None:
        with suppress(ImportError):
            import zstandard  # type: ignore[import]

            try:
                unpacked: bytes = zstandard.ZstdDecompressor().decompressobj().decompress(data)
            except zstandard.ZstdError as error:
                raise Malformed(f"cannot be decompressed: {error}") from error
            return unpacked
    return _pipe(["zstd", "-dcq"], data)


def _pipe(command: list[str], data: bytes) -> bytes:
    status, out, err = run(command, data)
    if status:
        raise Malformed(f"cannot be decompressed: {first_line(err, command[0] + ' failed')}")
    return out


def vmlinux_of(image: bytes) -> bytes:
    """The kernel's ELF file out of a boot image (x86 boot protocol 2.08 and later)."""
    if image.startswith(b"\x7fELF"):
        return image
    if len(image) < 0x250 or image[0x1FE:0x200] != b"\x55\xaa" or image[0x202:0x206] != b"HdrS":
        raise Malformed("is no x86 boot image; only kernels for amd64 and i386 can be harvested")
    (protocol,) = struct.unpack_from("<H", image, 0x206)
    if protocol < 0x208:
        raise Malformed("is a boot image too old to say where its payload is")
    offset, length = struct.unpack_from("<II", image, 0x248)
    begin = ((image[0x1F1] or 4) + 1) * 512 + offset
    if length < 8 or begin + length > len(image):
        raise Malformed("is cut short: its boot header names a payload beyond its end")
    payload = image[begin : begin + length]
    # The build appends the unpacked size, which gzip has at its end by itself.
    if not payload.startswith(b"\x1f\x8b"):
        payload = payload[:-4]
    elf = unpack(payload)
    if len(elf) & 0xFFFFFFFF != struct.unpack_from("<I", image, begin + length - 4)[0]:
        raise Malformed("unpacks to another size than its boot image says")
    return elf


def elf_sections(data: bytes, wanted: Iterable[str]) -> dict[str, bytes]:
    """The contents of the wanted sections; every offset is checked before it is used."""
    if len(data) < 16 or data[:4] != b"\x7fELF" or data[4] not in (1, 2) or data[5] not in (1, 2):
        raise Malformed("is no ELF file")
    order = "<" if data[5] == 1 else ">"
    wide = data[4] == 2
    # name, type, offset, size, link of one section header; the gaps are what is not needed here.
    section_header = struct.Struct(order + ("II16xQQI20x" if wide else "II8xIII12x"))
    file_header = struct.Struct(order + ("40xQ10xHHH" if wide else "32xI10xHHH"))
    if len(data) < file_header.size:
        raise Malformed("is an ELF file without a whole header")
    table, entry_size, count, names_index = file_header.unpack_from(data)
    if entry_size < section_header.size or table == 0:
        raise Malformed("is an ELF file without section headers")

    def header(index: int) -> tuple[int, int, int, int, int]:
        begin = table + index * entry_size
        if begin + section_header.size > len(data):
            raise Malformed("is an ELF file whose section headers lie beyond its end")
        name, kind, offset, size, link = section_header.unpack_from(data, begin)
        return name, kind, offset, size, link

    # Numbers too big for the file header stand in the first section header.
    if count == 0:
        count = header(0)[3]
    if names_index == 0xFFFF:
        names_index = header(0)[4]
    if names_index >= count:
        raise Malformed("is an ELF file without section names")
    _, _, names_begin, names_size, _ = header(names_index)
    names = data[names_begin : names_begin + names_size]

    by_name = {name.encode(): name for name in wanted}
    found: dict[str, bytes] = {}
    for index in range(count):
        name_offset, kind, begin, size, _ = header(index)
        end = names.find(b"\0", name_offset)
        name = by_name.get(names[name_offset:end]) if end >= 0 else None
        no_bits = 8
        if name is None or kind == no_bits:
            continue
        if begin + size > len(data):
            raise Malformed(f"is an ELF file whose section {name} lies beyond its end")
        found.setdefault(name, data[begin : begin + size])
    return found


# What follows a type's 12 bytes, by kind: fixed bytes, and bytes for each of its vlen.
_KIND_SIZES = {
    1: (4, 0),
    3: (12, 0),
    4: (0, 12),
    5: (0, 12),
    6: (0, 8),
    13: (0, 8),
    14: (4, 0),
    15: (0, 12),
    17: (4, 0),
    19: (0, 12),
    **{plain: (0, 0) for plain in (2, 7, 8, 9, 10, 11, 12, 16, 18)},
}


def count_types(btf: bytes) -> int:
    """How many types a BTF section holds, void not counted.

    Reads kind and vlen as the newer dialect has them: the bits that it added are zero in the older
    one. Kinds from the future are stepped over with the section's own layout where it has one.
    """
    if len(btf) < 24:
        raise Malformed("is too short for a BTF header")
    order = {b"\x9f\xeb": "<", b"\xeb\x9f": ">"}.get(btf[:2])
    if order is None:
        raise Malformed("has no BTF magic number")
    header_size, types_offset, types_size = struct.unpack_from(order + "III", btf, 4)
    begin = header_size + types_offset
    end = begin + types_size
    if header_size < 24 or end > len(btf):
        raise Malformed("has types beyond its end")

    sizes = {**_layout(btf, order, header_size), **_KIND_SIZES}
    info_of = struct.Struct(order + "4xI4x").unpack_from
    count = 0
    while begin < end:
        if begin + 12 > end:
            raise Malformed(f"ends inside type {count + 1}")
        (info,) = info_of(btf, begin)
        fixed_and_each = sizes.get(info >> 24 & 0x7F)
        if fixed_and_each is None:
            raise Malformed(f"has the unknown kind {info >> 24 & 0x7F} at type {count + 1}")
        begin += 12 + fixed_and_each[0] + fixed_and_each[1] * (info & 0xFFFFFF)
        count += 1
    if begin != end:
        raise Malformed(f"ends inside type {count}")
    return count


def _layout(btf: bytes, order: str, header_size: int) -> dict[int, tuple[int, int]]:
    if header_size < 32 or len(btf) < 32:
        return {}
    offset, size = struct.unpack_from(order + "II", btf, 24)
    begin = header_size + offset
    if begin + size > len(btf):
        return {}
    return {i: (btf[begin + 4 * i], btf[begin + 4 * i + 1]) for i in range(size // 4)}


# --- Packages --------------------------------------------------------------------------------

_PACKAGE_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_KERNEL_PACKAGE = re.compile(r"linux-(image|binary|modules)-[a-z0-9+.~-]+")


@dataclass(frozen=True)
class Deb:
    """A package file on disk, with what its control data says."""

    path: Path
    sha256: str
    control: dict[str, str]

    @property
    def name(self) -> str:
        return self.control["Package"]

    @property
    def version(self) -> str:
        return self.control["Version"]

    def record(self) -> dict[str, Any]:
        return {
            "package": self.name,
            "version": self.version,
            "architecture": self.control.get("Architecture", ""),
            "source": self.control.get("Source", self.name),
            "built_using": self.control.get("Built-Using", ""),
            "sha256": self.sha256,
            "size": self.path.stat().st_size,
        }


def parse_control(text: str) -> dict[str, str]:
    """The first paragraph of a control file; later lines of a long field are dropped."""
    fields: dict[str, str] = {}
    for line in text.lstrip("\n").splitlines():
        if not line.strip():
            break
        key, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            fields[key] = value.strip()
    return fields


def read_deb(path: Path) -> Deb:
    if not path.is_file():
        raise HarvestError(f"{path}: there is no such file")
    status, out, err = run(["dpkg-deb", "-f", str(path)])
    control = parse_control(out.decode(errors="replace"))
    if status or not {"Package", "Version"} <= control.keys():
        reason = first_line(err, "it has no control data")
        raise HarvestError(f"{path} is not a Debian package that can be read: {reason}")
    return Deb(path, sha256_of(path), control)


def kernel_depends(control: dict[str, str]) -> list[list[tuple[str, str | None]]]:
    """The other packages that this kernel is split into: alternatives of (name, version)."""
    groups = []
    for clause in f"{control.get('Pre-Depends', '')},{control.get('Depends', '')}".split(","):
        group = []
        for alternative in clause.split("|"):
            name = re.split(r"[\s(:\[]", alternative.strip(), maxsplit=1)[0]
            exact = re.search(r"\(\s*=\s*([^)\s]+)\s*\)", alternative)
            if _KERNEL_PACKAGE.fullmatch(name):
                group.append((name, exact.group(1) if exact else None))
        if group:
            groups.append(group)
    return groups


def compare_versions(left: str, right: str) -> int:
    if left == right:
        return 0
    status, _, _ = run(["dpkg", "--compare-versions", left, "lt", right])
    return -1 if status == 0 else 1


by_debian_version = functools.cmp_to_key(compare_versions)


def select_images(madison: str, series: str, flavour: str, arch: str) -> list[tuple[str, str]]:
    """(package, version) of a series' images out of `apt-cache madison`, the oldest first."""
    # Meta packages have nothing between series and flavour; -dbg and -unsigned end otherwise.
    suffix = "-".join(part for part in (flavour, arch) if part)
    image = re.compile(
        rf"linux-image-{re.escape(series)}(?=[.+~-])(\.\d+)*([+~][A-Za-z0-9.+~]+)?(-\d+)?"
        rf"-{re.escape(suffix)}"
    )
    meta = f"linux-image-{series}-{suffix}"
    newest: dict[str, str] = {}
    for line in madison.splitlines():
        columns = [column.strip() for column in line.split("|")]
        if len(columns) != 3 or not columns[2].endswith("Packages"):
            continue
        name, version = columns[0], columns[1]
        if name == meta or not image.fullmatch(name):
            continue
        if name not in newest or compare_versions(newest[name], version) < 0:
            newest[name] = version
    return sorted(newest.items(), key=lambda item: by_debian_version(item[1]))


def offered_images(series: str, flavour: str, arch: str) -> list[tuple[str, str]]:
    _, names, _ = run(["apt-cache", "pkgnames", f"linux-image-{series}"])
    listed = sorted(names.decode().split())
    madison = run(["apt-cache", "madison", *listed])[1].decode() if listed else ""
    images = select_images(madison, series, flavour, arch)
    if not images:
        suffix = "-".join(part for part in (flavour, arch) if part)
        raise HarvestError(
            f"apt offers no package linux-image-{series}.*-{suffix}: "
            "run `apt-get update` as root, or name a package or a .deb"
        )
    return images


class Shop:
    """Finds package files: among those that the user gave, beside them, or through apt."""

    def __init__(self, downloads: Path, given: list[Path], stop: Stop, progress: Progress) -> None:
        self._downloads = downloads
        self._folders = list(dict.fromkeys(path.parent for path in given))
        self._stop = stop
        self._progress = progress

    def offered(self, name: str, version: str | None) -> dict[str, str] | None:
        """What apt knows of a package, or None."""
        pick = ["--no-all-versions", name] if version is None else [f"{name}={version}"]
        status, out, _ = run(["apt-cache", "show", *pick])
        control = parse_control(out.decode(errors="replace"))
        return control if status == 0 and control.get("Package") == name else None

    def fetch(self, name: str, version: str | None) -> Deb:
        control = self.offered(name, version)
        if control is None:
            wanted = name if version is None else f"{name} {version}"
            raise HarvestError(
                f"apt does not know the package {wanted}: "
                "look for it with `apt-cache search linux-image`, or run `apt-get update` as root"
            )
        version = control["Version"]
        kept = self._downloads / f"{name}_{version.replace(':', '%3a')}.deb"
        if kept.is_file() and sha256_of(kept) == control.get("SHA256"):
            return read_deb(kept)
        self._download(name, version, int(control.get("Size", "0")), kept)
        return read_deb(kept)

    def _download(self, name: str, version: str, size: int, target: Path) -> None:
        self._progress.step(f"downloading {name} {version} ({size / 1e6:.1f} MB)")
        self._downloads.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self._downloads))
        try:
            with tempfile.TemporaryFile() as messages:
                process = start(
                    ["apt-get", "download", f"{name}={version}"],
                    cwd=folder,
                    stdout=subprocess.DEVNULL,
                    stderr=messages,
                )
                self._wait(process, folder, name, size)
                messages.seek(0)
                text = messages.read().decode(errors="replace")
            debs = list(folder.glob("*.deb"))
            if process.returncode == 0 and len(debs) == 1:
                os.replace(debs[0], target)
                return
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if re.search(r"\s(403|404|410)\s+[A-Z]|File not found", text):
            raise Dropped(
                f"the mirror does not have {name} {version} any more: "
                "run `apt-get update` as root and try again"
            )
        raise HarvestError(
            f"apt-get could not download {name} {version} "
            f"({first_line(text, 'it gave no reason')}): "
            "check the network, the free space and apt's sources"
        )

    def _wait(self, process: subprocess.Popen[bytes], folder: Path, name: str, size: int) -> None:
        with self._stop.ending(process):
            while True:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
                    break
                # apt may rename a file between listing and looking.
                with suppress(FileNotFoundError):
                    have = sum(file.stat().st_size for file in folder.rglob("*.deb"))
                    self._progress.count(f"  {name}: {have / 1e6:.1f} of {size / 1e6:.1f} MB")
        self._stop.check()

    def with_parts(self, deb: Deb) -> list[Deb]:
        """The package and, through Depends, the others that its kernel is split into."""
        debs = [deb]
        for current in debs:
            for group in kernel_depends(current.control):
                if not any(name == known.name for name, _ in group for known in debs):
                    debs.append(self._part(current, group))
        # A bare linux-binary does not depend on its modules: only the image package names both.
        split = re.fullmatch(r"linux-binary-(.+?)(-unsigned)?", debs[0].name)
        if split and not any(part.name.startswith("linux-modules-") for part in debs):
            debs.append(self._part(deb, [(f"linux-modules-{split.group(1)}", deb.version)]))
        return debs

    def _part(self, owner: Deb, group: list[tuple[str, str | None]]) -> Deb:
        for name, version in group:
            for folder in self._folders:
                for path in sorted(folder.glob(f"{name}_*.deb")):
                    part = read_deb(path)
                    if part.name == name and version in (None, part.version):
                        return part
        if shutil.which("apt-cache"):
            for name, version in group:
                if self.offered(name, version):
                    return self.fetch(name, version)
        wanted = " or ".join(name for name, _ in group)
        raise HarvestError(
            f"{owner.name} needs the package {wanted}, which is neither beside it nor on offer "
            "by apt: put its .deb into the same folder"
        )


# --- A release's folder ----------------------------------------------------------------------

Record = dict[str, Any]


def is_intact(folder: Path, record: Record, hashes: bool) -> bool:
    path = folder / record["path"]
    if not path.is_file() or path.stat().st_size != record["size"]:
        return False
    return not hashes or sha256_of(path) == record["sha256"]


_MANIFEST_KEYS = {
    "release", "package", "version", "packages", "limit", "modules", "without_btf", "files"
}


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a finished release, or None where there is none that can be used."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        complete = _MANIFEST_KEYS <= manifest.keys()
    except (OSError, ValueError, AttributeError):
        return None
    return manifest if complete else None


class ReleaseFolder:
    """DIR/<release> while it is filled: what is done already, and how it is finished."""

    def __init__(self, path: Path, debs: list[Deb]) -> None:
        self.path = path
        self._debs = debs
        self._identity = sorted(deb.sha256 for deb in debs)
        self._lock = threading.Lock()
        self._done: dict[str, list[Record]] = {}
        (path / "modules").mkdir(parents=True, exist_ok=True)
        self._earlier = self._recall()
        self._journal = self._restart_journal()

    def _recall(self) -> dict[str, list[Record]]:
        """What earlier runs wrote from these same packages, by member."""
        earlier: dict[str, list[Record]] = {}
        manifest = read_manifest(self.path)
        if manifest and sorted(deb["sha256"] for deb in manifest["packages"]) == self._identity:
            for member in manifest["without_btf"]:
                earlier[member] = []
            for record in manifest["files"]:
                earlier.setdefault(record["member"], []).append(record)
        with suppress(OSError):
            lines = (self.path / JOURNAL).read_text(errors="replace").splitlines()
            if lines and lines[0] == json.dumps(self._identity):
                for line in lines[1:]:
                    # A run that was killed may have left its last line unfinished.
                    with suppress(ValueError):
                        entry = json.loads(line)
                        earlier[entry["member"]] = entry["files"]
        return earlier

    def _restart_journal(self) -> IO[str]:
        path = self.path / JOURNAL
        lines = [json.dumps(self._identity)]
        lines += [json.dumps({"member": m, "files": f}) for m, f in self._earlier.items()]
        write_whole(path, ("\n".join(lines) + "\n").encode())
        # From here on the folder is unfinished again, and the journal is what is known of it.
        (self.path / MANIFEST).unlink(missing_ok=True)
        return path.open("a")

    def reuse(self, member: str) -> bool:
        """Whether an earlier run finished this member and its files are still as they were."""
        records = self._earlier.get(member)
        if records is None or not all(is_intact(self.path, r, hashes=True) for r in records):
            return False
        with self._lock:
            self._done[member] = records
        return True

    def write(self, member: str, parts: list[tuple[str, bytes]]) -> list[str]:
        """Writes a member's files and notes them; returns complaints about their contents."""
        records = []
        complaints = []
        for path, btf in parts:
            try:
                types: int | None = count_types(btf)
            except Malformed as reason:
                types = None
                complaints.append(f"{member}: the BTF for {path} {reason}")
            write_whole(self.path / path, btf)
            digest = hashlib.sha256(btf).hexdigest()
            records.append(
                {"path": path, "member": member, "size": len(btf), "sha256": digest, "types": types}
            )
        with self._lock:
            self._done[member] = records
            self._journal.write(json.dumps({"member": member, "files": records}) + "\n")
            self._journal.flush()
        return complaints

    def done(self) -> int:
        with self._lock:
            return len(self._done)

    def finish(self, holder: Deb, limit: int | None) -> dict[str, Any]:
        files = sorted(
            (record for records in self._done.values() for record in records),
            key=lambda record: (record["path"] != "vmlinux.btf", record["path"]),
        )
        manifest = {
            "release": self.path.name,
            "package": holder.name,
            "version": holder.version,
            "source": holder.record()["source"],
            "packages": [deb.record() for deb in self._debs],
            "limit": limit,
            "modules": sum(is_module_record(record) for record in files),
            "without_btf": sorted(member for member, records in self._done.items() if not records),
            "files": files,
        }
        self._sweep({record["path"] for record in files})
        write_whole(self.path / MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())
        self.close()
        (self.path / JOURNAL).unlink()
        return manifest

    def _sweep(self, wanted: set[str]) -> None:
        """Removes what other packages' runs, or killed ones, left behind."""
        for path in [*self.path.iterdir(), *(self.path / "modules").iterdir()]:
            stale = path.suffix == ".btf" and str(path.relative_to(self.path)) not in wanted
            if stale or (path.name.startswith(".") and path.suffix == PARTIAL):
                path.unlink()

    def close(self) -> None:
        # On a full disk the rest of a line cannot be written; the next run does without it.
        with suppress(OSError):
            self._journal.close()


def is_module_record(record: Record) -> bool:
    path = record["path"]
    return path.startswith("modules/") and not path.endswith(".base.btf")


# --- From packages to a folder ---------------------------------------------------------------

_RELEASE = r"(?P<release>[A-Za-z0-9][A-Za-z0-9.+~_-]*)"
BOOT_IMAGE = re.compile(
    rf"(\./)?(boot/vmlinu[xz]-{_RELEASE}|(usr/)?lib/modules/(?P<other>[^/]+)/vmlinu[xz])"
)
MODULE_FILE = re.compile(
    rf"(\./)?(usr/)?lib/modules/{_RELEASE}/(.*/)?"
    r"(?P<module>[^/.]+)\.ko(\.(xz|zst|gz|lz4|bz2))?"
)
Members = Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]


@contextmanager
def members_of(deb: Deb, stop: Stop) -> Iterator[Members]:
    """Streams a package's files through dpkg-deb and tarfile; nothing is unpacked on disk."""
    with tempfile.TemporaryFile() as messages:
        command = ["dpkg-deb", "--fsys-tarfile", str(deb.path)]
        process = start(command, stdout=subprocess.PIPE, stderr=messages)
        with stop.ending(process):
            try:
                yield _walk(process, stop)
            except (tarfile.TarError, EOFError) as error:
                stop.check()
                # What dpkg-deb says of a damaged package tells more than tarfile's end of data.
                with suppress(subprocess.TimeoutExpired):
                    process.wait(2)
                messages.seek(0)
                reason = first_line(messages.read().decode(errors="replace"), str(error))
                raise HarvestError(f"{deb.path} is damaged and cannot be read: {reason}") from error
            finally:
                if process.stdout is not None:
                    process.stdout.close()


def _walk(process: subprocess.Popen[bytes], stop: Stop) -> Members:
    assert process.stdout is not None
    with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
        for member in archive:
            stop.check()
            if member.isfile():
                yield archive, member
    # dpkg-deb dies of a closed pipe unless the padding after the last file is read too.
    while process.stdout.read(1 << 16):
        pass
    if process.wait():
        raise EOFError("dpkg-deb stopped half way")


class Workers:
    """Threads that unpack while the package is still read: decompression leaves the GIL alone.

    What waits is bounded, so that a whole package never stands in memory; the first failure is
    kept and raised in the caller's thread.
    """

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count)
        self._room = threading.Semaphore(4 * count)
        self._failure: BaseException | None = None

    def submit(self, job: Callable[[], None]) -> None:
        self._room.acquire()
        self._pool.submit(job).add_done_callback(self._ended)
        self.check()

    def _ended(self, future: Future[None]) -> None:
        self._room.release()
        if not future.cancelled() and self._failure is None:
            self._failure = future.exception()

    def check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def finish(self) -> None:
        self._pool.shutdown(wait=True)
        self.check()

    def abandon(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


@dataclass
class Extraction:
    """One kernel's way out of its packages into its folder."""

    out: Path
    debs: list[Deb]
    limit: int | None
    stop: Stop
    progress: Progress
    folder: ReleaseFolder | None = None
    holder: Deb | None = None
    modules: dict[str, str] = field(default_factory=dict)

    def run(self) -> dict[str, Any]:
        workers = Workers(min(8, os.cpu_count() or 1))
        try:
            for deb in self.debs:
                self._read(deb, workers)
            workers.finish()
            if self.folder is None or self.holder is None:
                names = ", ".join(deb.name for deb in self.debs)
                raise HarvestError(
                    f"{names}: there is no boot image (boot/vmlinuz-*) in it, nor in what it "
                    "depends on; name a linux-image or linux-binary package"
                )
            if not self.modules:
                self.progress.warn(f"{self.holder.name} has no modules, only vmlinux's BTF is kept")
            return self.folder.finish(self.holder, self.limit)
        finally:
            workers.abandon()
            if self.folder is not None:
                self.folder.close()

    def _read(self, deb: Deb, workers: Workers) -> None:
        self.progress.step(f"extracting {deb.name} {deb.version}")
        with members_of(deb, self.stop) as members:
            for archive, member in members:
                job = self._job(deb, archive, member)
                if job is not None:
                    workers.submit(job)
                if self.folder is not None:
                    self.progress.count(f"  {self.folder.path.name}: {self.folder.done()} files")
                if self.holder is not None and self._is_full():
                    return

    def _is_full(self) -> bool:
        return self.limit is not None and len(self.modules) >= self.limit

    def _job(
        self, deb: Deb, archive: tarfile.TarFile, member: tarfile.TarInfo
    ) -> Callable[[], None] | None:
        if image := BOOT_IMAGE.fullmatch(member.name):
            if self.holder is not None:
                return None
            self.holder = deb
            folder = self._enter(deb, image["release"] or image["other"])
            return functools.partial(
                self._take, folder, member.name, self._load(archive, member), vmlinux_parts
            )
        module = MODULE_FILE.fullmatch(member.name)
        if module is None or self._is_full():
            return None
        folder = self._enter(deb, module["release"])
        name = module["module"].replace("-", "_")
        if name in self.modules:
            self.progress.warn(
                f"{member.name} is left out: {self.modules[name]} has the same module name"
            )
            return None
        self.modules[name] = member.name
        parts = functools.partial(module_parts, name)
        return functools.partial(
            self._take, folder, member.name, self._load(archive, member), parts
        )

    def _enter(self, deb: Deb, release: str) -> ReleaseFolder:
        if self.folder is None:
            if not re.fullmatch(_RELEASE, release):
                raise HarvestError(f"{deb.path}: {release!r} is no name for a kernel release")
            self.folder = ReleaseFolder(self.out / release, self.debs)
        if self.folder.path.name != release:
            raise HarvestError(
                f"{deb.path} has files of two kernels, {self.folder.path.name} and {release}"
            )
        return self.folder

    def _load(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
        file = archive.extractfile(member)
        return file.read() if file else b""

    def _take(
        self,
        folder: ReleaseFolder,
        member: str,
        data: bytes,
        parts_of: Callable[[bytes], list[tuple[str, bytes]]],
    ) -> None:
        if folder.reuse(member):
            return
        try:
            parts = parts_of(data)
        except Malformed as reason:
            raise HarvestError(f"{member} {reason}") from reason
        for complaint in folder.write(member, parts):
            self.progress.warn(complaint)


def vmlinux_parts(image: bytes) -> list[tuple[str, bytes]]:
    btf = elf_sections(vmlinux_of(image), [".BTF"]).get(".BTF")
    if btf is None:
        raise Malformed("has no .BTF section: this kernel was built without BTF")
    return [("vmlinux.btf", btf)]


def module_parts(name: str, data: bytes) -> list[tuple[str, bytes]]:
    """A module's BTF and, where it carries one, its distilled base; nothing without BTF."""
    sections = elf_sections(unpack(data), [".BTF", ".BTF.base"])
    if ".BTF" not in sections:
        return []
    parts = [(f"modules/{name}.btf", sections[".BTF"])]
    if ".BTF.base" in sections:
        parts.append((f"modules/{name}.base.btf", sections[".BTF.base"]))
    return parts


# --- The harvest -----------------------------------------------------------------------------


@dataclass
class Harvest:
    """What was asked for, and the kernels that are there for it."""

    out: Path
    limit: int | None
    verify: bool
    shop: Shop
    stop: Stop
    progress: Progress
    kernels: dict[str, dict[str, Any]] = field(default_factory=dict)

    def offered(self, name: str, version: str | None) -> None:
        """Harvests a package by its name in apt."""
        if version is None:
            control = self.shop.offered(name, None)
            version = control["Version"] if control else None
        if version is not None and self._have(name, version, None):
            return
        self._extract(self.shop.fetch(name, version))

    def file(self, path: Path) -> None:
        deb = read_deb(path)
        if not self._have(deb.name, deb.version, deb.sha256):
            self._extract(deb)

    def first_of(self, images: list[tuple[str, str]]) -> None:
        """The first image that can still be had; lists of packages outlive what they list."""
        dropped: Dropped | None = None
        for name, version in images:
            try:
                return self.offered(name, version)
            except Dropped as error:
                dropped = error
                self.progress.step(f"the mirror has dropped {name} {version}, trying the next")
        if dropped is not None:
            raise dropped

    def _have(self, name: str, version: str, sha256: str | None) -> bool:
        for path in sorted(self.out.glob(f"*/{MANIFEST}")):
            manifest = read_manifest(path.parent)
            if manifest is None or not self._covers(manifest["limit"]):
                continue
            for package in manifest["packages"]:
                same = (package["package"], package["version"]) == (name, version)
                if not same or sha256 not in (None, package["sha256"]):
                    continue
                if all(is_intact(path.parent, r, self.verify) for r in manifest["files"]):
                    self.kernels[manifest["release"]] = manifest
                    return True
                self.progress.step(f"{path.parent.name} is damaged and is extracted again")
        return False

    def _covers(self, limit: int | None) -> bool:
        return limit is None or (self.limit is not None and self.limit <= limit)

    def _extract(self, deb: Deb) -> None:
        debs = self.shop.with_parts(deb)
        manifest = Extraction(self.out, debs, self.limit, self.stop, self.progress).run()
        self.kernels[manifest["release"]] = manifest

    def in_order(self) -> list[dict[str, Any]]:
        return sorted(self.kernels.values(), key=lambda k: by_debian_version(k["version"]))


@contextmanager
def alone_in(out: Path, stop: Stop, progress: Progress) -> Iterator[None]:
    """Keeps a second harvest out of the folder until this one has ended."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / LOCK).open("w") as lock:
        waited = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waited:
                    progress.step(f"waiting for another harvest into {out}")
                waited = True
                time.sleep(0.2)
                stop.check()
        yield


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="harvest.py",
        description="Extracts the BTF of kernels and their modules from packages, uninstalled.",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where it goes")
    parser.add_argument("--series", default="6.12", help="release series to pick from (6.12)")
    parser.add_argument("--flavour", default="cloud", help="flavour, or `none` for plain (cloud)")
    parser.add_argument("--arch", default="amd64", help="architecture in package names (amd64)")
    parser.add_argument(
        "--pick", choices=("newest", "oldest", "both"), default="both", help="of the series (both)"
    )
    parser.add_argument("--modules", type=positive, metavar="N", help="stop after N modules")
    parser.add_argument("--verify", action="store_true", help="check hashes of finished releases")
    parser.add_argument("--json", action="store_true", help="print the releases as JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.add_argument("package", nargs="*", metavar="PACKAGE", help="name, name=version or .deb")
    options = parser.parse_args(arguments)
    if not re.fullmatch(r"\d+(\.\d+)*", options.series):
        parser.error(f"--series wants a number such as 6.12, not {options.series!r}")
    options.flavour = "" if options.flavour == "none" else options.flavour
    return options


def is_path(package: str) -> bool:
    return package.endswith(".deb") or "/" in package


def gather(options: argparse.Namespace, stop: Stop, progress: Progress) -> list[dict[str, Any]]:
    downloads = options.out / DOWNLOADS
    given = [Path(package) for package in options.package if is_path(package)]
    shop = Shop(downloads, given, stop, progress)
    harvest = Harvest(options.out, options.modules, options.verify, shop, stop, progress)

    # Modules come with their kernel; named on their own, after it, they are there already.
    for package in sorted(options.package, key=lambda p: Path(p).name.startswith("linux-modules-")):
        stop.check()
        if is_path(package):
            harvest.file(Path(package))
            continue
        name, _, version = package.partition("=")
        if not _PACKAGE_NAME.fullmatch(name):
            raise HarvestError(f"{package!r} is neither a package's name nor a .deb")
        harvest.offered(name, version or None)

    if not options.package:
        images = offered_images(options.series, options.flavour, options.arch)
        if options.pick in ("oldest", "both"):
            harvest.first_of(images)
        stop.check()
        if options.pick in ("newest", "both"):
            harvest.first_of(images[::-1])

    shutil.rmtree(downloads, ignore_errors=True)
    return harvest.in_order()


def report(kernels: list[dict[str, Any]], out: Path, as_json: bool) -> None:
    if as_json:
        keys = ("release", "version", "package", "modules")
        folders = [
            {**{key: kernel[key] for key in keys}, "dir": str(out.absolute() / kernel["release"])}
            for kernel in kernels
        ]
        print(json.dumps(folders, indent=1))
        return
    for kernel in kernels:
        print(
            f"{kernel['release']}: {kernel['package']} {kernel['version']}, "
            f"{kernel['modules']:,} modules"
        )


def main(arguments: list[str]) -> int:
    options = parse_arguments(arguments)
    stop = Stop()
    stop.listen()
    progress = Progress(options.quiet, sys.stderr)
    try:
        with alone_in(options.out, stop, progress):
            kernels = gather(options, stop, progress)
        progress.close()
        report(kernels, options.out, options.json)
        return 0
    except Interrupted as signalled:
        progress.warn("interrupted; what is finished is kept, and the same command goes on from it")
        return 128 + signalled.number
    except HarvestError as error:
        progress.warn(str(error))
    except OSError as error:
        progress.warn(f"{error.filename or options.out}: {error.strerror or error}")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
