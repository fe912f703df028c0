# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Which kernel is taken, of those in the cache and those on offer, with packages that are played."""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from live import kernels  # noqa: E402
from live.failure import Failure  # noqa: E402
from live.kernels import Kernel  # noqa: E402
from live.module_file import ModuleForm, ModuleWriter  # noqa: E402

import harvest  # noqa: E402

FORM = ModuleForm("vermagic=test", 1280, 64, "")


class Kernels(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.cache = Path(scratch.name)

    def keep(self, version: str, series: str = "6.12") -> Kernel:
        """Puts a kernel of that version into the cache, as an extraction would."""
        kernel = Kernel(self.cache / version, series, version, f"linux-image-{version}", version, FORM)
        kernel.folder.mkdir()
        for path in (kernel.vmlinux, kernel.btf):
            path.write_bytes(b"")
        kernels._record(kernel)
        return kernel


class KernelsInTheCache(Kernels):
    def test_are_ordered_as_versions_are_and_not_as_names(self) -> None:
        for version in ("6.12.9", "6.12.100", "6.12.10"):
            self.keep(version)
        self.assertEqual(kernels.choose_prepared("6.12", self.cache).version, "6.12.100")
        self.assertEqual(kernels.choose_prepared("6.12", self.cache, oldest=True).version, "6.12.9")

    def test_come_back_as_they_were_kept(self) -> None:
        kept = self.keep("6.12.1")
        self.assertEqual(kernels.prepared("6.12", self.cache), [kept])

    def test_of_other_series_are_no_answer(self) -> None:
        self.keep("7.3.1", series="7.3")
        with self.assertRaisesRegex(Failure, "ci/live --kernel 6.12 --prepare"):
            kernels.choose_prepared("6.12", self.cache)

    def test_that_are_incomplete_are_none(self) -> None:
        self.keep("6.12.1").vmlinux.unlink()
        (self.keep("6.12.2").folder / "kernel.json").write_text('{"series": "6.12"}')
        (self.keep("6.12.3").folder / "kernel.json").write_text("{")
        self.assertEqual(kernels.prepared("6.12", self.cache), [])


class Preparing(Kernels):
    """What is on offer, and what the mirror has of it, is up to each test."""

    def setUp(self) -> None:
        super().setUp()
        self.offered: list[str] = []
        self.elsewhere: list[str] = []
        self.dropped: set[str] = set()
        self.extracted: list[str] = []
        self.enterContext(patch.object(harvest, "offered_images", self.images))
        self.enterContext(patch.object(kernels, "_extract", self.extract))
        self.enterContext(patch.object(kernels, "with_other_suites", self.other_suites))

    def images(self, series: str, _flavour: str, _architecture: str) -> list[tuple[str, str]]:
        if not self.offered:
            raise harvest.HarvestError("apt offers no package")
        return [(f"linux-image-{version}", version) for version in self.offered if version.startswith(series)]

    @contextlib.contextmanager
    def other_suites(self, _cache: Path) -> Iterator[None]:
        self.offered = self.elsewhere
        yield

    def extract(self, series: str, _cache: Path, _package: str, version: str, _progress: harvest.Progress) -> Kernel:
        if version in self.dropped:
            raise harvest.Dropped(f"the mirror has dropped {version}")
        self.extracted.append(version)
        return self.keep(version, series)

    def prepare(self, oldest: bool = False) -> str:
        return kernels.prepare("6.12", self.cache, oldest, quiet=True).version

    def test_takes_the_newest_or_the_oldest_that_is_on_offer(self) -> None:
        self.offered = ["6.12.1", "6.12.2", "6.12.3"]
        self.assertEqual(self.prepare(), "6.12.3")
        self.assertEqual(self.prepare(oldest=True), "6.12.1")

    def test_fetches_nothing_that_is_kept(self) -> None:
        self.offered = ["6.12.1"]
        self.keep("6.12.1")
        self.assertEqual(self.prepare(), "6.12.1")
        self.assertEqual(self.extracted, [])

    def test_goes_on_to_a_newer_release_than_what_is_kept(self) -> None:
        self.offered = ["6.12.2"]
        self.keep("6.12.1")
        self.assertEqual(self.prepare(), "6.12.2")

    def test_takes_the_next_where_the_mirror_has_dropped_one(self) -> None:
        self.offered, self.dropped = ["6.12.1", "6.12.2"], {"6.12.2"}
        self.assertEqual(self.prepare(), "6.12.1")

    def test_looks_into_other_suites_only_where_the_own_have_none(self) -> None:
        self.elsewhere = ["6.12.7"]
        self.assertEqual(self.prepare(), "6.12.7")

    def test_does_with_what_is_kept_where_nothing_can_be_had(self) -> None:
        self.keep("6.12.1")
        self.assertEqual(self.prepare(), "6.12.1")

    def test_says_why_where_there_is_nothing_at_all(self) -> None:
        with self.assertRaisesRegex(Failure, "no kernel 6.12 can be had: apt offers no package"):
            self.prepare()


class Extracting(Kernels):
    def played(self, files: dict[str, bytes]) -> Kernel:
        """A kernel out of a package with these files."""

        class Member:
            def __init__(self, name: str) -> None:
                self.name = name

        class Archive:
            def extractfile(self, member: Member) -> io.BytesIO:
                return io.BytesIO(files[member.name])

        @contextlib.contextmanager
        def members(_deb: object, _stop: object) -> Iterator[Iterator[tuple[Archive, Member]]]:
            yield ((Archive(), Member(name)) for name in files)

        deb = harvest.Deb(Path("linux-image.deb"), "", {"Package": "linux-image-6.12.5-test", "Version": "6.12.5-1"})
        with patch.object(harvest, "members_of", members):
            return kernels.from_packages("6.12", self.cache, [deb])

    def test_keeps_the_kernel_its_btf_and_what_it_demands_of_modules(self) -> None:
        vmlinux = ModuleWriter(FORM).write(b"vmlinux's own", None)
        module = ModuleWriter(FORM).write(b"a module's", None)
        kernel = self.played({
            "./boot/vmlinuz-6.12.5-test": vmlinux,
            "./lib/modules/6.12.5-test/kernel/a.ko": module,
            "./lib/modules/6.12.5-test/kernel/b.ko": b"is not even looked at",
        })  # fmt: skip
        self.assertEqual(kernel.btf.read_bytes(), b"vmlinux's own")
        self.assertEqual(kernel.vmlinux.read_bytes(), vmlinux)
        self.assertEqual(kernels.prepared("6.12", self.cache), [kernel])
        self.assertEqual((kernel.release, kernel.form), ("6.12.5-test", FORM))

    def test_names_a_package_without_an_image_or_without_btf(self) -> None:
        module = {"./lib/modules/6.12.5-test/kernel/a.ko": ModuleWriter(FORM).write(b"", None)}
        with self.assertRaisesRegex(Failure, "linux-image.deb: there is no boot image"):
            self.played(module)
        with self.assertRaisesRegex(Failure, "linux-image.deb: its kernel"):
            self.played({"./boot/vmlinuz-6.12.5-test": b"nothing", **module})
        self.assertEqual(kernels.prepared("6.12", self.cache), [])


if __name__ == "__main__":
    unittest.main()
