#!/usr/bin/env python3
"""weir migrate-to moves a running server to another one, under load, without losing a sample."""
import json
import subprocess
import threading
import time
import unittest
import urllib.parse

import servers

SERIES = 20


class MigrateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        cls.old = cls.stack.weir()
        cls.new = cls.stack.weir(name="new")

    def write(self, url: str, samples: list, tenant: str) -> int:
        return servers.http(f"{url}/api/v1/metrics", json.dumps(samples).encode(),
                            {"Content-Type": "application/json", "X-Scope-OrgID": tenant})[0]

    def read(self, url: str, tenant: str) -> dict:
        query = urllib.parse.urlencode({"query": '{__name__=~".+"}[10y]'})
        status, body = servers.http(f"{url}/api/v1/query?{query}", headers={"X-Scope-OrgID": tenant})
        self.assertEqual(status, 200, body[:300])
        return {json.dumps(series["metric"], sort_keys=True): series["values"]
                for series in json.loads(body)["data"]["result"]}

    def test_everything_moves(self):
        now = int(time.time() * 1000)
        for tenant in ("a", "b"):
            for age in range(0, 40 * 3_600_000, 600_000):
                samples = [{"name": "m", "labels": {"i": str(i), "t": tenant}, "value": i + age / 7, "timestamp": now - age}
                           for i in range(SERIES)]
                self.assertEqual(self.write(self.old.url, samples, tenant), 200)
        servers.http(f"{self.old.url}/api/v2/admin/compact", b"")
        stop, acknowledged = threading.Event(), []

        def keep_writing():
            while not stop.is_set():
                at = int(time.time() * 1000)
                if self.write(self.old.url, [{"name": "live", "value": at % 97, "timestamp": at}], "a") == 200:
                    acknowledged.append(at)

        writer = threading.Thread(target=keep_writing)
        writer.start()
        try:
            done = subprocess.run([servers.WEIR, "migrate-to", "--url", self.old.url, self.new.url], capture_output=True,
                                  text=True, timeout=120)
        finally:
            stop.set()
            writer.join()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("0 refused", done.stdout)
        self.assertEqual(self.write(self.old.url, [{"name": "late", "value": 1}], "a"), 503, "the old server is closed for writes")
        for tenant in ("a", "b"):
            old, new = self.read(self.old.url, tenant), self.read(self.new.url, tenant)
            self.assertEqual(old, new)
            self.assertGreaterEqual(len(old), SERIES)
        live = [round(at * 1000) for at, _ in self.read(self.new.url, "a")['{"__name__": "live"}']]
        self.assertGreater(len(acknowledged), 0)
        self.assertEqual(set(acknowledged) - set(live), set(), "acknowledged during the move")
        again = subprocess.run([servers.WEIR, "migrate-to", "--url", self.old.url, self.new.url], capture_output=True, text=True,
                               timeout=120)
        self.assertEqual(again.returncode, 0, again.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
