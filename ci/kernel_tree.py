# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Makes the folder that the kernel oracle is built from: a kernel's own btf.c and its own headers, prepared.

The headers are those of user-mode Linux, since they suit a plain process: those of x86 bring static calls and per-CPU
data in segment registers along. Only the kernel's build system can write the generated ones, so it runs once, on a
scratch copy, and what a compiler then reads is kept. A run that is interrupted goes on where it was.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

# What the build system reads besides its own files, which lie in every folder.
TOP_FOLDERS = ("scripts", "include", "kernel", "lib", "arch/um", "arch/x86", "tools/include", "tools/scripts", "tools/build", "tools/lib")
BUILD_FILES = ("Kconfig", "Makefile", "Kbuild")
# What a compiler reads of it afterwards.
KEPT_SOURCES = ("COPYING", "include", "kernel/bpf", "arch/um/include", "arch/x86/include", "arch/x86/um",
                "tools/lib/bpf")  # fmt: skip
KEPT_LIBRARY = ("sort.c", "bsearch.c", "ctype.c", "find_bit.c", "hweight.c")
KEPT_GENERATED = ("include", "arch/um/include", "arch/x86/include", ".config")
# Without these, parts of btf.c are compiled away. BTF itself is switched on by the shim: here it would demand pahole.
SETTINGS = ("BPF_SYSCALL", "MODULES", "NET", "INET", "CGROUPS", "CGROUP_BPF", "BPF_EVENTS")
TOOLS = ("make", "flex", "bison", "bc")


class Failure(Exception):
    """A sentence for the user."""


def compiler_setting() -> str:
    """How the kernel's build system is told which compiler there is; the shim's may be another."""
    if shutil.which("clang-19") and shutil.which("ld.lld-19"):
        return "LLVM=-19"
    if shutil.which("clang") and shutil.which("ld.lld"):
        return "LLVM=1"
    return "CC=cc"


def demand_tools() -> None:
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        raise Failure(f"the kernel's headers cannot be prepared without {', '.join(missing)} (ci/setup installs them).")


def tar_patterns() -> list[str]:
    """What to take from a tarball, whose first folder can have any name."""
    build_files = [f"*/{name}*" for name in BUILD_FILES]
    return ["--no-wildcards-match-slash", "*/COPYING", *(f"*/{folder}" for folder in TOP_FOLDERS),
            "--wildcards-match-slash", *build_files]  # fmt: skip


def is_wanted(name: str) -> bool:
    if name == "COPYING" or Path(name).name.startswith(BUILD_FILES):
        return True
    return name.startswith(tuple(folder + "/" for folder in TOP_FOLDERS))


def run(command: list[str], **options: object) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    except OSError as error:
        raise Failure(f"{command[0]} cannot be run: {error.strerror}.") from error
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()
        raise Failure(f"'{' '.join(command[:4])} ...' failed: {said[-1]}")


def extract(tarball: Path, to: Path) -> None:
    compressor = ["--use-compress-program=xz -T0"] if tarball.suffix == ".xz" else []
    run(["tar", "--extract", "--touch", "--no-same-owner", "--strip-components=1", "--wildcards",
         f"--directory={to}", *compressor, f"--file={tarball}", *tar_patterns()])  # fmt: skip


def copy_checkout(source: Path, to: Path) -> None:
    """Copies from a checkout, without what a build in it has left: the build system demands a clean tree."""
    for folder, folders, files in os.walk(source):
        folders[:] = [name for name in folders if name != ".git"]
        below = Path(folder).relative_to(source)
        for file in files:
            name = str(below / file)
            if is_wanted(name) and not file.endswith((".o", ".cmd", ".a", ".ko")):
                (to / below).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / name, to / name, follow_symlinks=False)
                shutil.copymode(source / name, to / name, follow_symlinks=False)
    for generated in ("include/generated", "include/config"):
        shutil.rmtree(to / generated, ignore_errors=True)


def prepare_headers(source: Path, generated: Path) -> None:
    generated.mkdir(exist_ok=True)
    make = ["make", "-s", "-C", str(source), "ARCH=um", f"O={generated}", compiler_setting()]
    run([*make, "defconfig"])
    enable = [word for setting in SETTINGS for word in ("-e", setting)]
    run([str(source / "scripts/config"), "--file", str(generated / ".config"), *enable])
    run([*make, "olddefconfig"])
    run([*make, "prepare"])


def keep(root: Path, names: tuple[str, ...], to: Path) -> None:
    for name in names:
        found = root / name
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        if found.is_dir():
            shutil.copytree(found, to / name, symlinks=True, dirs_exist_ok=True)
        elif found.exists():
            shutil.copyfile(found, to / name)


def is_kernel(source: Path) -> bool:
    return (source / "kernel/bpf/btf.c").is_file() and (source / "arch/um").is_dir()


def begin(scratch: Path, identity: dict[str, str]) -> None:
    """Takes up a scratch folder that was left by a run with the same sources, else starts a new one."""
    mark = scratch / "identity.json"
    try:
        same = json.loads(mark.read_text()) == identity
    except (OSError, ValueError):
        same = False
    if not same:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        mark.write_text(json.dumps(identity))


def step(scratch: Path, name: str, saying: str) -> bool:
    """Whether the step is still to do; the caller creates the mark of that name when it is done."""
    if (scratch / name).exists():
        return False
    print(f"ci/upstream: {saying}", file=sys.stderr, flush=True)
    return True


def make_tree(source: Path, is_folder: bool, identity: dict[str, str], scratch: Path, to: Path) -> None:
    """Fills `to` with source/ and generated/, from a checkout or a tarball."""
    demand_tools()
    begin(scratch, identity)
    unpacked, generated = scratch / "source", scratch / "generated"
    if step(scratch, "unpacked", f"unpacking the kernel from {source}"):
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir()
        copy_checkout(source, unpacked) if is_folder else extract(source, unpacked)
        if not is_kernel(unpacked):
            raise Failure(f"{source}: holds no kernel with kernel/bpf/btf.c and arch/um.")
        (scratch / "unpacked").touch()
    if step(scratch, "prepared", "preparing the kernel's headers"):
        shutil.rmtree(generated, ignore_errors=True)
        prepare_headers(unpacked, generated)
        (scratch / "prepared").touch()
    keep(unpacked, KEPT_SOURCES, to / "source")
    keep(unpacked / "lib", KEPT_LIBRARY, to / "source/lib")
    keep(generated, KEPT_GENERATED, to / "generated")
