#!/usr/bin/env python3
"""Weir alone on its embedded engines, and as a cluster on Kafka and TimescaleDB or PostgreSQL: the same load, the same queries, and
how soon after its acknowledgement a sample can be read.

usage: bench/cluster_compare.py [--hosts 20] [--steps 60] [--probes 100] [--store timescale|postgres]
"""
import argparse
import json
import pathlib
import statistics
import sys
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "services")]
import cluster  # noqa: E402
import servers  # noqa: E402
from measuring.load import past_load  # noqa: E402
from measuring.queries import Client, time_queries  # noqa: E402
from measuring.tables import table  # noqa: E402


def freshness(url: str, probes: int) -> list[float]:
    """Milliseconds from a write's acknowledgement to the first answer that has its sample."""
    client = Client(url)
    path = "/api/v1/query?" + urllib.parse.urlencode({"query": "freshness_probe"})
    took = []
    for probe in range(probes):
        time.sleep(0.002)  # a millisecond of its own: of two values of one time the first stays
        body = json.dumps({"name": "freshness_probe", "value": probe + 1}).encode()
        status, answer = servers.http(f"{url}/api/v1/metrics", body, {"Content-Type": "application/json"})
        acknowledged = time.perf_counter()
        if status != 200:
            raise RuntimeError(f"write: {status} {answer!r}")
        while True:
            result = json.loads(client.get(path))["data"]["result"]
            if result and float(result[0]["value"][1]) == probe + 1:
                break
            if time.perf_counter() - acknowledged > 30:
                raise RuntimeError(f"probe {probe} is not visible 30 s after its acknowledgement")
        took.append((time.perf_counter() - acknowledged) * 1000)
    return sorted(took)


def measure(url: str, arguments) -> dict:
    load = past_load(arguments.hosts, arguments.steps)
    print(f"{url}: loading", file=sys.stderr, flush=True)
    loaded = load.send(url, 0, arguments.steps)
    started = time.monotonic()
    count = urllib.parse.urlencode({"query": "count({__name__=~'.+',job='devops'})", "time": load.time_s(0) + 1})
    while True:
        # A server with one backend answers no reader in time while it applies the load.
        status, body = servers.http(f"{url}/api/v1/query?{count}", timeout=60)
        result = json.loads(body)["data"]["result"] if status == 200 else []
        if result and float(result[0]["value"][1]) == arguments.hosts * 100:
            break
        if time.monotonic() - started > 300:
            raise RuntimeError("the load is not visible after 300 s")
        time.sleep(0.2)
    print(f"{url}: visible; asking", file=sys.stderr, flush=True)
    time.sleep(arguments.settle)
    fresh = freshness(url, arguments.probes)
    return {
        "samples": loaded["samples"],
        "acknowledged samples/s": loaded["samples"] / loaded["seconds"],
        "write p99 ms": loaded["p99_ms"],
        "acknowledged to visible, p50 ms": statistics.median(fresh),
        "acknowledged to visible, p99 ms": fresh[int(len(fresh) * 0.99) - 1],
    } | time_queries(url, load, arguments.steps, arguments.query_runs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=20, help="100 series each")
    parser.add_argument("--steps", type=int, default=60, help="samples a series, 10 s apart")
    parser.add_argument("--probes", type=int, default=100)
    parser.add_argument("--query-runs", type=int, default=7)
    parser.add_argument("--settle", type=float, default=20, help="seconds between load and queries")
    parser.add_argument("--store", default="postgres", choices=["timescale", "postgres"])
    arguments = parser.parse_args()
    results = {}
    with servers.Servers() as stack:
        results["one process"] = measure(stack.weir().url, arguments)
    with servers.Servers() as stack:
        running = cluster.Cluster(stack, roles={"gateway": 1, "ingest": 1, "processor": 1, "query": 1}, brokers=1,
                                  store=arguments.store)
        results[f"cluster on {arguments.store}"] = measure(running.urls[0], arguments)
    print(f"\n{arguments.hosts * 100:,} series, {arguments.steps} samples each; one broker, one process a role\n\n"
          f"{table(results, ours='one process')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
