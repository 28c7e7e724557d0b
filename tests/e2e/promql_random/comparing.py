"""Whether two answers to a question agree."""
import math
import re

from promql_random.asking import Answer
from promql_random.questions import Question
from promql_random.words import ROUGH

# What sums in another order and other C libraries make of a double, with room for a few operations that follow.
RELATIVE_ERROR = 1e-12
# Where the mean is updated with each value, what differs is a part of the mean and not of the little by which values vary around it.
VARIANCE_ERROR = 1e-9

# The place that a note is about; and how much had to be done to buckets, where Prometheus counts one sample several times.
_DETAILS = re.compile(r"(, from buckets .* with a max diff of .*)? \(\d+:\d+\)$")
_VARIANCE = re.compile(r"\b(stddev|stdvar)\b")
# Of two zeros of different signs either is the least; which one comes out depends on their order.
_EXTREME = re.compile(r"\b(min|max|quantile)\b")
_OF_OPERATORS = ("encountered for binary operator", "reconciled during addition", "reconciled during subtraction")
_OF_SUMS = ("reconciled during aggregation", "exponential and custom buckets schemas")
# Of several metrics in a sum the one that did not go with those before it.
_SCHEMAS = re.compile(r"(exponential and custom buckets schemas for metric name) .*")
# Prometheus' storage adds hints of resets that the sender did not give, and these may conflict. A sum tells of it; `+` and `-` have no
# result then.
_CONFLICT = "conflicting counter resets during histogram aggregation"
_REFUSED = ("conflicting counter resets during histogram addition", "conflicting counter resets during histogram subtraction")


def difference(question: Question, expected: Answer, got: Answer) -> str | None:
    """What differs first; None when nothing does."""
    if (expected.status, expected.body.get("errorType")) != (got.status, got.body.get("errorType")):
        return f"{outcome(expected)}, but {outcome(got)}"
    if expected.status != 200:
        return None
    if any(part in text for part in _REFUSED for text in told(expected, "warnings")):
        return None
    if (found := notes_difference(expected, got)) is not None:
        return found
    kinds = expected.body["data"]["resultType"], got.body["data"]["resultType"]
    if kinds[0] != kinds[1]:
        return f"{kinds[0]}, but {kinds[1]}"
    if kinds[0] in ("scalar", "string"):
        return point_difference(question, expected.result, got.result)
    return series_difference(question, expected.result, got.result)


def outcome(answer: Answer) -> str:
    return f"{answer.status} {answer.body.get('errorType')}: {answer.body.get('error', '')[:300]}"


def notes_difference(expected: Answer, got: Answer) -> str | None:
    notes = [told(answer, "warnings") | told(answer, "infos") for answer in (expected, got)]
    of_operators = [{text for text in texts if any(part in text for part in _OF_OPERATORS)} for texts in notes]
    rest = [without_chance(texts - others) for texts, others in zip(notes, of_operators)]
    if rest[0] != rest[1]:
        return f"notes: {sorted(rest[0])}, but {sorted(rest[1])}"
    # Of what an operator meets at one step Prometheus tells the last, and which that is it leaves to chance.
    if not of_operators[0] <= of_operators[1] or bool(of_operators[0]) != bool(of_operators[1]):
        return f"of operators: {sorted(of_operators[0])}, but {sorted(of_operators[1])}"
    return None


def without_chance(texts: set[str]) -> set[str]:
    """Where a group has doubles too, Prometheus adds up its histograms only if one of them comes first."""
    if not any("mix of histograms and floats for aggregation" in text for text in texts):
        return texts
    return {text for text in texts if not any(part in text for part in _OF_SUMS)}


def told(answer: Answer, kind: str) -> set[str]:
    """Warnings or infos without details; each says which it is. Of many some are left out, which are not always the same."""
    texts = answer.body.get(kind, [])
    if any("omitted" in text for text in texts):
        return {f"many {kind}"}
    return {_SCHEMAS.sub(r"\1", _DETAILS.sub("", text)) for text in texts if _CONFLICT not in text}


def series_difference(question: Question, expected: list, got: list) -> str | None:
    by_labels = [{key(one): one for one in result} for result in (expected, got)]
    if by_labels[0].keys() != by_labels[1].keys():
        missing, more = (sorted(a.keys() - b.keys()) for a, b in (by_labels, by_labels[::-1]))
        return f"series that are missing: {missing[:5]}, and that should not be: {more[:5]}"
    if len(expected) != len(got):
        return "a series twice"
    if question.ordered:
        order = [[shown_place(one) for one in result] for result in (expected, got)]
        if order[0] != order[1]:
            return f"order: {order[0]}, but {order[1]}"
    for labels, one in by_labels[0].items():
        other = by_labels[1][labels]
        for field in ("value", "values", "histogram", "histograms"):
            if (found := points_difference(question, points(one, field), points(other, field))) is not None:
                return f"{dict(labels)} {field}: {found}"
    return None


def key(series: dict) -> tuple:
    return tuple(sorted(series["metric"].items()))


def shown_place(series: dict):
    """What tells where a series stands: its value, for equal ones may stand in either order; a histogram has none."""
    return series.get("value", [0, ""])[1]


def points(series: dict, field: str) -> list:
    found = series.get(field, [])
    return [found] if field in ("value", "histogram") and found else found


def points_difference(question: Question, expected: list, got: list) -> str | None:
    if [at for at, _ in expected] != [at for at, _ in got]:
        return f"times {[at for at, _ in expected]}, but {[at for at, _ in got]}"
    for one, other in zip(expected, got):
        if (found := point_difference(question, one, other)) is not None:
            return found
    return None


def point_difference(question: Question, expected: list, got: list) -> str | None:
    (at, value), (also_at, other) = expected, got
    if at != also_at:
        return f"at {at}, but {also_at}"
    if isinstance(value, str):
        same = value == other if question.settled > ROUGH else close(value, other, error_of(question))
        same = same or {value, other} == {"0", "-0"} and _EXTREME.search(question.parameters["query"]) is not None
    else:
        same = same_histogram(value, other)
    return None if same else f"at {at}: {value}, but {other}"


def error_of(question: Question) -> float:
    return VARIANCE_ERROR if _VARIANCE.search(question.parameters["query"]) else RELATIVE_ERROR


def close(value: str, other: str, error: float = RELATIVE_ERROR) -> bool:
    if value == other:
        return True
    try:
        one, two = float(value), float(other)
    except ValueError:
        return False
    return math.isclose(one, two, rel_tol=error)


def same_histogram(one: dict, other: dict) -> bool:
    """Counts are sums, and a histogram holds many of them, so that they are never more than close."""
    if not close(one["count"], other["count"]) or not close(one["sum"], other["sum"]):
        return False
    buckets = one.get("buckets", []), other.get("buckets", [])
    return len(buckets[0]) == len(buckets[1]) and all(
        a[:3] == b[:3] and close(a[3], b[3]) for a, b in zip(*buckets))
