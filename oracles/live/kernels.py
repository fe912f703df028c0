# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Kernels that can be booted: a release out of its package, kept in the cache with what is known of it.

Debian drops old versions, so a series is asked for, the newest or oldest of it that is on offer is taken, and which it was
is recorded. Nothing is installed.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "corpus"))

import harvest  # noqa: E402

from .failure import Failure  # noqa: E402
from .module_file import ModuleForm  # noqa: E402
from .suites import with_other_suites  # noqa: E402

FLAVOUR, ARCHITECTURE = "cloud", "amd64"
_RECORD = "kernel.json"
_VMLINUX, _BTF = "vmlinux", "vmlinux.btf"


@dataclass(frozen=True)
class Kernel:
    """A kernel in the cache."""

    folder: Path
    series: str
    release: str
    package: str
    version: str
    form: ModuleForm

    @property
    def vmlinux(self) -> Path:
        return self.folder / _VMLINUX

    @property
    def btf(self) -> Path:
        return self.folder / _BTF


def cache_folder() -> Path:
    if named := os.environ.get("RETORT_CACHE"):
        return Path(named) / "live"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "retort/live"


def prepared(series: str, cache: Path) -> list[Kernel]:
    """Those in the cache, the oldest first."""
    found = [_recall(path.parent) for path in sorted(cache.glob(f"*/{_RECORD}"))]
    kernels = [kernel for kernel in found if kernel is not None and kernel.series == series]
    return sorted(kernels, key=lambda kernel: harvest.by_debian_version(kernel.version))


def choose_prepared(series: str, cache: Path, oldest: bool = False) -> Kernel:
    kernels = prepared(series, cache)
    if not kernels:
        raise Failure(f"no kernel {series} is prepared: run `ci/live --kernel {series} --prepare` once")
    return kernels[0 if oldest else -1]


def prepare(series: str, cache: Path, oldest: bool = False, quiet: bool = False) -> Kernel:
    """The newest, or oldest, that is on offer; where nothing can be asked, of those in the cache."""
    progress = harvest.Progress(quiet, sys.stderr)
    try:
        with harvest.alone_in(cache, harvest.Stop(), progress):
            with where_it_is_offered(series, cache):
                return _prepare(series, cache, oldest, progress)
    except (harvest.HarvestError, Failure) as error:
        if known := prepared(series, cache):
            return known[0 if oldest else -1]
        raise Failure(f"no kernel {series} can be had: {error}") from error
    finally:
        progress.close()


@contextmanager
def where_it_is_offered(series: str, cache: Path) -> Iterator[None]:
    """apt answers from the machine's own suites where these have the series, else from the mirror's others."""
    try:
        harvest.offered_images(series, FLAVOUR, ARCHITECTURE)
    except harvest.HarvestError:
        with with_other_suites(cache):
            yield
    else:
        yield


def _prepare(series: str, cache: Path, oldest: bool, progress: harvest.Progress) -> Kernel:
    images = harvest.offered_images(series, FLAVOUR, ARCHITECTURE)
    dropped: harvest.Dropped | None = None
    for package, version in images if oldest else images[::-1]:
        for kernel in prepared(series, cache):
            if (kernel.package, kernel.version) == (package, version):
                return kernel
        try:
            return _extract(series, cache, package, version, progress)
        except harvest.Dropped as error:
            dropped = error
    raise dropped or harvest.HarvestError("apt offers none")


def _extract(series: str, cache: Path, package: str, version: str, progress: harvest.Progress) -> Kernel:
    downloads = cache / harvest.DOWNLOADS
    shop = harvest.Shop(downloads, [], harvest.Stop(), progress)
    debs = shop.with_parts(shop.fetch(package, version))
    progress.step(f"extracting {package} {version}")
    kernel = from_packages(series, cache, debs)
    shutil.rmtree(downloads, ignore_errors=True)
    return kernel


def from_packages(series: str, cache: Path, debs: Sequence[harvest.Deb]) -> Kernel:
    """Reads the boot image and one module, and records the kernel last."""
    release, image, module = "", b"", b""
    for deb in debs:
        with harvest.members_of(deb, harvest.Stop()) as members:
            for archive, member in members:
                boot = harvest.BOOT_IMAGE.fullmatch(member.name)
                if not boot and (module or not harvest.MODULE_FILE.fullmatch(member.name)):
                    continue
                file = archive.extractfile(member)
                data = file.read() if file else b""
                if boot:
                    release, image = boot["release"] or boot["other"], data
                else:
                    module = data
    if not image or not module:
        raise Failure(f"{debs[0].path.name}: there is no boot image with modules in it")
    try:
        vmlinux = harvest.vmlinux_of(image)
        btf = harvest.elf_sections(vmlinux, [".BTF"])[".BTF"]
        form = ModuleForm.of(harvest.unpack(module))
    except (harvest.Malformed, KeyError) as error:
        raise Failure(f"{debs[0].path.name}: its kernel {error}") from error
    kernel = Kernel(cache / release, series, release, debs[0].name, debs[0].version, form)
    kernel.folder.mkdir(parents=True, exist_ok=True)
    harvest.write_whole(kernel.vmlinux, vmlinux)
    harvest.write_whole(kernel.btf, btf)
    _record(kernel)
    return kernel


def _record(kernel: Kernel) -> None:
    """Last of all, since what is recorded is taken for complete."""
    record: dict[str, Any] = dataclasses.asdict(kernel)
    del record["folder"]
    harvest.write_whole(kernel.folder / _RECORD, (json.dumps(record, indent=1) + "\n").encode())


def _recall(folder: Path) -> Kernel | None:
    try:
        record = json.loads((folder / _RECORD).read_text())
        form = ModuleForm(**record.pop("form"))
        kernel = Kernel(folder=folder, form=form, **record)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return kernel if kernel.vmlinux.is_file() and kernel.btf.is_file() else None
