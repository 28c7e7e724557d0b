#!/usr/bin/env python3
"""The calls of Grafana's Prometheus data source, as its code makes them (version 13; packages/grafana-prometheus and pkg/promlib)."""
import json
import time
import unittest
import urllib.parse

import remote_write
import servers

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOW_S = int(time.time()) // 60 * 60


class GrafanaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        cls.url = cls.stack.weir(None, "--collect.enabled=false").url
        series = [{"labels": {"__name__": name, "job": "api", "instance": f"host_{i}"},
                   "samples": [(i + step, (NOW_S - 3600 + 60 * step) * 1000) for step in range(61)]}
                  for name in ("requests_total", "limit_bytes") for i in range(3)]
        series.append({"labels": {"__name__": "température.eau", "lieu exact": "salle d'eau"}, "samples": [(21.5, NOW_S * 1000)]})
        status, body = servers.http(cls.url + "/api/v1/write", remote_write.body(series),
                                    {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"})
        assert status == 204, body
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not cls.get("query", query='{"température.eau"}', time=NOW_S)["data"]["result"]:
            time.sleep(0.01)

    @classmethod
    def get(cls, path: str, expected: int = 200, **parameters) -> dict:
        query = urllib.parse.urlencode(parameters, doseq=True)
        return cls.checked(path, expected, *servers.http(f"{cls.url}/api/v1/{path}" + (f"?{query}" if query else "")))

    @classmethod
    def post(cls, path: str, expected: int = 200, **parameters) -> dict:
        form = urllib.parse.urlencode(parameters, doseq=True).encode()
        return cls.checked(path, expected, *servers.http(f"{cls.url}/api/v1/{path}", form, FORM))

    @staticmethod
    def checked(path: str, expected: int, status: int, body: bytes) -> dict:
        assert status == expected, (path, status, body[:500])
        answer = json.loads(body)
        assert answer["status"] == ("success" if expected == 200 else "error"), answer
        return answer

    def test_save_and_test(self):
        answer = self.post("query", query="1+1", time=4)
        self.assertEqual(answer["data"], {"resultType": "scalar", "result": [4, "2"]})
        buildinfo = self.get("status/buildinfo")["data"]
        self.assertRegex(buildinfo["version"], r"^\d+\.\d+")
        self.assertFalse(buildinfo.get("features"), "Grafana takes a source with features for a Mimir with its ruler")

    def test_panels(self):
        for ask in (self.post, self.get):
            answer = ask("query_range", query="sum by (job) (rate(requests_total[5m]))", start=NOW_S - 1800.0, end=NOW_S + 0.5, step=15.0,
                         timeout="30s")
            self.assertEqual(answer["data"]["resultType"], "matrix")
            (series,) = answer["data"]["result"]
            self.assertEqual(series["metric"], {"job": "api"})
            self.assertEqual(len(series["values"]), 121)
            self.assertIsInstance(series["values"][0][1], str)
            answer = ask("query", query="topk(2, requests_total)", time=NOW_S, timeout="30s")
            self.assertEqual([one["metric"]["instance"] for one in answer["data"]["result"]], ["host_2", "host_1"])

    def test_exemplars(self):
        self.assertEqual(self.post("query_exemplars", query="test", start=NOW_S * 1000 - 1, end=NOW_S * 1000)["data"], [])
        self.assertEqual(self.post("query_exemplars", query="rate(requests_total[5m])", start=NOW_S - 60, end=NOW_S)["data"], [])

    def test_names_and_values(self):
        range_ = {"start": NOW_S - 3600, "end": NOW_S}
        for ask in (self.post, self.get):
            self.assertEqual(ask("labels", **range_, limit=40000)["data"], ["__name__", "instance", "job", "lieu exact"])
            self.assertEqual(ask("labels", **range_, **{"match[]": "requests_total"})["data"], ["__name__", "instance", "job"])
            found = ask("series", **range_, limit=0, **{"match[]": '{__name__="requests_total",instance="host_1"}'})["data"]
            self.assertEqual(found, [{"__name__": "requests_total", "instance": "host_1", "job": "api"}])
        names = self.get("label/__name__/values", **range_, limit=40000)["data"]
        self.assertEqual(names, ["limit_bytes", "requests_total", "température.eau"])
        self.assertEqual(self.get("label/instance/values", **range_, **{"match[]": "limit_bytes"})["data"], ["host_0", "host_1", "host_2"])
        self.assertEqual(self.get("label/U__lieu_20_exact/values", **range_)["data"], ["salle d'eau"], "as names are escaped in a path")

    def test_metadata_rules_and_targets(self):
        self.assertEqual(self.get("metadata", limit=40000)["data"], {})
        self.assertEqual(self.get("rules")["data"], {"groups": []})
        self.assertEqual(self.get("alerts")["data"], {"alerts": []})
        self.assertEqual(self.get("targets")["data"]["activeTargets"], [])
        for status in ("config", "flags", "runtimeinfo", "tsdb"):
            self.assertIsInstance(self.get(f"status/{status}")["data"], dict)

    def test_search(self):
        status, body = servers.http(f"{self.url}/api/v1/search/metric_names?" + urllib.parse.urlencode(
            {"search[]": "req", "limit": 1000, "batch_size": 100, "sort_by": "score", "include_metadata": "true"}))
        self.assertEqual(status, 200)
        *batches, last = [json.loads(line) for line in body.splitlines()]
        self.assertEqual([one["name"] for batch in batches for one in batch["results"]], ["requests_total"])
        self.assertEqual(last, {"status": "success", "has_more": False})

    def test_errors(self):
        answer = self.post("query", 400, query="sum(", time=NOW_S)
        self.assertEqual(answer["errorType"], "bad_data")
        answer = self.post("query", 422, query="requests_total * on (job) limit_bytes", time=NOW_S)
        self.assertEqual(answer["errorType"], "execution")


if __name__ == "__main__":
    unittest.main()
