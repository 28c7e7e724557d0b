#!/usr/bin/env python3
"""From a sample to a webhook and to Alertmanagers, on the real server: grouping, resolved alerts, a receiver that is down, a kill."""
import http.server
import json
import os
import random
import sys
import threading
import time
import unittest

import servers
from client import request, wait_for, write

KILLS = int(os.environ.get("WEIR_E2E_KILLS", "15"))
RULES = """
groups:
  - name: g
    interval: 1s
    rules:
      - alert: Hot
        expr: temperature > 80
        labels: {severity: page}
        annotations: {summary: "{{ $labels.room }} has {{ $value }} degrees{{ with $externalLabels.house }} in {{ . }}{{ end }}"}
  - name: hourly
    interval: 1h
    rules:
      - {alert: Leak, expr: 'sum by (room) (increase(litres_total[1m])) > 50'}
"""
RECEIVERS = """
route: {{receiver: hook, group_by: [severity], group_wait: 0s, group_interval: 1s, repeat_interval: 4h}}
receivers:
  - name: hook
    webhook_configs: [{{url: "{url}/hook", send_resolved: true}}]
"""


class Receiver:
    """Notes the bodies of requests by path, and answers with a status that can be set."""

    def __init__(self):
        self.bodies: list[tuple[str, object]] = []
        self.status = 200
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if receiver.status == 200:
                    receiver.bodies.append((self.path, body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def hooks(self) -> list:
        return [body for path, body in self.bodies if path == "/hook"]

    def alerts(self) -> list:
        return [alert for path, body in self.bodies if path == "/api/v2/alerts" for alert in body]


class AlertingTest(unittest.TestCase):
    def setUp(self):
        self.stack = servers.Servers()
        self.addCleanup(self.stack.close)
        self.receiver = Receiver()
        self.addCleanup(self.receiver.server.server_close)
        self.addCleanup(self.receiver.server.shutdown)

    def start(self, *flags: str) -> servers.Server:
        rules, receivers = self.stack.directory / "rules.yml", self.stack.directory / "receivers.yml"
        rules.write_text(RULES)
        receivers.write_text(RECEIVERS.format(url=self.receiver.url))
        return self.stack.weir(None, f"--rules.files={rules}", f"--alerting.config_file={receivers}",
                               "--rules.external_url=http://weir.example", *flags)

    def heat(self, url: str, room: str, degrees: float) -> None:
        status, answer = write(url, [{"name": "temperature", "labels": {"room": room}, "value": degrees}])
        self.assertEqual(status, 200, answer)

    def told(self) -> list:
        """Status and rooms of each notification."""
        return [(hook["status"], sorted((alert["labels"]["room"], alert["status"]) for alert in hook["alerts"]))
                for hook in self.receiver.hooks()]

    def test_a_webhook_is_told_of_begin_and_end(self):
        url = self.start().url
        began = time.time()
        self.heat(url, "attic", 91.5)
        wait_for(lambda: self.told() == [("firing", [("attic", "firing")])], 10)
        print(f"sample to webhook: {time.time() - began:.2f} s")
        hook = self.receiver.hooks()[0]
        self.assertEqual((hook["version"], hook["receiver"], hook["groupLabels"], hook["externalURL"]),
                         ("4", "hook", {"severity": "page"}, "http://weir.example"))
        alert = hook["alerts"][0]
        self.assertEqual(alert["labels"], {"alertname": "Hot", "room": "attic", "severity": "page"})
        self.assertEqual(alert["annotations"], {"summary": "attic has 91.5 degrees"})
        self.assertEqual(alert["generatorURL"], "http://weir.example/graph?g0.expr=temperature%20%3E%2080&g0.tab=1")
        self.heat(url, "cellar", 99)
        wait_for(lambda: self.told()[-1] == ("firing", [("attic", "firing"), ("cellar", "firing")]), 10)
        self.heat(url, "attic", 20)
        self.heat(url, "cellar", 20)
        wait_for(lambda: self.told()[-1][0] == "resolved", 10)
        settled = len(self.told())
        time.sleep(4)
        self.assertEqual(len(self.told()), settled, "nothing is told twice")

    def test_external_labels_are_told(self):
        url = self.start("--rules.external_labels=house=old, severity=none").url
        self.heat(url, "attic", 91.5)
        wait_for(self.told, 10)
        alert = self.receiver.hooks()[0]["alerts"][0]
        self.assertEqual(alert["labels"], {"alertname": "Hot", "house": "old", "room": "attic", "severity": "page"})
        self.assertEqual(alert["annotations"], {"summary": "attic has 91.5 degrees in old"})
        listed = json.loads(request(f"{url}/api/v1/alerts")[1])["data"]["alerts"][0]["labels"]
        self.assertEqual(listed, {"alertname": "Hot", "room": "attic", "severity": "page"})

    def test_a_rule_does_not_wait_for_its_interval(self):
        """One that reads a range and adds it up: it is evaluated when its samples are there, not with its group once an hour."""
        url = self.start().url
        for litres in (0, 10, 30):
            self.assertEqual(write(url, [{"name": "litres_total", "labels": {"room": "bath"}, "value": litres}])[0], 200)
            time.sleep(0.2)
        self.assertEqual(self.told(), [])
        began = time.time()
        self.assertEqual(write(url, [{"name": "litres_total", "labels": {"room": "bath"}, "value": 130}])[0], 200)
        wait_for(lambda: self.told() == [("firing", [("bath", "firing")])], 10)
        print(f"sample to webhook: {time.time() - began:.2f} s")

    def test_a_receiver_that_is_down_is_told_later(self):
        self.receiver.status = 503
        url = self.start().url
        self.heat(url, "attic", 91.5)
        time.sleep(3)
        self.assertEqual(self.told(), [])
        self.receiver.status = 200
        wait_for(lambda: self.told(), 20)

    def test_a_kill_tells_nothing_twice(self):
        weir = self.start()
        self.heat(weir.url, "attic", 91.5)
        wait_for(self.told, 10)
        first = self.receiver.hooks()[0]["alerts"][0]
        time.sleep(2)  # what was told is kept within a second
        weir.kill()
        weir.start()
        time.sleep(5)
        self.assertEqual(self.told(), [("firing", [("attic", "firing")])])
        self.heat(weir.url, "attic", 20)
        wait_for(lambda: self.told()[-1] == ("resolved", [("attic", "resolved")]), 10)
        last = self.receiver.hooks()[-1]["alerts"][0]
        self.assertEqual((last["fingerprint"], last["startsAt"]), (first["fingerprint"], first["startsAt"]))

    def test_no_incident_is_lost_or_doubled_by_kills(self):
        """The server is killed again and again while an alert comes and goes. Each time that it came is told, and no other; what is told
        twice is of the same incident. That it ended is told, unless it came back before that could be."""
        weir = self.start()
        done = threading.Event()
        times = 0

        def come_and_go() -> None:
            nonlocal times
            while not done.is_set():
                for degrees in (95, 20):
                    self.heat_through(weir.url, degrees)
                    done.wait(2.5)
                times += 1

        sender = threading.Thread(target=come_and_go)
        sender.start()
        pauses = random.Random(1)
        for _ in range(KILLS):
            time.sleep(pauses.uniform(0.05, 1.5))
            weir.kill()
            weir.start()
        done.set()
        sender.join()

        def incidents(status: str) -> set:
            return {(alert["fingerprint"], alert["startsAt"]) for hook in self.receiver.hooks() for alert in hook["alerts"]
                    if alert["status"] == status}

        wait_for(lambda: max(incidents("firing")) in incidents("resolved"), 30)
        self.assertEqual(len(incidents("firing")), times)
        self.assertLessEqual(incidents("resolved"), incidents("firing"))
        print(f"{KILLS} kills, {times} incidents, of {len(incidents('resolved'))} the end was told before the next began, "
              f"{len(self.receiver.hooks())} notifications")

    def heat_through(self, url: str, degrees: float) -> None:
        """Writes until it is acknowledged, the same sample."""
        sample = [{"name": "temperature", "labels": {"room": "attic"}, "value": degrees, "timestamp": int(time.time() * 1000)}]

        def is_written() -> bool:
            try:
                return write(url, sample)[0] == 200
            except (OSError, ValueError):
                return False

        wait_for(is_written, 30)

    def silence(self, url: str, room: str, seconds: float) -> str:
        """Makes a silence for a room and returns its id."""
        def at(moment: float) -> str:
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))

        times = {"startsAt": at(time.time()), "endsAt": at(time.time() + seconds)}
        body = times | {"matchers": [{"name": "room", "value": room, "isRegex": False}], "createdBy": "test", "comment": "quiet"}
        status, answer, _ = request(f"{url}/api/v2/silences", "POST", json.dumps(body).encode(), {"Content-Type": "application/json"})
        self.assertEqual(status, 200, answer)
        return json.loads(answer)["silenceID"]

    def state(self, url: str, silence: str) -> str:
        return json.loads(request(f"{url}/api/v2/silence/{silence}")[1])["status"]["state"]

    def test_a_silence_mutes_survives_a_kill_and_ends(self):
        weir = self.start()
        silence = self.silence(weir.url, "attic", 3600)
        weir.kill()  # right after the answer
        weir.start()
        self.assertEqual(self.state(weir.url, silence), "active")
        self.heat(weir.url, "attic", 91.5)
        self.heat(weir.url, "cellar", 91.5)
        wait_for(self.told, 10)
        time.sleep(3)
        self.assertEqual(self.told(), [("firing", [("cellar", "firing")])])
        self.assertEqual(request(f"{weir.url}/api/v2/silence/{silence}", "DELETE")[0], 200)
        wait_for(lambda: self.told()[-1] == ("firing", [("attic", "firing"), ("cellar", "firing")]), 10)
        weir.kill()
        weir.start()
        self.assertEqual(self.state(weir.url, silence), "expired")

    def test_a_silence_is_over_at_its_end(self):
        weir = self.start()
        silence = self.silence(weir.url, "attic", 6)
        self.heat(weir.url, "attic", 91.5)
        wait_for(self.told, 15)
        self.assertEqual(self.state(weir.url, silence), "expired")
        self.assertEqual(self.told(), [("firing", [("attic", "firing")])])

    def test_a_receiver_can_be_tested(self):
        weir = self.start()

        def test(receiver: str) -> tuple[int, dict]:
            status, answer, _ = request(f"{weir.url}/api/v2/notifications/test", "POST", json.dumps({"receiver": receiver}).encode())
            return status, json.loads(answer)

        self.assertEqual(test("hook"), (200, {"receiver": "hook", "integrations": [{"integration": "webhook[0]", "status": "ok"}]}))
        self.assertEqual(self.receiver.hooks()[0]["alerts"][0]["labels"], {"alertname": "WeirTest"})
        self.receiver.status = 503
        outcome = test("hook")[1]["integrations"][0]
        self.assertEqual((outcome["status"], outcome["error"]), ("failed", "the server answered 503 Service Unavailable"))
        self.receiver.server.shutdown()
        self.receiver.server.server_close()
        began = time.monotonic()
        self.assertEqual(test("hook")[1]["integrations"][0]["status"], "failed")
        self.assertLess(time.monotonic() - began, 15)
        status, answer = test("nobody")
        self.assertEqual(status, 404)
        self.assertIn('there are "hook"', answer["detail"])

    def test_alertmanagers_are_handed_all_alerts(self):
        url = self.start(f"--alerting.alertmanagers={self.receiver.url}, http://127.0.0.1:1/").url
        self.heat(url, "attic", 91.5)
        wait_for(self.receiver.alerts, 10)
        alert = self.receiver.alerts()[0]
        self.assertEqual(alert["labels"], {"alertname": "Hot", "room": "attic", "severity": "page"})
        self.assertGreater(alert["endsAt"], time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 180)))
        self.heat(url, "attic", 20)
        wait_for(lambda: self.receiver.alerts()[-1]["endsAt"] < time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 5)), 10)

    def test_internal_addresses_can_be_forbidden(self):
        weir = self.start("--alerting.internal=off")
        self.heat(weir.url, "attic", 91.5)
        wait_for(lambda: "not a public address" in weir.log_tail(), 10)
        self.assertEqual(self.receiver.bodies, [])

    def test_a_bad_configuration_keeps_the_server_from_starting(self):
        global RECEIVERS
        good, RECEIVERS = RECEIVERS, "route: {{receiver: none}}\nreceivers: []\n#{url}\n"
        self.addCleanup(lambda: globals().__setitem__("RECEIVERS", good))
        with self.assertRaisesRegex(RuntimeError, r"receivers\.yml:1:\d+: route\.receiver: "):
            self.start()


if __name__ == "__main__":
    unittest.main(argv=sys.argv, verbosity=2)
