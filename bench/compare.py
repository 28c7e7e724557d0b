#!/usr/bin/env python3
"""Weir beside Debian's prometheus and victoria-metrics: the same load into each, the same queries of each, in one run.

Prints a table, and with --markdown PATH writes it for docs/PERFORMANCE.md. Every figure is of the server process alone.

usage: bench/compare.py [--hosts 100] [--steps 360] [--runs 3] [--only weir,prometheus] [--markdown PATH]
"""
import argparse
import http.client
import json
import pathlib
import platform
import statistics
import subprocess
import sys
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import servers  # noqa: E402

LOAD = ROOT / "build" / "release" / "bench" / "weir_load"
STEP_MS = 10_000

QUERIES = {
    "one series, 1 h": ("range", 'temperature_celsius{instance="host_1:9100",sensor="sensor1"}', 15),
    "instant, one series": ("instant", 'temperature_celsius{instance="host_1:9100",sensor="sensor1"}', 0),
    "rate of one host, 1 h": ("range", 'rate(cpu_seconds_total{instance="host_1:9100"}[1m])', 15),
    "sum by (instance) (rate), all hosts, 1 h": ("range", "sum by (instance) (rate(network_receive_bytes_total[5m]))", 60),
    "topk(5, sum by (instance) (rate))": ("instant", "topk(5, sum by (instance) (rate(http_requests_total[5m])))", 0),
    "max by (max_over_time), 1 h": ("range", "max by (rack) (max_over_time(temperature_celsius[10m]))", 60),
    "regular expression, 1 h": ("range", 'rate(http_requests_total{instance=~"host_1.:9100",code=~"code[1-3]"}[1m])', 60),
    "binary join, 1 h": ("range", 'disk_read_bytes_total{device="device1"} / on (instance) group_left '
                                  'processes{state="state1"}', 60),
    "count by (__name__), all series": ("instant", 'count by (__name__) ({__name__=~".+"})', 0),
}


def disk_bytes(path: pathlib.Path) -> int:
    """Bytes allocated on disk, as du counts them."""
    return sum(entry.stat().st_blocks * 512 for entry in path.rglob("*") if entry.is_file())


def load(url: str, arguments, start_ms: int) -> dict:
    done = subprocess.run(
        [LOAD, url, "--hosts", str(arguments.hosts), "--steps", str(arguments.steps), "--start-ms", str(start_ms),
         "--step-ms", str(STEP_MS)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


class Client:
    """Asks one server over a kept-alive connection."""

    def __init__(self, url: str):
        self.address = urllib.parse.urlsplit(url).netloc
        self.connection = http.client.HTTPConnection(self.address, timeout=120)

    def get(self, path: str) -> bytes:
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return body


def query_path(kind: str, query: str, step: int, start_s: float, end_s: float) -> str:
    parameters = {"query": query, "nocache": "1"}
    if kind == "range":
        parameters |= {"start": start_s, "end": end_s, "step": step}
    else:
        parameters |= {"time": end_s}
    return f"/api/v1/query{'_range' if kind == 'range' else ''}?{urllib.parse.urlencode(parameters)}"


def time_queries(url: str, start_ms: int, arguments) -> dict:
    client = Client(url)
    end_s = (start_ms + (arguments.steps - 1) * STEP_MS) / 1000 - 0.5
    result = {}
    for name, (kind, query, step) in QUERIES.items():
        path = query_path(kind, query, step, start_ms / 1000 + 0.5, end_s)
        series = len(json.loads(client.get(path))["data"]["result"])
        if series == 0:
            raise RuntimeError(f"{name}: no result")
        times = []
        for _ in range(arguments.query_runs):
            started = time.perf_counter()
            client.get(path)
            times.append((time.perf_counter() - started) * 1000)
        result[name] = (statistics.median(times), series)
    return result


def measure(start_server, write_path: str, data: str, arguments) -> dict:
    """One server from empty to loaded to queried."""
    with servers.Servers() as stack:
        server = start_server(stack)
        start_ms = (int(time.time()) * 1000 - arguments.steps * STEP_MS) // STEP_MS * STEP_MS
        cpu_before = server.cpu_seconds()
        loaded = load(server.url + write_path, arguments, start_ms)
        time.sleep(1)
        cpu = server.cpu_seconds() - cpu_before
        figures = {
            "samples": loaded["samples"],
            "samples/s": loaded["samples"] / loaded["seconds"],
            "samples per CPU second": loaded["samples"] / cpu,
            "CPU s/M samples": cpu / loaded["samples"] * 1e6,
            "write p99 ms": loaded["p99_ms"],
            "memory per series, bytes": server.resident_bytes() / (arguments.hosts * 100),
            "written while loading, B/sample": server.written_bytes() / loaded["samples"],
        }
        time.sleep(arguments.settle)
        figures["queries"] = time_queries(server.url, start_ms, arguments)
        settle_to_rest(server, write_path)
        figures["disk at rest, B/sample"] = disk_bytes(server.directory / data) / loaded["samples"]
        return figures


def settle_to_rest(server, write_path: str) -> None:
    """Brings the data to its resting form where the server can be asked to; prometheus writes its blocks when it stops being
    the head, so its write-ahead log is what there is after an hour."""
    if server.name == "weir":
        status, body = servers.http(server.url + "/api/v2/admin/compact", data=b"", timeout=600)
        if status != 200:
            raise RuntimeError(f"compact: {status} {body!r}")
        time.sleep(12)  # the log is trimmed every ten seconds
    if server.name == "prometheus":
        servers.http(server.url + "/api/v1/admin/tsdb/snapshot", data=b"", timeout=600)
    if server.name == "victoria-metrics":
        servers.http(server.url + "/internal/force_flush")
        servers.http(server.url + "/internal/force_merge")
        time.sleep(5)


PEERS = {
    "weir": (lambda stack: stack.weir(), "/api/v1/write", "data"),
    "prometheus": (lambda stack: stack.prometheus("", "--web.enable-remote-write-receiver", "--web.enable-admin-api"),
                   "/api/v1/write", "data/snapshots"),
    "victoria-metrics": (lambda stack: stack.victoria_metrics(), "/api/v1/write", "data"),
}


def median_of(runs: list[dict]) -> dict:
    merged = {key: statistics.median(run[key] for run in runs) for key in runs[0] if key != "queries"}
    merged["queries"] = {
        name: (statistics.median(run["queries"][name][0] for run in runs), runs[0]["queries"][name][1])
        for name in runs[0]["queries"]
    }
    return merged


def table(results: dict) -> str:
    names = list(results)
    rows = [["figure", *names]]
    for key in next(iter(results.values())):
        if key == "queries":
            continue
        rows.append([key, *(f"{results[name][key]:,.0f}" if results[name][key] >= 1000 else f"{results[name][key]:.2f}"
                            for name in names)])
    for query in QUERIES:
        rows.append([f"{query}, p50 ms", *(f"{results[name]['queries'][query][0]:.2f}" for name in names)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=100, help="100 series each")
    parser.add_argument("--steps", type=int, default=360, help="samples a series, 10 s apart")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--query-runs", type=int, default=15)
    parser.add_argument("--settle", type=float, default=5, help="seconds between load and queries, for servers that show data late")
    parser.add_argument("--only", default=",".join(PEERS))
    parser.add_argument("--markdown", type=pathlib.Path)
    arguments = parser.parse_args()
    results = {}
    for name in arguments.only.split(","):
        runs = []
        for number in range(arguments.runs):
            print(f"{name}: run {number + 1} of {arguments.runs}", file=sys.stderr, flush=True)
            runs.append(measure(*PEERS[name], arguments))
        results[name] = median_of(runs)
    text = table(results)
    print(f"\n{arguments.hosts * 100:,} series, {arguments.steps} samples each, {STEP_MS // 1000} s apart; medians of "
          f"{arguments.runs} runs; {platform.machine()}, {platform.release()}\n\n{text}")
    if arguments.markdown:
        arguments.markdown.write_text(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
