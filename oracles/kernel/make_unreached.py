#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Writes a C function for each symbol that an object needs and nobody will provide.

Of the hundreds of kernel functions that btf.c names, the ways through it that are taken here call a few dozen. Each of
the others ends the program with its name, so that a way which does call one is seen at once.

usage: make_unreached.py NM OBJECT OUTPUT
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

# What libc provides under the kernel's own name and with its meaning.
LIBC = re.compile(
    r"mem(cpy|set|cmp|move|chr)|str(len|nlen|cmp|ncmp|chr|rchr|str|cpy|ncpy|cat|spn|cspn|pbrk|casecmp|ncasecmp)"
    r"|v?snprintf|sprintf|sscanf|bcmp"
)
# What the host's side, the linker and the sanitizers' run-time provide.
PROVIDED = re.compile(r"host_\w+|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|sanitizer|msan|sancov|llvm|start|stop|gcov|afl)_\w+")


def unreached(nm: str, obj: str) -> list[str]:
    listed = subprocess.run([nm, "-u", obj], capture_output=True, text=True, check=True).stdout
    symbols = {line.split()[-1] for line in listed.splitlines() if line.strip()}
    return sorted(symbol for symbol in symbols if not LIBC.fullmatch(symbol) and not PROVIDED.fullmatch(symbol))


def source(symbols: list[str]) -> str:
    # Some of the symbols are variables; aligned, their address is as good as that of one.
    functions = [f'__attribute__((aligned(16))) void {symbol}(void) {{ host_unreached("{symbol}"); }}' for symbol in symbols]
    return "\n".join(['#include "oracles/kernel/host.h"', *functions]) + "\n"


def main() -> int:
    if len(sys.argv) != 4:
        print(f"usage: {sys.argv[0]} NM OBJECT OUTPUT", file=sys.stderr)
        return 2
    nm, obj, output = sys.argv[1:]
    text = source(unreached(nm, obj))
    temporary = Path(output + ".new")
    temporary.write_text(text)
    os.replace(temporary, output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
