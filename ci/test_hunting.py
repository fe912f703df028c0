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
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from hunting import findings, fuzz, survey  # noqa: E402
from hunting.build import Programs  # noqa: E402
from hunting.run import Failed, write_json  # noqa: E402


def answer(oracle: str, outcome: str) -> dict[str, object]:
    return {"oracle": oracle, "outcome": outcome, "errno": 0, "digest": "0", "bytes": "equal"}


def comparison(verdict: str, outcome: str) -> dict[str, object]:
    answers = [answer("reference", "accepted"), answer("libbpf-6.12", outcome)]
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
    def programs(self, compared: object, target_status: int = 0) -> Programs:
        (self.folder / "answer.json").write_text(json.dumps(compared) + "\n")
        retort = self.program("retort", f"cat {self.folder}/answer.json\n")
        target = self.program("target", f"exit {target_status}\n")
        return Programs(retort=retort, sanitized_retort=retort, target=target)

    def test_a_finding_is_stored_under_a_name_that_its_content_decides(self) -> None:
        (self.artifacts / "crash-1").write_bytes(b"pair")
        programs = self.programs(comparison("finding", "crashed"))
        first = findings.collect(programs, self.artifacts, self.found)
        second = findings.collect(programs, self.artifacts, self.found)
        self.assertEqual(first, second)
        self.assertEqual([finding["class"] for finding in first], ["crashed"])
        self.assertEqual([path.name for path in self.found.iterdir()], [first[0]["pair"]])
        self.assertRegex(first[0]["pair"], r"^relocate-libbpf-6\.12-crashed-[0-9a-f]{12}\.pair$")
        self.assertEqual((self.found / first[0]["pair"]).read_bytes(), b"pair")

    def test_what_the_table_explains_by_now_is_no_finding_and_its_artifact_goes(self) -> None:
        (self.artifacts / "crash-1").write_bytes(b"pair")
        programs = self.programs(comparison("explained", "accepted"))
        self.assertEqual(findings.collect(programs, self.artifacts, self.found), [])
        self.assertEqual(list(self.artifacts.iterdir()), [])

    def test_what_only_kills_the_target_is_a_finding_all_the_same(self) -> None:
        (self.artifacts / "timeout-1").write_bytes(b"pair")
        programs = self.programs(comparison("agree", "accepted"), target_status=77)
        kept = findings.collect(programs, self.artifacts, self.found)
        self.assertEqual([finding["class"] for finding in kept], ["timeout"])

    def test_a_guard_is_as_honest_as_the_share_of_its_pairs_that_die(self) -> None:
        guarded = self.folder / "samples/guarded/fwd-id-crash"
        guarded.mkdir(parents=True)
        for number in range(5):
            (guarded / f"{number}.pair").write_bytes(b"pair")
        died = findings.honesty(self.programs(comparison("explained", "crashed")), self.folder / "samples", 3)
        lived = findings.honesty(self.programs(comparison("agree", "accepted")), self.folder / "samples", 9)
        self.assertEqual(died, {"fwd-id-crash": {"run": 3, "died": 3}})
        self.assertEqual(lived, {"fwd-id-crash": {"run": 5, "died": 0}})

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
    def run_with(self, target: str) -> fuzz.Run:
        programs = Programs(
            retort=self.program("stats", "echo '{}'\n"),
            sanitized_retort=self.program("unused", "exit 1\n"),
            target=self.program("fuzzer", target),
        )
        return fuzz.Run(programs, self.folder / "out")

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

    def test_a_fuzzer_that_fails_ends_the_hunt_with_a_sentence_that_names_its_log(self) -> None:
        with self.assertRaisesRegex(Failed, "status 9; see .*fuzz.log"):
            self.run_with("exit 9\n").fuzz(1)

    def test_a_second_run_keeps_the_corpus_and_the_artifacts_of_the_first(self) -> None:
        first = self.run_with("exit 0\n")
        (first.corpus / "seed").write_bytes(b"x")
        (first.artifacts / "crash-1").write_bytes(b"y")
        second = self.run_with("exit 0\n")
        self.assertTrue((second.corpus / "seed").exists())
        self.assertTrue((second.artifacts / "crash-1").exists())

    def test_an_interruption_ends_the_fuzzer_and_keeps_its_result(self) -> None:
        started = self.folder / "started"
        script = self.folder / "interrupted.py"
        run = self.run_with(f"echo '#3: cov: 1 ft: 1 corp: 1'\ntouch {started}\nexec sleep 1000\n")
        script.write_text(
            "import pathlib, signal, sys\n"
            f"sys.path.insert(0, {str(pathlib.Path(__file__).resolve().parent)!r})\n"
            "from hunting.build import Programs\n"
            "from hunting.fuzz import Run\n"
            f"names = [pathlib.Path({str(self.folder)!r}) / name for name in ('stats', 'unused', 'fuzzer')]\n"
            f"run = Run(Programs(*names), pathlib.Path({str(run.corpus.parent)!r}))\n"
            "print(run.fuzz(1000)['executions'], run.interrupted)\n"
        )
        hunt = subprocess.Popen(
            [sys.executable, "-B", str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        while not started.exists():
            time.sleep(0.01)
        hunt.send_signal(2)
        watchdog = threading.Timer(60, hunt.kill)
        watchdog.start()
        said = hunt.communicate()[0]
        watchdog.cancel()
        self.assertEqual(said.split(), ["3", "True"])


if __name__ == "__main__":
    unittest.main()
