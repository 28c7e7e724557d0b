"""Random series of all kinds that there are, and the remote-write bodies that carry them."""
import dataclasses
import math
import random
import struct

import remote_write
from promql.histogram import CUSTOM_BUCKETS, Histogram
from promql.series import STALE

from promql_random import histograms

START_MS = 1_700_000_040_000  # a whole minute
INTERVAL_MS = 15_000
COUNT = 160  # samples of a series that misses none: 40 minutes
END_MS = START_MS + COUNT * INTERVAL_MS
SLICE_MS = 300_000  # of one remote-write body

JOBS = ("api", "db")
INSTANCES = ("a:1", "b:2", "c:3")
# Zero of one sign, as which of two is the greater depends on their order; and the least normal number, as Go's logarithm of those
# below it is off by some.
ODD_VALUES = (math.nan, math.inf, -math.inf, -0.0, 2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308, 1e-300,
              0.1, 9007199254740993.0, 1.0, -1.0, STALE)
ODD_TEXTS = ('a "b"', "back\\slash", "new\nline", "ünï", "日本語", "tab\t", "a.b", "a+b", "1", " ")
UTF8_NAME = "http.server.duration"
UTF8_LABEL = "service.name"


@dataclasses.dataclass
class Series:
    labels: dict[str, str]
    points: list[tuple[int, float | Histogram]]  # ascending times in ms
    integers: bool = False  # whether histograms are sent with counts that are integers


def series(seed: int) -> list[Series]:
    """Sorted by labels, which is the order in which Weir reads them; sent in it, Prometheus reads them in the same."""
    dice = random.Random(seed)
    made = [*floats(dice), *classic_histograms(dice), *native_histograms(dice), *infos(dice)]
    return sorted(made, key=lambda one: sorted(one.labels.items()))


def times(dice: random.Random) -> list[int]:
    """When a series was scraped: about each interval, with gaps, and not always from the beginning or to the end."""
    jitter = dice.choice((0, 0, 7, 900))
    offset = dice.choice((0, 0, 1, 4_321))
    first = dice.choice((0, 0, 0, 0, 30))
    last = dice.choice((COUNT, COUNT, COUNT, COUNT, COUNT - 30))
    out = []
    n = first
    while n < last:
        out.append(START_MS + n * INTERVAL_MS + offset + dice.randint(0, jitter))
        n += 1
        if dice.random() < 0.015:
            n += dice.choice((1, 2, 5, 25))
    return out


def with_markers(dice: random.Random, points: list) -> list:
    """Some followed by a gap have a stale marker in it, and so has the end of some series."""
    out = []
    for (at, value), following in zip(points, [*points[1:], (END_MS, 0.0)]):
        out.append((at, value))
        if following[0] - at > 2 * INTERVAL_MS and dice.random() < 0.5:
            out.append((at + INTERVAL_MS, STALE))
    return out


def counter(dice: random.Random, steps) -> list:
    """`steps`: what it may rise by. It begins anew now and then."""
    out, value = [], float(dice.choice((0, 5, 1000)))
    for at in times(dice):
        value = 0.0 if dice.random() < 0.02 else value + dice.choice(steps)
        out.append((at, value))
    return with_markers(dice, out)


def gauge(dice: random.Random, scale: float, digits: int | None) -> list:
    """A walk around zero; `digits` of its values are kept, or all."""
    out, value = [], dice.uniform(-scale, scale)
    for at in times(dice):
        value += dice.uniform(-scale, scale) / 4
        out.append((at, value if digits is None else round(value * 2 ** digits) / 2 ** digits))
    return with_markers(dice, out)


def floats(dice: random.Random):
    places = [{"job": job, "instance": instance} for job in JOBS for instance in INSTANCES]
    for place in places:
        for code in ("200", "404", "500"):
            yield Series({"__name__": "requests_total", "code": code} | place, counter(dice, (0, 1, 2, 7)))
        yield Series({"__name__": "sent_bytes_total"} | place, counter(dice, (0.0, 1.5e9, 12.3, 0.1)))
        yield Series({"__name__": "load"} | place, gauge(dice, 4, 2))
        yield Series({"__name__": "up"} | place, [(at, float(dice.random() < 0.9)) for at in times(dice)])
        for zone in ("eu-1", "eu-2", "us-10"):
            yield Series({"__name__": "temperature", "zone": zone} | place, gauge(dice, 30, None))
    for n in range(6):
        yield Series({"__name__": "odd", "n": str(n)}, [(at, dice.choice(ODD_VALUES)) for at in times(dice)])
    for n, text in enumerate(ODD_TEXTS):
        yield Series({"__name__": "texts", "text": text, "n": str(n % 3)}, gauge(dice, 4, 2))
        yield Series({"__name__": UTF8_NAME, UTF8_LABEL: text, "job": JOBS[n % 2]}, gauge(dice, 4, 2))
    yield Series({"__name__": "single"}, gauge(dice, 4, 2))
    yield Series({"__name__": "brief", "job": "api"}, [(START_MS + 600_000, 1.0), (START_MS + 601_000, 3.0)])


def classic_histograms(dice: random.Random):
    bounds = ("0.05", "0.1", "0.5", "1", "5", "+Inf")
    for job in JOBS:
        for instance in INSTANCES:
            yield from classic(dice, {"job": job, "instance": instance}, bounds)
    yield from classic(dice, {"job": "no_inf", "instance": "x"}, ("1", "2", "3"))
    yield from classic(dice, {"job": "single", "instance": "x"}, ("+Inf",))
    yield from classic(dice, {"job": "bad_bounds", "instance": "x"}, ("", "1", "abc", "1.0", "NaN", "-1", "+Inf"))
    yield from classic(dice, {"job": "falling", "instance": "x"}, ("3", "2", "1", "+Inf"))


def classic(dice: random.Random, place: dict, bounds):
    """Cumulative in the order of `bounds`, whether or not that ascends. Scrapes are whole, so that no bucket is missing in one."""
    at_times = times(dice)
    counts = [0] * len(bounds)
    columns = [[] for _ in bounds]
    sums, total = [], 0.0
    for at in at_times:
        if dice.random() < 0.02:
            counts, total = [0] * len(bounds), 0.0
        for n in range(dice.choice((0, 1, 3, 10))):
            counts[dice.randrange(len(bounds))] += 1
            total += 0.25 * n
        for n, column in enumerate(columns):
            column.append((at, float(sum(counts[:n + 1]))))
        sums.append((at, total))
    for bound, column in zip(bounds, columns):
        labels = {"__name__": "latency_seconds_bucket"} | place
        yield Series(labels | {"le": bound} if bound else labels, column)
    yield Series({"__name__": "latency_seconds_count"} | place, columns[-1])
    yield Series({"__name__": "latency_seconds_sum"} | place, sums)


def native_histograms(dice: random.Random):
    for job in JOBS:
        for n, instance in enumerate(INSTANCES):
            place = {"job": job, "instance": instance}
            shape = Histogram(schema=dice.choice((-1, 0, 1, 3)), zero_threshold=dice.choice((0.0, 0.001, 0.5)))
            yield Series({"__name__": "sizes"} | place, histograms.counter(dice, times(dice), shape), integers=n == 0)
            wanders = Histogram(schema=dice.choice((0, 2)), zero_threshold=0.001, reset_hint="gauge")
            yield Series({"__name__": "queues"} | place, histograms.gauge(dice, times(dice), wanders))
            bounds = [0.5, 1.0, 2.5, 10.0] if n else [0.5, 1.0, 5.0]
            custom = Histogram(schema=CUSTOM_BUCKETS, custom_values=bounds)
            yield Series({"__name__": "customs"} | place, histograms.counter(dice, times(dice), custom), integers=n == 1)
            yield Series({"__name__": "mixed"} | place, mixed(dice, n))


def mixed(dice: random.Random, n: int) -> list:
    """Doubles and histograms by turns; what is sent in one body is of one kind. Without stale markers, which Prometheus makes histograms
    of behind histograms and then loses if doubles of the same body are newer."""
    shape = Histogram(schema=1, zero_threshold=0.001)
    as_histograms = dict(histograms.counter(dice, times(dice), shape))
    as_floats = {at: value for at, value in counter(dice, (0, 1, 2)) if not is_stale(value)}
    turn_ms = SLICE_MS * (1 + n)

    def has_turn(at: int, kind: int) -> bool:
        return (at - START_MS) // turn_ms % 2 == kind

    return sorted([(at, value) for at, value in as_histograms.items() if has_turn(at, 0)]
                  + [(at, value) for at, value in as_floats.items() if has_turn(at, 1)], key=lambda point: point[0])


def infos(dice: random.Random):
    """Each target has a version that changes, once with a stale marker in between and once without."""
    half = COUNT // 2
    for job in JOBS:
        for n, instance in enumerate(INSTANCES):
            place = {"job": job, "instance": instance}
            every = [START_MS + step * INTERVAL_MS for step in range(COUNT)]
            before = [(at, 1.0) for at in every[:half]] + ([(every[half], STALE)] if n else [])
            yield Series({"__name__": "target_info", "version": "1.0", "zone": "z"} | place, before)
            yield Series({"__name__": "target_info", "version": "1.1", "zone": "z"} | place, [(at, 1.0) for at in every[half:]])
            yield Series({"__name__": "build_info", "revision": dice.choice("abc")} | place, [(at, 1.0) for at in every])


def visible(made: list[Series]) -> int:
    """How many of the points queries show, which are those that are no stale markers."""
    return sum(isinstance(value, Histogram) or not is_stale(value) for one in made for _, value in one.points)


def is_stale(value: float) -> bool:
    return struct.pack("<d", value) == struct.pack("<d", STALE)


def bodies(made: list[Series]):
    """Remote-write bodies, one for each slice of time. The first has a stale marker of each series, long before its data: so the
    series come into being in their order."""
    yield remote_write.body([{"labels": one.labels, "samples": [(STALE, START_MS - 3_000_000)]} for one in made])
    for begin in range(START_MS, END_MS + SLICE_MS, SLICE_MS):
        parts = []
        for one in made:
            part: dict = {"labels": one.labels, "samples": [], "histograms": []}
            for at, value in one.points:
                if not begin <= at < begin + SLICE_MS:
                    continue
                if isinstance(value, Histogram):
                    part["histograms"].append(value.encoded(at, one.integers))
                else:
                    part["samples"].append((value, at))
            if part["samples"] or part["histograms"]:
                parts.append(part)
        if parts:
            yield remote_write.body(parts)
