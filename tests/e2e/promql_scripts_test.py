#!/usr/bin/env python3
"""The scripts that Prometheus publishes for its own PromQL engine, over Weir's HTTP API.

They come from the Go module proxy and are not kept here. promql/known_failures.txt lists, by reason, the evals that Weir does not
answer as expected: a listed one that passes fails the test as one does that fails and is not listed, so that the list only shrinks.

Where it stops short of Prometheus' own runner: instant queries are not repeated with `@` behind every selector, samples come
without the start timestamps that scripts give some, and of native histograms only what the API shows is compared.

usage: promql_scripts_test.py [--strike] [NAME...]
NAME is of a script, without `.test`: each of its failures is printed, listed or not. --strike takes what passes off the list.
"""
import contextlib
import pathlib
import re
import sys
import time
import unittest

import servers
from promql.known_failures import KnownFailures
from promql.runner import Client, Outcome, Runner

sys.path.insert(0, str(servers.ROOT / "tests" / "services"))
import packages  # noqa: E402

CHOSEN: list[str] = []
STRIKE = False

LOADED = """
load 1m
  gone{i="1"} 1

clear

load 1m
  one{i="1"} 0+10x10
  one{i="2"} 5 _ stale 7x7

"""

RIGHT = """
eval instant at 1m one{i="1"}
  one{i="1"} 10

eval instant at 1m gone

eval instant at 1m sort_desc(one)
  expect ordered
  expect no_warn
  one{i="1"} 10
  one{i="2"} 5

eval range from 1m to 3m step 1m one
  one{i="1"} 10 20 30
  one{i="2"} 5 _ 7

eval instant at 2m one{i="1"}[2m]
  expect range vector from 1m to 2m step 1m
  one{i="1"} 10 20

eval instant at 1m 1 + 1
  2

eval instant at 1m "text"
  expect string "text"

eval instant at 1m quantile(2, one)
  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)
  {} +Inf

eval_fail instant at 1m one + on () group_left () one
  expected_fail_regexp many-to-many

"""

WRONG = """
eval instant at 1m one{i="1"}
  one{i="1"} 10.1

eval instant at 1m one{i="1"}
  {i="1"} 10

eval instant at 1m one
  one{i="1"} 10

eval instant at 1m one{i="1"}

eval instant at 1m gone
  gone{i="1"} 1

eval instant at 1m sort_desc(one)
  expect ordered
  one{i="2"} 5
  one{i="1"} 10

eval range from 1m to 3m step 1m one
  one{i="1"} 10 20 30
  one{i="2"} 5 7 _

eval range from 1m to 3m step 1m one{i="1"}
  one{i="1"} 10 20 31

eval instant at 2m one{i="1"}[2m]
  expect range vector from 0m to 1m step 1m
  one{i="1"} 10 20

eval instant at 1m 1 + 1
  3

eval instant at 1m "text"
  expect string "texts"

eval instant at 1m one{i="1"}
  expect warn
  one{i="1"} 10

eval instant at 1m one{i="1"}
  expect info
  one{i="1"} 10

eval instant at 1m quantile(2, one)
  expect no_warn
  {} +Inf

eval instant at 1m quantile(2, one)
  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 2
  {} +Inf

eval instant at 1m one{i="1"}
  expect fail

eval_fail instant at 1m one + on () group_left () one
  expected_fail_message many-to-many

eval instant at 1m one + on () group_left () one

eval instant at 1m one{i="1"}
  one{i="1"} {{count:10}}

"""


RESTARTED = ("staleness", "native_histograms", "at_modifier", "trig_functions")


def compact(client: Client) -> None:
    status, body = client.post("/api/v2/admin/compact", b"", {})
    if status not in (200, 204):
        raise RuntimeError(f"compact: {status} {body[:500]!r}")


def evals_in(text: str) -> set[int]:
    """The lines that ask something, found without the parser."""
    return {number for number, line in enumerate(text.split("\n"), 1) if re.match(r"\s*eval(_\w+)?\s", line)}


class PromqlScriptsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.directory = packages.promql_scripts()
        except packages.RegistryMissing as missing:
            raise unittest.SkipTest(str(missing)) from missing
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        port = servers.free_port()
        cls.weir = cls.stack.weir(port, "--storage.partitions=1")
        cls.known = KnownFailures(pathlib.Path(__file__).parent / "promql" / "known_failures.txt")

    def test_scripts(self):
        self.run_scripts("head", None)

    def test_scripts_from_blocks(self):
        """Where all that was loaded is in blocks before anything is asked."""
        self.run_scripts("blocks", compact)

    def test_scripts_from_the_journal(self):
        """Where the server was killed after each load; those of the scripts that load rarely and hold most kinds of samples."""
        self.run_scripts("journal", self.kill_and_start, RESTARTED)

    def kill_and_start(self, client: Client) -> None:
        client.close()
        self.weir.kill()
        self.weir.start()

    def run_scripts(self, state: str, settle, names=None) -> None:
        scripts = [script for script in sorted(self.directory.glob("*.test")) if names is None or script.stem in names]
        if names is not None:
            self.assertEqual(len(scripts), len(names), "scripts that there are not")
            return self.run_each(state, scripts, settle)
        self.assertGreater(len(scripts), 20)
        self.assertLessEqual(self.known.scripts(), {script.stem for script in scripts}, "the list names scripts that there are not")
        self.run_each(state, scripts, settle)

    def run_each(self, state: str, scripts: list[pathlib.Path], settle) -> None:
        print(f"\nasked of the {state}:")
        self.totals = [0, 0, 0]
        for script in scripts:
            if CHOSEN and script.stem not in CHOSEN:
                continue
            with self.subTest(script=script.name):
                self.run_script(script, state, settle)
        print("{:<24}{:>6} evals {:>6} passed {:>6} listed".format("all", *self.totals))

    def outcomes(self, name: str, text: str, settle=None) -> list[Outcome]:
        with contextlib.closing(Client(self.weir.url)) as client:
            return Runner(client, name, settle).run(text)

    def test_sees_what_is_wrong(self):
        for kind, text in (("right", RIGHT), ("wrong", WRONG)):
            outcomes = self.outcomes(kind, LOADED + text)
            self.assertEqual(len(outcomes), text.count("eval"))
            for outcome in outcomes:
                self.assertEqual(outcome.failure is None, kind == "right", f"{kind}: {outcome}")

    def run_script(self, script: pathlib.Path, state: str, settle) -> None:
        text = script.read_text()
        started = time.monotonic()
        outcomes = self.outcomes(f"{script.stem}-{state}", text, settle)
        seconds = time.monotonic() - started
        self.assertEqual([outcome.line for outcome in outcomes], sorted(evals_in(text)), "evals that were not run, or run twice")
        failures = {outcome.line: outcome for outcome in outcomes if outcome.failure is not None}
        if STRIKE:
            self.known.strike(script.stem, {outcome.line for outcome in outcomes} - failures.keys())
        listed = self.known.lines(script.stem)
        figures = (len(outcomes), len(outcomes) - len(failures), len(listed))
        self.totals = [total + figure for total, figure in zip(self.totals, figures)]
        print("{:<24}{:>6} evals {:>6} passed {:>6} listed {:>6.2f} s".format(script.stem, *figures, seconds), flush=True)
        shown = failures if CHOSEN else failures.keys() - listed
        for line in sorted(shown):
            print(f"  {script.name}:{line}: {failures[line].text}\n    {failures[line].failure}")
        self.assertEqual(sorted(failures.keys() - listed), [], "lines that fail and are not listed")
        self.assertEqual(sorted(listed - failures.keys()), [], "lines that are listed and pass: take them off the list")


if __name__ == "__main__":
    CHOSEN = [word for word in sys.argv[1:] if not word.startswith("-")]
    STRIKE = "--strike" in sys.argv
    unittest.main(argv=[sys.argv[0]])
