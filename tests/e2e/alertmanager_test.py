#!/usr/bin/env python3
"""A real Alertmanager and Weir get the same alerts and the same configuration: Weir's client hands them to Alertmanager, Weir's own
notifier delivers them, and the receiver is told the same by both.

Alertmanager comes from the Go module proxy; src/notify/real_alertmanager_test.cc is the other half.
"""
import datetime
import http.server
import json
import os
import subprocess
import sys
import threading
import unittest
import urllib.parse

import servers
from client import wait_for

sys.path.insert(0, str(servers.ROOT / "tests" / "services"))
import packages  # noqa: E402

TEST = servers.WEIR.parent / "src" / "weir_notify_test"
CONFIG = """
route:
  receiver: others
  routes:
    - matchers: ['severity=~"page|ticket"', 'team=""']
      receiver: pager
      group_by: [alertname, severity]
      group_wait: 500ms
      group_interval: 1s
receivers:
  - name: others
  - name: pager
    webhook_configs: [{url: 'URL'}]
inhibit_rules:
  - source_matchers: [severity="critical"]
    target_matchers: [severity="page"]
    equal: [alertname]
"""


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps the messages that it is sent, by who sends them. Weir's n-th one is answered when Alertmanager's has come."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.messages: dict[str, list] = {"alertmanager": [], "weir": []}
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        messages = self.server.messages
        sender = self.headers["User-Agent"].split("/")[0].lower()
        messages[sender].append(json.loads(body))
        if sender == "weir":
            wait_for(lambda: len(messages["alertmanager"]) >= len(messages["weir"]), seconds=4)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def comparable(message: dict) -> dict:
    """A message with times as such, and without what says who sent it or is newer than version 4's first form."""
    message = json.loads(json.dumps(message))
    for name in ("externalURL", "notification_reason", "routeLabels", "receiverLabels"):
        message.pop(name, None)
    for alert in message["alerts"]:
        for name in ("startsAt", "endsAt"):
            alert[name] = datetime.datetime.fromisoformat(alert[name]).timestamp() if alert[name][:4] != "0001" else None
    return message


class AlertmanagerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            program = packages.alertmanager()
        except packages.RegistryMissing as missing:
            raise unittest.SkipTest(str(missing)) from missing
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.shutdown)
        cls.config = cls.stack.directory / "alertmanager.yml"
        cls.config.write_text(CONFIG.replace("URL", f"http://127.0.0.1:{cls.receiver.server_port}/hook"))
        port = servers.free_port()
        cls.url = f"http://127.0.0.1:{port}"
        cls.stack.add("alertmanager", [program, f"--config.file={cls.config}", f"--web.listen-address=127.0.0.1:{port}",
                                       "--cluster.listen-address=", f"--storage.path={cls.stack.directory}"], cls.url + "/-/ready")
        environment = os.environ | {"WEIR_ALERTMANAGER_URL": cls.url, "WEIR_ALERTMANAGER_CONFIG": str(cls.config)}
        subprocess.run([TEST, "--gtest_filter=RealAlertmanager.*"], env=environment, check=True, stdout=subprocess.DEVNULL)

    def test_alertmanager_has_the_alerts(self):
        status, body = servers.http(f"{self.url}/api/v2/alerts?{urllib.parse.urlencode({'filter': 'alertname=down'})}")
        self.assertEqual(status, 200)
        alerts = {alert["labels"]["job"]: alert for alert in json.loads(body)}
        self.assertEqual(set(alerts), {"b"})  # the other one has ended
        self.assertEqual(alerts["b"]["annotations"], {"summary": 'it is "down" <&>', "job": "b"})
        self.assertEqual(alerts["b"]["labels"]["ort"], "größer")
        ends, starts = (datetime.datetime.fromisoformat(alerts["b"][name]) for name in ("endsAt", "startsAt"))
        self.assertAlmostEqual((ends - starts).total_seconds(), 240, delta=1)

    def test_both_tell_the_receiver_the_same(self):
        wait_for(lambda: {len(one) for one in self.receiver.messages.values()} == {2}, seconds=20)
        theirs, ours = (list(map(comparable, self.receiver.messages[name])) for name in ("alertmanager", "weir"))
        self.maxDiff = None
        self.assertEqual([[alert["status"] for alert in message["alerts"]] for message in ours],
                         [["firing", "firing"], ["resolved", "firing"]])
        self.assertEqual(theirs, ours)


if __name__ == "__main__":
    unittest.main()
