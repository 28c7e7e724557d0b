"""Random aggregations and binary operations."""
from promql_random.words import LABELS, METRICS, ROUGH, SETTLED, WHOLE, Words

Drawn = tuple[str, int]


class Operators(Words):
    CLASSIC = next(one for one in METRICS if one.name == "latency_seconds_bucket")
    CLASSIC_COUNT = next(one for one in METRICS if one.name == "latency_seconds_count")

    def aggregation(self, depth: int, least: int, histograms: bool = False) -> Drawn | None:
        name = self.dice.choice(("sum", "sum", "avg", "limitk", "limit_ratio") if histograms else
                                ("sum", "sum", "sum", "avg", "avg", "min", "max", "count", "group", "stddev", "stdvar", "quantile",
                                 "topk", "bottomk", "limitk", "limit_ratio", "count_values"))
        parameter = ""
        needed = SETTLED
        if name in ("topk", "bottomk", "limitk", "limit_ratio"):
            return self.chosen(name, depth, least, histograms)
        if name == "quantile":
            parameter = f"{self.share(depth)}, "
        if name == "count_values":
            parameter = self.dice.choice(('"value"', '"job"', '"new.name"')) + ", "
        if name in ("sum", "avg") and least > ROUGH:
            needed = SETTLED if histograms else WHOLE
        inner, settled = self.vector(depth, needed, histograms or name in ("count", "group") and self.chance(0.2))
        if name == "quantile" and "@" in inner:
            parameter = "0.5, "  # beside what is fixed in time Prometheus takes the first step's parameter for all
        if name in ("stddev", "stdvar") and any(part in inner for part in ("time", "ts_of")):
            inner = self.instant(SETTLED)[0]  # what varies little around large values depends on the order in which they come
        of_sums = {WHOLE: (WHOLE, SETTLED)}.get(settled, (ROUGH, ROUGH))
        out = {"sum": of_sums[0], "avg": of_sums[1], "count": WHOLE, "group": WHOLE, "count_values": WHOLE, "stddev": ROUGH,
               "stdvar": ROUGH, "quantile": SETTLED}.get(name, settled)
        return self.grouped(name, parameter, inner), SETTLED if histograms else out

    def chosen(self, name: str, depth: int, least: int, histograms: bool) -> Drawn | None:
        """An aggregation that keeps some of the series. Which of equal ones depends on their order, which is that of labels only in
        what selectors and functions of single series yield."""
        metric = self.metric(max(least, SETTLED), histograms)
        inner, settled = self.series(metric) + self.moved(), metric.settled
        if self.chance(0.5) and least < WHOLE:
            inner, settled = f"rate({self.series(metric)}[{self.duration()}])", SETTLED
        parameters = ("0.1", "0.5", "-0.3", "1", "0", "-1") if name == "limit_ratio" else "0123577"
        parameter = self.dice.choice(parameters)
        return self.grouped(name, f"{parameter}, ", inner), settled

    def grouped(self, name: str, parameter: str, inner: str) -> str:
        if self.chance(0.25):
            return f"{name}({parameter}{inner})"
        clause = self.dice.choice(("by", "by", "without")) + " " + self.labels(self.some(LABELS, 3))
        if self.chance(0.2):
            return f"{name}({parameter}{inner}) {clause}"
        return f"{name} {clause} ({parameter}{inner})"

    def operand(self, text: str) -> str:
        """Behind an offset in parentheses Prometheus takes an operator for a part of the offset."""
        wraps = "offset (" in text or " " in text and not self.chance(0.1)
        return f"({text})" if wraps else text

    def with_scalar(self, depth: int, least: int, histograms: bool = False) -> Drawn:
        """A vector and a scalar, on either side."""
        if histograms:
            inner, _ = self.vector(depth, SETTLED, True)
            number = self.dice.choice((self.number(SETTLED), self.scalar(depth, SETTLED)[0], "0.3", "2", "1"))
            operator = self.dice.choice(("*", "*", "/", "/", "</", ">/", "+", "== bool"))
            return f"{self.operand(inner)} {operator} {number}", SETTLED
        operator, out = self.operator(least)
        inner, settled = self.vector(depth, max(least, SETTLED))
        number, also = self.scalar(depth, max(least, SETTLED))
        sides = [self.operand(inner), number]
        if self.chance(0.25):
            sides.reverse()
        return f" {operator} ".join(sides), self.settled_by(operator, out, settled, also)

    def operator(self, least: int) -> tuple[str, int]:
        """One with the best that comes of settled operands."""
        settled_only = ("/", "%")
        rough = ("^", "atan2")
        whole = ("+", "-", "*", "==", "!=", ">", "<", ">=", "<=",
                 "== bool", "!= bool", "> bool", "< bool", ">= bool", "<= bool")
        operators = whole + settled_only * (least < WHOLE) * 2 + rough * (least < SETTLED)
        operator = self.dice.choice(operators)
        return operator, ROUGH if operator in rough else SETTLED if operator in settled_only else WHOLE

    @staticmethod
    def settled_by(operator: str, best: int, left: int, right: int) -> int:
        return WHOLE if "bool" in operator else min(best, left, right)

    def with_vector(self, depth: int, least: int, histograms: bool = False) -> Drawn | None:
        operator, best = self.operator(least)
        if histograms:
            operator, best = self.dice.choice(("+", "+", "-", "==", "!=", "*", "> bool")), SETTLED
        kind = self.dice.randrange(4)
        if kind == 0:
            left, right, matching, settled = self.alike(depth, least, histograms)
        elif kind == 1:
            left, right, matching, settled = self.one_metric(least, histograms)
        elif kind == 2:
            left, right, matching, settled = self.many_to_one(depth, least, histograms)
        else:
            (left, one), (right, two) = (
                self.vector(depth - 1, max(least, SETTLED), histograms and self.chance(0.9)) for _ in range(2))
            matching, settled = self.matching(), min(one, two)
        if histograms and operator in "+-":  # which negated ones, being gauges, cannot refuse because of hints of resets
            left, right = f"-({left})", f"-({right})"
        text = f"{self.operand(left)} {operator}{matching}{self.fill()} {self.operand(right)}"
        return text, self.settled_by(operator, best, settled, settled)

    def alike(self, depth: int, least: int, histograms: bool) -> tuple[str, str, str, int]:
        """Both sides by the same labels."""
        names = self.labels(self.dice.sample(("job", "instance"), self.dice.randint(1, 2)))
        sides = []
        settled = WHOLE
        for _ in range(2):
            inner, of_side = self.vector(depth - 1, WHOLE if not histograms else SETTLED, histograms)
            name = self.dice.choice(("sum", "avg") if histograms else ("sum", "max", "min", "count"))
            sides.append(f"{name} by {names} ({inner})")
            settled = min(settled, of_side)
        matching = self.dice.choice(("", f" on {names}", f" ignoring {self.labels(self.some(('zone', 'code'), 2))}"))
        return *sides, matching, settled

    def one_metric(self, least: int, histograms: bool) -> tuple[str, str, str, int]:
        """A metric now and before."""
        metric = self.metric(max(least, SETTLED), histograms)
        return self.series(metric) + self.moved(), self.series(metric) + self.moved(), "", metric.settled

    def many_to_one(self, depth: int, least: int, histograms: bool) -> tuple[str, str, str, int]:
        """Series of targets, and one more for each target."""
        many, settled = self.instant(max(least, SETTLED), histograms)
        one = self.dice.choice(("up", "load", "build_info", "target_info", "latency_seconds_count",
                                "sum by (job, instance) (requests_total)"))
        include = self.labels(self.some(("version", "revision", "zone", "absent"), 2))
        if self.chance(0.5):
            return many, one, f" on (job, instance) group_left {include}", settled
        return one, many, f" on (instance, job) group_right {include}", settled

    def matching(self) -> str:
        text = self.dice.choice(("", " bool")) if self.chance(0.05) else ""
        if self.chance(0.3):
            return text
        text += f" {self.dice.choice(('on', 'ignoring'))} {self.labels(self.some(LABELS, 3))}"
        if self.chance(0.3):
            text += f" {self.dice.choice(('group_left', 'group_right'))} {self.labels(self.some(('zone', 'n', 'version'), 1))}"
        return text

    def fill(self) -> str:
        if self.chance(0.85):
            return ""
        value = self.dice.choice(("0", "1", "-2.5", "NaN", "Inf", "1m"))
        return self.dice.choice((f" fill({value})", f" fill_left({value})", f" fill_right({value})",
                                 f" fill_left({value}) fill_right(3)"))

    def set_operation(self, depth: int, least: int, histograms: bool = False) -> Drawn:
        operator = self.dice.choice(("and", "or", "unless"))
        left, one = self.vector(depth, max(least, SETTLED), histograms)
        right, two = self.vector(depth, max(least, SETTLED), histograms)
        matching = ""
        if self.chance(0.5):
            matching = f" {self.dice.choice(('on', 'on', 'ignoring'))} {self.labels(self.some(LABELS, 3))}"
        return f"{self.operand(left)} {operator}{matching} {self.operand(right)}", min(one, two) if operator == "or" else one
