"""Random expressions of the four types, and vectors by whether they are meant to hold doubles or histograms.

Each method takes how deep it may go and how settled the values must be (words.py), and returns text with how settled they are.
"""
from promql_random import functions
from promql_random.operators import Operators
from promql_random.words import ROUGH, SETTLED, WHOLE

Drawn = tuple[str, int]


def needs_buckets(inner: str) -> bool:
    """For the count and the sum of histograms, and where values do not matter, Prometheus does not read buckets: it sees resets in a
    gauge that are none, and not that bounds differ."""
    sees_resets = "queues" in inner and any(part in inner for part in ("rate(", "increase(", "irate(", "resets("))
    return sees_resets or "customs" in inner and any(part in inner for part in ("sum", "avg", " + ", " - "))


class Expressions(Operators):
    def vector(self, depth: int, least: int = ROUGH, histograms: bool = False) -> Drawn:
        if self.chance(0.02):
            histograms = not histograms
        least = min(least, SETTLED) if histograms else least
        if depth <= 0 or self.chance(0.12):
            return self.instant(least, histograms)
        draws = self.HISTOGRAM_VECTORS if histograms else self.FLOAT_VECTORS
        while True:
            drawn = self.dice.choices([draw for draw, _ in draws], [weight for _, weight in draws])[0](self, depth - 1, least)
            if drawn is not None and drawn[1] >= least:
                return drawn

    def instant(self, least: int, histograms: bool = False) -> Drawn:
        smoothed = " smoothed" if self.chance(0.02) and least < WHOLE else ""
        metric = self.metric(least, histograms, always=smoothed != "")
        return self.series(metric) + smoothed + self.moved(), metric.settled if not smoothed else SETTLED

    # Range vectors.

    def matrix(self, depth: int, least: int, histograms: bool = False, extended: str = "") -> Drawn:
        """A selector or a subquery. `extended`: a word behind the brackets of a selector."""
        if depth <= 0 or extended or self.chance(0.75):
            metric = self.metric(least, histograms, always=extended != "")
            return f"{self.series(metric)}[{self.duration()}]{extended}{self.moved()}", metric.settled
        inner, settled = self.vector(depth - 1, max(least, SETTLED), histograms)
        if "sort" in inner:  # of which Prometheus warns there also at a single step
            inner, settled = self.instant(max(least, SETTLED), histograms)
        if not inner.endswith(")") or self.chance(0.3):
            inner = f"({inner})"
        step = self.dice.choice(("", self.duration(long=False), "1m", "45s"))
        moved = "" if "@" in inner else self.moved()  # Prometheus does not read all that is fixed in time inside of what is moved
        return f"{inner}[{self.duration()}:{step}]{moved}", settled

    def counted_over_time(self, depth: int, least: int) -> Drawn:
        name = self.dice.choice(functions.COUNTING)
        extended = " anchored" if name in functions.ANCHORED and self.chance(0.1) else ""
        histograms = self.chance(0.25)
        inner, _ = self.matrix(depth, SETTLED, histograms, extended)
        if "</" in inner or ">/" in inner:  # after which Prometheus tells an empty bucket from one that is not there
            name = "count_over_time"
        return f"{name}({inner})", WHOLE

    def chosen_over_time(self, depth: int, least: int, histograms: bool = False) -> Drawn:
        name = self.dice.choice(functions.CHOOSING if histograms else functions.CHOOSING + functions.EXTREMES)
        inner, settled = self.matrix(depth, max(least, SETTLED), histograms)
        return f"{name}({inner})", settled

    def added_over_time(self, depth: int, least: int, histograms: bool = False) -> Drawn:
        name = self.dice.choice(functions.ADDING)
        extended = ""
        if self.chance(0.15):
            words = [" anchored"] * (name in functions.ANCHORED) + [" smoothed"] * (name in functions.SMOOTHED)
            extended = self.dice.choice(words or [""])
        return f"{name}({self.matrix(depth, SETTLED, histograms, extended)[0]})", SETTLED

    def doubles_over_time(self, depth: int, least: int) -> Drawn:
        name = self.dice.choice(functions.DOUBLES_ONLY + functions.WHEN)
        more = f", {self.dice.choice('012')}" if name == "integral" and self.chance(0.5) else ""
        return f"{name}({self.matrix(depth, SETTLED, self.chance(0.05))[0]}{more})", SETTLED

    def with_parameters_over_time(self, depth: int, least: int) -> Drawn:
        inner, _ = self.matrix(depth, SETTLED, self.chance(0.05))
        kind = self.dice.randrange(3)
        if kind == 0:
            return f"quantile_over_time({self.share(depth)}, {inner})", SETTLED
        if kind == 1:
            return f"predict_linear({inner}, {self.scalar(depth, SETTLED)[0]})", SETTLED
        factors = ", ".join(self.dice.choice(("0.1", "0.5", "0.9", "1", "0", "1.5")) for _ in range(2))
        return f"double_exponential_smoothing({inner}, {factors})", SETTLED

    # Functions of instant vectors.

    def function_of_values(self, depth: int, least: int) -> Drawn:
        kind = self.dice.randrange(6)
        if kind == 0:
            inner, settled = self.vector(depth, max(least, SETTLED))
            return f"{self.dice.choice(functions.SMOOTH)}({inner})", min(settled, SETTLED)
        if kind == 1:
            name, inner = self.dice.choice(functions.LIBRARY), self.vector(depth, SETTLED)[0]
            if name in ("exp", "sinh", "cosh"):
                inner = f"clamp_max({inner}, 700)"  # Go's reach infinity a little too early
            return f"{name}({inner})", ROUGH
        if kind == 2:
            name = self.dice.choice(functions.STEPWISE)
            inner, settled = self.vector(depth, max(least, SETTLED))
            nearest = self.scalar(depth, SETTLED)[0] if name == "round" and self.chance(0.4) and least < WHOLE else None
            return (f"{name}({inner})", settled) if nearest is None else (f"{name}({inner}, {nearest})", SETTLED)
        if kind == 3:
            # What Go makes of NaN and infinities as times is the processor's.
            inner = self.dice.choice(
                ("", "vector(time())", "requests_total * 1e5", "timestamp(load)", "-latency_seconds_sum"))
            return f"{self.dice.choice(functions.TIMES)}({inner})", WHOLE
        if kind == 4:
            inner = self.vector(depth, SETTLED, self.chance(0.2))[0]
            if " @ " in inner:  # where Prometheus does not heed an offset beside it
                inner = f"({inner}) + 0"
            return f"timestamp({'load' if needs_buckets(inner) else inner})", SETTLED
        return self.clamped(depth, least)

    def clamped(self, depth: int, least: int) -> Drawn:
        inner, settled = self.vector(depth, least)
        name = self.dice.choice(("clamp", "clamp_min", "clamp_max"))
        bounds = [self.scalar(depth, max(least, SETTLED)) for _ in range(2 if name == "clamp" else 1)]
        arguments = ", ".join([inner, *(text for text, _ in bounds)])
        return f"{name}({arguments})", min([settled, *(bound for _, bound in bounds)])

    def absent(self, depth: int, least: int) -> Drawn:
        if self.chance(0.5):
            inner = self.vector(depth, SETTLED, self.chance(0.2))[0]
            return f"absent({'missing' if needs_buckets(inner) else inner})", WHOLE
        return f"absent_over_time({self.matrix(depth, SETTLED, self.chance(0.2))[0]})", WHOLE

    def relabelled(self, depth: int, least: int, histograms: bool = False) -> Drawn:
        inner, settled = self.vector(depth, least, histograms)
        to = self.dice.choice(("new", "job", "zone", "new.name"))
        source = self.dice.choice(("job", "instance", "zone", "__name__", "text"))
        if self.chance(0.4):
            sources = "".join(f", {self.string(name)}" for name in self.some(("job", "instance", "zone", "text"), 3))
            return f"label_join({inner}, {self.string(to)}, {self.string(self.dice.choice(('-', '', '日')))}{sources})", settled
        pattern, replacement = self.dice.choice((
            (".*", "x"), ("(.*):(.*)", "$2-$1"), ("(?P<w>[a-z]+).*", "${w}!"), ("(a|b).*", "$1$3"), ("", "none"), (".*", "")))
        texts = ", ".join(self.string(text) for text in (to, replacement, source, pattern))
        return f"label_replace({inner}, {texts})", settled

    def sorted(self, depth: int, least: int) -> Drawn:
        if self.chance(0.5):
            inner, settled = self.vector(depth, max(least, SETTLED), self.chance(0.05))
            if "info(" in inner:  # of which Weir does not know that what @ fixes has no order to lose
                inner, settled = self.instant(least)
            return f"{self.dice.choice(('sort', 'sort_desc'))}({inner})", settled
        # By labels that all series have: Prometheus leaves it to chance where others go, and so with some numbers in texts.
        metric = self.metric(least, self.chance(0.05), always=True)
        if "le" in metric.labels:
            metric = self.CLASSIC_COUNT
        labels = self.dice.sample(metric.labels, min(2, len(metric.labels))) or ["job"]
        names = "".join(f", {self.string(name)}" for name in labels)
        selector = "{" + f"__name__={self.string(metric.name)}" + "}"
        inner = self.dice.choice(("{}", "-({})", "last_over_time({}[1m])")).format(selector)
        return f"{self.dice.choice(('sort_by_label', 'sort_by_label_desc'))}({inner}{names})", metric.settled

    def info(self, depth: int, least: int, histograms: bool = False) -> Drawn:
        inner, settled = self.vector(min(depth, 1), least, histograms)
        chosen = self.dice.choice(("", "", ', {version=~".+"}', ', {version="1.1"}', ', {__name__=~".+_info"}', ', {zone=~".*"}',
                                   ', {__name__="build_info", revision!="a"}', ', {__name__!="target_info"}'))
        return f"info({inner}{chosen})", settled

    def of_classic_buckets(self, depth: int, least: int) -> Drawn:
        inner = self.series(self.CLASSIC) + self.moved()
        if self.chance(0.7):
            inner = f"{self.dice.choice(('rate', 'increase', 'last_over_time'))}({self.series(self.CLASSIC)}[{self.duration()}])"
        if self.chance(0.5):
            inner = f"sum by ({self.dice.choice(('le', 'le, job', 'le, instance'))}) ({inner})"
        return self.quantiles(depth, inner, classic=True)

    def of_native_histograms(self, depth: int, least: int) -> Drawn:
        inner, _ = self.vector(depth, SETTLED, True)
        if self.chance(0.6):
            names = functions.OF_BUCKETS if needs_buckets(inner) else functions.OF_HISTOGRAMS
            return f"{self.dice.choice(names)}({inner})", ROUGH
        return self.quantiles(depth, inner)

    def quantiles(self, depth: int, inner: str, classic: bool = False) -> Drawn:
        kind = self.dice.randrange(4)
        if kind == 0:
            bounds = ", ".join(self.dice.choice(("0", "0.1", "0.75", "1", "3", "-1", "Inf", "-Inf", "NaN")) for _ in range(2))
            return f"histogram_fraction({bounds}, {inner})", ROUGH
        if kind == 1:
            # Where several buckets have one bound, Prometheus counts some of them again in all quantiles but the first.
            shares = ", ".join(self.share(depth) for _ in range(1 if classic else self.dice.randint(1, 3)))
            return f'histogram_quantiles({inner}, "q", {shares})', ROUGH
        return f"histogram_quantile({self.share(depth)}, {inner})", ROUGH

    def share(self, depth: int) -> str:
        if self.chance(0.05):
            return self.scalar(depth, SETTLED)[0]
        return self.dice.choice(("0.5", "0.9", "0.99", "0", "1", "0.25", "0.1", "-1", "2", "NaN"))

    # Scalars.

    def scalar(self, depth: int, least: int = ROUGH) -> Drawn:
        kind = self.dice.randrange(12) if depth > 0 else 0
        if kind == 1:
            inner, settled = self.vector(depth - 1, least)
            return f"scalar({inner})", settled
        if kind == 2 and least < WHOLE:
            return self.dice.choice(("time()", "pi()", "start()", "end()", "range()", "step()")), SETTLED
        if kind == 3 and least < WHOLE:
            operators = ("+", "-", "*", "/", "%", "== bool", "> bool", "<= bool", "!= bool") + ("^",) * (least < SETTLED)
            operator = self.dice.choice(operators)
            left, right = (self.scalar(depth - 1, SETTLED)[0] for _ in range(2))
            return f"({left} {operator} {right})", ROUGH if operator == "^" else SETTLED
        if kind == 4:
            (left, one), (right, two) = (self.scalar(depth - 1, max(least, SETTLED)) for _ in range(2))
            return f"{self.dice.choice(('min_of', 'max_of'))}({left}, {right})", min(one, two)
        return self.number(least), WHOLE

    def of_scalar(self, depth: int, least: int) -> Drawn:
        inner, settled = self.scalar(depth + 1, least)
        return f"vector({inner})", settled

    def in_parentheses(self, depth: int, least: int, histograms: bool = False) -> Drawn:
        inner, settled = self.vector(depth, least, histograms)
        return (f"({inner})" if self.chance(0.3) else f"-({inner})"), settled

    FLOAT_VECTORS = (
        (counted_over_time, 4), (chosen_over_time, 5), (added_over_time, 14), (doubles_over_time, 6),
        (with_parameters_over_time, 5), (function_of_values, 9), (absent, 1), (relabelled, 4), (sorted, 1), (info, 2),
        (of_classic_buckets, 4), (of_native_histograms, 7), (of_scalar, 1), (in_parentheses, 3),
        (Operators.with_scalar, 9), (Operators.with_vector, 13), (Operators.set_operation, 5),
        (Operators.aggregation, 16),
    )
    HISTOGRAM_VECTORS = tuple(
        (lambda self, depth, least, draw=draw: draw(self, depth, least, True), weight) for draw, weight in (
            (chosen_over_time, 3), (added_over_time, 9), (relabelled, 2), (info, 1), (in_parentheses, 2), (Operators.with_scalar, 5),
            (Operators.with_vector, 5), (Operators.set_operation, 2), (Operators.aggregation, 8)))
