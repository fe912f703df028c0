# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What is made of measurements. The measuring itself, and the gate on a planted slowdown, are in gate_test.py."""

from __future__ import annotations

import contextlib
import io
import json
import random
import stat
import tempfile
import unittest
from pathlib import Path
from xml.etree import ElementTree

import track
import track_page
import tracking


def side(name: str, times: list[float], count: int = 1000) -> track.Side:
    made = track.Side(name, subject=f"subject of {name}", date="2026-01-01")
    made.instructions = {"find": count}
    made.nanoseconds["find"].extend(times)
    made.on_kernels["find by name"]["reference"].extend(times)
    made.on_kernels["find by name"]["libbpf-6.12"].extend(3000 * value for value in times)
    return made


def noisy(seed: int, middle: float, count: int = 9) -> list[float]:
    numbers = random.Random(seed)
    return [middle * (1 + 0.01 * numbers.random()) for _ in range(count)]


class Counts(unittest.TestCase):
    def test_more_than_the_tolerance_is_slower_and_less_is_the_same(self) -> None:
        old = {"a": 1000, "b": 1000, "c": 1000, "gone": 5}
        judged = tracking.judge_counts(old, {"a": 1031, "b": 1029, "c": 960, "new": 7}, 0.03)
        self.assertEqual([(j.operation, j.verdict) for j in judged], [("a", "slower"), ("b", "same"), ("c", "faster")])

    def test_the_tolerance_is_below_the_slowdown_that_has_to_be_caught(self) -> None:
        self.assertLess(tracking.TOLERANCE, 0.05)


class Times(unittest.TestCase):
    def test_equal_sides_are_not_told_apart(self) -> None:
        self.assertEqual(tracking.rank_test([1.0] * 9, [1.0] * 9), 1.0)
        judged = tracking.judge_times({"a": noisy(1, 100)}, {"a": noisy(2, 100)})
        self.assertEqual(judged[0].verdict, "same")

    def test_a_slowdown_of_five_percent_is_shown_by_nine_repetitions(self) -> None:
        judged = tracking.judge_times({"a": noisy(1, 100)}, {"a": noisy(2, 105)})
        self.assertEqual(judged[0].verdict, "slower")
        self.assertAlmostEqual(judged[0].ratio, 1.05, places=2)

    def test_three_repetitions_show_nothing(self) -> None:
        judged = tracking.judge_times({"a": noisy(1, 100, 3)}, {"a": noisy(2, 105, 3)})
        self.assertEqual(judged[0].verdict, "same")

    def test_a_difference_too_small_to_matter_is_the_same_however_certain(self) -> None:
        judged = tracking.judge_times({"a": [100.0 + at / 100 for at in range(9)]}, {"a": [101.0 + at / 100 for at in range(9)]})
        self.assertLess(judged[0].p_value or 1, tracking.SIGNIFICANCE)
        self.assertEqual(judged[0].verdict, "same")

    def test_the_rank_test_agrees_with_a_published_table(self) -> None:
        # U = 17 is the critical value of two samples of nine at 5 %, two-sided.
        old = [1.0, 2, 3, 4, 5, 6, 12, 14, 16]
        new = [7.0, 8, 9, 10, 11, 13, 15, 17, 18]
        self.assertAlmostEqual(tracking.rank_test(old, new), 0.05, delta=0.02)

    def test_nothing_measured_is_an_error(self) -> None:
        with self.assertRaises(ValueError):
            tracking.rank_test([], [1.0])


class History(unittest.TestCase):
    def test_a_commit_measured_again_is_replaced_where_it_stands(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "history.jsonl"
            track.remember(path, [track.entry_of(side("one", [5.0]), "g"), track.entry_of(side("two", [6.0]), "g")])
            entries = track.remember(path, [track.entry_of(side("one", [7.0]), "g")])
            self.assertEqual([(e["commit"], e["nanoseconds"]["find"]) for e in entries], [("one", 7.0), ("two", 6.0)])
            self.assertEqual(track.read_history(path), entries)
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o644)

    def test_another_compiler_is_another_line(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "history.jsonl"
            track.remember(path, [track.entry_of(side("one", [5.0]), "g")])
            self.assertEqual(len(track.remember(path, [track.entry_of(side("one", [5.0]), "c")])), 2)

    def test_a_damaged_line_is_named(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "history.jsonl"
            path.write_text("{}\nnothing\n")
            with self.assertRaisesRegex(track.Failure, ":2: "):
                track.read_history(path)


class Output(unittest.TestCase):
    def test_trackers_get_a_name_a_unit_and_a_value_of_each(self) -> None:
        rows = json.loads(track.for_trackers(side("one", [5.0, 6.0, 7.0])))
        self.assertEqual(rows[0], {"name": "find: instructions", "unit": "instructions", "value": 1000})
        self.assertEqual(rows[1], {"name": "find", "unit": "ns", "value": 6.0, "range": "± 1.0"})
        self.assertEqual({row["name"] for row in rows[2:]}, {"find by name (reference)", "find by name (libbpf-6.12)"})

    def test_the_page_plots_each_operation_over_commits_and_beside_libbpf(self) -> None:
        entries = [track.entry_of(side("one", [5.0]), "g"), track.entry_of(side("two", [6.0], 1100), "g")]
        page = track_page.page(entries)
        plots = [part[: part.index("</svg>") + 6] for part in page.split("<figure>")[1:]]
        drawn = [ElementTree.fromstring(plot[plot.index("<svg") :]) for plot in plots]
        labels = [plot.attrib["aria-label"] for plot in drawn]
        self.assertEqual(labels, ["find over commits", "find over commits", "find by name by library"])
        self.assertEqual([len(plot.findall("circle")) for plot in drawn], [2, 2, 0])
        self.assertEqual([text.text for text in drawn[2].findall("text")][0], "reference")

    def test_what_a_commit_is_called_is_no_markup(self) -> None:
        entry = track.entry_of(side("one", [5.0]), "g") | {"subject": "<b>&"}
        self.assertNotIn("<b>", track_page.page([entry]))


class Usage(unittest.TestCase):
    def test_fewer_than_nine_repetitions_are_refused(self) -> None:
        with self.assertRaises(SystemExit) as stopped, contextlib.redirect_stderr(io.StringIO()):
            track.main(["compare", "a", "b", "--repetitions", "8"])
        self.assertEqual(stopped.exception.code, 2)

    def test_a_commit_that_does_not_exist_is_an_error_in_one_line(self) -> None:
        said = io.StringIO()
        with contextlib.redirect_stderr(said), tempfile.TemporaryDirectory() as cache:
            self.assertEqual(track.main(["compare", "no-such-commit", "HEAD", "--cache", cache]), 2)
        self.assertEqual(len(said.getvalue().splitlines()), 1, said.getvalue())

    def test_versions_of_libbpf_need_kernels(self) -> None:
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            self.assertEqual(track.main(["compare", "libbpf-6.12", "libbpf-7.3"]), 2)
        self.assertIn("--kernels", said.getvalue())


if __name__ == "__main__":
    unittest.main()
