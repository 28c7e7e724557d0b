#!/usr/bin/env python3
"""Prometheus' HTTP API of one running Weir, but for what real senders and Grafana ask (prometheus_test.py, grafana_test.py)."""
import json
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import servers
from client import OneServerCase, query, wait_for, write


class PrometheusApiTest(OneServerCase):
    def test_answers_in_the_envelope_of_prometheus(self):
        answer = query(self.url, "sum(")
        self.assertEqual((answer["http"], answer["status"], answer["errorType"]), (400, "error", "bad_data"))
        self.assertRegex(answer["error"], r"1:\d+: parse error: ")
        ambiguous = query(self.url, 'label_replace(vector(1), "a", "1", "", "") + on() group_left() (vector(1) or label_replace(vector(2), "a", "2", "", ""))')
        self.assertEqual((ambiguous["http"], ambiguous["errorType"]), (422, "execution"))
        self.assertEqual(query(self.url, "1 + 1", time="4")["data"], {"resultType": "scalar", "result": [4, "2"]})
        self.assertEqual(json.loads(servers.http(self.url + "/prometheus/api/v1/status/buildinfo")[1])["status"], "success")

    def delete(self, method: str = "POST", prefix: str = "", headers: dict | None = None, **parameters) -> tuple[int, str]:
        path = f"{self.url}{prefix}/api/v1/admin/tsdb/delete_series?{urllib.parse.urlencode(parameters, doseq=True)}"
        request = urllib.request.Request(path, data=b"", method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def test_deletes_series_at_once_and_no_answer_is_kept(self):
        write(self.url, [{"name": "gone", "labels": {"i": str(i)}, "value": i, "timestamp": 1_000_000 + t} for i in range(20) for t in (0, 60_000)])
        other = {"X-Scope-OrgID": "other"}
        write(self.url, {"name": "gone", "value": 1, "timestamp": 1_000_000}, other)
        expression = "sum(count_over_time(gone[1h]))"
        wait_for(lambda: self.value(expression, time="1100") == "40")
        wait_for(lambda: self.value(expression, time="1100", headers=other) == "1")
        self.assertEqual(self.delete(**{"match[]": 'gone{i=~"1."}', "start": "1000", "end": "1000"}), (204, ""))
        self.assertEqual(self.value(expression, time="1100"), "30")
        self.assertEqual(self.delete("PUT", "/prometheus", **{"match[]": ['gone{i="1"}', 'gone{i="2"}']}), (204, ""))
        self.assertEqual(self.value(expression, time="1100"), "26")
        write(self.url, {"name": "gone", "labels": {"i": "1"}, "value": 5, "timestamp": 1_000_000})
        wait_for(lambda: self.value(expression, time="1100") == "27")
        for method in ("POST", "PUT"):
            request = urllib.request.Request(self.url + "/api/v1/admin/tsdb/clean_tombstones", data=b"", method=method)
            with urllib.request.urlopen(request) as response:
                self.assertEqual(response.status, 204)
        self.assertEqual(self.value(expression, time="1100"), "27")
        self.assertEqual(self.delete(**{"match[]": "{__name__=~\"gone.*\"}"}), (204, ""))
        self.assertEqual(query(self.url, expression, time="1100")["data"]["result"], [])
        self.assertEqual(self.value(expression, time="1100", headers=other), "1")

    def test_refuses_deletions_that_are_none(self):
        for parameters in ({}, {"match[]": "sum("}, {"match[]": '{a!="b"}'}, {"match[]": "up", "start": "x"}, {"match[]": "up", "start": "2", "end": "1"}):
            status, body = self.delete(**parameters)
            self.assertEqual((status, json.loads(body)["errorType"]), (400, "bad_data"), parameters)
        self.assertEqual(self.delete("GET", **{"match[]": "up"})[0], 405)

    def test_merges_several_selectors(self):
        write(self.url, [{"name": "left", "value": 1}, {"name": "right", "value": 1}])
        path = "/api/v1/series?match[]=left&match[]=right&match[]=left"
        series = wait_for(lambda: len(found := json.loads(servers.http(self.url + path)[1])["data"]) == 2 and found)
        self.assertEqual(series, [{"__name__": "left"}, {"__name__": "right"}])
        self.assertEqual(servers.http(self.url + "/api/v1/series")[0], 400)

    def test_formats_and_parses_expressions(self):
        def ask(what: str, expression: str) -> tuple[int, dict]:
            status, body = servers.http(f"{self.url}/api/v1/{what}?{urllib.parse.urlencode({'query': expression})}")
            return status, json.loads(body)

        self.assertEqual(ask("format_query", "sum(rate(a[300s]))by(b)"),
                         (200, {"status": "success", "data": "sum by (b) (rate(a[5m]))"}))
        status, answer = ask("parse_query", "a offset 1m")
        self.assertEqual((status, answer["data"]["type"], answer["data"]["offset"]), (200, "vectorSelector", 60000))
        status, answer = ask("parse_query", "sum(")
        self.assertEqual((status, answer["errorType"]), (400, "bad_data"))
        self.assertIn('invalid parameter "query": 1:5: parse error', answer["error"])

    def test_takes_limit_lookback_and_stats(self):
        now = time.time()
        write(self.url, [{"name": "limited", "labels": {"i": str(i)}, "value": i, "timestamp": int(now * 1000) - 90_000}
                         for i in range(5)])
        self.wait_for_value("5", "count(limited)")
        answer = query(self.url, "limited", limit=2, time=now)
        self.assertEqual([one["metric"]["i"] for one in answer["data"]["result"]], ["0", "1"])
        self.assertEqual(answer["warnings"], ["results truncated due to limit"])
        self.assertNotIn("warnings", query(self.url, "limited", limit=5, time=now))
        self.assertEqual(query(self.url, "limited", lookback_delta="1m", time=now)["data"]["result"], [])
        self.assertEqual(len(query(self.url, "limited", lookback_delta=91, time=now)["data"]["result"]), 5)
        stats = query(self.url, "limited", stats="all", time=now)["data"]["stats"]
        self.assertEqual(stats["samples"], {"samplesRead": 5, "seriesTouched": 5})
        self.assertGreater(stats["timings"]["execTotalTime"], 0)

    def test_searches_names_and_values(self):
        tenant = {"X-Scope-OrgID": "searched"}
        write(self.url, [{"name": f"search_{i:03}_total", "labels": {"Zone": f"z{i % 7}"}, "value": 1} for i in range(250)], tenant)
        write(self.url, {"name": "research_now", "labels": {"other": "x"}, "value": 1}, tenant)
        self.wait_for_value("251", "count({__name__=~'.+'})", headers=tenant)

        def search(what: str, **parameters) -> list:
            status, body = servers.http(f"{self.url}/api/v1/search/{what}?{urllib.parse.urlencode(parameters, doseq=True)}",
                                        headers=tenant)
            lines = [json.loads(line) for line in body.splitlines()]
            return lines if status == 200 else [status, lines[0]["error"]]

        *batches, end = search("metric_names", limit=120, batch_size=50, **{"search[]": "total"})
        self.assertEqual([len(batch["results"]) for batch in batches], [50, 50, 20])
        self.assertEqual(end, {"status": "success", "has_more": True})
        found, end = search("metric_names", sort_by="score", include_score=True, **{"search[]": ["search_now"]})
        self.assertEqual(found["results"][0]["name"], "research_now")
        self.assertLess(found["results"][0]["score"], 1)
        self.assertEqual(end["has_more"], False)
        self.assertEqual(search("label_names", case_sensitive=False, **{"search[]": "zone"})[0], {"results": [{"name": "Zone"}]})
        found, end = search("label_values", label="Zone", limit=2, sort_by="alpha", sort_dir="dsc", **{"match[]": "search_003_total"})
        self.assertEqual((found, end["has_more"]), ({"results": [{"value": "z3"}]}, False))
        self.assertEqual(search("metric_names", **{"search[]": "qqq"}), [{"results": []}, {"status": "success", "has_more": False}])
        self.assertEqual(search("label_values"), [400, 'missing required parameter "label"'])
        self.assertEqual(search("metric_names", sort_by="age"), [400, 'invalid sort_by "age": must be "alpha" or "score"'])

    def test_lets_another_prometheus_scrape_what_is_current(self):
        tenant = {"X-Scope-OrgID": "federated"}
        now = int(time.time() * 1000)
        write(self.url, [{"name": "b", "labels": {"x": str(i)}, "value": i, "timestamp": now - 1000} for i in range(2)], tenant)
        write(self.url, {"name": "a", "value": 0.5, "timestamp": now - 60_000}, tenant)
        write(self.url, {"name": "old", "value": 1, "timestamp": now - 600_000}, tenant)
        self.wait_for_value("2", "count(b)", headers=tenant)
        status, body = servers.http(self.url + "/federate?match[]=b&match[]={__name__=~'a|old'}&match[]=b", headers=tenant)
        self.assertEqual((status, body.decode()), (200, (
            f"# TYPE a untyped\na 0.5 {now - 60_000}\n"
            f'# TYPE b untyped\nb{{x="0"}} 0 {now - 1000}\nb{{x="1"}} 1 {now - 1000}\n')))

    def test_tells_of_itself_as_prometheus_does(self):
        def data(path: str, headers: dict | None = None) -> dict:
            status, body = servers.http(self.url + "/api/v1/" + path, headers=headers)
            self.assertEqual(status, 200, body)
            return json.loads(body)["data"]

        self.assertEqual(data("targets")["activeTargets"], [])
        self.assertEqual(data("status/runtimeinfo")["storageRetention"], "unlimited")
        self.assertEqual(data("status/flags")["query.slow"], "5s")
        self.assertIn('query:\n  timeout: "30s"\n', data("status/config")["yaml"])
        tenant = {"X-Scope-OrgID": "counted"}
        write(self.url, [{"name": name, "labels": {"i": i}, "value": 1} for name in ("a", "b") for i in "12"], tenant)
        write(self.url, {"name": "a", "labels": {"i": "three"}, "value": 1}, tenant)
        self.wait_for_value("5", "count({i=~'.+'})", headers=tenant)
        tsdb = data("status/tsdb?limit=2", tenant)
        self.assertEqual((tsdb["headStats"]["numSeries"], tsdb["headStats"]["numLabelPairs"]), (5, 5))
        self.assertEqual(tsdb["seriesCountByMetricName"], [{"name": "a", "value": 3}, {"name": "b", "value": 2}])
        self.assertEqual(tsdb["labelValueCountByLabelName"], [{"name": "i", "value": 3}, {"name": "__name__", "value": 2}])
        self.assertEqual(tsdb["memoryInBytesByLabelName"][0], {"name": "i", "value": 7})
        self.assertEqual(tsdb["seriesCountByLabelValuePair"][0], {"name": "__name__=a", "value": 3})


if __name__ == "__main__":
    unittest.main(argv=sys.argv, verbosity=2)
