#!/usr/bin/env python3
"""`weir rules test` beside the `promtool test rules` of a current Prometheus: over the files of unit tests that Prometheus has for
promtool, which come from the Go module proxy and are not kept here, and over those in tests/rules.

Both must give each file the same verdict. Where one fails, the same checks of the same tests must have failed: which alert or
expression at which time, which rule, or that the test, or the file, could not be used at all. What they say of it may differ.

usage: rules_promtool_test.py [FILE...]
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

import servers

sys.path.insert(0, str(servers.ROOT / "tests" / "services"))
import packages  # noqa: E402

# Weir has PromQL as it is with Prometheus' feature flags.
FEATURES = "promql-experimental-functions,promql-binop-fill-modifiers,promql-unquoted-utf8-names"

OWN = servers.ROOT / "tests" / "rules"
CHOSEN: list[pathlib.Path] = []

# What failed: the test, the kind of check, what it looks at, and when, in milliseconds since the test's start.
Failures = set[tuple[str, str, str, int]]

UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000, "y": 365 * 86_400_000}
ALERT = re.compile(r"alertname: (.*), time: (\S+),\s")
EXPRESSION = re.compile(r'^\s*expr: ("(?:[^"\\]|\\.)*"), time: ([^\s,]+),')
RULE = re.compile(r"^\s*rule: (.*), time: \S+, err: ")


def milliseconds(text: str) -> int:
    return sum(int(count) * UNITS[unit] for count, unit in re.findall(r"(\d+)(ms|[smhdwy])", text))


def promtool_failure(test: str, text: str) -> tuple[str, str, str, int]:
    if found := EXPRESSION.search(text):
        return test, "expr", json.loads(found[1]), milliseconds(found[2])
    if found := RULE.search(text):
        return test, "rule", found[1], 0
    if found := ALERT.search(text):
        return test, "alert", found[1], milliseconds(found[2])
    return test, "problem", "", 0


def run_promtool(program: pathlib.Path, path: pathlib.Path, *flags: str) -> tuple[int, Failures]:
    with tempfile.TemporaryDirectory() as directory:
        junit = pathlib.Path(directory) / "junit.xml"
        done = subprocess.run([program, f"--enable-feature={FEATURES}", "test", "--junit", junit, "rules", *flags, path],
                              capture_output=True, text=True, timeout=300)
        suite = xml.etree.ElementTree.parse(junit).find("testsuite")
    failures: Failures = set()
    for case in suite.iter("testcase"):
        failures |= {promtool_failure(case.get("name"), one.text or "") for one in case.iter("failure")}
        if case.find("error") is not None:
            failures.add(("", "file", "", 0))
    return done.returncode, failures


def weir_failure(test: str, failure: dict) -> tuple[str, str, str, int]:
    kind = failure["kind"]
    time_ms = milliseconds(failure["eval_time"]) if kind in ("alert", "expr") else 0
    return test, kind, failure.get("subject", ""), time_ms


def run_weir(path: pathlib.Path, *flags: str) -> tuple[int, Failures]:
    with tempfile.TemporaryDirectory() as directory:
        junit = pathlib.Path(directory) / "junit.xml"
        done = subprocess.run([servers.WEIR, "rules", "test", "--output", "json", "--junit", junit, *flags, path],
                              capture_output=True, text=True, timeout=300)
        file = json.loads(done.stdout)["files"][0]
        check_junit(file, xml.etree.ElementTree.parse(junit).find("testsuite"))
    failures = {weir_failure(test["name"], one) for test in file["tests"] for one in test["failures"]}
    if file["problems"] or file["error"]:
        failures.add(("", "file", "", 0))
    return done.returncode, failures


def check_junit(file: dict, suite: xml.etree.ElementTree.Element) -> None:
    """The XML says what the JSON says."""
    cases = [(case.get("name"), len(case.findall("failure"))) for case in suite.iter("testcase") if case.find("error") is None]
    assert cases == [(test["name"], len(test["failures"])) for test in file["tests"]], cases
    assert int(suite.get("failures")) == sum(count for _, count in cases)


def is_unit_test(path: pathlib.Path) -> bool:
    return re.search(r"^tests:", path.read_text(errors="replace"), re.MULTILINE) is not None


class RulesPromtoolTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.promtool = packages.promtool()
            cls.testdata = packages.prometheus_source() / "cmd" / "promtool" / "testdata"
        except packages.RegistryMissing as missing:
            raise unittest.SkipTest(f"no promtool: {missing}") from missing

    def compare(self, path: pathlib.Path, *flags: str) -> int:
        code, failures = run_promtool(self.promtool, path, *flags)
        own_code, own_failures = run_weir(path, *flags)
        self.assertEqual(own_failures, failures, path)
        self.assertEqual(own_code, code, path)
        return code

    def test_files_of_prometheus(self):
        files = sorted(path for path in self.testdata.glob("*.yml") if is_unit_test(path))
        self.assertGreaterEqual(len(files), 12)
        verdicts = {}
        for path in files:
            with self.subTest(path.name):
                verdicts[path.name] = self.compare(path)
        self.assertEqual((verdicts["unittest.yml"], verdicts["failing.yml"]), (0, 1))

    def test_own_files(self):
        files = CHOSEN or sorted(OWN.glob("*_test.yml"))
        self.assertTrue(files)
        for path in files:
            with self.subTest(path.name):
                code = self.compare(path)
                if not CHOSEN:
                    self.assertEqual(code, 1 if path.name.startswith("failing_") else 0, path)

    def test_runs_the_tests_that_are_named(self):
        path = self.testdata / "rules_run.yml"
        for flags, code in (((), 1), (("--run", "correct"), 0), (("--run=wrong",), 1), (("--run", "correct", "--run", "wrong"), 1),
                            (("--run", "^none$"), 0)):
            with self.subTest(flags):
                self.assertEqual(self.compare(path, *flags), code)

    def test_passes_over_unknown_fields_of_rule_files(self):
        path = self.testdata / "rules_run_extrafields.yml"
        self.assertEqual(self.compare(path), 1)
        self.assertEqual(self.compare(path, "--ignore-unknown-fields"), 0)


if __name__ == "__main__":
    CHOSEN = [pathlib.Path(name) for name in sys.argv[1:]]
    unittest.main(argv=sys.argv[:1])
