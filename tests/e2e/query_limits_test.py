#!/usr/bin/env python3
"""What a query is told that a limit stops, over HTTP."""
import concurrent.futures
import json
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import servers
from client import wait_for, write

SERIES, SAMPLES = 50, 200


def ask(url: str, what: str, **parameters) -> tuple[int, dict, dict]:
    """Status, headers and body."""
    address = f"{url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status, dict(answer.headers), json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), json.loads(error.read())


class QueryLimitsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        cls.now = int(time.time())

    def start(self, name: str, *flags: str) -> str:
        """A server with some thousand samples."""
        url = self.stack.weir(None, *flags, name=name).url
        write(url, [{"name": "m", "labels": {"i": str(i)}, "value": at, "timestamp": (self.now - SAMPLES + at) * 1000}
                    for i in range(SERIES) for at in range(SAMPLES)])
        wait_for(lambda: ask(url, "query", query="count(last_over_time(m[2s]))", time=self.now)[2].get("data", {}).get("result"))
        return url

    def refused(self, url: str, expression: str, what: str = "query_range", **parameters) -> tuple[int, str, str]:
        if what == "query_range":
            parameters = {"start": self.now - SAMPLES, "end": self.now - 1, "step": 1} | parameters
        status, _, body = ask(url, what, query=expression, **parameters)
        return status, body.get("errorType"), body.get("error")

    def test_points_and_series(self):
        url = self.start("narrow", "--query.points_per_series_max=100", "--query.series_max=60")
        self.assertEqual(self.refused(url, "m"), (
            400, "bad_data", "exceeded maximum resolution of 100 points per timeseries. Try decreasing the query resolution (?step=XX): "
            "200 points are asked for; the smallest step that fits is 1s991ms (query_points_per_series_max)"))
        self.assertEqual(self.refused(url, "count(m)", step="1.991")[0], 200)
        self.assertEqual(self.refused(url, "count(m) + count(m)", step=5), (
            422, "execution", "query: 50 series match after 50 of other selectors, more than 60 (query_series_max)"))

    def test_samples(self):
        url = self.start("few", "--query.samples_max=2000")
        status, kind, message = self.refused(url, "sum(irate(m[10s]))")
        self.assertEqual((status, kind), (422, "execution"))
        self.assertTrue(message.startswith("query processing would load too many samples into memory in query execution: more than 2,000 "
                                           "(query_samples_max); 11 of about "), message)
        self.assertIn("so the query needs about 10,000 samples", message)

    def test_memory(self):
        url = self.start("small", "--query.memory_bytes_max=1MiB")
        self.assertEqual(self.refused(url, "m")[0], 200)
        status, kind, message = self.refused(url, "label_replace(m, 'a', 'b', '', '') + m", step="0.1")
        self.assertEqual((status, kind), (422, "execution"))
        self.assertRegex(message, r"query: would hold [\d,]+ bytes of memory, more than 1,048,576 \(query_memory_bytes_max\)")
        self.assertIn("so the query needs about 1,", message)

    def test_time(self):
        url = self.start("hurried")
        slow = " + ".join(f"sum(quantile_over_time(0.{i}, m[200s]))" for i in range(1, 61))
        status, kind, message = self.refused(url, slow, timeout="0.05")
        self.assertEqual((status, kind), (503, "timeout"))
        self.assertRegex(message, r"^query timed out in expression evaluation after \d+ms: \d+ series with [\d,]+ samples were read; "
                                  r"\d+ of about 50 series of this selector are done$")

    def test_waiting(self):
        url = self.start("busy", "--query.queue_wait_max=50ms", "--server.workers=1")
        # Many times 50 ms of work, on the only worker.
        slow = " + ".join(f"sum(quantile_over_time(0.{i}, m[200s]))" for i in range(1, 41))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            first = pool.submit(self.refused, url, slow)

            def late():  # one that came before the first is answered, and asked again
                status, headers, body = ask(url, "query", query="1")
                return (headers, body) if status == 503 else None
            headers, body = wait_for(late)
            self.assertEqual((body["errorType"], headers["Retry-After"]), ("unavailable", "1"))
            self.assertRegex(body["error"], r"query: waited \S+ for a worker, limit 50ms \(query_queue_wait_ms_max\)")
            self.assertEqual(first.result()[0], 200)
        timings = ask(url, "query", query="1", stats="all")[2]["data"]["stats"]["timings"]
        self.assertGreaterEqual(timings["execTotalTime"], timings["execQueueTime"])
        self.assertIn("weir_query_late_total 1", servers.http(url + "/metrics")[1].decode())


if __name__ == "__main__":
    unittest.main(argv=sys.argv, verbosity=2)
