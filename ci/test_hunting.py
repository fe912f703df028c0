# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The hunt's own steps, with made-up programs in the place of the real ones."""

from __future__ import annotations

import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import threading
import time
import types
import unittest
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from hunting import build, findings, fuzz, rounds, survey  # noqa: E402
from hunting.build import Programs  # noqa: E402
from hunting.interruption import Interruption  # noqa: E402
from hunting.run import Failed, write_json  # noqa: E402


def answer(oracle: str, outcome: str, verdict: str) -> dict[str, object]:
    said = {"oracle": oracle, "outcome": outcome, "errno": 0, "digest": "0", "bytes": "equal"}
    return said | {"verdict": verdict}


def comparison(verdict: str, outcome: str) -> dict[str, Any]:
    answers = [answer("reference", "accepted", "agree"), answer("libbpf-6.12", outcome, verdict)]
    return {"pair": "p", "ops": [{"op": "relocate", "answers": answers, "verdict": verdict, "entries": []}]}


class Folder(unittest.TestCase):
    """A folder of its own, with programs in it."""

    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        self.artifacts = self.folder / "artifacts"
        self.artifacts.mkdir()
        self.found = self.folder / "findings"

    def program(self, name: str, body: str) -> pathlib.Path:
        path = self.folder / name
        path.write_text("#!/bin/sh\n" + body)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path


class FindingsTest(Folder):
    def programs(self, compared: object, target: str = "exit 0\n") -> Programs:
        (self.folder / "answer.json").write_text(json.dumps(compared) + "\n")
        retort = self.program("retort", f"cat {self.folder}/answer.json\n")
        return Programs(retort=retort, sanitized_retort=retort, targets={"t": self.program("target", target)})

    def sort(self, programs: Programs, seconds: float = 60) -> tuple[list[dict[str, object]], int]:
        sorter = findings.Sorter(programs, self.found, seconds)
        sorter.take("t", self.artifacts.iterdir())
        return sorter.found(), sorter.left

    def test_a_finding_is_stored_under_a_name_that_its_content_decides(self) -> None:
        (self.artifacts / "crash-1").write_bytes(b"pair")
        programs = self.programs(comparison("finding", "crashed"))
        first, _ = self.sort(programs)
        second, _ = self.sort(programs)
        self.assertEqual(first, second)
        self.assertEqual([finding["class"] for finding in first], ["crashed"])
        self.assertEqual([path.name for path in self.found.iterdir()], [first[0]["pair"]])
        self.assertRegex(str(first[0]["pair"]), r"^relocate-libbpf-6\.12-crashed-[0-9a-f]{12}\.pair$")
        self.assertEqual((self.found / str(first[0]["pair"])).read_bytes(), b"pair")

    def test_findings_of_one_signature_are_counted_as_one_and_the_smallest_is_kept(self) -> None:
        for name, content in (("crash-1", b"long pair"), ("crash-2", b"pair"), ("crash-3", b"longer pair")):
            (self.artifacts / name).write_bytes(content)
        found, left = self.sort(self.programs(comparison("finding", "crashed")))
        self.assertEqual([(finding["count"], finding["targets"]) for finding in found], [(3, ["t"])])
        self.assertEqual([path.read_bytes() for path in self.found.iterdir()], [b"pair"])
        self.assertEqual(left, 0)

    def test_signatures_differ_where_the_place_of_the_crash_or_the_broken_property_does(self) -> None:
        def said(**answer_keys: object) -> str:
            compared = comparison("finding", "broken")
            compared["ops"][0]["answers"][1].update(answer_keys)
            return findings.signature_of(compared, "crash-1")["signature"]

        crashed = {"outcome": "crashed", "detail": "signal 11 (Segmentation fault): btf_new < main"}
        self.assertEqual(said(**crashed), "relocate by libbpf-6.12: crashed (btf_new < main)")
        self.assertEqual(
            said(property="no-leak"), "relocate by libbpf-6.12: broken (no-leak)"
        )
        self.assertNotEqual(said(property="no-leak"), said(property="input-kept"))
        self.assertEqual(
            said(outcome="rejected", errno=22, stage="split"),
            "relocate by libbpf-6.12: rejects (errno 22 at split)",
        )

    def test_two_rejections_that_differ_in_their_place_alone_are_another_error(self) -> None:
        compared = comparison("finding", "rejected")
        for said, stage in zip(compared["ops"][0]["answers"], ("DIST", "relocate")):
            said.update(outcome="rejected", errno=22, stage=stage)
        self.assertEqual(
            findings.signature_of(compared, "crash-1")["signature"],
            "relocate by libbpf-6.12: other-error (errno 22 at relocate, not errno 22 at DIST)",
        )

    def test_what_the_time_does_not_suffice_for_is_left_and_counted(self) -> None:
        (self.artifacts / "crash-1").write_bytes(b"pair")
        self.assertEqual(self.sort(self.programs(comparison("finding", "crashed")), seconds=-1), ([], 1))
        self.assertTrue((self.artifacts / "crash-1").exists())

    def test_what_the_table_explains_by_now_is_no_finding_and_its_artifact_goes(self) -> None:
        (self.artifacts / "crash-1").write_bytes(b"pair")
        programs = self.programs(comparison("explained", "accepted"))
        self.assertEqual(self.sort(programs), ([], 0))
        self.assertEqual(list(self.artifacts.iterdir()), [])

    def test_what_only_kills_the_target_is_a_finding_named_by_its_innermost_functions(self) -> None:
        (self.artifacts / "timeout-1").write_bytes(b"pair")
        frames = "".join(
            f"echo '    #{n} 0x12 in {name} {file}:3:4' >&2\n"
            for n, (name, file) in enumerate(
                (("abort", "./stdlib/abort.c"), ("__asan_x", "/llvm/asan.cpp"), ("btf_new", "/lib/bpf/btf.c"))
            )
        )
        kept, _ = self.sort(self.programs(comparison("agree", "accepted"), frames + "exit 77\n"))
        self.assertEqual([finding["signature"] for finding in kept], ["any by any: timeout (btf_new)"])

    def test_a_guard_is_as_honest_as_the_share_of_its_pairs_that_die(self) -> None:
        guarded = self.folder / "samples/guarded/fwd-id-crash"
        guarded.mkdir(parents=True)
        for number in range(5):
            (guarded / f"{number}.pair").write_bytes(b"pair")
        died = findings.honesty(self.programs(comparison("explained", "crashed")), self.folder / "samples", 3, {})
        lived = findings.honesty(self.programs(comparison("agree", "accepted")), self.folder / "samples", 9, {"fwd-id-crash": "relocate"})
        self.assertEqual(died, {"fwd-id-crash": {"run": 3, "died": 3}})
        self.assertEqual(lived, {"fwd-id-crash": {"run": 5, "died": 0}})

    def test_what_is_not_explained_without_guards_is_laid_beside_the_stops(self) -> None:
        corpus = self.folder / "corpus"
        corpus.mkdir()
        for number in range(3):
            (corpus / str(number)).write_bytes(b"pair")
        explained = self.programs(comparison("explained", "crashed"))
        self.assertEqual(
            findings.unguarded(explained, corpus, 2, self.artifacts), {"run": 2, "died": 2, "found": 0}
        )
        self.assertEqual(list(self.artifacts.iterdir()), [])
        unknown = self.programs(comparison("finding", "crashed"))
        self.assertEqual(
            findings.unguarded(unknown, corpus, 1, self.artifacts), {"run": 1, "died": 1, "found": 1}
        )
        self.assertEqual([path.name for path in self.artifacts.iterdir()], ["unguarded-0"])

    def test_kernels_agree_only_where_nothing_differs_and_every_graph_came_back(self) -> None:
        way = {"agreement": {"changed_graphs": [], "oracles": [{"differing": []}]}}
        self.assertTrue(survey.agrees([way, way]))
        self.assertFalse(survey.agrees([{"agreement": {"changed_graphs": ["m"], "oracles": []}}]))
        self.assertFalse(
            survey.agrees([{"agreement": {"changed_graphs": [], "oracles": [{"differing": ["m"]}]}}])
        )

    def test_results_are_written_whole_and_leave_nothing_beside_them(self) -> None:
        path = self.folder / "hunt.json"
        write_json(path, {"old": 1})
        with self.assertRaises(TypeError):
            write_json(path, {"new": object()})
        self.assertEqual(json.loads(path.read_text()), {"old": 1})
        self.assertNotIn("hunt.json.new", os.listdir(self.folder))


class FuzzRunTest(Folder):
    def run_with(self, target: str, stats: str = "{}") -> fuzz.Run:
        programs = Programs(
            retort=self.program("stats", f"echo '{stats}'\n"),
            sanitized_retort=self.program("unused", "exit 1\n"),
            targets={"t": self.program("fuzzer", target)},
        )
        return fuzz.Run(programs, "t", self.folder / "out", Interruption())

    def test_what_the_fuzzer_says_last_of_executions_and_edges_is_reported(self) -> None:
        run = self.run_with(
            "echo 'INFO: Loaded 1 PC tables (200 PCs): x'\n"
            "echo '#7: cov: 5 ft: 9 corp: 2 exec/s: 1'\n"
            "echo '#19: cov: 50 ft: 90 corp: 20 exec/s: 1'\n"
        )
        result = run.fuzz(1)
        self.assertEqual(
            [result[key] for key in ("executions", "edges", "edges_in_all", "corpus")], [19, 50, 200, 20]
        )

    def test_growth_names_the_entries_that_had_come_up(self) -> None:
        entries = [
            {"name": "rule:a", "explains": 2, "alone": 1, "guarded": 0},
            {"name": "b-crash", "explains": 0, "alone": 0, "guarded": 4},
            {"name": "c", "explains": 0, "alone": 0, "guarded": 0},
        ]
        run = self.run_with(
            "echo '#7: cov: 5 ft: 9 corp: 2 exec/s: 1'\necho counted > $RETORT_STATS\n",
            json.dumps({"pairs": 3, "entries": entries}),
        )
        growth = run.fuzz(1)["growth"]
        self.assertEqual([(point["edges"], point["entries"]) for point in growth], [(5, ["rule:a", "b-crash"])])

    def test_a_fuzzer_that_fails_ends_the_hunt_with_a_sentence_that_names_its_log(self) -> None:
        with self.assertRaisesRegex(Failed, "status 9; see .*t.log"):
            self.run_with("exit 9\n").fuzz(1)

    def test_a_fuzzer_whose_last_child_crashed_has_not_failed(self) -> None:
        self.assertEqual(self.run_with("echo '#7: cov: 5 ft: 9 corp: 2'\nexit 77\n").fuzz(1)["executions"], 7)

    def test_a_fuzzer_whose_last_child_met_a_sanitizer_has_not_failed_but_one_that_did_not_begin_has(self) -> None:
        ended = "echo '#7: cov: 5 ft: 9 corp: 2'\necho 'INFO: exiting: 1 time: 3s'\nexit 1\n"
        self.assertEqual(self.run_with(ended).fuzz(1)["executions"], 7)
        with self.assertRaisesRegex(Failed, "status 1; see .*t.log"):
            self.run_with("exit 1\n").fuzz(1)

    def test_a_second_run_keeps_the_corpus_and_the_artifacts_of_the_first(self) -> None:
        first = self.run_with("exit 0\n")
        (first.corpus / "seed").write_bytes(b"x")
        (first.artifacts / "crash-1").write_bytes(b"y")
        second = self.run_with("exit 0\n")
        self.assertTrue((second.corpus / "seed").exists())
        self.assertTrue((second.artifacts / "crash-1").exists())

    def test_minimising_replaces_the_corpus_only_where_the_merge_came_to_its_end(self) -> None:
        # The folders are the last two words: where to, and where from.
        merge = 'for last; do before=$to; to=$last; done\ncp "$to/small" "$before/"\n'
        run = self.run_with(merge + "echo 'MERGE-OUTER: successful in 1 attempt(s)'\n")
        for name in ("small", "large"):
            (run.corpus / name).write_bytes(b"x")
        broken = self.run_with(merge + "exit 1\n")
        self.assertEqual(broken.minimise(30), 2)
        whole = self.run_with(merge + "echo 'MERGE-OUTER: successful in 1 attempt(s)'\n")
        self.assertEqual(whole.minimise(30), 1)
        self.assertEqual([path.name for path in whole.corpus.iterdir()], ["small"])

    def test_an_interruption_ends_a_merge_and_leaves_the_corpus_as_it_is(self) -> None:
        run = self.run_with("exec sleep 1000\n")
        (run.corpus / "seed").write_bytes(b"x")
        run._interruption.came = True
        self.assertEqual(run.minimise(1000), 1)
        self.assertEqual([path.name for path in run.corpus.iterdir()], ["seed"])

    def test_functions_of_upstream_are_told_from_ours(self) -> None:
        run = self.run_with(
            "echo 'COVERED_FUNC: hits: 3 edges: 4/9 btf_new /x/lib/bpf/btf.c:1032'\n"
            "echo 'UNCOVERED_FUNC: hits: 0 edges: 0/2 btf__load /x/lib/bpf/btf.c:7'\n"
            "echo 'COVERED_FUNC: hits: 3 edges: 1/1 retort::check(retort::Pair const&) /x/oracles/check.cc:7'\n"
        )
        self.assertEqual(
            [(one["function"], one["covered"], one["edges"], one["line"]) for one in run.functions(30)],
            [("btf_new", 4, 9, 1032), ("btf__load", 0, 2, 7)],
        )

    def test_an_interruption_ends_the_fuzzer_keeps_its_result_and_begins_no_other(self) -> None:
        started = self.folder / "started"
        script = self.folder / "interrupted.py"
        self.run_with(f"echo '#3: cov: 1 ft: 1 corp: 1'\ntouch {started}\nexec sleep 1000\n")
        script.write_text(
            "import pathlib, sys\n"
            f"sys.path.insert(0, {str(pathlib.Path(__file__).resolve().parent)!r})\n"
            "from hunting.build import Programs\n"
            "from hunting import rounds\n"
            "from hunting.interruption import Interruption\n"
            f"names = [pathlib.Path({str(self.folder)!r}) / name for name in ('stats', 'unused', 'fuzzer')]\n"
            "programs = Programs(names[0], names[1], {'one': names[2], 'two': names[2]})\n"
            "interruption = Interruption()\n"
            "with interruption.noted():\n"
            f"    runs = rounds.run_all(programs, pathlib.Path({str(self.folder / 'out')!r}), 2000, interruption)\n"
            "print(*[run.result['executions'] for run in runs], interruption.came)\n"
        )
        hunt = subprocess.Popen(
            [sys.executable, "-B", str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        while not started.exists() and hunt.poll() is None:
            time.sleep(0.01)
        hunt.send_signal(2)
        watchdog = threading.Timer(60, hunt.kill)
        watchdog.start()
        said = hunt.communicate()[0]
        watchdog.cancel()
        self.assertEqual(said.split(), ["3", "True"])


class RoundsTest(unittest.TestCase):
    def test_the_shares_of_all_targets_are_the_whole_time(self) -> None:
        self.assertEqual(rounds.shares(60, 4), [15, 15, 15, 15])
        self.assertEqual(rounds.shares(10, 4), [3, 3, 2, 2])

    def test_the_counts_of_targets_are_added_up_entry_by_entry(self) -> None:
        def run(pairs: int, explains: int) -> object:
            entries = [{"name": "a", "explains": explains, "alone": 0, "guarded": 1}]
            stats = {"pairs": pairs, "explain_every": 16, "laws_every": 256, "entries": entries}
            result = {"seconds": 1.5, "executions": 10, "stats": stats, "growth": []}
            return types.SimpleNamespace(result=result)

        sums = rounds.together([run(1, 2), run(3, 4)])
        self.assertEqual((sums["seconds"], sums["executions"]), (3.0, 20))
        self.assertEqual((sums["stats"]["pairs"], sums["stats"]["explain_every"], sums["stats"]["laws_every"]), (4, 16, 256))
        self.assertEqual(sums["stats"]["entries"], [{"name": "a", "explains": 6, "alone": 0, "guarded": 2}])

    def test_a_signature_is_counted_once_however_many_targets_meet_it(self) -> None:
        def run(started: float, entries: list[str]) -> object:
            result = {"seconds": 10.0, "growth": [{"seconds": 5.0, "entries": entries}]}
            return types.SimpleNamespace(result=result, started=started)

        points = rounds.growth([run(100, ["a", "b"]), run(110, ["b", "c"])], [{"first": 112.0}])
        self.assertEqual(
            points,
            [{"seconds": 5.0, "entries": 2, "findings": 0}, {"seconds": 15.0, "entries": 3, "findings": 1}],
        )

    def test_a_target_that_is_not_there_is_named(self) -> None:
        self.assertEqual(build.chosen_targets("relocate"), ["relocate"])
        with self.assertRaisesRegex(Failed, "there is no target 'nothing'"):
            build.chosen_targets("relocate,nothing")


if __name__ == "__main__":
    unittest.main()
