"""The queries that are timed, and those that count what is there."""
import http.client
import json
import statistics
import time
import urllib.parse

from .figures import percentile
from .load import Load

QUERIES = {
    "one series, 1 h": ("range", 'temperature_celsius{instance="host_1:9100",sensor="sensor1"}', 15),
    "instant, one series": ("instant", 'temperature_celsius{instance="host_1:9100",sensor="sensor1"}', 0),
    "rate of one host, 1 h": ("range", 'rate(cpu_seconds_total{instance="host_1:9100"}[1m])', 15),
    "sum by (instance) (rate), all hosts, 1 h": ("range", "sum by (instance) (rate(network_receive_bytes_total[5m]))", 60),
    "topk(5, sum by (instance) (rate))": ("instant", "topk(5, sum by (instance) (rate(http_requests_total[5m])))", 0),
    "max by (max_over_time), 1 h": ("range", "max by (rack) (max_over_time(temperature_celsius[10m]))", 60),
    "regular expression, 1 h": ("range", 'rate(http_requests_total{instance=~"host_1.?:9100",code=~"code[1-3]"}[1m])', 60),
    "binary join, 1 h": ("range", 'disk_read_bytes_total{device="device1"} / on (instance) group_left '
                                  'processes{state="state1"}', 60),
    "count by (__name__), all series": ("instant", 'count by (__name__) ({__name__=~".+"})', 0),
}

METRICS = ("cpu_seconds_total", "disk_read_bytes_total", "disk_written_bytes_total", "network_receive_bytes_total",
           "network_transmit_bytes_total", "http_requests_total", "http_request_duration_seconds_bucket", "memory_bytes",
           "temperature_celsius", "load_ratio", "queue_length", "voltage_volts", "processes", "limit_bytes")


class Client:
    """Asks one server over a kept-alive connection."""

    def __init__(self, url: str, timeout: float = 600, tenant: str | None = None):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=timeout)
        self.headers = {"X-Scope-OrgID": tenant} if tenant else {}

    def get(self, path: str) -> bytes:
        self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return body

    def data(self, path: str):
        """What an answer of Prometheus' API is about."""
        return json.loads(self.get(path))["data"]

    def result(self, path: str) -> list:
        return self.data(path)["result"]

    def value(self, path: str) -> float | None:
        """The value of an instant query's only series; None where there is none."""
        result = self.result(path)
        return float(result[0]["value"][1]) if result else None


def query_path(kind: str, query: str, step: int, start_s: float, end_s: float) -> str:
    parameters = {"query": query, "nocache": "1"}
    if kind == "range":
        parameters |= {"start": start_s, "end": end_s, "step": step}
    else:
        parameters |= {"time": end_s}
    return f"/api/v1/query{'_range' if kind == 'range' else ''}?{urllib.parse.urlencode(parameters)}"


def paths(load: Load, steps: int, names=tuple(QUERIES)) -> dict[str, str]:
    """The named queries over a load of `steps`, as paths."""
    return {name: query_path(*QUERIES[name], load.time_s(0) + 0.5, load.time_s(steps - 1) - 0.5) for name in names}


def time_once(client: Client, path: str) -> float:
    """Milliseconds of one answer."""
    started = time.perf_counter()
    client.get(path)
    return (time.perf_counter() - started) * 1000


def check_answers(client: Client, asked: dict[str, str]) -> None:
    """A query that finds nothing is no measure of anything."""
    for name, path in asked.items():
        if not client.result(path):
            raise RuntimeError(f"{name}: no result")


def time_queries(url: str, load: Load, steps: int, runs: int) -> dict[str, float]:
    """The median time of each query."""
    client = Client(url)
    asked = paths(load, steps)
    check_answers(client, asked)
    return {f"{name}, p50 ms": statistics.median(time_once(client, path) for _ in range(runs))
            for name, path in asked.items()}


def time_while(url: str, asked: dict[str, str], goes_on) -> dict[str, dict[str, float]]:
    """p50 and p99 of queries that take turns for as long as `goes_on()`."""
    client = Client(url)
    times = {name: [] for name in asked}
    while goes_on() or not all(times.values()):
        for name, path in asked.items():
            times[name].append(time_once(client, path))
    return {name: {"p50": percentile(took, 0.5), "p99": percentile(took, 0.99), "asked": len(took)}
            for name, took in times.items()}


def count_path(selector: str, load: Load, steps: int) -> str:
    """A query of how many samples the series of `selector` have in a load of `steps`."""
    window_s = steps * load.step_ms // 1000 + 60
    return query_path("instant", f"sum(count_over_time({selector}[{window_s}s]))", 0, 0, load.time_s(steps - 1) + 1)


def count_samples(url: str, load: Load, steps: int) -> int:
    """Samples of the whole load that the server has, asked metric by metric to stay below limits of one query."""
    client = Client(url)
    return int(sum(client.value(count_path(f'{metric}{{job="devops"}}', load, steps)) or 0 for metric in METRICS))
