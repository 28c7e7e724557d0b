#!/usr/bin/env python3
"""Exemplars of remote write: from the request to Prometheus' query_exemplars, past a kill, blocks and a deletion."""
import json
import sys
import unittest
import urllib.parse

import remote_write
import servers
from client import wait_for

START = 1_700_000_000_000
HOUR = 3_600_000
SNAPPY = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}


def exemplar(trace: str, value: float, timestamp: int) -> dict:
    return {"labels": {"trace_id": trace}, "value": value, "timestamp": timestamp}


def shown(trace: str, value: str, timestamp: int) -> dict:
    return {"labels": {"trace_id": trace}, "value": value, "timestamp": timestamp / 1000}


class ExemplarsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        cls.weir = cls.stack.weir()

    def write(self, *series: dict) -> None:
        status, text = servers.http(self.weir.url + "/api/v1/write", remote_write.body(series), SNAPPY)
        self.assertEqual((status, text), (204, b""))

    def ask(self, query: str, **more) -> dict:
        parameters = urllib.parse.urlencode({"query": query} | more)
        status, text = servers.http(f"{self.weir.url}/api/v1/query_exemplars?{parameters}")
        answer = json.loads(text)
        self.assertEqual(status, 200 if answer["status"] == "success" else 400, answer)
        return answer

    def metric(self, name: str) -> int:
        lines = servers.http(self.weir.url + "/metrics")[1].decode().splitlines()
        return sum(int(line.split()[-1]) for line in lines if line.startswith(name))

    def test_exemplars_outlive_a_kill_blocks_and_leave_with_a_deletion(self):
        name = {"__name__": "latency_bucket", "le": "1"}
        # As Prometheus sends them: samples and exemplars of a series in entries of their own.
        self.write({"labels": name, "samples": [(1.5, START)]},
                   {"labels": name, "exemplars": [exemplar("4bf92f", 0.25, START + 5)]},
                   {"labels": name | {"le": "2"}, "samples": [(1, START)],
                    "exemplars": [exemplar("a1", 1e-7, START + 2 * HOUR), exemplar("a0", 2, START)]})
        # One too long, one twice, and one of a series without a name: none of them fails anything.
        self.write({"labels": name, "samples": [(2, START + 1)],
                    "exemplars": [exemplar("x" * 200, 1, START), exemplar("4bf92f", 0.25, START + 5)]},
                   {"labels": {"job": "a"}, "exemplars": [exemplar("b", 1, START)]})
        expected = [
            {"seriesLabels": name, "exemplars": [shown("4bf92f", "0.25", START + 5)]},
            {"seriesLabels": name | {"le": "2"},
             "exemplars": [shown("a0", "2", START), shown("a1", "1e-07", START + 2 * HOUR)]},
        ]
        question = "histogram_quantile(0.9, sum by (le) (rate(latency_bucket[5m])))"
        wait_for(lambda: self.ask(question)["data"] == expected)
        self.assertEqual(self.metric('weir_ingest_dropped_exemplars_total{reason="labels_too_long"}'), 1)
        self.assertEqual(self.metric('weir_ingest_dropped_exemplars_total{reason="series_not_allowed"}'), 1)
        self.assertEqual(self.metric("weir_store_exemplars_total"), 3)

        self.weir.kill()
        self.weir.start()
        wait_for(lambda: self.ask(question)["data"] == expected)
        self.assertEqual(servers.http(self.weir.url + "/api/v2/admin/compact", b"")[0], 200)
        self.assertEqual(self.ask(question)["data"], expected)
        self.weir.kill()
        self.weir.start()
        self.assertEqual(self.ask(question)["data"], expected)

        in_range = self.ask(question, start=START / 1000 + 0.001, end=START / 1000 + 1)["data"]
        self.assertEqual(in_range, expected[:1])
        self.assertEqual(self.ask('latency_bucket{le="2"} / other')["data"], expected[1:])
        body = urllib.parse.urlencode({"query": "latency_bucket", "end": START / 1000}).encode()
        posted = json.loads(servers.http(self.weir.url + "/api/v1/query_exemplars", body)[1])["data"]
        self.assertEqual([len(series["exemplars"]) for series in posted], [1])

        gone = urllib.parse.urlencode({"match[]": "latency_bucket", "end": START / 1000 + 1})
        self.assertEqual(servers.http(f"{self.weir.url}/api/v1/admin/tsdb/delete_series?{gone}", b"")[0], 204)
        left = [{"seriesLabels": name | {"le": "2"}, "exemplars": [shown("a1", "1e-07", START + 2 * HOUR)]}]
        self.assertEqual(self.ask(question)["data"], left)
        self.assertEqual(servers.http(self.weir.url + "/api/v2/admin/compact", b"")[0], 200)
        self.assertEqual(self.ask(question)["data"], left)

    def test_errors_are_those_of_prometheus(self):
        for parameters in ({"query": "sum("}, {"query": "up", "start": 2, "end": 1}, {"query": "up", "start": "x"}, {"query": ""}):
            answer = self.ask(**parameters)
            self.assertEqual((answer["status"], answer["errorType"]), ("error", "bad_data"), answer)
        self.assertEqual(self.ask("nothing_there"), {"status": "success", "data": []})


if __name__ == "__main__":
    unittest.main(argv=sys.argv, verbosity=2)
