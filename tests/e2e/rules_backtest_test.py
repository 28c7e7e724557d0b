#!/usr/bin/env python3
"""What rules would have done, and why alerts are there or not: weir rules backtest and weir rules explain against the real server."""
import json
import subprocess
import sys
import pathlib
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "services"))
import remote_write  # noqa: E402
import servers  # noqa: E402
from client import query, wait_for, write  # noqa: E402

SNAPPY = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
RULES = """
groups:
  - name: loads
    interval: 1m
    rules:
      - record: job:load:sum
        expr: sum by (job) (load)
      - alert: Loaded
        expr: job:load:sum > 10
        for: 5m
        labels: {severity: page}
        annotations: {summary: "{{ $labels.job }} has {{ $value }}"}
"""
LIVE = """
groups:
  - name: live
    interval: 1s
    rules:
      - alert: Hot
        expr: temperature > 50
        for: 1h
      - alert: Burning
        expr: temperature > 80
"""


def weir(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in (servers.WEIR, *words)], capture_output=True, text=True, timeout=120)


def text_time(ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms / 1000)) + ".000Z"


class BacktestTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.stack = servers.Servers()
        self.addCleanup(self.stack.close)

    def rule_file(self, text: str = RULES) -> pathlib.Path:
        path = self.stack.directory / "rules.yml"
        path.write_text(text)
        return path

    def load_history(self, url: str) -> int:
        """Two hours of two instances, one value a minute: 4 each, and 7 each from 30 to 60 minutes after the start, which is returned."""
        start_ms = int(time.time() - 7200) // 60 * 60_000
        series = [{"labels": {"__name__": "load", "i": str(i), "job": "api"},
                   "samples": [(7.0 if 30 <= minute < 60 else 4.0, start_ms + minute * 60_000) for minute in range(120)]}
                  for i in range(2)]
        status, answer = servers.http(url + "/api/v1/write", remote_write.body(series), SNAPPY)
        self.assertIn(status, (200, 204), answer)
        wait_for(lambda: query(url, "load", time=start_ms / 1000 + 119 * 60)["data"]["result"])
        return start_ms

    def test_backtest(self):
        url = self.stack.weir().url
        start_ms = self.load_history(url)
        path = self.rule_file()
        times = ("--from", start_ms / 1000, "--to", start_ms / 1000 + 7140)
        done = weir("rules", "backtest", "--url", url, *times, "-o", "json", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        file = json.loads(done.stdout)["files"][0]
        self.assertEqual(file["file"], str(path))
        answer = file["backtest"]
        self.assertEqual((answer["partial"], answer["totals"]["evaluations"]), (False, 240))
        record, alert = answer["groups"][0]["rules"]
        self.assertEqual((record["samples"], record["series"], record["health"]), (120, 1, "ok"))
        self.assertEqual((alert["fired"], alert["firing_ms"], alert["firing_peak"]), (1, 25 * 60_000, 1))
        at = lambda minute: text_time(start_ms + minute * 60_000)
        self.assertEqual(alert["alerts"], [{
            "labels": {"alertname": "Loaded", "job": "api", "severity": "page"}, "annotations": {"summary": "api has 14"},
            "intervals": [{"pending": at(30), "firing": at(35), "end": at(60), "value": "14"}]}])

        done = weir("rules", "backtest", "--url", url, *times, "--step", "10m", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("group loads, every 10m\n", done.stdout)
        self.assertIn("would have fired once, 20m in all, at most 1 at once", done.stdout)
        self.assertRegex(done.stdout, r"\n      \|\s+\.+#+ +\|\n      summary: api has 14\n      pending ")
        # Nothing is left there.
        for expression in ("job:load:sum", "ALERTS"):
            self.assertEqual(query(url, f"{expression}[3h]")["data"]["result"], [])

    def test_backtest_says_what_is_wrong(self):
        url = self.stack.weir().url
        self.load_history(url)
        done = weir("rules", "backtest", "--url", url, self.rule_file("groups: [{name: g, rules: [{record: r, expr: 'up +'}]}]"))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("rules.yml:1:", done.stderr)
        broken = RULES + "      - {record: broken, expr: load * on (job) load}\n"
        done = weir("rules", "backtest", "--from", "2h", "--url", url, self.rule_file(broken))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"error: \d+ of 121 evaluations failed, first at \d{4}-.*many-to-many")
        done = weir("rules", "backtest", "--from", "1h", "--step", "10ms", "--url", url, self.rule_file())
        self.assertEqual(done.returncode, 1)
        self.assertIn("limit 100000", done.stderr)
        done = weir("rules", "backtest", "--url", "127.0.0.1:1", self.rule_file())
        self.assertEqual(done.returncode, 1)
        self.assertIn("Is a server running there?", done.stderr)
        self.assertEqual(weir("rules", "backtest", self.stack.directory / "none.yml").returncode, 1)
        self.assertEqual(weir("rules", "backtest", "--from", "soon", self.rule_file()).returncode, 2)

    def test_explain(self):
        path = self.rule_file(LIVE)
        url = self.stack.weir(None, f"--rules.files={path}").url

        def heat(value: float) -> None:
            status, answer = write(url, [{"name": "temperature", "labels": {"room": room}, "value": value + i}
                                         for i, room in enumerate(["attic", "cellar"])])
            self.assertEqual(status, 200, answer)

        def explain(alert: str, *words: str) -> dict:
            done = weir("rules", "explain", "--url", url, "-o", "json", alert, *words)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return json.loads(done.stdout)

        heat(60)
        rule = wait_for(lambda: (found := explain("Hot")["rules"][0])["alerts_active"] == 2 and found, 20)
        self.assertEqual((rule["group"], rule["state"], rule["health"], rule["interval_ms"]), ("live", "pending", "ok", 1000))
        attic = rule["alerts"][0]
        self.assertEqual((attic["labels"], attic["value"]), ({"alertname": "Hot", "room": "attic"}, "60"))
        self.assertGreater(attic["left_ms"], 3_500_000)
        self.assertEqual([one["labels"]["room"] for one in attic["behind"][0]["series"]], ["attic"])
        self.assertEqual(attic["behind"][0]["series"][0]["samples"][-1][1], "60")
        self.assertEqual([one["labels"]["room"] for one in explain("Hot", "--match", '{room="cellar"}')["rules"][0]["alerts"]], ["cellar"])

        # A value that is not near the bound waits for the time of the group.
        answer = wait_for(lambda: (found := explain("Burning"))["rules"][0]["conditions"][0]["count"] == 2 and found, 20)
        self.assertLess(answer["watermark_behind_ms"], 15_000)
        condition = answer["rules"][0]["conditions"][0]
        self.assertEqual((condition["condition"], condition["expr"], condition["bound"]), ("temperature > 80", "temperature", "80"))
        self.assertEqual([one["value"] for one in condition["values"]], ["61", "60"])
        heat(90)
        wait_for(lambda: explain("Burning")["rules"][0]["alerts_active"] == 2, 20)
        heat(20)
        wait_for(lambda: explain("Burning")["rules"][0]["alerts_active"] == 0, 20)
        changes = wait_for(lambda: len(found := explain("Burning")["changes"]) == 4 and found, 20)
        self.assertEqual([(one["labels"]["room"], one["from"], one["to"]) for one in changes],
                         [("attic", "inactive", "firing"), ("cellar", "inactive", "firing"),
                          ("attic", "firing", "inactive"), ("cellar", "firing", "inactive")])

        wait_for(lambda: explain("Burning")["rules"][0]["conditions"][0]["values"][0]["value"] == "21", 20)
        done = weir("rules", "explain", "--url", url, "Burning")
        self.assertEqual(done.returncode, 0)
        self.assertIn("group live of ", done.stdout)
        self.assertIn("      temperature has 2 values; nearest to > 80:\n        21  temperature{room=\"cellar\"}\n", done.stdout)
        self.assertIn("firing -> resolved  {alertname=\"Burning\", room=\"attic\"}", done.stdout)
        done = weir("rules", "explain", "--url", url, "Burnign")
        self.assertEqual(done.returncode, 1)
        self.assertIn('did you mean "Burning"?', done.stderr)


if __name__ == "__main__":
    unittest.main()
