"""What expressions are made of: numbers, durations, strings, label lists and selectors of the series in data.py."""
import dataclasses
import random

from promql_random import data

# How settled the values of an expression are. Two engines may sum in different orders, and their C libraries may differ in the last
# digit of a logarithm; that is no mismatch, but what a comparison or a subtraction makes of it would be.
ROUGH = 0  # the same but for the last digits
SETTLED = 1  # the same, bit for bit
WHOLE = 2  # and small multiples of a quarter, whose sums are the same in any order


@dataclasses.dataclass(frozen=True)
class Metric:
    name: str
    labels: tuple[str, ...]
    settled: int
    histograms: bool = False
    weight: int = 2


METRICS = (
    Metric("requests_total", ("job", "instance", "code"), WHOLE, weight=5),
    Metric("sent_bytes_total", ("job", "instance"), SETTLED),
    Metric("load", ("job", "instance"), WHOLE, weight=4),
    Metric("up", ("job", "instance"), WHOLE),
    Metric("temperature", ("job", "instance", "zone"), SETTLED, weight=5),
    Metric("odd", ("n",), SETTLED),
    Metric("texts", ("text", "n"), WHOLE),
    Metric(data.UTF8_NAME, (data.UTF8_LABEL, "job"), WHOLE),
    Metric("single", (), WHOLE, weight=1),
    Metric("brief", ("job",), WHOLE, weight=1),
    Metric("latency_seconds_bucket", ("job", "instance", "le"), WHOLE, weight=2),
    Metric("latency_seconds_count", ("job", "instance"), WHOLE),
    Metric("latency_seconds_sum", ("job", "instance"), WHOLE),
    Metric("target_info", ("job", "instance", "version", "zone"), WHOLE, weight=1),
    Metric("build_info", ("job", "instance", "revision"), WHOLE, weight=1),
    Metric("missing", ("job",), WHOLE, weight=1),
    Metric("sizes", ("job", "instance"), SETTLED, True, 4),
    Metric("queues", ("job", "instance"), SETTLED, True, 3),
    Metric("customs", ("job", "instance"), SETTLED, True, 3),
    Metric("mixed", ("job", "instance"), SETTLED, True, 2),
)
VALUES = {
    "job": data.JOBS, "instance": data.INSTANCES, "code": ("200", "404", "500"), "zone": ("eu-1", "eu-2", "us-10", "z"),
    "n": ("0", "1", "2", "5"), "text": data.ODD_TEXTS, data.UTF8_LABEL: data.ODD_TEXTS, "le": ("0.1", "1", "+Inf"),
    "version": ("1.0", "1.1"), "revision": ("a", "b"),
}
PATTERNS = {
    "job": ("api|db", "a.*", ".+", ".*", "(?i:API)", ""), "instance": ("a:1|c:3", "[ab]:.", ".*:[0-9]", "d.*"),
    "code": ("[45]..", "200|404", "5.+|", ".0."), "zone": ("eu-.*", ".*-1", "eu.*|us.*"), "n": ("[0-3]", r"\d+"),
    "text": (".*", "a.*", r"[a-z+. ]+", "(?s).*line", r"\\PM+", "日.+"), data.UTF8_LABEL: ("a.*", ".*[\\\\\"].*", "."),
    "le": ("0.*", "[0-9.]+"), "version": ("1..",), "revision": ("[ab]",),
}
LABELS = ("job", "instance", "code", "zone", "le", "n", "absent")
NUMBERS = ("0", "1", "2", "3", "-1", "0.5", "10", "100", "1e3", "0x1F", "-0", "0.1", "1_000", "2.5e-3", "1m", "1h30m", "250ms")
ODD_NUMBERS = ("NaN", "Inf", "-Inf", "1e308", "1e-300", "9007199254740993")
SHORT = ("1s", "15s", "30", "20s500ms", "45s")
LONG = ("1m", "1m1s", "2m", "5m", "5m", "7m30s", "600", "20m", "0x3C")


class Words:
    """Draws from `dice` alone."""

    def __init__(self, dice: random.Random):
        self.dice = dice

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def some(self, things, most: int) -> list:
        """Between none and `most` of them, each once."""
        return self.dice.sample(list(things), self.dice.randint(0, min(most, len(things))))

    def number(self, settled: int = ROUGH) -> str:
        odd = settled != WHOLE and self.chance(0.06)
        text = self.dice.choice(ODD_NUMBERS if odd else ("0", "1", "2", "3", "-1", "0.5", "10") if settled == WHOLE else NUMBERS)
        return text

    def duration(self, long: bool = True) -> str:
        """Of a range, a step or an offset: more than nothing but for the odd case."""
        plain = self.dice.choice(LONG if long else SHORT)
        if self.chance(0.85):
            return plain
        return self.dice.choice((f"{plain} * 2", f"({plain} + 30s)", f"{plain} + step()", f"max_of({plain}, step())", f"{plain} / 2",
                                 f"min_of(range() + 1m, {plain})", f"{plain} - 1m", f"2 ^ 3 * {plain} / 8", f"{plain} % 7m",
                                 "0s", "-1m"))

    def string(self, text: str) -> str:
        """As a literal in one of the three quotes."""
        if "\n" not in text and "`" not in text and self.chance(0.15):
            return f"`{text}`"
        quote = self.dice.choice("\"\"'")
        escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace(quote, "\\" + quote)
        return quote + escaped + quote

    def label(self, name: str) -> str:
        return name if name.isidentifier() and self.chance(0.95) else f'"{name}"'

    def labels(self, names) -> str:
        """A list as `by` and `on` take it."""
        return "(" + ", ".join(self.label(name) for name in names) + ("," if names and self.chance(0.05) else "") + ")"

    def matcher(self, name: str) -> str:
        values = VALUES.get(name, ("",))
        kind = self.dice.choice(("=", "=", "!=", "=~", "=~", "!~"))
        if "~" in kind:
            value = self.dice.choice(PATTERNS.get(name, ("", ".*")))
        else:
            value = self.dice.choice(values) if self.chance(0.9) else ""
        return f"{self.label(name)}{kind}{self.string(value)}"

    def matchers(self, metric: Metric) -> list[str]:
        names = self.some(metric.labels, 2) if self.chance(0.4) else []
        return [self.matcher(name) for name in names] + (['absent=""'] if self.chance(0.03) else [])

    def metric(self, settled: int, histograms: bool, always: bool = False) -> Metric:
        """One of doubles or of histograms; now and then the other unless it is `always` so."""
        if not always and self.chance(0.03):
            histograms = not histograms
        fitting = [one for one in METRICS if one.settled >= min(settled, SETTLED if histograms else WHOLE)
                   and one.histograms == histograms]
        return self.dice.choices(fitting, [one.weight for one in fitting])[0]

    def series(self, metric: Metric) -> str:
        """A selector of the metric, in one of its spellings."""
        matchers = self.matchers(metric)
        if not metric.name.isidentifier() or self.chance(0.05):
            name = self.string(metric.name) if self.chance(0.7) else f"__name__={self.string(metric.name)}"
            return "{" + ", ".join([name, *matchers]) + "}"
        if self.chance(0.02):
            return "{" + ", ".join([f"__name__=~\"{metric.name}|single\"", *matchers]) + "}"
        return metric.name + ("{" + ", ".join(matchers) + "}" if matchers or self.chance(0.03) else "")

    def moved(self) -> str:
        """What moves a selector or a subquery in time: often nothing."""
        if self.chance(0.75):
            return ""
        offset = f" offset {self.dice.choice(('1m', '15s', '5m', '-1m', '30', '-2m30s', '(1m + 5s)', '(step() * 2)', '0s'))}"
        at = f" @ {self.dice.choice(('start()', 'end()', self.moment(), self.moment()))}"
        return self.dice.choice((offset, offset, at, offset + at, at + offset))

    def moment(self) -> str:
        """A time inside of the data, in seconds."""
        at_ms = self.moment_ms()
        return str(at_ms // 1000) if at_ms % 1000 == 0 else f"{at_ms / 1000:.3f}"

    def moment_ms(self) -> int:
        """Often exactly that of a scrape or a millisecond beside it."""
        at_ms = data.START_MS + self.dice.randrange(20, data.COUNT + 8) * data.INTERVAL_MS
        return at_ms + self.dice.choice((0, 0, 0, 1, -1, 7_000, self.dice.randrange(15_000)))
