"""Whether what the query API answers is what a script expects. What is wrong is a Mismatch, with what was expected and what came."""
import json
import math
import sys

from promql.histogram import Histogram
from promql.script import Eval, Message
from promql.series import Series, Value

EPSILON = 1e-6  # relative, of values
BOUND_EPSILON = 1e-12  # relative, of the bounds of buckets

Key = tuple[tuple[str, str], ...]


class Mismatch(Exception):
    pass


def almost_equal(a: float, b: float, epsilon: float = EPSILON) -> bool:
    if a == b or (math.isnan(a) and math.isnan(b)):
        return True
    if a == 0 or b == 0 or abs(a) + abs(b) < sys.float_info.min:
        return abs(a - b) < epsilon * sys.float_info.min
    return abs(a - b) / min(abs(a) + abs(b), sys.float_info.max) < epsilon


def same_value(expected: Value, got) -> bool:
    """`got`: the text of a float, or the object of a histogram. Schema and reset hint are not shown, and so not compared."""
    if not isinstance(expected, Histogram):
        return isinstance(got, str) and almost_equal(expected, float(got))
    if not isinstance(got, dict):
        return False
    buckets, shown = expected.shown(), got.get("buckets", [])
    return (almost_equal(expected.count, float(got["count"])) and almost_equal(expected.sum, float(got["sum"]))
            and len(buckets) == len(shown) and all(map(_same_bucket, buckets, shown)))


def _same_bucket(expected: tuple, got: list) -> bool:
    rule, lower, upper, count = expected
    return (rule == got[0] and almost_equal(lower, float(got[1]), BOUND_EPSILON)
            and almost_equal(upper, float(got[2]), BOUND_EPSILON) and almost_equal(count, float(got[3])))


def key_of(labels: dict[str, str]) -> Key:
    return tuple(sorted((name, value) for name, value in labels.items() if value))


def check_failure(eval_: Eval, answer: dict) -> bool:
    """Whether the query failed; a Mismatch if it failed and should not have, or the other way round."""
    failed = answer["status"] != "success"
    if failed and not eval_.fail:
        raise Mismatch(f"failed: {answer['error']}")
    if not failed and eval_.fail:
        raise Mismatch(f"did not fail: {shorten(answer['data'])}")
    if failed:
        # Prometheus' engine says it without naming the parameter of the API.
        error = answer["error"].removeprefix('invalid parameter "query": ')
        if not eval_.fail.matches(error):
            raise Mismatch(f"failed with {error!r}, expected {describe(eval_.fail)}")
    return failed


def check_annotations(eval_: Eval, answer: dict) -> None:
    for kind, expected, none in (("warnings", eval_.warn, eval_.no_warn), ("infos", eval_.info, eval_.no_info)):
        given = answer.get(kind, [])
        if none and given:
            raise Mismatch(f"{kind} {given}, expected none")
        for message in expected:
            if not any(message.matches(text) for text in given):
                raise Mismatch(f"{kind} {given}, expected {describe(message)}")
        for text in given if expected else []:
            if not any(message.matches(text) for message in expected):
                raise Mismatch(f"{kind} have {text!r}, which is not expected")


def check_instant(eval_: Eval, data: dict) -> None:
    kind, result = data["resultType"], data["result"]
    if kind == "string":
        if result[1] != eval_.string:
            raise Mismatch(f"string {result[1]!r}, expected {eval_.string!r}")
    elif kind == "scalar":
        if eval_.scalar is None or not almost_equal(eval_.scalar, float(result[1])):
            raise Mismatch(f"scalar {result[1]}, expected {eval_.scalar}")
    elif kind == "matrix":
        check_matrix(eval_.series, result, eval_.range_vector or (eval_.end_ms, eval_.end_ms, 1))
    else:
        got = {key_of(series["metric"]): series["value"][1] if "value" in series else series["histogram"][1] for series in result}
        expect_none_but_series(eval_, len(result), len(got))
        check_values({key_of(series.labels): series.values[0] for series in eval_.series}, got)
        if eval_.ordered and list(got) != [key_of(series.labels) for series in eval_.series]:
            raise Mismatch(f"in the order {list(got)}")


def check_middle(eval_: Eval, data: dict, at_ms: int) -> None:
    """What an instant query yields is also what a range query has at this time."""
    got = {}
    for series in data["result"]:
        points = dict(series.get("values", [])) | dict(series.get("histograms", []))
        if at_ms / 1000 in points:
            got[key_of(series["metric"])] = points[at_ms / 1000]
    if eval_.scalar is not None:
        check_values({(): eval_.scalar}, got)
    else:
        check_values({key_of(series.labels): series.values[0] for series in eval_.series}, got)


def check_range(eval_: Eval, data: dict) -> None:
    expect_none_but_series(eval_, len(data["result"]), len({key_of(series["metric"]) for series in data["result"]}))
    check_matrix(eval_.series, data["result"], (eval_.start_ms, eval_.end_ms, eval_.step_ms))


def expect_none_but_series(eval_: Eval, series: int, distinct: int) -> None:
    if eval_.scalar is not None or eval_.string is not None:
        raise Mismatch("series, expected a scalar or a string")
    if series != distinct:
        raise Mismatch("one series twice")


def check_values(expected: dict[Key, Value], got: dict) -> None:
    for key in expected.keys() | got.keys():
        if key not in got:
            raise Mismatch(f"no {show(key)}, expected {expected[key]}")
        if key not in expected:
            raise Mismatch(f"{show(key)} {shorten(got[key])}, which is not expected")
        if not same_value(expected[key], got[key]):
            raise Mismatch(f"{show(key)} {shorten(got[key])}, expected {expected[key]}")


def check_matrix(expected: list[Series], result: list[dict], times: tuple[int, int, int]) -> None:
    start_ms, end_ms, step_ms = times
    wanted: dict[Key, dict[int, Value]] = {}
    for series in expected:
        if series.values and start_ms + (len(series.values) - 1) * step_ms > end_ms:
            raise Mismatch(f"the script expects {len(series.values)} values, more than there are steps")
        wanted[key_of(series.labels)] = {
            start_ms + step * step_ms: value for step, value in enumerate(series.values) if value is not None}
    got: dict[Key, dict[int, object]] = {}
    for series in result:
        points = series.get("values", []) + series.get("histograms", [])
        got[key_of(series["metric"])] = {round(at * 1000): value for at, value in points}
    for key in wanted.keys() | got.keys():
        if key not in wanted or key not in got:
            raise Mismatch(f"{'no' if key in wanted else 'unexpected'} {show(key)} {shorten(got.get(key, wanted.get(key)))}")
        if wanted[key].keys() != got[key].keys():
            raise Mismatch(f"{show(key)} has values at {sorted(got[key])}, expected {sorted(wanted[key])}")
        for at_ms, value in wanted[key].items():
            if not same_value(value, got[key][at_ms]):
                raise Mismatch(f"{show(key)} at {at_ms} ms: {shorten(got[key][at_ms])}, expected {value}")


def show(key: Key) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in key) + "}"


def describe(message: Message) -> str:
    if message.text is not None:
        return repr(message.text)
    return "any" if message.pattern is None else f"one that matches {message.pattern!r}"


def shorten(value) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 300 else text[:300] + "…"
