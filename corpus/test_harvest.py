#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The harvest, shown on kernels of a few hundred bytes.

Packages, modules and boot images are built here, and apt is a shell script that serves them, so
that every promise of harvest.py can be checked without a network and without a kernel. Where a
signal must strike in the middle, a tool is replaced by one that reports through a pipe that it is
half way and then stands still: nothing here waits for luck.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import io
import json
import lzma
import os
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import harvest  # noqa: E402

SCRIPT = Path(__file__).with_name("harvest.py")
OLD = "6.12.9+deb12-cloud-amd64"
NEW = "6.12.10+deb12-cloud-amd64"
OLD_IMAGE = f"linux-image-{OLD}"
NEW_IMAGE = f"linux-image-{NEW}"


def btf(*types: bytes, order: str = "<", layout: bytes | None = None) -> bytes:
    """A BTF section; with a layout it gets the longer header that announces one."""
    body = b"".join(types)
    strings = b"\0"
    size = 24 if layout is None else 32
    header = struct.pack(order + "HBBIIIII", 0xEB9F, 1, 0, size, 0, len(body), len(body), 1)
    if layout is not None:
        header += struct.pack(order + "II", len(body) + 1, len(layout))
    return header + body + strings + (layout or b"")


def btf_type(kind: int, vlen: int = 0, extra: bytes = b"", order: str = "<") -> bytes:
    return struct.pack(order + "III", 0, kind << 24 | vlen, 0) + extra


def btf_of(count: int) -> bytes:
    """As many pointers to void as asked for."""
    return btf(*[btf_type(2)] * count)


def elf(sections: dict[str, bytes], order: str = "<", bits: int = 64) -> bytes:
    """A relocatable ELF file that holds nothing but the sections."""
    names = b"\0"
    header_size, entry_size = (64, 64) if bits == 64 else (52, 40)
    body = b""
    table = bytes(entry_size)
    entry = order + ("IIQQQQIIQQ" if bits == 64 else "IIIIIIIIII")
    for name, data in {**sections, ".shstrtab": b""}.items():
        offset = len(names)
        names += name.encode() + b"\0"
        if name == ".shstrtab":
            data = names
        begin = header_size + len(body)
        table += struct.pack(entry, offset, 1, 0, 0, begin, len(data), 0, 0, 1, 0)
        body += data
    ident = b"\x7fELF" + bytes([2 if bits == 64 else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    count = len(sections) + 2
    header = ident + struct.pack(
        order + ("HHIQQQIHHHHHH" if bits == 64 else "HHIIIIIHHHHHH"),
        *(1, 62, 1, 0, 0, header_size + len(body), 0, header_size, 0, 0, entry_size),
        *(count, count - 1),
    )
    return header + body + table


def zstd(data: bytes) -> bytes:
    return subprocess.run(["zstd", "-qc"], input=data, capture_output=True, check=True).stdout


def boot_image(vmlinux: bytes, compress: Callable[[bytes], bytes] = gzip.compress) -> bytes:
    payload = compress(vmlinux)
    if compress is not gzip.compress:
        payload += struct.pack("<I", len(vmlinux))
    image = bytearray(1024 + 16)
    image[0x1F1] = 1
    image[0x1FE:0x206] = b"\x55\xaa\0\0HdrS"
    struct.pack_into("<H", image, 0x206, 0x20F)
    struct.pack_into("<II", image, 0x248, 16, len(payload))
    return bytes(image) + payload + b"signature"


def tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def deb(control: dict[str, str], files: dict[str, bytes]) -> bytes:
    text = "".join(f"{key}: {value}\n" for key, value in control.items())
    members = {
        "debian-binary": b"2.0\n",
        "control.tar": tar({"./control": text.encode()}),
        "data.tar": tar(files),
    }
    out = b"!<arch>\n"
    for name, data in members.items():
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode()
        out += data + b"\n" * (len(data) % 2)
    return out


def kernel_files(release: str, modules: dict[str, bytes]) -> dict[str, bytes]:
    files = {f"./boot/vmlinuz-{release}": boot_image(elf({".BTF": btf_of(5)}))}
    for path, data in modules.items():
        files[f"./lib/modules/{release}/kernel/{path}"] = data
    return files


def module(count: int) -> bytes:
    return lzma.compress(elf({".text": b"code", ".BTF": btf_of(count)}))


MODULES = {"net/a-b.ko.xz": module(1), "fs/c.ko.xz": module(2), "fs/d.ko.xz": module(3)}


def control_of(name: str, version: str, **more: str) -> dict[str, str]:
    return {
        "Package": name,
        "Version": version,
        "Architecture": "amd64",
        "Maintainer": "nobody <nobody@example.org>",
        "Source": "linux-signed-6.12-amd64 (6.12+1)",
        **more,
        "Description": "a kernel for a test",
    }


FAKE_APT_CACHE = """#!/bin/sh
cd "$(dirname "$0")/apt" || exit 1
for last; do :; done
case $1 in
pkgnames) cat names ;;
madison) cat madison ;;
show) cat "show/$last" 2>/dev/null || exit 100 ;;
esac
"""

FAKE_APT_GET = """#!/bin/sh
pool="$(dirname "$0")/apt/pool"
echo "$2" >> "$pool/log"
if ! test -e "$pool/$2"; then
    echo "E: Failed to fetch http://mirror.invalid/$2  404  Not Found [IP: 192.0.2.1 80]" >&2
    exit 100
fi
cp "$pool/$2" ./fetched.deb
"""

# Says through the pipe which process is half way, then stands still for good.
STALLED = """#!/bin/sh
{before}
echo $$ > "{pipe}"
exec sleep 1000000
"""


class HarvestCase(unittest.TestCase):
    """A folder of its own with a fake apt in front of the real tools."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.out = self.root / "kernels"
        self.bin = self.root / "bin"
        for name in ("show", "pool"):
            (self.bin / "apt" / name).mkdir(parents=True)
        for name in ("names", "madison", "pool/log"):
            (self.bin / "apt" / name).touch()
        self.install("apt-cache", FAKE_APT_CACHE)
        self.install("apt-get", FAKE_APT_GET)
        self.path = f"{self.bin}:{os.environ['PATH']}"

    def install(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def offer(self, control: dict[str, str], files: dict[str, bytes], held: bool = True) -> None:
        """Lists a package in apt; one that is not held has gone from the mirror."""
        apt = self.bin / "apt"
        name, version = control["Package"], control["Version"]
        data = deb(control, files)
        with (apt / "names").open("a") as names:
            names.write(f"{name}\n")
        with (apt / "madison").open("a") as madison:
            madison.write(f" {name} | {version} | http://mirror.invalid suite/main Packages\n")
        shown = {**control, "Size": str(len(data)), "SHA256": hashlib.sha256(data).hexdigest()}
        text = "".join(f"{key}: {value}\n" for key, value in shown.items())
        for key in (name, f"{name}={version}"):
            (apt / "show" / key).write_text(text)
        if held:
            (apt / "pool" / f"{name}={version}").write_bytes(data)

    def offer_two_kernels(self) -> None:
        self.offer(control_of(NEW_IMAGE, "6.12.10-1"), kernel_files(NEW, MODULES))
        self.offer(control_of(OLD_IMAGE, "6.12.9-1"), kernel_files(OLD, MODULES))

    def downloads(self) -> list[str]:
        return (self.bin / "apt" / "pool" / "log").read_text().splitlines()

    def write_deb(self, files: dict[str, bytes], control: dict[str, str] | None = None) -> Path:
        control = control or control_of(OLD_IMAGE, "6.12.9-1")
        path = self.root / f"{control['Package']}_{control['Version']}_amd64.deb"
        path.write_bytes(deb(control, files))
        return path

    def spawn(self, *arguments: str | Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, SCRIPT, "--out", self.out, *arguments],
            env={**os.environ, "PATH": self.path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.reap, process)
        return process

    def reap(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        process.communicate()

    def harvest(self, *arguments: str | Path, status: int = 0) -> tuple[str, str]:
        process = self.spawn(*arguments)
        out, err = process.communicate()
        self.assertEqual(process.returncode, status, err)
        return out, err

    def fails(self, *arguments: str | Path) -> str:
        """The one sentence that a failing harvest says."""
        out, err = self.harvest("--quiet", *arguments, status=2)
        self.assertEqual(out, "")
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertTrue(err.startswith("harvest: "), err)
        return err

    def manifest(self, release: str = OLD) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self.out / release / "manifest.json").read_text())
        return manifest

    def files(self, release: str = OLD) -> list[str]:
        folder = self.out / release
        return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())

    def assert_nothing_half_written(self) -> None:
        """Every file under a final name has whole BTF in it, and no other files are left."""
        left = [p for p in self.out.rglob("*") if p.is_file() and p.name != harvest.LOCK]
        for path in left:
            if path.suffix == ".btf":
                harvest.count_types(path.read_bytes())
            else:
                self.assertIn(path.name, (harvest.JOURNAL, harvest.MANIFEST))


class Extraction(HarvestCase):
    def test_vmlinux_and_every_module_become_files_named_as_the_kernel_names_them(self) -> None:
        self.harvest(self.write_deb(kernel_files(OLD, MODULES)))
        self.assertEqual(
            self.files(),
            ["manifest.json", "modules/a_b.btf", "modules/c.btf", "modules/d.btf", "vmlinux.btf"],
        )
        self.assertEqual((self.out / OLD / "vmlinux.btf").read_bytes(), btf_of(5))
        self.assertEqual((self.out / OLD / "modules/a_b.btf").read_bytes(), btf_of(1))

    def test_the_manifest_says_where_everything_came_from(self) -> None:
        path = self.write_deb(kernel_files(OLD, MODULES))
        self.harvest(path)
        manifest = self.manifest()
        self.assertEqual(manifest["release"], OLD)
        self.assertEqual((manifest["package"], manifest["version"]), (OLD_IMAGE, "6.12.9-1"))
        self.assertEqual(manifest["source"], "linux-signed-6.12-amd64 (6.12+1)")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self.assertEqual([p["sha256"] for p in manifest["packages"]], [digest])
        self.assertEqual(manifest["modules"], 3)
        self.assertEqual(
            [(f["path"], f["types"]) for f in manifest["files"]],
            [
                ("vmlinux.btf", 5),
                ("modules/a_b.btf", 1),
                ("modules/c.btf", 2),
                ("modules/d.btf", 3),
            ],
        )
        for record in manifest["files"]:
            data = (self.out / OLD / record["path"]).read_bytes()
            self.assertEqual(record["size"], len(data))
            self.assertEqual(record["sha256"], hashlib.sha256(data).hexdigest())

    def test_modules_are_read_however_they_are_compressed(self) -> None:
        plain = elf({".BTF": btf_of(4)})
        modules = {
            "a.ko": plain,
            "b.ko.gz": gzip.compress(plain),
            "c.ko.xz": lzma.compress(plain),
            "d.ko.zst": zstd(plain),
        }
        self.harvest(self.write_deb(kernel_files(OLD, modules)))
        for name in "abcd":
            self.assertEqual((self.out / OLD / f"modules/{name}.btf").read_bytes(), btf_of(4))

    def test_boot_images_are_read_however_they_are_compressed(self) -> None:
        vmlinux = elf({".BTF": btf_of(7)})
        compressors: list[Callable[[bytes], bytes]] = [gzip.compress, lzma.compress, zstd]
        for compress in compressors:
            with self.subTest(compress=compress):
                image = boot_image(vmlinux, compress)
                self.assertEqual(harvest.vmlinux_of(image), vmlinux)

    def test_a_distilled_base_is_written_beside_its_module(self) -> None:
        both = elf({".BTF": btf_of(4), ".BTF.base": btf_of(2)})
        self.harvest(self.write_deb(kernel_files(OLD, {"a.ko": both})))
        self.assertEqual((self.out / OLD / "modules/a.base.btf").read_bytes(), btf_of(2))
        self.assertEqual(self.manifest()["modules"], 1)

    def test_a_module_without_btf_is_named_in_the_manifest(self) -> None:
        modules = {"a.ko": elf({".text": b"x"}), "b.ko": elf({".BTF": btf_of(1)})}
        self.harvest(self.write_deb(kernel_files(OLD, modules)))
        self.assertEqual(self.manifest()["without_btf"], [f"./lib/modules/{OLD}/kernel/a.ko"])
        self.assertEqual(self.manifest()["modules"], 1)

    def test_btf_of_an_unknown_kind_is_kept_and_complained_of(self) -> None:
        strange = btf(btf_type(2), btf_type(99))
        _, err = self.harvest(self.write_deb(kernel_files(OLD, {"a.ko": elf({".BTF": strange})})))
        self.assertIn("unknown kind 99 at type 2", err)
        self.assertEqual((self.out / OLD / "modules/a.btf").read_bytes(), strange)
        self.assertIsNone(self.manifest()["files"][1]["types"])

    def test_a_limit_takes_the_first_modules_and_a_later_run_without_it_the_rest(self) -> None:
        path = self.write_deb(kernel_files(OLD, MODULES))
        self.harvest("--modules", "2", path)
        self.assertEqual(self.manifest()["modules"], 2)
        first = (self.out / OLD / "modules/a_b.btf").stat().st_ino
        self.harvest(path)
        self.assertEqual(self.manifest()["modules"], 3)
        self.assertEqual((self.out / OLD / "modules/a_b.btf").stat().st_ino, first)

    def test_a_second_module_of_the_same_name_is_left_out_with_a_word(self) -> None:
        modules = {"a/x.ko": elf({".BTF": btf_of(1)}), "b/x.ko": elf({".BTF": btf_of(2)})}
        _, err = self.harvest(self.write_deb(kernel_files(OLD, modules)))
        self.assertIn("b/x.ko is left out", err)
        self.assertEqual((self.out / OLD / "modules/x.btf").read_bytes(), btf_of(1))


class SplitPackages(HarvestCase):
    """From 7.x on an image package only depends on those that hold boot image and modules."""

    def setUp(self) -> None:
        super().setUp()
        files = kernel_files(OLD, MODULES)
        self.version = "6.12.9-1"
        boot = {name: data for name, data in files.items() if "vmlinuz" in name}
        rest = {f"./usr{n[1:]}": data for n, data in files.items() if n not in boot}
        exact = f"(= {self.version})"
        depends = (
            f"kmod, linux-binary-{OLD} {exact} | linux-binary-{OLD}-unsigned {exact}, "
            f"linux-modules-{OLD} {exact}"
        )
        self.parts: list[tuple[dict[str, str], dict[str, bytes]]] = [
            (control_of(OLD_IMAGE, self.version, Depends=depends), {}),
            (control_of(f"linux-binary-{OLD}-unsigned", self.version), boot),
            (control_of(f"linux-modules-{OLD}", self.version), rest),
        ]

    def test_what_an_image_depends_on_is_fetched_with_it(self) -> None:
        for control, files in self.parts:
            self.offer(control, files)
        self.harvest(OLD_IMAGE)
        manifest = self.manifest()
        self.assertEqual(manifest["modules"], 3)
        self.assertEqual(manifest["package"], f"linux-binary-{OLD}-unsigned")
        self.assertEqual(
            [part["package"] for part in manifest["packages"]],
            [OLD_IMAGE, f"linux-binary-{OLD}-unsigned", f"linux-modules-{OLD}"],
        )

    def test_the_parts_of_a_package_file_are_found_beside_it(self) -> None:
        paths = [self.write_deb(files, control) for control, files in self.parts]
        self.harvest(paths[0])
        self.assertEqual(self.manifest()["modules"], 3)
        self.assertEqual(self.downloads(), [])

    def test_boot_image_and_modules_can_be_named_one_by_one_in_any_order(self) -> None:
        _, binary, modules = [self.write_deb(files, control) for control, files in self.parts]
        out, _ = self.harvest(modules, binary)
        self.assertEqual(self.manifest()["modules"], 3)
        self.assertEqual(len(out.splitlines()), 1)

    def test_a_part_that_is_nowhere_is_named(self) -> None:
        image, binary = [self.write_deb(files, control) for control, files in self.parts[:2]]
        self.assertIn(f"needs the package linux-modules-{OLD}", self.fails(image))

    def test_modules_without_a_boot_image_are_refused(self) -> None:
        control, files = self.parts[2]
        self.assertIn("no boot image", self.fails(self.write_deb(files, control)))


class Choice(HarvestCase):
    MADISON = """
 linux-image-6.12.10+deb12-cloud-amd64 | 6.12.10-1 | http://m.invalid s/main amd64 Packages
 linux-image-6.12.9+deb12-cloud-amd64 | 6.12.9-1 | http://m.invalid s/main amd64 Packages
 linux-image-6.12.9+deb12-cloud-amd64 | 6.12.9-2 | http://m.invalid s/main amd64 Packages
 linux-image-6.12.10~rc1+deb12-cloud-amd64 | 6.12.10~rc1-1 | http://m.invalid s amd64 Packages
 linux-image-6.12.11+deb12-amd64 | 6.12.11-1 | http://m.invalid s/main amd64 Packages
 linux-image-6.12.12+deb12-rt-amd64 | 6.12.12-1 | http://m.invalid s/main amd64 Packages
 linux-image-6.12.13+deb12-cloud-amd64-dbg | 6.12.13-1 | http://m.invalid s amd64 Packages
 linux-image-6.12.13+deb12-cloud-amd64-unsigned | 6.12.13-1 | http://m.invalid s amd64 Packages
 linux-image-6.12-cloud-amd64 | 6.12.10-1 | http://m.invalid s/main amd64 Packages
 linux-image-6.120.1+deb12-cloud-amd64 | 6.120.1-1 | http://m.invalid s/main amd64 Packages
 linux-image-6.1.0-48-cloud-amd64 | 6.1.170-1 | http://m.invalid s/main amd64 Packages
 linux-image-6.12.14+deb12-cloud-amd64 | 6.12.14-1 | http://m.invalid s/main Sources
"""

    def test_only_images_of_the_flavour_count_and_the_oldest_version_comes_first(self) -> None:
        self.assertEqual(
            harvest.select_images(self.MADISON, "6.12", "cloud", "amd64"),
            [
                ("linux-image-6.12.9+deb12-cloud-amd64", "6.12.9-2"),
                ("linux-image-6.12.10~rc1+deb12-cloud-amd64", "6.12.10~rc1-1"),
                ("linux-image-6.12.10+deb12-cloud-amd64", "6.12.10-1"),
            ],
        )

    def test_the_plain_flavour_has_no_word_of_its_own(self) -> None:
        self.assertEqual(
            harvest.select_images(self.MADISON, "6.12", "", "amd64"),
            [("linux-image-6.12.11+deb12-amd64", "6.12.11-1")],
        )

    def test_a_series_with_numbered_abis_is_understood(self) -> None:
        self.assertEqual(
            harvest.select_images(self.MADISON, "6.1", "cloud", "amd64"),
            [("linux-image-6.1.0-48-cloud-amd64", "6.1.170-1")],
        )

    def test_without_a_name_the_oldest_and_the_newest_are_taken_and_listed_in_this_order(
        self,
    ) -> None:
        self.offer_two_kernels()
        middle = "6.12.9+deb12+1-cloud-amd64"
        self.offer(
            control_of(f"linux-image-{middle}", "6.12.9-2"), kernel_files(middle, MODULES)
        )
        out, _ = self.harvest("--json")
        folders = json.loads(out)
        self.assertEqual([folder["release"] for folder in folders], [OLD, NEW])
        self.assertEqual(
            folders[0],
            {
                "release": OLD,
                "version": "6.12.9-1",
                "package": OLD_IMAGE,
                "modules": 3,
                "dir": str(self.out / OLD),
            },
        )

    def test_pick_takes_only_one_end(self) -> None:
        self.offer_two_kernels()
        self.harvest("--pick", "newest")
        self.assertFalse((self.out / OLD).exists())
        self.assertTrue((self.out / NEW).exists())

    def test_an_oldest_that_the_mirror_has_dropped_gives_way_to_the_next(self) -> None:
        oldest = "6.12.1+deb12-cloud-amd64"
        control = control_of(f"linux-image-{oldest}", "6.12.1-1")
        self.offer(control, kernel_files(oldest, MODULES), held=False)
        self.offer_two_kernels()
        _, err = self.harvest("--pick", "oldest")
        self.assertIn("has dropped", err)
        self.assertEqual(self.manifest()["version"], "6.12.9-1")

    def test_a_mirror_that_has_dropped_everything_is_reported_with_what_to_do(self) -> None:
        self.offer(control_of(OLD_IMAGE, "6.12.9-1"), {}, held=False)
        self.assertIn("run `apt-get update` as root", self.fails())

    def test_a_failing_network_ends_the_search_instead_of_trying_every_image(self) -> None:
        self.offer_two_kernels()
        self.install("apt-get", "#!/bin/sh\necho 'E: Could not resolve mirror' >&2; exit 100\n")
        sentence = self.fails()
        self.assertIn("Could not resolve mirror", sentence)
        self.assertIn("check the network", sentence)

    def test_a_series_that_nobody_offers_is_reported_with_what_to_do(self) -> None:
        self.assertIn("apt-get update", self.fails("--series", "9.9"))

    def test_a_name_may_carry_a_version(self) -> None:
        self.offer_two_kernels()
        self.harvest(f"{OLD_IMAGE}=6.12.9-1")
        self.assertEqual(self.manifest()["version"], "6.12.9-1")

    def test_an_unknown_name_is_reported(self) -> None:
        self.assertIn("apt does not know the package linux-none", self.fails("linux-none"))


class Resumption(HarvestCase):
    def interrupted_folder(self) -> tuple[Path, dict[str, Any]]:
        """A package, and its release folder as a run leaves it that ends before the manifest."""
        path = self.write_deb(kernel_files(OLD, MODULES))
        self.harvest(path)
        manifest = self.manifest()
        harvest.ReleaseFolder(self.out / OLD, [harvest.read_deb(path)]).close()
        self.assertFalse((self.out / OLD / "manifest.json").exists())
        return path, manifest

    def inode(self, name: str) -> int:
        return (self.out / OLD / name).stat().st_ino

    def test_a_finished_release_is_neither_downloaded_nor_extracted_again(self) -> None:
        self.offer_two_kernels()
        first, _ = self.harvest()
        inodes = [self.inode(record["path"]) for record in self.manifest()["files"]]
        self.assertEqual(len(self.downloads()), 2)
        second, err = self.harvest()
        self.assertEqual(len(self.downloads()), 2)
        self.assertEqual((first, err), (second, ""))
        self.assertEqual(inodes, [self.inode(r["path"]) for r in self.manifest()["files"]])

    def test_packages_are_not_kept_once_their_kernel_is_finished(self) -> None:
        self.offer_two_kernels()
        self.harvest()
        self.assertEqual(sorted(p.name for p in self.out.iterdir()), [harvest.LOCK, NEW, OLD])

    def test_finished_files_are_kept_and_the_others_are_made_again(self) -> None:
        path, manifest = self.interrupted_folder()
        kept = self.inode("modules/a_b.btf")
        (self.out / OLD / "modules/c.btf").write_bytes(b"damaged")
        (self.out / OLD / "modules/d.btf").unlink()
        self.harvest(path)
        self.assertEqual(self.inode("modules/a_b.btf"), kept)
        self.assertEqual((self.out / OLD / "modules/c.btf").read_bytes(), btf_of(2))
        self.assertEqual(self.manifest(), manifest)

    def test_leftovers_of_a_killed_run_are_swept_away(self) -> None:
        path, manifest = self.interrupted_folder()
        with (self.out / OLD / harvest.JOURNAL).open("a") as journal:
            journal.write('{"member": "./lib/mod')
        (self.out / OLD / "modules/.c.btf.77.partial").write_bytes(b"half")
        (self.out / OLD / "modules/stranger.btf").write_bytes(btf_of(1))
        (self.out / harvest.DOWNLOADS / "tmpxyz").mkdir(parents=True)
        self.harvest(path)
        self.assertEqual(self.manifest(), manifest)
        self.assertEqual(len(self.files()), 5)
        self.assertEqual(sorted(p.name for p in self.out.iterdir()), [harvest.LOCK, OLD])

    def test_files_of_another_build_of_the_release_are_not_taken_over(self) -> None:
        self.harvest(self.write_deb(kernel_files(OLD, MODULES)))
        rebuilt = {"net/a-b.ko.xz": module(9)}
        self.harvest(self.write_deb(kernel_files(OLD, rebuilt), control_of(OLD_IMAGE, "6.12.9-2")))
        self.assertEqual(self.files(), ["manifest.json", "modules/a_b.btf", "vmlinux.btf"])
        self.assertEqual((self.out / OLD / "modules/a_b.btf").read_bytes(), btf_of(9))

    def test_an_interrupted_run_on_another_build_is_not_taken_over(self) -> None:
        self.interrupted_folder()
        rebuilt = {"net/a-b.ko.xz": module(9)}
        self.harvest(self.write_deb(kernel_files(OLD, rebuilt), control_of(OLD_IMAGE, "6.12.9-2")))
        self.assertEqual((self.out / OLD / "modules/a_b.btf").read_bytes(), btf_of(9))

    def test_a_file_of_another_size_is_noticed_and_made_again(self) -> None:
        path = self.write_deb(kernel_files(OLD, MODULES))
        self.harvest(path)
        (self.out / OLD / "modules/c.btf").write_bytes(b"short")
        _, err = self.harvest(path)
        self.assertIn("is damaged and is extracted again", err)
        self.assertEqual((self.out / OLD / "modules/c.btf").read_bytes(), btf_of(2))

    def test_a_file_of_the_same_size_is_noticed_by_verify_only(self) -> None:
        path = self.write_deb(kernel_files(OLD, MODULES))
        self.harvest(path)
        wrong = b"x" * len(btf_of(2))
        (self.out / OLD / "modules/c.btf").write_bytes(wrong)
        self.harvest(path)
        self.assertEqual((self.out / OLD / "modules/c.btf").read_bytes(), wrong)
        self.harvest("--verify", path)
        self.assertEqual((self.out / OLD / "modules/c.btf").read_bytes(), btf_of(2))

    def test_a_damaged_manifest_only_costs_the_work_again(self) -> None:
        path = self.write_deb(kernel_files(OLD, MODULES))
        self.harvest(path)
        manifest = self.manifest()
        (self.out / OLD / "manifest.json").write_text('{"release": ')
        self.harvest(path)
        self.assertEqual(self.manifest(), manifest)


class Interruption(HarvestCase):
    def stall(self, name: str, before: str = "") -> Path:
        pipe = self.root / f"{name}.pipe"
        os.mkfifo(pipe)
        self.install(name, STALLED.format(before=before, pipe=pipe))
        return pipe

    def stall_extraction(self) -> Path:
        real = shutil.which("dpkg-deb")
        half = self.root / "half"
        before = (
            f'if test "$1" != --fsys-tarfile; then exec {real} "$@"; fi\n'
            f'{real} "$@" > {half}; head -c $(($(stat -c %s {half}) / 2)) {half}'
        )
        return self.stall("dpkg-deb", before)

    def stop(self, process: subprocess.Popen[str], pipe: Path, number: int) -> str:
        stalled = int(pipe.read_text())
        process.send_signal(number)
        out, err = process.communicate()
        with self.assertRaises(ProcessLookupError):
            os.kill(stalled, 0)
        self.assertEqual(process.returncode, 128 + number)
        self.assertEqual(out, "")
        return err

    def test_ctrl_c_in_a_download_says_one_sentence_and_leaves_nothing_behind(self) -> None:
        self.offer_two_kernels()
        pipe = self.stall("apt-get", "echo half > half.deb")
        err = self.stop(self.spawn("--quiet"), pipe, signal.SIGINT)
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertIn("interrupted", err)
        self.assertEqual([p.name for p in self.out.rglob("*") if p.is_file()], [harvest.LOCK])

    def test_ctrl_c_in_an_extraction_says_one_sentence_and_leaves_no_half_file(self) -> None:
        path = self.write_deb(kernel_files(OLD, MODULES))
        pipe = self.stall_extraction()
        err = self.stop(self.spawn("--quiet", path), pipe, signal.SIGINT)
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertFalse((self.out / OLD / "manifest.json").exists())
        self.assert_nothing_half_written()

    def test_a_request_to_terminate_is_obeyed_as_ctrl_c_is(self) -> None:
        path = self.write_deb(kernel_files(OLD, MODULES))
        pipe = self.stall_extraction()
        self.stop(self.spawn("--quiet", path), pipe, signal.SIGTERM)
        self.assert_nothing_half_written()

    def test_the_next_run_goes_on_to_the_result_of_an_undisturbed_one(self) -> None:
        path = self.write_deb(kernel_files(OLD, MODULES))
        self.harvest(path)
        undisturbed = self.manifest()
        shutil.rmtree(self.out)
        pipe = self.stall_extraction()
        self.stop(self.spawn(path), pipe, signal.SIGINT)
        (self.bin / "dpkg-deb").unlink()
        self.harvest(path)
        self.assertEqual(self.manifest(), undisturbed)
        self.assert_nothing_half_written()

    def test_a_kernel_that_was_finished_before_the_interruption_stays_finished(self) -> None:
        self.offer_two_kernels()
        self.harvest("--pick", "oldest")
        pipe = self.stall("apt-get")
        self.stop(self.spawn(), pipe, signal.SIGINT)
        self.assertEqual(self.manifest(OLD)["modules"], 3)

    def test_a_download_that_was_finished_is_not_repeated(self) -> None:
        self.offer(control_of(OLD_IMAGE, "6.12.9-1"), kernel_files(OLD, MODULES))
        pipe = self.stall_extraction()
        self.stop(self.spawn(), pipe, signal.SIGINT)
        (self.bin / "dpkg-deb").unlink()
        self.harvest()
        self.assertEqual(len(self.downloads()), 1)
        self.assertEqual(self.manifest()["modules"], 3)

    def test_a_second_harvest_into_the_same_folder_waits_for_the_first(self) -> None:
        path = self.write_deb(kernel_files(OLD, MODULES))
        self.out.mkdir()
        with (self.out / harvest.LOCK).open("w") as lock:
            # Even a shared lock must hold it off: harvests lock each other out.
            fcntl.flock(lock, fcntl.LOCK_SH)
            process = self.spawn(path)
            assert process.stderr is not None
            self.assertIn("waiting for another harvest", process.stderr.readline())
            self.assertFalse((self.out / OLD).exists())
        process.communicate()
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.manifest()["modules"], 3)

    def test_a_write_that_fails_leaves_nothing_beside_its_target(self) -> None:
        (self.root / "target").mkdir()
        with self.assertRaisesRegex(harvest.HarvestError, "target cannot be written"):
            harvest.write_whole(self.root / "target", b"data")
        self.assertEqual(list(self.root.glob("*.partial")) + list(self.root.glob(".*")), [])


class Refusal(HarvestCase):
    def test_a_missing_file_is_named(self) -> None:
        self.assertIn("there is no such file", self.fails("./none.deb"))

    def test_a_file_that_is_no_package_is_named(self) -> None:
        path = self.root / "picture.deb"
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
        self.assertIn("picture.deb is not a Debian package", self.fails(path))

    def test_an_empty_file_is_named(self) -> None:
        path = self.root / "empty.deb"
        path.touch()
        self.assertIn("empty.deb is not a Debian package", self.fails(path))

    def test_a_package_that_is_cut_short_leaves_no_manifest(self) -> None:
        path = self.write_deb(kernel_files(OLD, MODULES))
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) * 2 // 3])
        self.assertIn("is damaged and cannot be read", self.fails(path))
        self.assertFalse((self.out / OLD / "manifest.json").exists())
        self.assert_nothing_half_written()

    def test_a_package_without_a_kernel_is_refused(self) -> None:
        self.assertIn("no boot image", self.fails(self.write_deb({"./usr/share/doc/x": b"x"})))

    def test_a_damaged_module_is_named_by_its_place_in_the_package(self) -> None:
        modules = {"fs/c.ko.xz": module(2)[:-9]}
        sentence = self.fails(self.write_deb(kernel_files(OLD, modules)))
        self.assertIn("kernel/fs/c.ko.xz cannot be decompressed", sentence)
        self.assertFalse((self.out / OLD / "manifest.json").exists())

    def test_a_module_that_is_no_elf_file_is_named(self) -> None:
        modules = {"c.ko": b"#!/bin/sh\n"}
        self.assertIn("c.ko is neither ELF", self.fails(self.write_deb(kernel_files(OLD, modules))))

    def test_a_kernel_without_btf_is_refused(self) -> None:
        files = {f"./boot/vmlinuz-{OLD}": boot_image(elf({".text": b"x"}))}
        self.assertIn("built without BTF", self.fails(self.write_deb(files)))

    def test_a_boot_image_of_another_architecture_is_refused(self) -> None:
        files = {f"./boot/vmlinuz-{OLD}": b"MZ" + bytes(4096)}
        self.assertIn("is no x86 boot image", self.fails(self.write_deb(files)))

    def test_files_of_two_kernels_in_one_package_are_refused(self) -> None:
        files = {**kernel_files(OLD, {}), f"./lib/modules/{NEW}/kernel/a.ko": module(1)}
        self.assertIn("files of two kernels", self.fails(self.write_deb(files)))

    def test_a_member_cannot_lead_out_of_the_folder(self) -> None:
        files = {
            **kernel_files(OLD, MODULES),
            "./lib/modules/../kernel/evil.ko": module(1),
            f"./lib/modules/{OLD}/../../../../evil.ko": module(1),
        }
        self.harvest(self.write_deb(files))
        outside = [p for p in self.root.rglob("evil*") if self.out / OLD not in p.parents]
        self.assertEqual(outside, [])

    def test_a_missing_tool_is_named_with_the_package_that_has_it(self) -> None:
        path = self.write_deb(kernel_files(OLD, MODULES))
        self.path = str(self.root / "nowhere")
        self.assertIn("the command dpkg-deb is missing: install the package dpkg", self.fails(path))
        self.assertIn("download the kernel's .deb", self.fails())

    def test_wrong_usage_has_status_two(self) -> None:
        for arguments in (["--modules", "0"], ["--series", "six"], ["--pick", "best"]):
            with self.subTest(arguments=arguments):
                self.harvest(*arguments, status=2)

    def test_a_name_that_apt_could_take_for_an_option_or_a_pattern_is_refused(self) -> None:
        self.assertIn("neither a package's name nor a .deb", self.fails("linux-image-*"))

    def test_a_folder_that_cannot_be_written_is_named(self) -> None:
        self.out.write_text("a file where the folder should be")
        self.assertIn(str(self.out), self.fails(self.write_deb(kernel_files(OLD, MODULES))))


class Output(HarvestCase):
    def test_a_line_for_each_kernel_ends_the_run(self) -> None:
        out, err = self.harvest(self.write_deb(kernel_files(OLD, MODULES)))
        self.assertEqual(out, f"{OLD}: {OLD_IMAGE} 6.12.9-1, 3 modules\n")
        self.assertEqual(err, f"extracting {OLD_IMAGE} 6.12.9-1\n")

    def test_quiet_says_nothing_on_standard_error(self) -> None:
        _, err = self.harvest("--quiet", self.write_deb(kernel_files(OLD, MODULES)))
        self.assertEqual(err, "")


class Btf(unittest.TestCase):
    SAMPLE = (
        btf_type(1, extra=bytes(4)),
        btf_type(3, extra=bytes(12)),
        btf_type(4, 2, bytes(24)),
        btf_type(6, 3, bytes(24)),
        btf_type(13, 2, bytes(16)),
        btf_type(14, extra=bytes(4)),
        btf_type(15, 1, bytes(12)),
        btf_type(17, extra=bytes(4)),
        btf_type(19, 2, bytes(24)),
        btf_type(7),
    )

    def test_types_of_every_size_are_counted(self) -> None:
        self.assertEqual(harvest.count_types(btf(*self.SAMPLE)), len(self.SAMPLE))

    def test_types_are_counted_in_the_other_byte_order(self) -> None:
        types = [btf_type(4, 2, bytes(24), ">"), btf_type(2, order=">")]
        self.assertEqual(harvest.count_types(btf(*types, order=">")), 2)

    def test_more_members_than_the_older_dialect_could_count_are_stepped_over(self) -> None:
        many = 70_000
        self.assertEqual(harvest.count_types(btf(btf_type(6, many, bytes(8 * many)))), 1)

    def test_an_unknown_kind_is_stepped_over_where_the_layout_gives_its_size(self) -> None:
        layout = bytes(4 * 20) + bytes([4, 2, 0, 0])
        data = btf(btf_type(20, 3, bytes(4 + 6)), btf_type(2), layout=layout)
        self.assertEqual(harvest.count_types(data), 2)

    def test_a_section_cut_anywhere_before_its_strings_is_refused(self) -> None:
        whole = btf(*self.SAMPLE)
        for size in range(len(whole) - 1):
            with self.subTest(size=size), self.assertRaises(harvest.Malformed):
                harvest.count_types(whole[:size])

    def test_types_that_end_inside_a_type_are_refused(self) -> None:
        for types in (btf_type(4, 2, bytes(12)), btf_type(2)[:8]):
            with self.subTest(types=types), self.assertRaises(harvest.Malformed):
                harvest.count_types(btf(types))


class Elf(unittest.TestCase):
    def test_sections_are_found_in_both_word_sizes_and_byte_orders(self) -> None:
        for order in "<>":
            for bits in (32, 64):
                with self.subTest(order=order, bits=bits):
                    data = elf({".text": b"x", ".BTF": b"types"}, order, bits)
                    self.assertEqual(
                        harvest.elf_sections(data, [".BTF", ".BTF.base"]), {".BTF": b"types"}
                    )

    def test_a_file_cut_anywhere_is_refused(self) -> None:
        whole = elf({".BTF": b"types"})
        for size in range(len(whole)):
            with self.subTest(size=size), self.assertRaises(harvest.Malformed):
                harvest.elf_sections(whole[:size], [".BTF"])

    def test_a_section_beyond_the_end_is_refused(self) -> None:
        data = bytearray(elf({".BTF": b"types"}))
        (table,) = struct.unpack_from("<Q", data, 0x28)
        struct.pack_into("<Q", data, table + 64 + 32, 1 << 63)
        with self.assertRaisesRegex(harvest.Malformed, ".BTF lies beyond its end"):
            harvest.elf_sections(bytes(data), [".BTF"])

    def test_a_section_that_has_no_bytes_in_the_file_does_not_count(self) -> None:
        data = bytearray(elf({".BTF": b"types"}))
        (table,) = struct.unpack_from("<Q", data, 0x28)
        struct.pack_into("<I", data, table + 64 + 4, 8)
        self.assertEqual(harvest.elf_sections(bytes(data), [".BTF"]), {})


class BootImage(unittest.TestCase):
    def test_an_image_cut_anywhere_in_its_payload_is_refused(self) -> None:
        image = boot_image(elf({".BTF": btf_of(3)})).removesuffix(b"signature")
        header = 0x250
        for size in range(len(image)):
            reason = "is no x86 boot image" if size < header else "is cut short"
            with self.subTest(size=size), self.assertRaisesRegex(harvest.Malformed, reason):
                harvest.vmlinux_of(image[:size])

    def test_an_unpacked_size_that_the_image_does_not_announce_is_refused(self) -> None:
        vmlinux = elf({".BTF": btf_of(3)})
        image = bytearray(boot_image(vmlinux, lzma.compress).removesuffix(b"signature"))
        struct.pack_into("<I", image, len(image) - 4, len(vmlinux) + 1)
        with self.assertRaisesRegex(harvest.Malformed, "another size"):
            harvest.vmlinux_of(bytes(image))


if __name__ == "__main__":
    unittest.main()
