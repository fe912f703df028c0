# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The hunt's page: what stands on it, and that a person can open a finding in a browser."""

from __future__ import annotations

import pathlib
import re
import shutil
import sys
import tempfile
import unittest
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from hunting import page  # noqa: E402

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
except ImportError:
    webdriver = None

NO_BROWSER = "no headless Chromium can be had: ci/setup installs chromium, chromium-driver and python3-selenium."
HOSTILE = "<script>document.title = 'taken'</script>"


def finding(number: int, reach: str | None) -> dict[str, Any]:
    return {
        "signature": f"relocate by libbpf-6.12: crashed (place_{number})",
        "op": "relocate",
        "oracle": "libbpf-6.12",
        "class": "crashed",
        "targets": ["relocate", "distill"],
        "count": 17 * number,
        "reach": reach,
        "reach_because": "",
        "pair": f"finding-{number}.pair",
        "reduced": f"finding-{number}.reduced.pair",
        "reduction": "reduced from 900 to 123 bytes",
        "explanation": f"relocate: libbpf-6.12 crashed; the reference rejects it. {HOSTILE}",
        "dump": [{"part": "split.btf", "text": f"[2] STRUCT 'only_in_{number}' size=8 vlen=1"}],
        "c": {"file": f"finding-{number}.c", "text": "int main(void) { return 0; }"},
        "entries": [],
    }


def target(name: str, edges: int) -> dict[str, Any]:
    growth = [
        {"seconds": float(second), "edges": edges * second // (second + 2), "entries": []}
        for second in range(3, 31, 3)
    ]
    return {
        "target": name,
        "seconds": 30.0,
        "executions": 12345,
        "edges": edges,
        "edges_in_all": 4000,
        "corpus": 321,
        "growth": growth,
        "stats": {},
    }


def entry(name: str, sort: str) -> dict[str, Any]:
    return {"name": name, "sort": sort, "sentence": f"It does {name}", "pair": f"{name.replace(':', '-')}.pair"}


TABLE = [entry("rule:names-by-content", "rule"), entry("fwd-id-crash", "guard"), entry("find-void", "deviation")]


def hunt() -> dict[str, Any]:
    counts = [
        {"name": "rule:names-by-content", "explains": 40, "alone": 3, "guarded": 0},
        {"name": "fwd-id-crash", "explains": 0, "alone": 0, "guarded": 900},
    ]
    stats = {"pairs": 9, "operations": 1234567, "differences": 99, "explain_every": 64, "entries": counts}
    function = {"file": "btf.c", "line": 3, "function": "btf_new", "covered": 4, "edges": 8, "target": "parse"}
    return {
        "started": 1.0e9,
        "seconds": 93,
        "interrupted": False,
        "unsorted": 0,
        "machine": {"cores": 2, "processor": "a processor", "kernel": "6.12", "system": "Debian"},
        "oracles": [{"oracle": "libbpf-6.12", "version": "6.12.117-1"}],
        "findings": [finding(1, "valid"), finding(2, None), finding(3, "misuse")],
        "functions": [function, {**function, "function": "btf__load", "line": 9, "covered": 0}],
        "fuzz": {
            "seconds": 60.0,
            "executions": 24690,
            "targets": [target("parse", 900), target("relocate", 1500)],
            "stats": stats,
            "guards": {"fwd-id-crash": {"run": 10, "died": 9}},
            "signatures": [
                {"seconds": float(second), "entries": second // 4, "findings": second // 20}
                for second in range(3, 61, 3)
            ],
        },
    }


class PageTest(unittest.TestCase):
    def test_it_needs_nothing_beside_it(self) -> None:
        text = page.render(hunt(), TABLE)
        self.assertNotRegex(text, r"(src|href)=\"(?!#)")
        self.assertNotRegex(text, r"url\((?!#)|@import")
        self.assertEqual(text.count("<svg "), 2)

    def test_names_of_parts_in_its_plots_are_told_apart(self) -> None:
        names = re.findall(r'\bid="([^"]+)"', page.render(hunt(), TABLE))
        self.assertEqual(sorted(names), sorted(set(names)))

    def test_what_a_pair_says_is_text_and_no_markup(self) -> None:
        text = page.render(hunt(), TABLE)
        self.assertNotIn("<script", text)
        self.assertIn("&lt;script&gt;", text)

    def test_misuse_stands_apart_and_is_not_counted(self) -> None:
        text = page.render(hunt(), TABLE)
        self.assertIn('<b id="finding-count" class="bad">2</b>', text)
        self.assertLess(text.index("place_2"), text.index("<h3>Misuse</h3>"))
        self.assertLess(text.index("<h3>Misuse</h3>"), text.index("place_3"))

    def test_entries_show_their_counts_and_how_honest_a_guard_is(self) -> None:
        text = page.render(hunt(), TABLE)
        self.assertIn("9 of 10", text)
        self.assertIn("Entries that did not come up: 1", text)

    def test_unreached_functions_stand_before_reached_ones(self) -> None:
        text = page.render(hunt(), TABLE)
        self.assertLess(text.index("<code>btf__load</code>"), text.index("<code>btf_new</code>"))
        self.assertIn("1 of 2 functions", text)

    def test_a_hunt_without_findings_kernels_or_time_makes_a_page_too(self) -> None:
        result = hunt() | {"findings": [], "functions": [], "interrupted": True, "unsorted": 3}
        result["fuzz"] |= {"targets": [], "stats": {}, "signatures": [], "guards": {}}
        text = page.render(result, TABLE)
        self.assertIn("Every answer is explained", text)
        self.assertIn("The hunt was interrupted", text)
        self.assertIn("3 stops were not looked at", text)
        self.assertIn("No kernels were asked for", text)


def browser(profile: pathlib.Path) -> Any:
    """A headless Chromium, or the reason why there is none."""
    driver = shutil.which("chromedriver")
    chromium = shutil.which("chromium")
    if webdriver is None or driver is None or chromium is None:
        raise unittest.SkipTest(NO_BROWSER)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(word)
    options.add_argument(f"--user-data-dir={profile}")
    options.add_argument("--window-size=1280,1000")
    return webdriver.Chrome(service=Service(driver), options=options)


class BrowserTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.browser = browser(self.folder / "profile")
        self.addCleanup(self.browser.quit)
        page.write(self.folder / "hunt.html", hunt(), TABLE)
        self.browser.get((self.folder / "hunt.html").as_uri())

    def shown(self, element: Any) -> bool:
        # Selenium's own answer does not know how Chromium hides what is closed.
        return bool(self.browser.execute_script("return arguments[0].checkVisibility()", element))

    def test_a_click_opens_a_finding_and_another_one_closes_it(self) -> None:
        first = self.browser.find_element(By.CSS_SELECTOR, "details.finding")
        dump = first.find_element(By.XPATH, ".//pre[contains(., 'only_in_1')]")
        self.assertFalse(self.shown(dump))
        first.find_element(By.TAG_NAME, "summary").click()
        self.assertTrue(self.shown(dump))
        first.find_element(By.TAG_NAME, "summary").click()
        self.assertFalse(self.shown(dump))

    def test_the_browser_has_nothing_to_complain_about(self) -> None:
        self.assertEqual(self.browser.get_log("browser"), [])
        self.assertTrue(self.browser.title.startswith("retort: hunt of "))

    def test_nothing_is_wider_than_the_window_and_the_plots_have_a_size(self) -> None:
        for width in (1280, 600):
            self.browser.set_window_size(width, 900)
            inner = self.browser.execute_script("return document.documentElement.clientWidth")
            whole = self.browser.execute_script("return document.documentElement.scrollWidth")
            self.assertLessEqual(whole, inner)
        for plot in self.browser.find_elements(By.CSS_SELECTOR, "figure svg"):
            self.assertGreater(plot.size["height"], 100)


if __name__ == "__main__":
    unittest.main()
