# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Fetches a kernel's sources that the machine's own suites do not offer, from the mirror that its apt uses.

The package linux-source-SERIES comes from testing, unstable, experimental or a backports suite. apt itself asks and
downloads, with a root of its own in the project's cache, so that the system's configuration, lists and packages stay as
they are; each suite's signature is checked by the keyring of Debian's archive. Nothing is installed. What was found is
recorded and stands for a week, since asking takes lists of some 20 MB.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from kernel_tree import Failure

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Their releases name the suites; the mirror's links from the one to the other may lag behind.
ROLES = ("unstable", "testing", "stable", "oldstable")
STANDS = 7 * 24 * 3600
PREFIX = "linux-source-"
_SERIES = re.compile(re.escape(PREFIX) + r"(\d+(?:\.\d+)+)")


@dataclass(frozen=True, order=True)
class Offer:
    """A package of some suite, in the order in which one is newer than another as far as its series tells."""

    order: tuple[int, ...]
    series: str
    version: str
    suite: str

    @property
    def package(self) -> str:
        return PREFIX + self.series


def offer(series: str, version: str, suite: str) -> Offer:
    return Offer(tuple(map(int, series.split("."))), series, version, suite)


def read_offers(madison: str) -> list[Offer]:
    """What `apt-cache madison` prints, without what is no release yet."""
    offers = []
    for line in madison.splitlines():
        package, _, rest = line.partition("|")
        version, _, source = rest.partition("|")
        named = _SERIES.fullmatch(package.strip())
        origin = source.split()
        if named and len(origin) >= 2 and "~rc" not in version:
            offers.append(offer(named[1], version.strip(), origin[1].partition("/")[0]))
    return offers


def newer(one: str, other: str) -> bool:
    """Whether a package's version is later than another one."""
    return subprocess.run(["dpkg", "--compare-versions", one, "gt", other], check=False).returncode == 0


def newest(offers: list[Offer]) -> Offer:
    best = offers[0]
    for candidate in offers[1:]:
        if candidate.order > best.order or (candidate.order == best.order and newer(candidate.version, best.version)):
            best = candidate
    return best


def run(command: list[str], where: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=where, env=environment)
    except OSError as error:
        raise Failure(f"{command[0]} cannot be run: {error.strerror}.") from error


def without_addresses(text: str) -> str:
    """apt's errors without where it looked: they may end in a program that is handed on."""
    text = re.sub(r"\S+://\S+|\d+(\.\d+){3}(:\d+)?", "the mirror", text)
    return re.sub(r"^[EW]: ", "", text)


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stderr.splitlines() if line.startswith("E: ")] or done.stderr.splitlines()
    return without_addresses(lines[0]) if lines else f"exit status {done.returncode}"


def mirror_of_this_machine() -> str:
    """Where the machine's apt gets Debian from, as apt itself says."""
    form = "$(ORIGIN)|$(LABEL)|$(REPO_URI)"
    listed = run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"]).stdout
    for line in listed.splitlines():
        origin, label, address = line.split("|", 2)
        if (origin, label) == ("Debian", "Debian"):
            return address
    raise Failure("the machine's apt has no lists of Debian's archive: run `apt-get update` as root.")


class Apt:
    """The machine's apt as it is configured."""

    def options(self) -> list[str]:
        return []

    def apt(self, program: str, *words: str, where: Path | None = None) -> subprocess.CompletedProcess[str]:
        return run([program, *self.options(), "-q", *words], where)

    def offers(self) -> list[Offer]:
        names = [name for name in self.apt("apt-cache", "pkgnames", PREFIX).stdout.split() if _SERIES.fullmatch(name)]
        return read_offers(self.apt("apt-cache", "madison", *names).stdout) if names else []

    def download(self, wanted: Offer, to: Path) -> Path:
        """The package's tarball of sources, in the folder `to`."""
        with tempfile.TemporaryDirectory(prefix=".download-", dir=to) as folder:
            done = self.apt("apt-get", "download", f"{wanted.package}={wanted.version}", where=Path(folder))
            found = list(Path(folder).glob("*.deb"))
            if done.returncode != 0 or len(found) != 1:
                raise Failure(f"{wanted.package} {wanted.version} cannot be downloaded: {last_line(done)}")
            return tarball_of(found[0], wanted, to)


class Mirror(Apt):
    """apt with a root of its own, for the suites that the machine's configuration does not name."""

    def __init__(self, root: Path, address: str, keyring: Path = KEYRING) -> None:
        self.root = root
        self.address = address
        self.keyring = keyring

    def options(self) -> list[str]:
        settings = {
            "Dir::State": self.root / "state",
            "Dir::State::status": self.root / "status",
            "Dir::Cache": self.root / "cache",
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
            "Dir::Etc::sourcelist": self.root / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            # The user that apt takes otherwise cannot read a folder of ours.
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": "1",
            "Acquire::http::Timeout": "20",
            "Acquire::https::Timeout": "20",
        }
        return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]

    def update(self, suites: list[str], target: str) -> subprocess.CompletedProcess[str]:
        """Gets the signed releases of these suites, and of their lists those that `target` names."""
        for folder in ("state/lists/partial", "cache/archives/partial"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "status").touch()
        lines = [f"deb [signed-by={self.keyring} target={target}] {self.address} {suite} main\n" for suite in suites]
        (self.root / "sources.list").write_text("".join(lines))
        return self.apt("apt-get", "update")

    def codenames(self) -> dict[str, str]:
        """What each of ROLES is called, of those that the mirror has."""
        names = {}
        for release in sorted((self.root / "state/lists").glob("*Release")):
            fields = dict(re.findall(r"^(Suite|Codename): (\S+)$", release.read_text(errors="replace"), re.MULTILINE))
            if "Suite" in fields and "Codename" in fields:
                names[fields["Suite"]] = fields["Codename"]
        return names

    def refresh(self) -> None:
        # A mirror need not have all of them, and says so with a status that is no more than a hint.
        done = self.update(list(ROLES), "none")
        names = self.codenames()
        if not names:
            raise Failure(f"no suite of the machine's mirror can be had: {last_line(done)}")
        backports = [f"{names[role]}-backports" for role in ("stable", "oldstable") if role in names]
        present = [role for role in ("unstable", "testing") if role in names]
        self.update([*present, *backports, "experimental"], "Packages")


def tarball_name(wanted: Offer) -> str:
    return f"{wanted.package}_{wanted.version.replace(':', '_')}.tar.xz"


def tarball_of(package: Path, wanted: Offer, to: Path) -> Path:
    """Takes the tarball out of a package; it appears whole or not at all, and replaces those of the same name."""
    member = f"usr/src/{wanted.package}.tar.xz"
    done = run(["dpkg-deb", "--extract", str(package), str(package.parent / "files")])
    tarball = package.parent / "files" / member
    if done.returncode != 0 or not tarball.is_file():
        raise Failure(f"{wanted.package} {wanted.version} holds no {member}.")
    for earlier in to.glob(f"{wanted.package}_*.tar.xz"):
        earlier.unlink()
    result = to / tarball_name(wanted)
    tarball.rename(result)
    return result


class Found:
    """What was found for each question (a series, or "newest"), and when."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, dict[str, object]]:
        try:
            record = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}
        return record if isinstance(record, dict) else {}

    def get(self, question: str, younger_than: float | None) -> Offer | None:
        entry = self.read().get(question)
        try:
            if entry is None or (younger_than is not None and time.time() - float(str(entry["looked"])) > younger_than):
                return None
            return offer(str(entry["series"]), str(entry["version"]), str(entry["suite"]))
        except (KeyError, ValueError, TypeError):
            return None

    def put(self, question: str, found: Offer) -> None:
        values = {key: value for key, value in asdict(found).items() if key != "order"}
        record = self.read() | {question: {**values, "looked": time.time()}}
        temporary = self.path.with_suffix(".new")
        temporary.write_text(json.dumps(record, indent=2) + "\n")
        temporary.replace(self.path)


def choose(offers: list[Offer], question: str) -> Offer | None:
    matching = [one for one in offers if question in ("newest", one.series)]
    return newest(matching) if matching else None


def ask(question: str, folder: Path) -> Offer:
    """What the machine's own suites offer of a series, else what the mirror's other suites do."""
    if question != "newest" and (own := choose(Apt().offers(), question)):
        return own
    print(f"ci/upstream: looking for {PREFIX}{question} in the other suites of apt's mirror", file=sys.stderr, flush=True)
    mirror = Mirror(folder / "apt", mirror_of_this_machine())
    mirror.refresh()
    if chosen := choose(mirror.offers(), question):
        return chosen
    wanted = f"no {PREFIX}* package" if question == "newest" else f"no package {PREFIX}{question}"
    raise Failure(f"the mirror of the machine's apt has {wanted} in testing, unstable, experimental or backports.")


def find(question: str, folder: Path, look_again: bool) -> Offer:
    """What to take for a series or for "newest": what was found before, else what is on offer now."""
    folder.mkdir(parents=True, exist_ok=True)
    found = Found(folder / "found.json")
    if not look_again and (known := found.get(question, STANDS)):
        return known
    try:
        chosen = ask(question, folder)
    except Failure:
        # What was found earlier is as good as ever where nobody can be asked.
        if known := found.get(question, None):
            return known
        raise
    found.put(question, chosen)
    return chosen


def fetch(wanted: Offer, folder: Path) -> Path:
    """The tarball of what find() chose, downloaded unless it is at hand."""
    tarball = folder / tarball_name(wanted)
    if tarball.is_file():
        return tarball
    print(f"ci/upstream: downloading {wanted.package} {wanted.version} ({wanted.suite})", file=sys.stderr, flush=True)
    if wanted in Apt().offers():
        return Apt().download(wanted, folder)
    mirror = Mirror(folder / "apt", mirror_of_this_machine())
    if wanted not in mirror.offers():
        mirror.refresh()
    return mirror.download(wanted, folder)
