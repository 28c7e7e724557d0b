#!/usr/bin/env python3
"""Rules on the real server: files and the ruler API, recording and alerting, a kill in between, late senders."""
import json
import pathlib
import re
import sys
import time
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "services"))
import packages  # noqa: E402
import remote_write  # noqa: E402
import servers  # noqa: E402
from client import query, wait_for, write  # noqa: E402

SNAPPY = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
RULES = """
groups:
  - name: jobs
    interval: 1s
    rules:
      - record: job:load:sum
        expr: sum by (job) (load)
      - record: job:load:double
        expr: 2 * job:load:sum
      - alert: Loaded
        expr: job:load:sum > 10
        for: 3s
        labels: {severity: page}
        annotations: {summary: "{{ $labels.job }} has {{ $value }}"}
"""
GROUP = """
name: own
interval: 1s
rules:
  - alert: Always
    expr: vector(1)
"""


def get(url: str, path: str, headers: dict | None = None):
    status, body = servers.http(url + path, headers=headers)
    assert status == 200, (status, body)
    return json.loads(body)["data"]


def load(url: str, value: float, job: str = "api") -> None:
    status, answer = write(url, [{"name": "load", "labels": {"job": job, "i": str(i)}, "value": value} for i in range(2)])
    assert status == 200, answer


SAME = """
groups:
  - name: recorded
    interval: 1s
    labels: {team: core}
    rules:
      - {record: "up:sum", expr: "sum by (job) (up)", labels: {kind: sum, job: ""}}
      - {record: "up:ratio", expr: "up:sum / 2"}
      - {record: broken, expr: "up * on (job) group_left up"}
  - name: alerts
    interval: 1s
    limit: 10
    query_offset: 1s
    rules:
      - alert: Down
        expr: up == 0
        for: 2s
        keep_firing_for: 1h
        labels: {severity: '{{ if eq $labels.instance "b" }}page{{ else }}info{{ end }}'}
        annotations:
          summary: '{{ $labels.instance }} of {{ $labels.job | toUpper }} is {{ $value | humanize }}'
          others: '{{ with query "up:sum" }}{{ . | first | value }}{{ end }}'
          broken: '{{ $labels.nothing | first }}'
      - {alert: Later, expr: "vector(1)", for: 1h}
      - {alert: Never, expr: "up > 5", annotations: {x: y}}
"""


def without_times(value):
    """What two servers must say alike: not when, nor how long it took, nor where the file is, nor whose words an error is in, nor
    how far from the begin of the text that Prometheus puts before a template."""
    if isinstance(value, list):
        return sorted((without_times(one) for one in value), key=json.dumps)
    if isinstance(value, dict):
        differing = ("activeAt", "evaluationTime", "file", "keepFiringSince", "lastError", "lastEvaluation")
        return {key: key if key in differing else without_times(one) for key, one in value.items()}
    return re.sub(r"__alert_Down:1:\d+", "__alert_Down:1:N", value) if isinstance(value, str) else value


class RulesTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.stack = servers.Servers()
        self.addCleanup(self.stack.close)

    def start(self, rules: str = RULES, *flags: str):
        directory = self.stack.directory / "rules"
        directory.mkdir(exist_ok=True)
        (directory / "a.yml").write_text(rules)
        self.rules = directory / "a.yml"
        return self.stack.weir(None, f"--rules.files={directory}/*.yml", *flags)

    def alerts(self, url: str) -> dict:
        return {one["labels"]["alertname"]: one for one in get(url, "/api/v1/alerts")["alerts"]}

    def wait_for_state(self, url: str, alert: str, state: str | None, seconds: float = 20, keep=lambda: None) -> dict:
        def reached():
            keep()
            one = self.alerts(url).get(alert)
            return one or True if (one and one["state"]) == state else None
        return wait_for(reached, seconds)

    def test_records_and_alerts(self):
        url = self.start().url
        load(url, 7)
        self.assertEqual(wait_for(lambda: query(url, "job:load:double")["data"]["result"])[0]["value"][1], "28")
        pending = self.wait_for_state(url, "Loaded", "pending")
        self.assertEqual(pending["labels"], {"alertname": "Loaded", "job": "api", "severity": "page"})
        self.assertEqual(pending["annotations"], {"summary": "api has 14"})
        firing = self.wait_for_state(url, "Loaded", "firing")
        self.assertEqual(firing["activeAt"], pending["activeAt"])
        self.assertEqual(firing["value"], "1.4e+01")
        shown = wait_for(lambda: query(url, 'ALERTS{alertstate="firing"}')["data"]["result"])
        self.assertEqual(shown[0]["metric"], {"__name__": "ALERTS", "alertname": "Loaded", "alertstate": "firing", "job": "api",
                                              "severity": "page"})
        load(url, 1)
        self.wait_for_state(url, "Loaded", None)
        wait_for(lambda: not query(url, "ALERTS")["data"]["result"])  # its series has ended, and does not stay for five minutes

    def test_tells_of_its_rules(self):
        url = self.start().url
        load(url, 7)
        self.wait_for_state(url, "Loaded", "firing")
        groups = get(url, "/api/v1/rules")["groups"]
        self.assertEqual([(one["name"], one["file"], one["interval"]) for one in groups], [("jobs", str(self.rules), 1)])
        rules = groups[0]["rules"]
        self.assertEqual([(one["type"], one["name"], one["health"]) for one in rules],
                         [("recording", "job:load:sum", "ok"), ("recording", "job:load:double", "ok"), ("alerting", "Loaded", "ok")])
        self.assertEqual((rules[2]["state"], rules[2]["duration"], len(rules[2]["alerts"])), ("firing", 3, 1))
        for parameters, names in [("type=alert", ["Loaded"]), ("type=record&rule_name[]=job:load:sum", ["job:load:sum"]),
                                  ("rule_group[]=none", []), ("match[]={severity=\"page\"}", ["Loaded"])]:
            found = get(url, "/api/v1/rules?" + parameters.replace('"', "%22").replace("{", "%7B").replace("}", "%7D"))["groups"]
            self.assertEqual([rule["name"] for group in found for rule in group["rules"]], names, parameters)
        self.assertEqual(servers.http(url + "/api/v1/rules?type=x")[0], 400)

    def test_a_wait_goes_on_after_a_kill(self):
        weir = self.start(RULES.replace("for: 3s", "for: 8s"))
        load(weir.url, 7)
        before = self.wait_for_state(weir.url, "Loaded", "pending")
        time.sleep(3)
        weir.kill()
        weir.start()
        after = self.wait_for_state(weir.url, "Loaded", "pending")
        self.assertEqual(after["activeAt"], before["activeAt"])
        began = time.monotonic()
        self.wait_for_state(weir.url, "Loaded", "firing")
        self.assertLess(time.monotonic() - began, 6.5)

    def test_times_of_an_outage_are_evaluated(self):
        weir = self.start()
        load(weir.url, 3)
        wait_for(lambda: query(weir.url, "job:load:sum")["data"]["result"], 10)
        weir.kill()
        down = time.time()
        time.sleep(6)
        weir.start()
        up = time.time()
        seconds = int(up - down) - 1
        def count() -> int:
            found = query(weir.url, f"count_over_time(job:load:sum[{seconds}s])", time=up - 0.5)["data"]["result"]
            return int(found[0]["value"][1]) if found else 0
        wait_for(lambda: count() == seconds, 10)

    def test_files_change(self):
        url = self.start().url
        self.rules.write_text(RULES.replace("job:load:double", "job:load:twice"))
        names = lambda: [rule["name"] for group in get(url, "/api/v1/rules")["groups"] for rule in group["rules"]]
        wait_for(lambda: "job:load:twice" in names(), 10)
        self.rules.write_text("groups: [")
        time.sleep(3)
        self.assertIn("job:load:twice", names())
        self.rules.write_text("groups: []")
        wait_for(lambda: not names(), 10)

    def test_a_bad_file_keeps_the_server_from_starting(self):
        with self.assertRaisesRegex(RuntimeError, r"a\.yml:5:15: expr: .*weir rules check"):
            self.start("groups:\n- name: g\n  rules:\n  - record: r\n    expr: up +\n")

    def test_says_what_prometheus_says(self):
        try:
            program = packages.prometheus()
        except packages.RegistryMissing as missing:
            self.skipTest(f"SKIPPED: the module proxy is not there: {missing}")
        weir = self.start(SAME)
        prometheus = self.stack.prometheus(json.dumps({"global": {"evaluation_interval": "1s"}, "rule_files": [str(self.rules)]}),
                                           "--web.enable-remote-write-receiver", program=program)
        both = (weir.url, prometheus.url)

        def send(down: float) -> None:
            now_ms = int(time.time() * 1000)
            body = remote_write.body([{"labels": {"__name__": "up", "instance": instance, "job": job}, "samples": [(value, now_ms)]}
                                      for job, instance, value in [("api", "a", 1), ("api", "b", down), ("db", "c", down)]])
            for url in both:
                status, answer = servers.http(url + "/api/v1/write", body, SNAPPY)
                self.assertIn(status, (200, 204), answer)

        def states(url: str) -> list:
            return sorted((one["labels"]["alertname"], one["state"]) for one in get(url, "/api/v1/alerts")["alerts"])

        send(0)
        for url in both:
            wait_for(lambda: states(url) == [("Down", "firing"), ("Down", "firing"), ("Later", "pending")], 20)
        self.compare(both)
        send(1)
        time.sleep(4)  # kept firing
        self.compare(both)

    def compare(self, both: tuple) -> None:
        for path in ("/api/v1/rules", "/api/v1/rules?type=record", "/api/v1/rules?rule_name[]=Down&exclude_alerts=true", "/api/v1/alerts"):
            ours, theirs = (without_times(get(url, path)) for url in both)
            self.assertEqual(ours, theirs, path)
        for expression in ("ALERTS", "up:sum", "up:ratio", "broken"):
            ours, theirs = ([(one["metric"], one["value"][1]) for one in sorted(query(url, expression)["data"]["result"], key=json.dumps)]
                            for url in both)
            self.assertEqual(ours, theirs, expression)

    def test_says_up_to_when_its_data_are_there(self):
        url = self.stack.weir().url
        write(url, [{"name": "load", "value": 1, "timestamp": int((time.time() - 3) * 1000)}])

        def watermark() -> float:
            with urllib.request.urlopen(url + "/api/v1/query?query=load") as answer:
                return float(answer.headers["X-Weir-Watermark"])

        behind = wait_for(lambda: time.time() - watermark())
        self.assertTrue(3 < behind < 6, behind)
        told = json.loads(servers.http(url + "/api/v2/status")[1])["processor"]["tenants"][0]["watermark_ms"]
        self.assertAlmostEqual(told / 1000, time.time() - behind, delta=2)
        self.assertIn('weir_watermark_seconds{tenant="1"}', servers.http(url + "/metrics")[1].decode())

    def test_ruler_api(self):
        url = self.stack.weir().url
        team = {"X-Scope-OrgID": "team"}
        base = url + "/prometheus/config/v1/rules"
        self.assertEqual(servers.http(base, headers=team)[0], 404)
        self.assertEqual(servers.http(base + "/my%20space", GROUP.encode(), team)[0], 202)
        status, body = servers.http(base, headers=team)
        self.assertEqual((status, body.decode()), (200, '"my space":\n  - name: "own"\n    interval: 1s\n    rules:\n'
                                                        '      - alert: "Always"\n        expr: "vector(1)"\n'))
        status, body = servers.http(base + "/my%20space/own", headers=team)
        self.assertEqual((status, servers.http(base + "/other", body, team)[0]), (200, 202))
        found = wait_for(lambda: [one for one in get(url, "/api/v1/alerts", team)["alerts"] if one["state"] == "firing"], 20)
        self.assertEqual(found[0]["labels"], {"alertname": "Always"})
        self.assertEqual(get(url, "/api/v1/alerts")["alerts"], [])
        status, body = servers.http(base + "/x", b"name: g\nrules: [{alert: A, expr: 'up +'}]", team)
        self.assertEqual(status, 400)
        self.assertIn("2:", json.loads(body)["detail"])
        self.assertEqual(servers.http(base + "/my%20space/own", headers=team, method="DELETE")[0], 202)
        self.assertEqual(servers.http(base + "/my%20space/own", headers=team, method="DELETE")[0], 404)
        self.assertEqual(servers.http(base + "/other", headers=team, method="DELETE")[0], 202)
        wait_for(lambda: not get(url, "/api/v1/rules", team)["groups"], 10)

    def test_waits_for_senders_that_are_late(self):
        """A sender whose samples come two seconds after their time: a rule that did not wait would find them half the time."""
        url = self.start().url
        began = time.time()
        while time.time() < began + 12:
            now = time.time()
            write(url, [{"name": "load", "labels": {"job": "late"}, "value": int(now), "timestamp": int((now - 2) * 1000)}])
            time.sleep(0.2)
        at = began + 8
        made = query(url, 'job:load:sum{job="late"}[4s]', time=at)["data"]["result"][0]["values"]
        wanted = {when: query(url, 'sum(load{job="late"})', time=when)["data"]["result"][0]["value"][1] for when, _ in made}
        self.assertGreaterEqual(len(made), 4)
        self.assertEqual(dict(made), wanted)


if __name__ == "__main__":
    unittest.main(argv=sys.argv, verbosity=2)
