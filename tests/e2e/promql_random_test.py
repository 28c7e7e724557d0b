#!/usr/bin/env python3
"""A real Prometheus 3 and Weir answer random PromQL over the same random data alike.

Prometheus comes from the Go module proxy. Both get the same remote-write bodies and the same questions; promql_random/ makes them of
a seed and compares the answers: status, kind of error, warnings and infos, series, times and values.

usage: promql_random_test.py [--queries N] [--seed S] [--first K]
A failure says how to ask its question alone.
"""
import argparse
import collections
import contextlib
import json
import sys
import time
import unittest
import urllib.parse

import servers
from client import wait_for
from promql_random import asking, comparing, data
from promql_random.questions import Question, question

sys.path.insert(0, str(servers.ROOT / "tests" / "services"))
import packages  # noqa: E402

SNAPPY = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
FEATURES = "promql-experimental-functions,promql-binop-fill-modifiers"
CONFIG = "global:\n  evaluation_interval: 15s\n"  # the step of subqueries that name none: Weir's
SHOWN_MAX = 20  # mismatches

OPTIONS = argparse.Namespace(queries=10_000, seed=1, first=0)


class PromqlRandomTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            program = packages.prometheus()
        except packages.RegistryMissing as missing:
            raise unittest.SkipTest(str(missing)) from missing
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        cls.prometheus = cls.stack.prometheus(
            CONFIG, "--web.enable-remote-write-receiver", "--storage.tsdb.retention.time=100y", f"--enable-feature={FEATURES}",
            program=program)
        cls.weir = cls.stack.weir(None)
        made = data.series(OPTIONS.seed)
        for body in data.bodies(made):
            for server in (cls.prometheus, cls.weir):
                status, text = servers.http(server.url + "/api/v1/write", body, SNAPPY)
                assert status in (200, 204), f"{server.name}: {status} {text[:1000]!r}"
        for server in (cls.prometheus, cls.weir):
            wait_for(lambda: visible(server, {one.labels["__name__"] for one in made}) == data.visible(made), seconds=20)

    def test_answers_are_the_same(self):
        with contextlib.ExitStack() as stack:
            self.askers = [stack.enter_context(contextlib.closing(asking.Asker(one.url))) for one in (self.prometheus, self.weir)]
            self.kinds: collections.Counter = collections.Counter()
            started = time.monotonic()
            mismatches = []
            for number in range(OPTIONS.first, OPTIONS.first + OPTIONS.queries):
                if (found := self.mismatch(question(OPTIONS.seed, number))) is not None:
                    mismatches.append((number, found))
            seconds = time.monotonic() - started
        asked = sum(self.kinds.values())
        print("seed {}: {} questions in {:.1f} s: ".format(OPTIONS.seed, asked, seconds)
              + ", ".join(f"{kind} {count / asked:.1%}" for kind, count in self.kinds.most_common()))
        for number, text in mismatches[:SHOWN_MAX]:
            print(f"\n{text}\nalone: {sys.argv[0]} --seed {OPTIONS.seed} --first {number} --queries 1")
        self.assertEqual(len(mismatches), 0, "answers that differ")

    def mismatch(self, asked: Question) -> str | None:
        expected, got = asking.ask(self.askers, asked)
        self.kinds["errors" if expected.status != 200 else "answers" if expected.result else "empty"] += 1
        found = comparing.difference(asked, expected, got)
        if found is None:
            return None
        return f"{asked}\n  {found}\nPrometheus: {shown(expected)}\nWeir:       {shown(got)}"


def visible(server: servers.Server, names: set[str]) -> int:
    """How many samples the server has of the metrics."""
    def count(name: str) -> int:
        query = f"sum(count_over_time({{__name__={json.dumps(name)}}}[2h]))"
        parameters = urllib.parse.urlencode({"query": query, "time": data.END_MS // 1000 + 900, "nocache": 1})
        result = json.loads(servers.http(f"{server.url}/api/v1/query?{parameters}")[1])["data"]["result"]
        return int(result[0]["value"][1]) if result else 0
    return sum(count(name) for name in names)


def shown(answer: asking.Answer) -> str:
    return json.dumps(answer.body, ensure_ascii=False)[:3_000]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in vars(OPTIONS).items():
        parser.add_argument(f"--{name}", type=int, default=value)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
