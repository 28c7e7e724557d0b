#!/usr/bin/env python3
"""From a sample to a webhook and to Alertmanagers, on the real server: grouping, resolved alerts, a receiver that is down, a kill."""
import http.server
import json
import sys
import threading
import time
import unittest

import servers
from client import wait_for, write

RULES = """
groups:
  - name: g
    interval: 1s
    rules:
      - alert: Hot
        expr: temperature > 80
        labels: {severity: page}
        annotations: {summary: "{{ $labels.room }} has {{ $value }} degrees"}
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
