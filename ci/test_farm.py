# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The farm with stand-ins for its engines, which write what AFL++ and libFuzzer write, as soon as they start: whoever of it is
killed, whatever it runs out of, each stop that an engine wrote is among those that are sorted."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

CI = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(CI))

from farm import plan, space, status  # noqa: E402
from farm.exchange import Exchange  # noqa: E402
from farm.instance import Instance  # noqa: E402
from farm.plan import Engine, Engines, Place, roles  # noqa: E402
from farm.round import Ending, Round  # noqa: E402
from farm.space import MEGABYTE, Space  # noqa: E402
from hunting.interruption import Interruption  # noqa: E402

BOTH = frozenset(Engine)
PATIENCE = 60.0

# Each start is another stop, named by its number; it fills FILL bytes of its queue, and lives until it is ended. So does its
# fork server, which has a session of its own and locks the folder.
AFL = """#!/bin/bash
while [[ $# -gt 0 ]]; do
  case $1 in -o) out=$2 ;; -M | -S) name=$2 ;; esac
  shift
done
folder=$out/$name
mkdir -p "$folder"/{queue,crashes,hangs}
number=$(ls "$folder/crashes" | wc -l)
exec 9> "$folder/lock"
flock -n 9 || exit 1
setsid bash -c 'echo $$ > "$0"; exec sleep 1000' "$folder/forkserver.$number" &
until [[ -s $folder/forkserver.$number ]]; do sleep 0.01; done
printf 'queued by %s %s' "$name" "$number" > "$folder/queue/id:00000$number,src:000000"
head -c "${FILL:-0}" /dev/zero > "$folder/queue/id:90000$number,fill"
printf 'crash of %s %s' "$name" "$number" > "$folder/crashes/id:00000$number,sig:06"
printf 'hang of %s %s' "$name" "$number" > "$folder/hangs/id:00000$number"
printf 'execs_done : 7\\ncorpus_count : 3\\n' > "$folder/fuzzer_stats"
echo $$ > "$folder/started.$number"
exec sleep 1000
"""
LIBFUZZER = """#!/bin/bash
for word; do case $word in
  -artifact_prefix=*) prefix=${word#*=} ;;
  -runs=0) echo "INFO: Loaded 1 PC tables (50 PCs)"; echo "#5 INITED cov: 9 ft: 11 corp: 4/9b"; exit ;;
esac; done
number=$(ls "$prefix" | wc -l)
printf 'artifact %s' "$number" > "${prefix}crash-$number"
echo "#11 NEW cov: 8 ft: 10 corp: 2/9b" >&2
exec sleep 1000
"""
# A farm of its own process, to be killed or to lose its terminal: one round, with the stand-ins.
FARM = """
import pathlib, signal, sys
sys.path.insert(0, {ci!r})
sys.dont_write_bytecode = True
import test_farm
signal.signal(signal.SIGHUP, signal.SIG_IGN)
out = pathlib.Path({out!r})
from farm.status import Status, Tee
tee = Tee(sys.stdout, out / "farm.log")
current = test_farm.make_round(out, test_farm.make_engines(out))
from hunting.interruption import Interruption
interruption = Interruption()
with interruption.noted():
    current.run(1000, interruption, Status(tee, test_farm.Space(out, 10**9)).show)
current.take_over()
tee.write("ended by " + current.ending.value + "\\n")
"""


def make_engines(folder: pathlib.Path) -> Engines:
    made = {}
    for name, text in (("afl-fuzz", AFL), ("one", LIBFUZZER)):
        made[name] = folder / "programs" / name
        made[name].parent.mkdir(exist_ok=True)
        made[name].write_text(text)
        made[name].chmod(0o755)
    return Engines(made["afl-fuzz"], folder / "mutator.so", {"one": made["one"]}, {"one": made["one"]})


def make_round(out: pathlib.Path, engines: Engines, quota: int = 1000 * MEGABYTE, cores: int = 3) -> Round:
    place = Place(out, "one")
    place.make()
    (out / "seeds").mkdir(exist_ok=True)
    instances = [Instance(role, place, engines, out / "seeds", out / "none.dict") for role in roles(cores, BOTH)]
    return Round(place, engines, instances, Space(out, quota), lambda path: {})


def stops(out: pathlib.Path) -> set[str]:
    return {path.read_text() for path in (out / "artifacts/one").iterdir()}


class Plan(unittest.TestCase):
    def test_two_cores_have_a_main_instance_with_cmplog_and_libfuzzer(self) -> None:
        found = roles(2, BOTH)
        self.assertEqual([role.name for role in found], ["main", "libfuzzer-0"])
        self.assertTrue(found[0].cmplog)

    def test_many_cores_have_one_main_one_cmplog_and_schedules_that_differ(self) -> None:
        found = roles(16, BOTH)
        self.assertEqual(len(found), 16)
        self.assertEqual(sum(role.main for role in found), 1)
        self.assertEqual(sum(role.cmplog for role in found), 1)
        self.assertEqual(sum(role.engine is Engine.LIBFUZZER for role in found), 4)
        self.assertGreaterEqual(len({role.schedule for role in found if role.engine is Engine.AFL}), 8)

    def test_one_core_has_both_engines_all_the_same(self) -> None:
        self.assertEqual({role.engine for role in roles(1, BOTH)}, set(BOTH))

    def test_each_engine_can_have_all_cores(self) -> None:
        self.assertEqual({role.engine for role in roles(4, frozenset({Engine.LIBFUZZER}))}, {Engine.LIBFUZZER})
        self.assertEqual(len(roles(4, frozenset({Engine.AFL}))), 4)


class Farmed(unittest.TestCase):
    def setUp(self) -> None:
        self.out = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.out, True)
        self.engines = make_engines(self.out)
        for name, seconds in (("_EXCHANGE_SECONDS", 0.2), ("_LOOK_SECONDS", 0.05)):
            patched = mock.patch(f"farm.round.{name}", seconds)
            patched.start()
            self.addCleanup(patched.stop)

    def run_until(self, current: Round, reached: object) -> None:
        """Runs a round until reached() holds; a round that never gets there fails the test."""
        interruption = Interruption()
        end = time.monotonic() + PATIENCE

        def look(_: Round) -> None:
            if reached():  # type: ignore[operator]
                interruption.came = True

        current.run(PATIENCE, interruption, look)
        self.assertLess(time.monotonic(), end, "it did not get there")

    def started(self, name: str) -> list[pathlib.Path]:
        return list((self.out / "afl/one" / name).glob("started.*"))

    def fork_servers(self) -> list[int]:
        return [int(path.read_text()) for path in (self.out / "afl/one").glob("*/forkserver.*")]

    def all_started(self) -> bool:
        log = self.out / "logs/one.libfuzzer-0.log"
        return all(self.started(name) for name in ("main", "secondary-0")) and log.exists() and "cov" in log.read_text()


class Rounds(Farmed):
    def test_stops_of_every_instance_are_collected_and_queues_reach_libfuzzers_corpus(self) -> None:
        current = make_round(self.out, self.engines)
        self.run_until(current, self.all_started)
        expected = {f"{kind} of {name} 0" for kind in ("crash", "hang") for name in ("main", "secondary-0")}
        self.assertEqual(stops(self.out), expected | {"artifact 0"})
        corpus = {path.read_bytes() for path in (self.out / "corpus/one").iterdir()}
        self.assertIn(b"queued by main 0", corpus)
        self.assertEqual(current.result["edges"], 9)
        self.assertEqual(current.result["executions"], 7 + 7 + 11)
        self.assertIs(current.ending, Ending.INTERRUPTION)

    def test_an_instance_that_is_killed_starts_again_and_its_stops_are_kept(self) -> None:
        for victim in ("main", "secondary-0"):
            with self.subTest(victim):
                current = make_round(self.out, self.engines)
                killed: list[int] = []

                def kill_once() -> bool:
                    instance = next(one for one in current.instances if one.role.name == victim)
                    if self.all_started() and not killed and instance.pid:
                        killed.append(instance.pid)
                        os.kill(instance.pid, signal.SIGKILL)
                    return bool(killed) and len(self.started(victim)) == 2

                self.run_until(current, kill_once)
                self.assertEqual(current.result["deaths"][victim], 1)
                self.assertLessEqual({f"crash of {victim} 0", f"crash of {victim} 1"}, stops(self.out))
                current.take_over()

    def test_nothing_of_a_round_outlives_it(self) -> None:
        current = make_round(self.out, self.engines)
        pids: set[int] = set()

        def note() -> bool:
            pids.update(one.pid for one in current.instances if one.pid)
            return self.all_started()

        self.run_until(current, note)
        self.assertEqual(len(pids), 3)
        self.assertEqual(len(self.fork_servers()), 2)
        for pid in (*pids, *self.fork_servers()):
            self.assertFalse(running(pid))

    def test_at_its_quota_a_round_ends_and_everything_that_was_found_is_there(self) -> None:
        with mock.patch.dict(os.environ, FILL=str(3 * MEGABYTE)):
            current = make_round(self.out, self.engines, quota=2 * MEGABYTE)
            current.run(PATIENCE, Interruption(), lambda _: None)
        self.assertIs(current.ending, Ending.SPACE)
        written = {path.read_text() for path in (self.out / "afl/one").glob("*/crashes/id:*")}
        self.assertTrue(written)
        self.assertLessEqual(written, stops(self.out))

    def test_on_a_full_disk_a_round_ends_and_what_was_put_aside_makes_room_for_its_stops(self) -> None:
        from hunting.run import write_whole

        ballast = self.out / "ballast"
        Space(self.out, 1000 * MEGABYTE).put_aside()

        def write(path: pathlib.Path, content: bytes) -> None:
            if ballast.exists():
                path.with_name(path.name + ".new").write_bytes(content[:1])
                raise OSError(errno.ENOSPC, "No space left on device")
            write_whole(path, content)

        current = make_round(self.out, self.engines)
        with mock.patch("farm.exchange.write_whole", write):
            current.run(PATIENCE, Interruption(), lambda _: None)
        self.assertIs(current.ending, Ending.SPACE)
        written = {path.read_text() for path in (self.out / "afl/one").glob("*/crashes/id:*")}
        self.assertTrue(written)
        self.assertLessEqual(written, stops(self.out))
        self.assertEqual(list((self.out / "corpus/one").glob("*.new")), [])

    def test_what_is_taken_over_is_taken_once(self) -> None:
        current = make_round(self.out, self.engines)
        self.run_until(current, self.all_started)
        before = stops(self.out)
        current.take_over()
        current.take_over()
        self.assertEqual(stops(self.out), before)
        self.assertEqual(list((self.out / "afl/one").iterdir()), [])


class Death(Farmed):
    """The farm as a process of its own."""

    def start(self, output: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        farm = subprocess.Popen(
            ["/usr/bin/python3", "-B", "-c", FARM.format(ci=str(CI), out=str(self.out))],
            stdout=output, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self.addCleanup(self.stop, farm)
        self.wait_for(self.all_started)
        return farm

    @staticmethod
    def stop(farm: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            farm.kill()
        farm.wait()

    def wait_for(self, reached: object) -> None:
        end = time.monotonic() + PATIENCE
        while not reached():  # type: ignore[operator]
            self.assertLess(time.monotonic(), end, "it did not get there")
            time.sleep(0.05)

    def test_when_the_farm_is_killed_its_engines_end_and_the_next_farm_has_their_stops(self) -> None:
        farm = self.start()
        pids = [int(path.read_text()) for name in ("main", "secondary-0") for path in self.started(name)]
        servers = self.fork_servers()
        farm.kill()
        farm.wait()
        self.wait_for(lambda: not any(running(pid) for pid in pids))
        self.assertEqual(len(servers), 2)
        make_round(self.out, self.engines).take_over()
        self.assertLessEqual({"crash of main 0", "crash of secondary-0 0", "artifact 0"}, stops(self.out))
        self.assertFalse(any(running(pid) for pid in servers))

    def test_without_its_terminal_the_farm_goes_on_and_says_so_in_its_log(self) -> None:
        ours, theirs = pty.openpty()
        farm = self.start(theirs)
        os.close(theirs)
        os.close(ours)
        os.kill(farm.pid, signal.SIGHUP)
        main = Instance(roles(3, BOTH)[0], Place(self.out, "one"), self.engines, self.out, self.out)
        os.kill(int(self.started("main")[0].read_text()), signal.SIGKILL)
        # It still looks after its instances.
        self.wait_for(lambda: len(self.started("main")) == 2)
        self.assertEqual(main.executions, 7)
        farm.terminate()
        self.assertEqual(farm.wait(PATIENCE), 0)
        self.assertIn("ended by interruption", (self.out / "farm.log").read_text())
        self.assertLessEqual({"crash of main 0", "crash of main 1"}, stops(self.out))


def running(pid: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Exchanged(Farmed):
    def queue(self, name: str, content: bytes) -> None:
        path = self.out / "afl/one/main/queue" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def test_what_came_from_elsewhere_is_not_handed_on_again(self) -> None:
        place = Place(self.out, "one")
        place.make()
        self.queue("id:000001,sync:secondary-0,src:000003", b"theirs")
        self.queue("id:000002,time:0,orig:seed.pair", b"seed")
        self.queue("id:000003,src:000000,op:havoc", b"own")
        Exchange(place).run()
        self.assertEqual([path.read_bytes() for path in place.corpus.iterdir()], [b"own"])

    def test_stops_from_before_an_instance_went_on_are_collected_too(self) -> None:
        place = Place(self.out, "one")
        place.make()
        old = place.afl / "main/crashes.2026-01-01-10:00:00"
        old.mkdir(parents=True)
        (old / "id:000000,sig:06").write_bytes(b"old")
        self.assertEqual(Exchange(place).run(), 1)
        self.assertEqual([path.name for path in place.artifacts.iterdir()], ["crash-" + hashlib.sha1(b"old").hexdigest()])


class Spaces(Farmed):
    def test_what_is_put_aside_counts_and_is_given_back(self) -> None:
        measured = Space(self.out, 100 * MEGABYTE)
        before = measured.left()
        measured.put_aside()
        self.assertLess(measured.left(), before)
        measured.give_back()
        self.assertEqual(measured.left(), before)

    def test_a_file_system_with_no_more_than_the_reserve_ends_a_round(self) -> None:
        full = mock.Mock(free=space._RESERVE - 1)
        with mock.patch("farm.space.shutil.disk_usage", return_value=full):
            self.assertLess(Space(self.out, 10**12).left(), 0)


class Pages(Farmed):
    def test_the_page_names_every_instance_and_its_figures(self) -> None:
        current = make_round(self.out, self.engines)
        self.run_until(current, self.all_started)
        text = status.page(current, Space(self.out, 10**9))
        for role in plan.roles(3, BOTH):
            self.assertIn(role.name, text)
        self.assertIn("25 executions", text)

    def test_output_outlives_a_terminal_that_fails(self) -> None:
        broken = mock.Mock(spec=io.StringIO)
        broken.write.side_effect = OSError(5, "Input/output error")
        tee = status.Tee(broken, self.out / "log")
        tee.write("one\n")
        tee.write("two\n")
        self.assertEqual((self.out / "log").read_text(), "one\ntwo\n")
        self.assertEqual(broken.write.call_count, 1)


if __name__ == "__main__":
    unittest.main()
