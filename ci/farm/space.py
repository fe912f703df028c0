# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""How much the farm may still write. A full disk makes each engine lose what it finds next, so the farm ends its round before:
at its quota, or where the file system has no more than a reserve. A file of some megabytes is put aside at the start and
given back when it comes to that, so that what was found can still be copied and sorted."""

from __future__ import annotations

import os
import pathlib
import shutil

MEGABYTE = 1024 * 1024
_RESERVE = 64 * MEGABYTE
_BALLAST = 16 * MEGABYTE


def size_of(folder: pathlib.Path) -> int:
    """Bytes in the files of a folder that others write to."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(root, name)).st_size
            except FileNotFoundError:
                continue
    return total


class Space:
    def __init__(self, folder: pathlib.Path, quota: int) -> None:
        self._folder = folder
        self._quota = quota
        self._ballast = folder / "ballast"

    def put_aside(self) -> None:
        with open(self._ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, min(_BALLAST, self._quota // 4))

    def give_back(self) -> None:
        self._ballast.unlink(missing_ok=True)

    @property
    def used(self) -> int:
        return size_of(self._folder)

    def left(self) -> int:
        """Bytes until a round has to end; below zero where it has to."""
        return min(self._quota - self.used, shutil.disk_usage(self._folder).free - _RESERVE)
