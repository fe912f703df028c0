# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""How a newer kernel's sources are chosen and fetched, with a repository of the test's own in place of the mirror."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import mirror
from kernel_tree import Failure

MADISON = """\
linux-source-7.3 | 7.3~rc7-1~exp1 | http://m.invalid experimental/main amd64 Packages
linux-source-7.2 |   7.2.13-1 | http://m.invalid unstable/main amd64 Packages
linux-source-7.2 | 7.2.9-1~bpo13+1 | http://m.invalid trixie-backports/main amd64 Packages
linux-source-6.12 | 6.12.107-1 | http://m.invalid stable/main amd64 Packages
linux-source-6.9x | 1 | http://m.invalid stable/main amd64 Packages
linux-source | 7.2.13-1 | http://m.invalid unstable/main amd64 Packages
"""


class Choice(unittest.TestCase):
    def test_what_is_no_release_yet_is_not_on_offer(self) -> None:
        self.assertEqual({offer.series for offer in mirror.read_offers(MADISON)}, {"7.2", "6.12"})

    def test_the_newest_is_the_highest_series_and_of_it_the_latest_version(self) -> None:
        chosen = mirror.choose(mirror.read_offers(MADISON), "newest")
        assert chosen
        self.assertEqual((chosen.series, chosen.version, chosen.suite), ("7.2", "7.2.13-1", "unstable"))

    def test_series_are_compared_as_numbers(self) -> None:
        offers = [mirror.offer("6.9", "6.9-1", "a"), mirror.offer("6.12", "6.12-1", "b")]
        self.assertEqual(mirror.newest(offers).series, "6.12")

    def test_a_series_that_nobody_offers_is_not_chosen(self) -> None:
        self.assertIsNone(mirror.choose(mirror.read_offers(MADISON), "9.9"))

    def test_what_apt_says_is_told_without_where_it_looked(self) -> None:
        done = subprocess.CompletedProcess([], 100, "", "W: a\nE: Failed to fetch http://host.invalid/x  404\n")
        self.assertEqual(mirror.last_line(done), "Failed to fetch the mirror  404")


class Repository(unittest.TestCase):
    """A suite in a folder, signed by a key that the test makes."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.archive = self.folder / "archive"
        self.home = self.folder / "gnupg"
        self.home.mkdir(mode=0o700)
        self.gpg("--quick-gen-key", "retort test", "ed25519", "sign", "never")
        self.keyring = self.folder / "keyring.gpg"
        self.gpg("--export", "--output", str(self.keyring))
        self.addCleanup(subprocess.run, ["gpgconf", "--homedir", str(self.home), "--kill", "all"], check=False)
        self.cache = self.folder / "cache"
        self.cache.mkdir()

    def gpg(self, *words: str) -> None:
        command = ["gpg", "--homedir", str(self.home), "--batch", "--yes", "--quiet", "--passphrase", "", *words]
        subprocess.run(command, check=True, capture_output=True)

    def package(self, series: str, version: str) -> Path:
        tree = self.folder / f"tree-{series}"
        (tree / "usr/src").mkdir(parents=True)
        (tree / f"usr/src/linux-source-{series}.tar.xz").write_text(f"sources of {version}\n")
        (tree / "DEBIAN").mkdir()
        (tree / "DEBIAN/control").write_text(
            f"Package: linux-source-{series}\nVersion: {version}\nArchitecture: all\n"
            "Maintainer: A Test <a@test.invalid>\nDescription: sources\n"
        )
        pool = self.archive / "pool"
        pool.mkdir(parents=True, exist_ok=True)
        deb = pool / f"linux-source-{series}_{version}_all.deb"
        subprocess.run(["dpkg-deb", "--build", "--root-owner-group", str(tree), str(deb)], check=True, capture_output=True)
        return deb

    def publish(self, suite: str, codename: str, debs: list[Path], signed: bool = True) -> None:
        architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
        lists = self.archive / "dists" / suite / "main" / f"binary-{architecture}"
        lists.mkdir(parents=True)
        stanzas = []
        for deb in debs:
            control = subprocess.run(["dpkg-deb", "-f", str(deb)], capture_output=True, text=True, check=True).stdout
            data = deb.read_bytes()
            stanzas.append(f"{control}Filename: pool/{deb.name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n")
        packages = "\n".join(stanzas).encode()
        (lists / "Packages").write_bytes(packages)
        name = f"main/binary-{architecture}/Packages"
        release = self.archive / "dists" / suite / "Release"
        release.write_text(
            f"Origin: Debian\nLabel: Debian\nSuite: {suite}\nCodename: {codename}\nArchitectures: {architecture} all\n"
            f"Components: main\nDate: Sat, 01 Jan 2022 00:00:00 UTC\nSHA256:\n {hashlib.sha256(packages).hexdigest()} {len(packages)} {name}\n"
        )
        if signed:
            self.gpg("--clearsign", "--output", str(release.parent / "InRelease"), str(release))
            release.unlink()

    def mirror(self) -> mirror.Mirror:
        return mirror.Mirror(self.cache / "apt", f"file:{self.archive}", self.keyring)

    def test_a_package_of_another_suite_is_found_and_its_tarball_taken(self) -> None:
        self.publish("stable", "rock", [])
        self.publish("rock-backports", "rock-backports", [self.package("7.3", "7.3.4-1")])
        asked = self.mirror()
        asked.refresh()
        chosen = mirror.choose(asked.offers(), "newest")
        assert chosen
        self.assertEqual((chosen.series, chosen.suite), ("7.3", "rock-backports"))
        tarball = asked.download(chosen, self.cache)
        self.assertEqual(tarball.read_text(), "sources of 7.3.4-1\n")
        self.assertEqual({path.name for path in self.cache.iterdir()}, {"apt", "linux-source-7.3_7.3.4-1.tar.xz"})

    def test_a_suite_without_a_signature_is_not_believed(self) -> None:
        self.publish("unstable", "sid", [self.package("7.3", "7.3.4-1")], signed=False)
        with self.assertRaises(Failure):
            self.mirror().refresh()

    def test_a_package_that_was_changed_is_not_taken(self) -> None:
        deb = self.package("7.3", "7.3.4-1")
        self.publish("unstable", "sid", [deb])
        asked = self.mirror()
        asked.refresh()
        changed = bytearray(deb.read_bytes())
        changed[-1] ^= 1
        deb.write_bytes(changed)
        chosen = mirror.choose(asked.offers(), "7.3")
        assert chosen
        with self.assertRaisesRegex(Failure, "linux-source-7.3 7.3.4-1 cannot be downloaded"):
            asked.download(chosen, self.cache)
        self.assertEqual([path.name for path in self.cache.glob("*.tar.xz")], [])

    def test_a_mirror_with_nothing_is_told_in_a_sentence(self) -> None:
        with self.assertRaisesRegex(Failure, "no suite of the machine's mirror can be had"):
            self.mirror().refresh()


class Record(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.found = mirror.Found(self.folder / "found.json")
        self.offer = mirror.offer("7.3", "7.3.4-1", "unstable")

    def test_what_was_found_is_found_again_without_asking(self) -> None:
        self.found.put("newest", self.offer)
        self.assertEqual(self.found.get("newest", mirror.STANDS), self.offer)
        self.assertIsNone(self.found.get("6.1", mirror.STANDS))

    def test_what_was_found_long_ago_is_asked_for_again_but_not_forgotten(self) -> None:
        self.found.put("newest", self.offer)
        record = json.loads(self.found.path.read_text())
        record["newest"]["looked"] = 0
        self.found.path.write_text(json.dumps(record))
        self.assertIsNone(self.found.get("newest", mirror.STANDS))
        self.assertEqual(self.found.get("newest", None), self.offer)

    def test_a_record_that_is_none_says_nothing(self) -> None:
        for text in ("", "[]", '{"newest": {}}', '{"newest": {"looked": "soon", "series": 1}}'):
            self.found.path.write_text(text)
            self.assertIsNone(self.found.get("newest", None))


if __name__ == "__main__":
    unittest.main()
