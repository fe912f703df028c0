# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Source packages of the machine's own Debian release, through an apt with a root of its own.

A check of the service's builds needs what a target links as sources, so that it is instrumented with the rest: libelf,
zlib, and under MemorySanitizer the C++ library. The machine's apt need not list sources for that; its configuration stays as
it is. A package is unpacked once into the cache, whole or not at all.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from kernel_tree import Failure
from mirror import Mirror, last_line, mirror_of_this_machine, run


class Sources(Mirror):
    """The lists of source packages of one suite."""

    def refresh_sources(self, suite: str) -> None:
        for folder in ("state/lists/partial", "cache/archives/partial"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "status").touch()
        line = f"deb-src [signed-by={self.keyring}] {self.address} {suite} main\n"
        (self.root / "sources.list").write_text(line)
        done = self.apt("apt-get", "update")
        if done.returncode != 0:
            raise Failure(f"the lists of {suite}'s sources cannot be had: {last_line(done)}")


def suite_of_this_machine() -> str:
    """The name of the installed release, under which the mirror has its sources."""
    try:
        for line in Path("/etc/os-release").read_text().splitlines():
            name, _, value = line.partition("=")
            if name == "VERSION_CODENAME":
                return value.strip('"')
    except OSError:
        pass
    raise Failure("/etc/os-release does not name a release of Debian.")


def unpacked(package: str, cache: Path, only: tuple[str, ...] = ()) -> Path:
    """The folder of a source package's files, as upstream released them; `only` names the folders of it that are wanted."""
    to = cache / "sources" / package
    if to.is_dir():
        return to
    to.parent.mkdir(parents=True, exist_ok=True)
    sources = Sources(cache / "packages/apt-sources", mirror_of_this_machine())
    sources.refresh_sources(suite_of_this_machine())
    with tempfile.TemporaryDirectory(prefix=".source-", dir=to.parent) as folder:
        work = Path(folder)
        done = sources.apt("apt-get", "--download-only", "source", package, where=work)
        tarballs = sorted(work.glob("*.orig.tar.*"))
        tarballs = [path for path in tarballs if path.suffix != ".asc"]
        if done.returncode != 0 or not tarballs:
            raise Failure(f"the source package {package} cannot be downloaded: {last_line(done)}")
        (work / "files").mkdir()
        # Named without their first component, which differs from one package to another.
        members = [f"*/{folder}" for folder in only]
        for tarball in tarballs:
            command = ["tar", "-x", "--no-same-owner", "--strip-components=1", "-f", str(tarball), "-C", str(work / "files")]
            command += ["--wildcards", "--no-wildcards-match-slash", *members] if members else []
            if (unpacking := run(command)).returncode != 0:
                raise Failure(f"{tarball.name} cannot be unpacked: {last_line(unpacking)}")
        shutil.move(work / "files", to)
    return to
