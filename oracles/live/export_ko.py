#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Writes a pair as a module file for a prepared kernel, and prints the command that shows it in a guest.

Any machine with that kernel can insert the module. A target that is not the kernel's own BTF goes along in a section that
no kernel looks at, and takes its place in a guest only.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from live import kernels, protocol  # noqa: E402
from live.failure import Failure  # noqa: E402
from live.module_file import ModuleWriter  # noqa: E402

import harvest  # noqa: E402


def export(series: str, oldest: bool, pair_file: Path, out: Path) -> None:
    kernel = kernels.choose_prepared(series, kernels.cache_folder(), oldest)
    pair = protocol.read_pair(pair_file)
    if pair.layers > 1:
        raise Failure(f"{pair_file} has several layers of split BTF, and a module has one")
    harvest.write_whole(out, ModuleWriter(kernel.form).write_pair(pair))
    print(f"{out}: a module for {kernel.release}. This shows what that kernel makes of it, in a guest:")
    which = ["--oldest"] if oldest else []
    print("  " + shlex.join(["ci/live", "--kernel", series, *which, "--log", str(out)]))


def main() -> int:
    parser = argparse.ArgumentParser(prog="export_ko.py", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--oldest", action="store_true", help="the oldest that is prepared, not the newest")
    parser.add_argument("series", help="the kernel's release series, such as 6.12")
    parser.add_argument("pair", type=Path, help="the pair file")
    parser.add_argument("out", type=Path, help="the module file")
    options = parser.parse_args()
    try:
        export(options.series, options.oldest, options.pair, options.out)
    except (Failure, harvest.HarvestError) as error:
        print(f"retort: {error}.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
