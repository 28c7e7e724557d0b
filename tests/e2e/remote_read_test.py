#!/usr/bin/env python3
"""A real Prometheus without data of its own reads from Weir: what it answers is what Weir answers."""
import json
import random
import sys
import unittest
import urllib.parse

import remote_write
import servers
from client import wait_for

CONFIG = """
remote_read:
  - url: WEIR/api/v1/read
    read_recent: true
"""
START = 1_700_000_000_000
SNAPPY = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
QUERIES = [
    "counter",
    'counter{host=~"h[1-3]"}',
    'counter{host!="h1",host!~"h2"}',
    "sum by (host) (counter)",
    "gauge / 3",
    "odd",
    "nothing",
]


def series() -> list[dict]:
    numbers = random.Random(4)
    out = []
    for host in range(5):
        times = [START + i * 15_000 + numbers.randrange(3_000) for i in range(400)]
        total = 0
        counter, gauge = [], []
        for time in times:
            total += numbers.randrange(1000)
            counter.append((total, time))
            gauge.append((numbers.random() * 1e3, time))
        labels = {"host": f"h{host}", "zone": "ü"}
        out.append({"labels": {"__name__": "counter"} | labels, "samples": counter})
        out.append({"labels": {"__name__": "gauge"} | labels, "samples": gauge})
    odd = [float("inf"), float("-inf"), float("nan"), -0.0, 5e-324, 1.7976931348623157e308]
    out.append({"labels": {"__name__": "odd"}, "samples": [(value, START + 7 + i * 60_000) for i, value in enumerate(odd)]})
    return out


class RemoteReadTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        cls.weir = cls.stack.weir()
        status, text = servers.http(cls.weir.url + "/api/v1/write", remote_write.body(series()), SNAPPY)
        assert status // 100 == 2, text

    def ask(self, url: str, query: str):
        parameters = {"query": query, "start": START / 1000, "end": START / 1000 + 6000, "step": 30}
        status, body = servers.http(f"{url}/api/v1/query_range?{urllib.parse.urlencode(parameters)}")
        self.assertEqual(status, 200, body)
        answer = json.loads(body)
        self.assertNotIn("warnings", answer)
        result = answer["data"]["result"]
        return sorted(result, key=lambda one: sorted(one["metric"].items()))

    def test_a_prometheus_answers_from_what_it_reads(self):
        prometheus = self.stack.prometheus(CONFIG.replace("WEIR", self.weir.url))
        wait_for(lambda: len(self.ask(self.weir.url, "counter")) == 5)
        for query in QUERIES:
            self.assertEqual(self.ask(prometheus.url, query), self.ask(self.weir.url, query), query)
        self.assertEqual(len(self.ask(prometheus.url, "counter")), 5)
        self.assertGreater(len(self.ask(prometheus.url, "odd")[0]["values"]), 5)

    def test_samples_are_the_answer_where_chunks_are_not_asked_for(self):
        # Up to an hour after the start, the series odd.
        matcher = remote_write.field(2, b"__name__") + remote_write.field(3, b"odd")
        query = remote_write.field(2, START + 3_600_000) + remote_write.field(3, matcher)
        body = remote_write.snappy(remote_write.field(1, query))
        status, answer = servers.http(self.weir.url + "/api/v1/read", body, SNAPPY)
        self.assertEqual(status, 200)
        # ReadResponse holds QueryResults, which have their series where a write request has its own.
        ((_, result),) = remote_write.fields(remote_write.unsnappy(answer))
        ((_, time, value), *others) = remote_write.samples(remote_write.snappy(result))
        self.assertEqual((value, time, len(others)), (float("inf"), START + 7, 5))

    def test_refuses_what_is_no_request(self):
        status, text = servers.http(self.weir.url + "/api/v1/read", b"\xff\xff", SNAPPY)
        self.assertEqual(status, 400)
        self.assertIn(b"remote read", text)


if __name__ == "__main__":
    unittest.main(verbosity=2, argv=sys.argv)
