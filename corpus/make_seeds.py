#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Makes the seeds that derive from kernels: real pairs, cut down to what their answers depend on.

usage: make_seeds.py --retort RETORT --old DIR --new DIR --out DIR

The folders are what harvest.py writes. For each module in the list: its split on the old kernel and the
new kernel as target, sliced (`kernel-NAME.pair`), and the same distilled (`kernel-NAME-distilled.pair`).
Pairs that stay larger than the limit are left out, and said to be.
"""

from __future__ import annotations

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

# Small drivers and file systems, chosen for the kinds that they use: DATASEC and VAR, deep pointer
# chains, anonymous unions, bit fields, function prototypes, enumerations of 64 bits.
MODULES = [
    "8021q",
    "act_bpf",
    "af_key",
    "cryptd",
    "dm_crypt",
    "dummy",
    "efivarfs",
    "failover",
    "hid_generic",
    "ip_gre",
    "ipip",
    "ipvlan",
    "isofs",
    "loop",
    "macvlan",
    "nbd",
    "nfnetlink",
    "psample",
    "sch_fq",
    "sg",
    "stp",
    "tcp_bbr",
    "tun",
    "veth",
    "vfat",
    "virtio_scsi",
    "zram",
]
LIMIT = 16 * 1024  # what a hunt reads of one input


def run(*words: str | pathlib.Path) -> None:
    command = [str(word) for word in words]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"make_seeds.py: {done.stderr.strip() or words[1]}")


def slice_module(options: argparse.Namespace, module: str, scratch: pathlib.Path) -> pathlib.Path:
    """The module on its own kernel, with the new kernel as target."""
    split = options.old / "modules" / f"{module}.btf"
    base, target = options.old / "vmlinux.btf", options.new / "vmlinux.btf"
    whole, sliced = scratch / "whole.pair", scratch / f"kernel-{module}.pair"
    run(options.retort, "pack", whole, f"BASE={base}", f"SPLT={split}", f"TRGT={target}")
    run(options.retort, "slice", whole, "--out", sliced)
    return sliced


def distil(options: argparse.Namespace, module: str, sliced: pathlib.Path) -> pathlib.Path:
    """The relocation alone, on the distilled base that the reference makes."""
    parts = sliced.parent / module
    run(options.retort, "unpack", sliced, parts)
    base, split = parts / "lower.btf", parts / "upper.btf"
    run(
        options.retort,
        *("distill", parts / "split.btf", "--base", parts / "base.btf"),
        *("--out-base", base, "--out-split", split),
    )
    result = sliced.with_name(f"kernel-{module}-distilled.pair")
    target = parts / "target.btf"
    run(options.retort, "pack", result, f"DIST={base}", f"SPLT={split}", f"TRGT={target}")
    return result


def main() -> int:
    parser = argparse.ArgumentParser(prog="make_seeds.py", description=__doc__.split("\n\n")[0])
    for name in ("retort", "old", "new", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for module in MODULES:
            if not (options.old / "modules" / f"{module}.btf").exists():
                print(f"{module}: not in this kernel", file=sys.stderr)
                continue
            sliced = slice_module(options, module, pathlib.Path(folder))
            for pair in (sliced, distil(options, module, sliced)):
                if pair.stat().st_size > LIMIT:
                    print(f"{pair.name}: left out, {pair.stat().st_size} bytes", file=sys.stderr)
                    continue
                shutil.copyfile(pair, options.out / pair.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
