# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Kernels that the machine's own suites do not offer, from the other suites of the mirror that its apt uses.

ci/mirror.py gives apt a root of its own in the project's cache. Whoever starts apt in a block of with_other_suites() is
answered from there, since apt reads the file that APT_CONFIG names after all others.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "ci"))

import mirror  # noqa: E402
from kernel_tree import Failure as MirrorFailure  # noqa: E402

from .failure import Failure  # noqa: E402

# Lists of packages are some 20 MB, and a series gets a new release every week.
_STANDS = 7 * 24 * 3600


@contextmanager
def with_other_suites(cache: Path) -> Iterator[None]:
    root = cache / "apt"
    try:
        suites = mirror.Mirror(root, mirror.mirror_of_this_machine())
        mark = root / "refreshed"
        if not mark.exists() or time.time() - mark.stat().st_mtime > _STANDS:
            suites.refresh()
            mark.touch()
    except MirrorFailure as failure:
        raise Failure(str(failure).rstrip(".")) from failure
    settings = [word for word in suites.options() if word != "-o"]
    config = root / "apt.conf"
    config.write_text("".join(f'{name} "{value}";\n' for name, _, value in (word.partition("=") for word in settings)))
    before = os.environ.get("APT_CONFIG")
    os.environ["APT_CONFIG"] = str(config)
    try:
        yield
    finally:
        if before is None:
            del os.environ["APT_CONFIG"]
        else:
            os.environ["APT_CONFIG"] = before
