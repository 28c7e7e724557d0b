#!/usr/bin/env python3
"""Metadata of metrics: from a real Prometheus and by hand to Prometheus' metadata and search, past a restart and a kill."""
import json
import sys
import unittest
import urllib.parse

import remote_write
import servers
from client import OneServerCase, wait_for, write

SNAPPY = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}

CONFIG = servers.scrape_config("1s") + """\
remote_write:
  - url: WEIR/api/v1/write
    metadata_config: {send_interval: 1s, max_samples_per_send: 100}
"""

COUNTER, GAUGE, HISTOGRAM = 1, 2, 3


def ask(url: str, path: str, headers: dict | None = None, **parameters) -> dict:
    query = urllib.parse.urlencode(parameters, doseq=True)
    status, body = servers.http(f"{url}/api/v1/{path}?{query}", headers=headers)
    return json.loads(body) | {"http": status}


def metadata(url: str, headers: dict | None = None, **parameters) -> dict:
    return ask(url, "metadata", headers, **parameters)["data"]


def unordered(data: dict) -> dict:
    return {metric: {tuple(sorted(one.items())) for one in entries} for metric, entries in data.items()}


def entry(type: str, unit: str, help: str) -> dict:
    return {"type": type, "unit": unit, "help": help}


def names(*queries: str, url: str, headers: dict, **more) -> list:
    query = urllib.parse.urlencode({"search[]": queries, "include_metadata": "true"} | more, doseq=True)
    status, body = servers.http(f"{url}/api/v1/search/metric_names?{query}", headers=headers)
    return json.loads(body.splitlines()[0])["results"] if status == 200 else [status, json.loads(body)["error"]]


class PrometheusMetadataTest(unittest.TestCase):
    def test_answers_what_its_sender_answers(self):
        stack = servers.Servers()
        self.addCleanup(stack.close)
        weir = stack.weir()
        exporter = stack.node_exporter()
        prometheus = stack.prometheus(CONFIG.replace("EXPORTER", exporter.address).replace("WEIR", weir.url))

        def theirs() -> dict:
            return unordered(metadata(prometheus.url))

        def agree() -> bool:
            return len(theirs()) > 300 and unordered(metadata(weir.url)) == theirs()

        wait_for(agree, 30)
        for metric in ("node_cpu_seconds_total", "prometheus_http_request_duration_seconds", "go_info", "up"):
            self.assertEqual(unordered(metadata(weir.url, metric=metric)), unordered(metadata(prometheus.url, metric=metric)))
        before = metadata(weir.url)
        weir.kill()
        weir.start()
        self.assertEqual(metadata(weir.url), before)


class MetadataTest(OneServerCase):
    def send(self, headers: dict, *entries: tuple) -> None:
        status, text = servers.http(self.url + "/api/v1/write", remote_write.metadata_body(entries), SNAPPY | headers)
        self.assertEqual((status, text), (204, b""))

    def metric(self, name: str) -> int:
        lines = servers.http(self.url + "/metrics")[1].decode().splitlines()
        return sum(int(line.split()[-1]) for line in lines if line.startswith(name))

    def test_bounds_and_errors_are_those_of_prometheus(self):
        tenant = {"X-Scope-OrgID": "bounded"}
        self.send(tenant, (GAUGE, "b", "one", ""), (GAUGE, "b", "two", ""), (COUNTER, "a_total", "Says \"a\".\n", ""),
                  (HISTOGRAM, "c_seconds", "", "seconds"), (99, "d", "é", ""))
        everything = {"a_total": [entry("counter", "", "Says \"a\".\n")], "b": [entry("gauge", "", "two"), entry("gauge", "", "one")],
                      "c_seconds": [entry("histogram", "seconds", "")], "d": [entry("unknown", "", "é")]}
        wait_for(lambda: metadata(self.url, tenant) == everything)
        self.assertEqual(ask(self.url, "metadata", tenant), {"http": 200, "status": "success", "data": everything})
        for limit, count in (("2", 2), ("0", 0), ("-1", 4), ("+3", 3), ("100", 4), ("", 4)):
            self.assertEqual(len(metadata(self.url, tenant, limit=limit)), count, limit)
        for limit, count in (("1", 1), ("0", 2), ("-1", 2), ("2", 2)):
            self.assertEqual(len(metadata(self.url, tenant, limit_per_metric=limit)["b"]), count, limit)
        self.assertEqual(metadata(self.url, tenant, limit_per_metric=1)["b"], [entry("gauge", "", "two")])
        self.assertEqual(metadata(self.url, tenant, metric="b"), {"b": everything["b"]})
        self.assertEqual(metadata(self.url, tenant, metric="b", limit=0), {})
        self.assertEqual(metadata(self.url, tenant, metric="none"), {})
        self.assertEqual(metadata(self.url, {"X-Scope-OrgID": "another"}), {})
        for name in ("limit", "limit_per_metric"):
            for value in ("x", "1.5", "+-1", "99999999999999999999", " 1"):
                self.assertEqual(ask(self.url, "metadata", tenant, **{name: value}),
                                 {"http": 400, "status": "error", "errorType": "bad_data", "error": f"{name} must be a number"})

    def test_search_tells_what_a_metric_is(self):
        tenant = {"X-Scope-OrgID": "searching"}
        self.send(tenant, (COUNTER, "req_total", "Requests.", ""), (HISTOGRAM, "req_seconds", "", "seconds"))
        write(self.url, [{"name": name, "value": 1} for name in
                         ("req_total", "req_seconds_bucket", "req_seconds_created", "req_other")], tenant)
        wait_for(lambda: len(metadata(self.url, tenant)) == 2)
        expected = [{"name": "req_other"}, {"name": "req_seconds_bucket", "type": "histogram", "unit": "seconds"},
                    {"name": "req_seconds_created"}, {"name": "req_total", "type": "counter", "help": "Requests."}]
        wait_for(lambda: names("req", url=self.url, headers=tenant) == expected)
        self.assertEqual(names("req", url=self.url, headers=tenant, include_metadata="0"),
                         [{"name": one["name"]} for one in expected])
        self.assertEqual(names("req", url=self.url, headers=tenant, include_metadata="maybe"),
                         [400, 'invalid include_metadata "maybe": must be boolean'])

    def test_what_is_invalid_is_left_out_and_counted(self):
        tenant = {"X-Scope-OrgID": "invalid"}
        self.send(tenant, (GAUGE, "", "no name", ""), (GAUGE, "n" * 5000, "", ""), (GAUGE, "long", "é" * 1000, ""))
        wait_for(lambda: metadata(self.url, tenant) == {"long": [entry("gauge", "", "é" * 512)]})
        dropped = 'weir_ingest_dropped_metadata_total{reason="'
        self.assertEqual(self.metric(dropped + "missing_metric_name"), 1)
        self.assertEqual(self.metric(dropped + "metric_name_bytes"), 1)

    def test_goes_through_a_gateway(self):
        tenant = {"X-Scope-OrgID": "forwarded"}
        address = self.url.removeprefix("http://")
        gateway = self.stack.weir(None, "--role=gateway", f"--routing.write={address}", f"--routing.read={address}", name="gateway")
        body = remote_write.metadata_body([(GAUGE, "a", "h", "")])
        self.assertEqual(servers.http(gateway.url + "/api/v1/write", body, SNAPPY | tenant), (204, b""))
        wait_for(lambda: metadata(gateway.url, tenant) == {"a": [entry("gauge", "", "h")]})

    def test_a_stop_loses_nothing(self):
        tenant = {"X-Scope-OrgID": "stopped"}
        self.send(tenant, *[(GAUGE, f"m{i}", "", "") for i in range(1000)])
        self.assertEqual(self.weir.stop(), 0)
        self.weir.start()
        self.assertEqual(len(metadata(self.url, tenant)), 1000)


class CollectorMetadataTest(unittest.TestCase):
    def test_a_fresh_server_knows_its_own_metrics(self):
        stack = servers.Servers()
        self.addCleanup(stack.close)
        weir = stack.weir(None, "--collect=on")
        stored = wait_for(lambda: ask(weir.url, "label/__name__/values").get("data"))
        self.assertGreater(len(stored), 50)
        wait_for(lambda: sorted(metadata(weir.url)) == sorted(stored), 15)
        found = metadata(weir.url, metric="node_cpu_seconds_total")["node_cpu_seconds_total"]
        self.assertEqual([(one["type"], one["unit"]) for one in found], [("counter", "seconds")])


if __name__ == "__main__":
    unittest.main(verbosity=2, argv=sys.argv)
