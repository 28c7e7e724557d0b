"""Queries as dashboards ask them: a day of samples 30 s apart, behind 29 days of sparser ones of some hosts, and a metric with
100,000 series. No cache answers. Each server must find as many series as those before it in the run."""
import statistics
import time
import urllib.parse

from measuring import queries, wide
from measuring.figures import percentile
from measuring.load import Load
from measuring.peers import Peer
from measuring.session import Session, Settings

STEP_MS = 30_000
SPARSE_STEP_MS = 300_000
SPARSE_DAYS = 29  # before the day
SPARSE_HOSTS = 10
SERIES_PER_HOST = 1_000  # of the wide metric, so that 100 hosts are a tenth of it
WIDE_STEPS = 20
HOUR_S, DAY_S = 3_600, 86_400
HOST = 'instance="host_1:9100"'

# Kind, expression, step and length in seconds.
QUERIES = {
    "one series, raw samples of 1 h": ("instant", f'temperature_celsius{{{HOST},sensor="sensor1"}}[1h]', 0, 0),
    "rate of one host, 1 h": ("range", f"rate(cpu_seconds_total{{{HOST}}}[5m])", 30, HOUR_S),
    "sum by (instance) (rate), all hosts, 1 h": ("range", "sum by (instance) (rate(network_receive_bytes_total[5m]))", 60, HOUR_S),
    "topk(5, rate), all hosts": ("instant", "topk(5, rate(http_requests_total[5m]))", 0, 0),
    "quantile of classic histograms, 1 h": (
        "range", "histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))", 60, HOUR_S),
    "max_over_time of a day": ("instant", "max by (instance) (max_over_time(temperature_celsius[1d]))", 0, 0),
    "double group-by, 12 h": (
        "range", "avg by (instance, device) (avg_over_time(disk_read_bytes_total[1h]))", HOUR_S, 12 * HOUR_S),
    "30 days of one host, 1 h apart": ("range", f"rate(cpu_seconds_total{{{HOST}}}[1h])", HOUR_S, 30 * DAY_S),
}
WIDE_QUERIES = {
    "regular expression on 100,000 values": ("instant", f'{wide.NAME}{{path=~"/items/0.*7[0-4]"}}', 0, 0),
    "sum by (shard) of 100,000 series, 10 min": ("range", f"sum by (shard) ({wide.NAME})", 60, 600),
}

_found: dict[tuple[Settings, str], int] = {}  # series, by what the first server of a run was told and asked


def measure(peer: Peer, settings: Settings) -> dict:
    with Session(peer) as session:
        day = day_before_now(settings)
        send_all(session, day, settings)
        time.sleep(settings.settle_s)
        asked = asked_of(day, settings.steps)
        client = queries.Client(session.url)
        for name, path in asked.items():
            data = client.data(path)
            check_count(settings, name, len(data["result"] if isinstance(data, dict) else data))
        return timed(client, asked, settings.query_runs)


def day_before_now(settings: Settings) -> Load:
    start_ms = (int(time.time()) * 1000 - settings.steps * STEP_MS) // SPARSE_STEP_MS * SPARSE_STEP_MS
    return Load(settings.hosts, start_ms, STEP_MS)


def send_all(session: Session, day: Load, settings: Settings) -> None:
    """The oldest first, and by one connection where steps are far apart: Prometheus takes nothing that is an hour behind."""
    sparse_steps = SPARSE_DAYS * DAY_S * 1000 // SPARSE_STEP_MS
    hosts = min(SPARSE_HOSTS, settings.hosts)
    Load(hosts, day.start_ms - sparse_steps * SPARSE_STEP_MS, SPARSE_STEP_MS, connections=1).send(session.url, 0, sparse_steps)
    day.send(session.url, 0, settings.steps)
    end_ms = day.start_ms + (settings.steps - 1) * STEP_MS
    wide.send(session.url, settings.hosts * SERIES_PER_HOST, [end_ms - n * STEP_MS for n in reversed(range(WIDE_STEPS))])


def asked_of(day: Load, steps: int) -> dict[str, str]:
    """Paths by name; each query ends with the data."""
    end_s = day.time_s(steps - 1)
    paths = {name: queries.query_path(kind, text, step, end_s - length_s, end_s)
             for name, (kind, text, step, length_s) in (QUERIES | WIDE_QUERIES).items()}
    times = {"start": end_s - HOUR_S, "end": end_s, "nocache": "1"}
    values = "/api/v1/label/path/values?"
    return paths | {
        "values of a label, 100,000": values + urllib.parse.urlencode(times),
        "values of a label of some series": values + urllib.parse.urlencode(times | {"match[]": f'{wide.NAME}{{shard="3"}}'}),
        "series of one host": "/api/v1/series?" + urllib.parse.urlencode(times | {"match[]": f"{{{HOST}}}"}),
    }


def check_count(settings: Settings, name: str, count: int) -> None:
    expected = _found.setdefault((settings, name), count)
    if count == 0 or count != expected:
        raise RuntimeError(f"{name}: {count} series, where another server found {expected}")


def timed(client: queries.Client, asked: dict[str, str], runs: int) -> dict[str, float]:
    """The queries take turns, so that a busy moment of the machine meets all of them."""
    times: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(runs):
        for name, path in asked.items():
            times[name].append(queries.time_once(client, path))
    return {f"{name}, {q} ms": of(took) for name, took in times.items()
            for q, of in (("p50", statistics.median), ("p99", lambda took: percentile(took, 0.99)))}
