"""Ten streaming aggregations over all series of a load that arrives as scrapes do, beside the same server without them, at the same
time and with the same bodies. Then whether the outputs are right, how soon they are there, and what kill -9 in the middle of windows
costs. The sums that are right are those of the samples that the server without aggregations has; the counts are of the load itself."""
import collections
import math
import statistics
import time

from measuring import aggregating, restart
from measuring.aggregating import Arrangement
from measuring.figures import MEGA
from measuring.load import SERIES_PER_HOST, STARTS_IN_S, STEP_MS, Load
from measuring.peers import Peer
from measuring.queries import METRICS, Client, query_path
from measuring.session import Settings

MINUTE_S, STEP_S = 60, STEP_MS // 1000
SETTLE_S = 12  # until what a window's end puts off is done
AFTER_STEPS = 8  # of the load that meets the kill
KILL_AFTER_S = 55  # half-way through a window of 10 s
DELAY_MAX_S = 9  # then comes the next window
CONNECTIONS, SERIES_PER_REQUEST = 2, 2_000  # what weir_load does
# No sample lies on the end of a window, so that it does not matter to which of two it would belong.
SHIFT_MS = 200
ONE_OUTPUT = {"weir": "cpu_seconds_total:10s_count"}
THEIR_OUTPUT = "cpu_seconds_total:10s_count_samples"


def measure(peer: Peer, settings: Settings) -> dict:
    with Arrangement(peer.name, False) as plain, Arrangement(peer.name, True) as busy:
        begin_s = minute_after(time.time() + 5)
        load = Load(settings.hosts, begin_s * 1000 + SHIFT_MS, samples_per_second=settings.hosts * SERIES_PER_HOST // STEP_S,
                    connections=CONNECTIONS)
        figures = cost(load, settings.steps, plain, busy)
        end_s = minute_after(begin_s + settings.steps * STEP_S)
        first = (end_s - begin_s) // STEP_S + 2
        delays = killed(peer.name, load, first, busy)
        figures |= {"end of a window to its outputs, p50 s": statistics.median(delays), "the same, most s": max(delays)}
        wait_until(minute_after(begin_s + (first + AFTER_STEPS) * STEP_S) + SETTLE_S)
        figures |= rightness(peer.name, load, settings.steps, plain, busy)
        return figures | after_kill(peer.name, load, first, busy) | own(peer.name, busy)


def minute_after(time_s: float) -> int:
    return math.ceil(time_s / MINUTE_S) * MINUTE_S


def wait_until(time_s: float) -> None:
    time.sleep(max(0.0, time_s - time.time()))


def cost(load: Load, steps: int, plain: Arrangement, busy: Arrangement) -> dict:
    """CPU from the load's begin until all of its windows are closed, of both at once."""
    wait_until(load.start_ms / 1000 - STARTS_IN_S)
    before = plain.cpu_seconds(), busy.cpu_seconds()
    with load.sending(plain.takes.url, 0, steps) as one, load.sending(busy.takes.url, 0, steps) as other:
        samples = other.result()["samples"]
        if one.result()["samples"] != samples:
            raise RuntimeError("the two loads differ")
    wait_until(minute_after(load.time_s(steps) - 1) + SETTLE_S)
    alone, with_them = plain.cpu_seconds() - before[0], busy.cpu_seconds() - before[1]
    return {"samples per CPU second": samples / with_them,
            "CPU s/M samples": with_them / samples * MEGA,
            "the same without aggregations": alone / samples * MEGA,
            "what the ten add, CPU s/M samples": (with_them - alone) / samples * MEGA,
            "samples": samples,
            "memory peak, MB": busy.peak_bytes() / MEGA,
            "the same without aggregations, MB": plain.peak_bytes() / MEGA}


def sent_counts(load: Load, steps: range, window_s: int) -> dict[int, int]:
    """Samples of the load by the end of their window."""
    counts: dict[int, int] = collections.Counter()
    share = -(-load.hosts // load.connections)
    for connection in range(load.connections):
        series = max(0, min(load.hosts - share * connection, share)) * SERIES_PER_HOST
        for begin in range(0, series, SERIES_PER_REQUEST):
            for step in steps:
                at_ms = load.start_ms + step * load.step_ms + int(begin / series * load.step_ms)
                counts[-(-at_ms // (window_s * 1000)) * window_s] += min(SERIES_PER_REQUEST, series - begin)
    return counts


def nearest_end(at_s: float, window_s: int) -> int:
    """The end of the window that an output is of: single-node VictoriaMetrics gives outputs the second in which it stores them."""
    return math.floor(at_s / window_s + 0.5) * window_s


def totals(peer: str, url: str, window_s: int, output: str, ends: list[int]) -> dict[int, float]:
    """What the outputs of all metrics add up to, by the end of their window."""
    selector = aggregating.total_name(peer, "1m" if window_s == MINUTE_S else f"{window_s}s", output)
    found = collections.defaultdict(list)
    path = query_path("instant", f"{selector}[{ends[-1] - ends[0] + window_s}s]", 0, 0, ends[-1] + window_s // 2 - 1)
    for series in Client(url).result(path):
        for at_s, value in series["values"]:
            found[nearest_end(at_s, window_s)].append(float(value))
    return {at_s: math.fsum(values) for at_s, values in found.items()}


def stored_sums(url: str, ends: list[int]) -> dict[int, float]:
    """The sums of the samples themselves, by windows of 10 s."""
    client, found = Client(url), collections.defaultdict(list)
    for metric in METRICS:
        path = query_path("range", f'sum(sum_over_time({metric}{aggregating.INPUTS}[{STEP_S}s]))', STEP_S, ends[0], ends[-1])
        for at_s, value in client.result(path)[0]["values"]:
            found[round(at_s)].append(float(value))
    return {at_s: math.fsum(values) for at_s, values in found.items()}


def off_percent(expected: dict[int, float], got: dict[int, float]) -> list[float]:
    """By how much each window is off."""
    return [100 * abs(got.get(end_s, 0) - value) / value for end_s, value in sorted(expected.items())]


def rightness(peer: str, load: Load, steps: int, plain: Arrangement, busy: Arrangement) -> dict:
    counts = sent_counts(load, range(steps), STEP_S)
    ends = sorted(counts)
    sums = stored_sums(plain.answers.url, ends)
    got = totals(peer, busy.answers.url, STEP_S, "count", ends)
    count_off = off_percent(counts, got)
    sum_off = off_percent(sums, totals(peer, busy.answers.url, STEP_S, "sum", ends))
    return {"windows of 10 s": len(ends), "of them with the right count": sum(off == 0 for off in count_off),
            "of them without a count": sum(end_s not in got for end_s in ends),
            "count off, mean %": statistics.mean(count_off), "count off, most %": max(count_off),
            "sum off, mean %": statistics.mean(sum_off), "sum off, most %": max(sum_off)}


def killed(peer: str, load: Load, first: int, busy: Arrangement) -> list[float]:
    """Seconds from the end of each window to its outputs while samples arrive, until what aggregates is killed and started again."""
    begin_s = load.time_s(first)
    wait_until(begin_s)
    client = Client(busy.answers.url)
    with load.sending(busy.takes.url, first, AFTER_STEPS) as running:
        delays = []
        for end_s in range(round(begin_s) + STEP_S, round(begin_s + KILL_AFTER_S), STEP_S):
            wait_until(end_s)
            delays.append(delay_of(client, ONE_OUTPUT.get(peer, THEIR_OUTPUT), end_s))
        wait_until(begin_s + KILL_AFTER_S)
        busy.takes.kill()
        busy.takes.start()
        running.result()
    return delays


def delay_of(client: Client, series: str, end_s: int) -> float:
    """Asks for raw samples, which VictoriaMetrics gives at once where it would hide others for 30 s."""
    while (now := time.time()) < end_s + DELAY_MAX_S:
        result = client.result(query_path("instant", f"{series}[{MINUTE_S}s]", 0, 0, end_s + STEP_S // 2))
        if result and nearest_end(result[0]["values"][-1][0], STEP_S) == end_s:
            return time.time() - end_s
        time.sleep(min(0.05, max(0.002, (now - end_s) / 10)))
    return DELAY_MAX_S


def after_kill(peer: str, load: Load, first: int, busy: Arrangement) -> dict:
    """Samples that outputs lack, or have too many of, in percent of those of the windows that the kill met and that followed."""
    figures = {}
    killed_s = load.time_s(first) + KILL_AFTER_S
    for window_s in (STEP_S, MINUTE_S):
        sent = sent_counts(load, range(first, first + AFTER_STEPS), window_s)
        sent = {end_s: count for end_s, count in sent.items() if end_s >= killed_s}
        got = totals(peer, busy.answers.url, window_s, "count", sorted(sent))
        missing = sum(sent.values()) - sum(got.get(end_s, 0) for end_s in sent)
        figures[f"missing after kill -9, windows of {window_s} s, %"] = 100 * missing / sum(sent.values())
        figures[f"of {len(sent)} windows of {window_s} s wrong"] = sum(got.get(end_s, 0) != count for end_s, count in sent.items())
    return figures


def own(peer: str, busy: Arrangement) -> dict:
    """What Weir says of itself since it started again."""
    metrics = restart.metrics(busy.takes) if peer == "weir" else {}
    return {name.replace("_", " "): metrics.get(f"weir_aggregation_{name}_total") for name in ("corrections", "failures")}
