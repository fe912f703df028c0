# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The files that services read, against the fields that their documentation names: a misspelt field is one that a service
passes over in silence. What the tables hold is what the actions' and the services' own pages list."""

from __future__ import annotations

import os
import pathlib
import re
import unittest
from typing import Any

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))

WORKFLOW = {"name", "on", "permissions", "jobs"}
EVENTS = {"pull_request": {"branches", "paths"}, "push": {"branches", "paths"}, "schedule": {"cron"}}
JOB = {"runs-on", "concurrency", "strategy", "steps", "permissions", "timeout-minutes"}
STEP = {"name", "id", "uses", "with"}
_EITHER = {
    "language", "dry-run", "sanitizer", "github-token", "storage-repo", "storage-repo-branch", "storage-repo-branch-coverage",
}  # fmt: skip
ACTIONS = {
    "google/clusterfuzzlite/actions/build_fuzzers@v1": _EITHER
    | {"allowed-broken-targets-percentage", "project-src-path", "bad-build-check", "upload-build"},
    "google/clusterfuzzlite/actions/run_fuzzers@v1": _EITHER
    | {"fuzz-seconds", "mode", "report-unreproducible-crashes"},
}
MODES = {"code-change", "batch", "prune", "coverage"}
SANITIZERS = {"address", "undefined", "memory"}
PROJECT = {
    "homepage", "main_repo", "language", "primary_contact", "auto_ccs", "vendor_ccs", "sanitizers", "architectures",
    "fuzzing_engines", "help_url", "builds_per_day", "file_github_issue", "disabled", "coverage_extra_args",
}  # fmt: skip
ENGINES = {"libfuzzer", "afl", "honggfuzz", "centipede"}
FIELDS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}
CRON = re.compile(r"^(\*|[0-9]+)( (\*(/[0-9]+)?|[0-9]+)){4}$")


def load(path: pathlib.Path) -> Any:
    return yaml.safe_load(path.read_text())


def events_of(workflow: dict[Any, Any]) -> dict[str, Any]:
    # To YAML 1.1 the key `on` is a truth value.
    found = workflow.get("on", workflow.get(True))
    assert isinstance(found, dict)
    return found


class Workflows(unittest.TestCase):
    def test_there_is_one_for_a_pull_request_a_build_batches_and_for_pruning_and_coverage(self) -> None:
        modes = set()
        uploads = 0
        for path in WORKFLOWS:
            for job in load(path)["jobs"].values():
                for step in job["steps"]:
                    modes.add(step["with"].get("mode"))
                    uploads += step["with"].get("upload-build") is True
        self.assertEqual(modes - {None}, MODES)
        self.assertEqual(uploads, 1)

    def test_every_field_is_one_that_is_documented(self) -> None:
        for path in WORKFLOWS:
            workflow = load(path)
            self.assertLessEqual({str(key) for key in workflow} - {"True"}, WORKFLOW, path.name)
            for event, settings in events_of(workflow).items():
                self.assertIn(event, EVENTS, path.name)
                for one in settings if isinstance(settings, list) else [settings or {}]:
                    self.assertLessEqual(set(one), EVENTS[event], path.name)
            for job in workflow["jobs"].values():
                self.assertLessEqual(set(job), JOB, path.name)
                for step in job["steps"]:
                    self.assertLessEqual(set(step), STEP, path.name)
                    self.assertLessEqual(set(step["with"]), ACTIONS[step["uses"]], path.name)

    def test_a_schedule_has_five_parts(self) -> None:
        times = [one["cron"] for path in WORKFLOWS for one in events_of(load(path)).get("schedule", [])]
        self.assertEqual(len(times), 2)
        for time in times:
            self.assertRegex(time, CRON)

    def test_what_is_built_and_what_is_run_agree_on_the_sanitizer(self) -> None:
        for path in WORKFLOWS:
            for name, job in load(path)["jobs"].items():
                chosen = {step["with"]["sanitizer"] for step in job["steps"]}
                self.assertEqual(len(chosen), 1, f"{path.name}: {name}")
                matrix = job.get("strategy", {}).get("matrix", {}).get("sanitizer")
                known = set(matrix) if matrix else chosen
                self.assertLessEqual(known, SANITIZERS | {"coverage"}, f"{path.name}: {name}")
                self.assertEqual(chosen == {"${{ matrix.sanitizer }}"}, matrix is not None, f"{path.name}: {name}")

    def test_a_pull_request_is_fuzzed_for_ten_minutes_with_every_sanitizer(self) -> None:
        job = load(ROOT / ".github/workflows/cflite_pr.yml")["jobs"]["fuzz"]
        self.assertEqual(set(job["strategy"]["matrix"]["sanitizer"]), SANITIZERS)
        run = job["steps"][-1]["with"]
        self.assertEqual((run["fuzz-seconds"], run["mode"]), (600, "code-change"))

    def test_no_job_may_write(self) -> None:
        self.assertEqual({load(path)["permissions"] for path in WORKFLOWS}, {"read-all"})


class Projects(unittest.TestCase):
    def test_every_field_is_one_that_is_documented(self) -> None:
        project = load(ROOT / "ci/oss-fuzz/project.yaml")
        self.assertLessEqual(set(project), PROJECT)
        self.assertEqual(project["language"], "c++")
        self.assertEqual(set(project["fuzzing_engines"]), ENGINES)
        self.assertEqual(set(project["sanitizers"]), SANITIZERS)
        self.assertLessEqual(set(project["architectures"]), {"x86_64", "i386", "aarch64"})
        self.assertEqual(load(ROOT / ".clusterfuzzlite/project.yaml"), {"language": "c++"})

    def test_each_service_has_its_three_files_and_a_script_that_can_be_run(self) -> None:
        for folder in ("ci/oss-fuzz", ".clusterfuzzlite"):
            for name in ("Dockerfile", "build.sh", "project.yaml"):
                self.assertTrue((ROOT / folder / name).is_file(), f"{folder}/{name}")
            self.assertTrue(os.access(ROOT / folder / "build.sh", os.X_OK))

    def test_both_images_hold_the_same_checkouts_at_the_same_tags(self) -> None:
        checkouts = []
        for folder in ("ci/oss-fuzz", ".clusterfuzzlite"):
            text = (ROOT / folder / "Dockerfile").read_text().replace("$SRC/", "")
            found = re.findall(r"git clone (.*?) *(?:&&|$)", text.replace("\\\n", ""), re.MULTILINE)
            checkouts.append({" ".join(one.split()) for one in found if not one.endswith(" retort")})
        self.assertEqual(checkouts[0], checkouts[1])
        self.assertEqual(len(checkouts[0]), 4)


class IssueTemplates(unittest.TestCase):
    def test_a_report_asks_by_fields_that_are_documented_and_each_has_a_name_of_its_own(self) -> None:
        template = load(ROOT / ".github/ISSUE_TEMPLATE/upstream-report.yml")
        self.assertLessEqual({"name", "description", "body"}, set(template))
        names = [field["id"] for field in template["body"]]
        self.assertEqual(len(names), len(set(names)))
        for field in template["body"]:
            self.assertIn(field["type"], FIELDS)
            self.assertLessEqual(set(field), {"type", "id", "attributes", "validations"})
            self.assertTrue(field["attributes"]["label"])

    def test_each_command_that_it_names_exists(self) -> None:
        text = (ROOT / ".github/ISSUE_TEMPLATE/upstream-report.yml").read_text()
        sources = "".join(path.read_text() for path in (ROOT / "fuzzers/cli").glob("cmd_*.cc"))
        commands = set(re.findall(r"`retort ([a-z]+)", text))
        self.assertEqual(commands, {"explain", "export", "reduce"})
        for command in commands:
            self.assertIn(f'"{command}"', sources)


if __name__ == "__main__":
    unittest.main()
