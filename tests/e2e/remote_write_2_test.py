#!/usr/bin/env python3
"""A real Prometheus 3 writes into Weir by remote write 2.0, and Weir is killed again and again.

Prometheus comes from the Go module proxy. It scrapes itself and a target with classic and native histograms, exemplars and start
timestamps. Afterwards both answer the same samples, histograms, exemplars and metadata, and Prometheus counts nothing as lost.

Environment: WEIR_E2E_SECONDS, how long to scrape (default 60); WEIR_E2E_KILLS, how often to kill -9 (default 5).
"""
import collections
import http.server
import json
import os
import struct
import sys
import threading
import time
import unittest
import urllib.parse

import servers
from client import request, wait_for
from remote_write import body_2, field, snappy, varint_of

sys.path.insert(0, str(servers.ROOT / "tests" / "services"))
import packages  # noqa: E402

SECONDS = float(os.environ.get("WEIR_E2E_SECONDS", "60"))
KILLS = int(os.environ.get("WEIR_E2E_KILLS", "5"))

FEATURES = "exemplar-storage,metadata-wal-records,st-storage"
CONFIG = """
global:
  scrape_interval: 1s
  scrape_timeout: 1s
  scrape_native_histograms: true
  always_scrape_classic_histograms: true
scrape_configs:
  - job_name: target
    static_configs: [{targets: ["TARGET"]}]
  - job_name: prometheus
    static_configs: [{targets: ["SELF"]}]
remote_write:
  - url: WEIR/api/v1/write
    protobuf_message: io.prometheus.write.v2.Request
    send_exemplars: true
    send_native_histograms: true
    queue_config: {batch_send_deadline: 500ms, min_backoff: 30ms, max_backoff: 500ms, max_shards: 4}
"""
HEADERS = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"}
WRITTEN = tuple(f"X-Prometheus-Remote-Write-{what}-Written" for what in ("Samples", "Histograms", "Exemplars"))


def time_of(seconds: float) -> bytes:
    return field(1, int(seconds)) + field(2, int(seconds % 1 * 1e9))


def exemplar(trace: str, value: float, at: float) -> bytes:
    return field(1, field(1, b"trace_id") + field(2, trace.encode())) + field(2, value) + field(3, time_of(at))


class Target:
    """Shows a metric of each kind in Prometheus' protobuf format, with more observations at each scrape."""

    def __init__(self):
        self.scrapes = 0
        self.began = time.time()
        target = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                text = target.exposition()
                self.send_response(200)
                self.send_header("Content-Type", "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
                                                 "encoding=delimited")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def exposition(self) -> bytes:
        self.scrapes += 1
        n, now, start = self.scrapes, time.time(), time_of(self.began)
        counter = field(1, float(n)) + field(2, exemplar(f"counter-{n}", 1.0, now)) + field(3, start)
        summary = field(1, n) + field(2, n / 2) + field(3, field(1, 0.5) + field(2, float(n % 7))) + field(4, start)
        families = [
            ("requests_total", "Requests that came.", 0, "", [field(3, counter)]),
            ("temperature_celsius", "How warm it is.", 1, "celsius", [field(2, field(1, float(n % 5)))]),
            ("size_bytes", "How large answers are.", 2, "bytes", [field(4, summary)]),
            ("latency_seconds", "How long answers take.", 4, "seconds", [field(7, self.histogram(n, now, start))]),
        ]
        return b"".join(self.family(*one) for one in families)

    @staticmethod
    def family(name: str, help: str, kind: int, unit: str, metrics: list[bytes]) -> bytes:
        text = field(1, name.encode()) + field(2, help.encode()) + field(3, kind)
        text += b"".join(field(4, metric) for metric in metrics) + field(5, unit.encode())
        return varint_of(len(text)) + text

    @staticmethod
    def histogram(n: int, now: float, start: bytes) -> bytes:
        """Of n observations of 0, 2n of 1.5 and n of 3, both classic and native."""
        buckets = ((n, 0.5), (3 * n, 2.0), (4 * n, float("inf")))
        text = field(1, 4 * n) + field(2, 6.0 * n)
        for count, bound in buckets:
            of_bucket = field(3, exemplar(f"classic-{n}", bound - 0.5, now)) if bound == 2.0 else b""
            text += field(3, field(1, count) + field(2, bound) + of_bucket)
        text += field(5, 0) + field(6, 0.001) + field(7, n)
        text += field(12, field(1, 2) + field(2, 2))  # a span of two buckets, (1, 2] and (2, 4]; 2 is 1 in zigzag
        text += field(13, 4 * n) + field(13, 2 * n - 1)  # 2n, then n less
        return text + field(15, start) + field(16, exemplar(f"native-{n}", 3.0, now))


def ask(url: str, path: str, **parameters):
    status, body = servers.http(f"{url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=60)
    answer = json.loads(body)
    if status != 200:
        raise AssertionError(f"{path} {parameters}: {status} {answer}")
    return answer["data"]


def metrics(url: str) -> dict[str, float]:
    """The sum over the labels of each metric of a server."""
    sums: dict[str, float] = collections.defaultdict(float)
    for line in servers.http(url + "/metrics")[1].decode().splitlines():
        if line and not line.startswith("#"):
            sums[line.split("{")[0].split(" ")[0]] += float(line.rsplit(" ", 1)[1])
    return sums


def same_bits(value: str) -> bytes:
    return struct.pack("<d", float(value)) if value != "NaN" else b"NaN"


def samples(url: str, job: str, end: float) -> dict:
    """All samples of a job, by labels and time: the bits of a double, or a histogram as the API shows it."""
    found = {}
    for series in ask(url, "query", query=f'{{job="{job}"}}[{int(SECONDS) + 120}s]', time=end)["result"]:
        points = {at: same_bits(value) for at, value in series.get("values", ())}
        points |= {at: json.dumps(shown, sort_keys=True) for at, shown in series.get("histograms", ())}
        found[tuple(sorted(series["metric"].items()))] = points
    return found


def exemplars(url: str, start: float, end: float) -> set:
    found = set()
    for series in ask(url, "query_exemplars", query='{job="target"}', start=start, end=end):
        for one in series["exemplars"]:
            found.add(json.dumps([series["seriesLabels"], one["labels"], one["value"], one["timestamp"]], sort_keys=True))
    return found


class PrometheusTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            program = packages.prometheus()
        except packages.RegistryMissing as missing:
            raise unittest.SkipTest(str(missing)) from missing
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        target = Target()
        cls.addClassCleanup(target.close)
        cls.weir = cls.stack.weir()
        config = CONFIG.replace("TARGET", target.address).replace("WEIR", cls.weir.url)
        cls.begin = time.time()
        cls.prometheus = cls.stack.prometheus(config, f"--enable-feature={FEATURES}", program=program)
        for number in range(KILLS + 1):
            time.sleep(SECONDS / (KILLS + 1))
            if number < KILLS:
                cls.weir.kill()
                cls.weir.start()
        cls.end = time.time()
        sent = "prometheus_remote_storage_queue_highest_sent_timestamp_seconds"
        wait_for(lambda: metrics(cls.prometheus.url)[sent] > cls.end + 1, 60)
        time.sleep(5)  # for other shards, and until it is applied

    def test_both_have_the_same_samples(self):
        kinds: collections.Counter = collections.Counter()
        for job in ("target", "prometheus"):
            theirs, ours = (samples(server.url, job, self.end) for server in (self.prometheus, self.weir))
            self.assertGreater(len(theirs), 15)
            self.assertEqual(sorted(theirs), sorted(ours), "the series")
            for labels, points in theirs.items():
                self.assertEqual(points, ours[labels], labels)
                for point in points.values():
                    kinds["histograms" if isinstance(point, str) else "doubles"] += 1
        print(f"the same on both sides: {kinds['doubles']} doubles and {kinds['histograms']} histograms", flush=True)
        self.assertGreater(kinds["doubles"], 100 * SECONDS)
        self.assertGreater(kinds["histograms"], SECONDS)

    def test_both_have_the_same_exemplars(self):
        theirs, ours = (exemplars(server.url, self.begin, self.end) for server in (self.prometheus, self.weir))
        print(f"the same on both sides: {len(theirs & ours)} exemplars", flush=True)
        self.assertGreater(len(theirs), 2 * SECONDS)
        self.assertEqual(theirs, ours)

    def test_metadata_is_that_of_the_families(self):
        theirs, ours = (ask(server.url, "metadata") for server in (self.prometheus, self.weir))
        scraped = ask(self.prometheus.url, "label/__name__/values")
        families = [metric for metric in theirs if any(name.startswith(metric) for name in scraped)]
        differ = {metric: (theirs[metric], ours.get(metric)) for metric in families if theirs[metric] != ours.get(metric)}
        print(f"metadata of {len(families)} families, {len(differ)} differ", flush=True)
        self.assertEqual(differ, {})
        self.assertEqual(ours["latency_seconds"], [{"type": "histogram", "unit": "seconds", "help": "How long answers take."}])
        self.assertEqual(ours["size_bytes"], [{"type": "summary", "unit": "bytes", "help": "How large answers are."}])
        self.assertEqual(ours["requests_total"], [{"type": "counter", "unit": "", "help": "Requests that came."}])

    def test_prometheus_counts_nothing_as_lost(self):
        counted = metrics(self.prometheus.url)
        for kind in ("samples", "histograms", "exemplars"):
            name = f"prometheus_remote_storage_{kind}"
            print(f"{kind}: {counted[name + '_total']:.0f} sent, {counted[name + '_retried_total']:.0f} again, "
                  f"{counted[name + '_failed_total']:.0f} failed, {counted[name + '_dropped_total']:.0f} dropped", flush=True)
            self.assertGreater(counted[name + "_total"], SECONDS)
            self.assertIn(name + "_failed_total", counted)
            self.assertEqual(counted[name + "_failed_total"], 0)
            self.assertEqual(counted[name + "_dropped_total"], 0)
        log = self.prometheus.log_path.read_text()
        for complaint in ("non-recoverable error", "investigation needed"):
            self.assertNotIn(complaint, log)


class WrittenTest(unittest.TestCase):
    """What the answers say that Prometheus gives to nobody else."""

    def test_answers_count_what_is_written(self):
        stack = servers.Servers()
        self.addCleanup(stack.close)
        weir = stack.weir()
        now_ms = int(time.time() * 1000)
        good = {"labels": {"__name__": "good"}, "samples": [(1, now_ms), (2, now_ms + 1)],
                "exemplars": [{"labels": {"trace_id": "a"}, "value": 1, "timestamp": now_ms}]}
        bad = {"labels": {"job": "nameless"}, "samples": [(1, now_ms)]}
        for series, status, counts in (([good], 204, ("2", "0", "1")), ([good, bad], 400, ("2", "0", "1")),
                                       ([bad], 400, ("0", "0", "0"))):
            for path in ("/api/v1/write", "/api/v1/push", "/prometheus/api/v1/write"):
                answer = request(weir.url + path, "POST", body_2(series), HEADERS)
                self.assertEqual((answer[0], tuple(answer[2].get(name) for name in WRITTEN)), (status, counts), answer)
        answer = request(weir.url + "/api/v1/write", "POST", snappy(b"\x22\x01a"), HEADERS)
        self.assertEqual((answer[0], answer[2].get(WRITTEN[0])), (400, "0"))
        self.assertIn(b"the first symbol is not empty", answer[1])
        wait_for(lambda: ask(weir.url, "query", query="good", time=now_ms / 1000 + 1)["result"])
        gateway = stack.weir(None, "--role=gateway", f"--routing.write={weir.url.removeprefix('http://')}",
                             f"--routing.read={weir.url.removeprefix('http://')}", name="gateway")
        answer = request(gateway.url + "/api/v1/write", "POST", body_2([good, bad]), HEADERS)
        self.assertEqual((answer[0], tuple(answer[2].get(name) for name in WRITTEN)), (400, ("2", "0", "1")), "through a gateway")


if __name__ == "__main__":
    unittest.main(argv=sys.argv, verbosity=2)
