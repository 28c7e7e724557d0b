#!/usr/bin/env python3
"""Native histograms of remote write: from the request to the JSON of queries, out of the cache and past a kill."""
import json
import sys
import unittest
import urllib.parse

import servers
from client import wait_for
from import_test import field, histogram, label, snappy

START = 1_700_000_000_000
COUNT = 60
SNAPPY = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}


class HistogramsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        cls.weir = cls.stack.weir()
        # One each 10 s, of 7, 14, 21 ... observations: one in the zero bucket, then 1, 2 and 3 by steps.
        samples = b"".join(field(4, histogram(START + n * 10_000, n + 1, False)) for n in range(COUNT))
        series = label("__name__", "latency") + label("job", "a") + samples
        status, text = servers.http(cls.weir.url + "/api/v1/write", snappy(field(1, series)), SNAPPY)
        assert (status, text) == (204, b""), text

    def ask(self, path: str, query: str, **more) -> dict:
        parameters = urllib.parse.urlencode({"query": query} | more)
        status, text = servers.http(f"{self.weir.url}/api/v1/{path}?{parameters}")
        answer = json.loads(text)
        self.assertEqual(status, 200, answer)
        return answer

    def instant(self, query: str, at_ms: int = START + 100_000) -> list:
        return self.ask("query", query, time=at_ms / 1000)["data"]["result"]

    def test_answers_have_histograms(self):
        labels = {"__name__": "latency", "job": "a"}
        wait_for(lambda: self.instant("latency") != [])
        [series] = self.instant("latency")
        self.assertEqual(series["metric"], labels)
        time, shown = series["histogram"]
        self.assertEqual(time, (START + 100_000) / 1000)
        self.assertEqual((shown["count"], shown["sum"]), ("77", "16.5"))
        self.assertEqual(len(shown["buckets"]), 4)
        self.assertEqual(shown["buckets"][0], [3, "-0.001", "0.001", "11"])
        self.assertEqual([bucket[0] for bucket in shown["buckets"][1:]], [0, 0, 0])
        self.assertEqual(shown["buckets"][2][2], "1")

        self.assertEqual(self.instant("histogram_count(latency)"),
                         [{"metric": {"job": "a"}, "value": [(START + 100_000) / 1000, "77"]}])
        [series] = self.instant("sum(increase(latency[1m]))")
        self.assertEqual(float(series["histogram"][1]["count"]), 42)

    def test_ranges_have_them_also_out_of_the_cache_and_after_a_kill(self):
        times = {"start": START / 1000, "end": (START + 590_000) / 1000, "step": 10}
        expected = [START / 1000 + n * 10 for n in range(COUNT)]

        def complete() -> dict:
            answer = self.ask("query_range", "latency", **times)
            [series] = answer["data"]["result"]
            self.assertNotIn("values", series)
            self.assertEqual([time for time, _ in series["histograms"]], expected)
            return answer

        wait_for(lambda: len(self.instant("latency", START + 590_000)) == 1)
        first = complete()
        self.assertEqual(complete(), first)
        self.weir.kill()
        self.weir.start()
        wait_for(lambda: len(self.instant("latency", START + 590_000)) == 1)
        self.assertEqual(complete(), first)
        self.assertEqual(servers.http(self.weir.url + "/api/v2/admin/compact", b"")[0], 200)
        self.assertEqual(complete(), first)

    def test_notes_are_infos_and_warnings(self):
        wait_for(lambda: self.instant("latency") != [])
        answer = self.ask("query", "latency > 1", time=(START + 100_000) / 1000)
        self.assertEqual(answer["infos"], [
            'PromQL info: incompatible sample types encountered for binary operator ">": histogram > float (1:1)'])
        answer = self.ask("query", "delta(latency[1m])", time=(START + 100_000) / 1000)
        self.assertEqual(answer["warnings"],
                         ['PromQL warning: this native histogram metric is not a gauge: "latency" (1:7)'])


if __name__ == "__main__":
    unittest.main(argv=sys.argv, verbosity=2)
