"""The notation of series in scripts: `metric{label="value"} 0+10x3 _x2 stale {{schema:1 buckets:[1 2]}}x4`."""
import dataclasses
import re
import struct

from promql import histogram

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]

# A value, or None where a step has no sample.
Value = float | histogram.Histogram | None

_NUMBER = r"(?:[Ii]nf|[Nn]a[Nn]|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_BLANK = re.compile(r"_(?:x(?P<times>\d+))?(?=\s|$)")
_FLOAT = re.compile(rf"(?P<base>stale|[+-]?{_NUMBER})(?P<step>[+-]{_NUMBER})?(?:x(?P<times>\d+))?(?=\s|$)")
_HISTOGRAM = re.compile(
    r"\{\{(?P<base>[^}]*)\}\}(?:(?P<sign>[+-])\{\{(?P<step>[^}]*)\}\})?(?:x(?P<times>\d+))?(?=\s|$)")
_DESCRIPTION = re.compile(r"(?P<key>[a-z_]+):(?:\[(?P<list>[^\]]*)\]|(?P<one>\S+))(?:\s+|$)")
_STRING = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`)\s*""")
_UNQUOTED = re.compile(r"\s*([^\s{}=,!~\"'`]+)\s*")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))")
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


@dataclasses.dataclass
class Series:
    labels: dict[str, str]
    values: list[Value]


def parse_series(line: str) -> Series:
    """One line of a `load` or of what an `eval` expects. ValueError where it cannot be read to its end."""
    labels, end = parse_labels(line)
    return Series(labels, parse_values(line[end:]))


def parse_labels(line: str) -> tuple[dict[str, str], int]:
    """The labels at the beginning of a line, the name as `__name__`, and where they end."""
    labels: dict[str, str] = {}
    end = 0
    if not line.startswith("{"):
        name = _UNQUOTED.match(line)
        if not name:
            raise ValueError(f"no series: {line!r}")
        labels["__name__"], end = name[1], name.end(1)
        spaces = len(line[end:]) - len(line[end:].lstrip())
        if not line[end + spaces:].startswith("{") or line[end + spaces:].startswith("{{"):
            return labels, end
        end += spaces
    end += 1
    while not line[end:].lstrip().startswith("}"):
        name, end = _name_or_string(line, end)
        if line[end:end + 1] == "=":
            value, end = _string(line, end + 1)
            labels[name] = value
        else:
            labels["__name__"] = name
        if line[end:end + 1] == ",":
            end += 1
        elif line[end:end + 1] != "}":
            raise ValueError(f"labels end unexpectedly at {line[end:]!r}: {line!r}")
    return labels, line.index("}", end) + 1


def _name_or_string(line: str, at: int) -> tuple[str, int]:
    if _STRING.match(line, at):
        return _string(line, at)
    name = _UNQUOTED.match(line, at)
    if not name:
        raise ValueError(f"no label at {line[at:]!r}: {line!r}")
    return name[1], name.end()


def _string(line: str, at: int) -> tuple[str, int]:
    found = _STRING.match(line, at)
    if not found:
        raise ValueError(f"no string at {line[at:]!r}: {line!r}")
    raw = found[3] is not None
    return found[3] if raw else unescape(found[1] if found[1] is not None else found[2]), found.end()


def unescape(text: str) -> str:
    def one(found: re.Match) -> str:
        code = found[1] or found[2] or found[3]
        if code:
            return chr(int(code, 16))
        return chr(int(found[4], 8)) if found[4] else _ESCAPED.get(found[5], found[5])

    return _ESCAPE.sub(one, text)


def unquote(text: str) -> str:
    """A whole string with its quotes."""
    value, end = _string(text, 0)
    if end != len(text):
        raise ValueError(f"more than a string: {text!r}")
    return value


def parse_values(text: str) -> list[Value]:
    values: list[Value] = []
    at = 0
    while True:
        while text[at:at + 1].isspace():
            at += 1
        if at == len(text):
            return values
        for form, read in ((_BLANK, _blanks), (_HISTOGRAM, _histograms), (_FLOAT, _floats)):
            if found := form.match(text, at):
                values += read(found)
                at = found.end()
                break
        else:
            raise ValueError(f"no value at {text[at:]!r}")


def _blanks(found: re.Match) -> list[Value]:
    return [None] * int(found["times"] or 1)


def _floats(found: re.Match) -> list[Value]:
    value = STALE if found["base"] == "stale" else float(found["base"])
    if found["step"] and not found["times"]:
        raise ValueError(f"a step without a count: {found[0]!r}")
    step, out = float(found["step"] or 0), []
    for _ in range(int(found["times"] or 0) + 1):
        out.append(value)
        if found["step"]:
            value += step
    return out


def _histograms(found: re.Match) -> list[Value]:
    value = parse_histogram(found["base"])
    out = [value]
    step = parse_histogram(found["step"]) if found["sign"] else None
    for _ in range(int(found["times"] or 0)):
        value = value.plus(step, -1 if found["sign"] == "-" else 1) if step else value
        out.append(value)
    return out


def parse_histogram(text: str) -> histogram.Histogram:
    """What stands between `{{` and `}}`."""
    given: dict[str, str | list[float]] = {}
    at = len(text) - len(text.lstrip())
    while at < len(text):
        found = _DESCRIPTION.match(text, at)
        if not found or found["key"] in given:
            raise ValueError(f"no histogram at {text[at:]!r}: {text!r}")
        given[found["key"]] = found["one"] if found["list"] is None else [float(one) for one in found["list"].split()]
        at = found.end()

    def take(key: str, otherwise):
        return given.pop(key, otherwise)

    def buckets(key: str, offset: str) -> dict[int, float]:
        first = int(take(offset, "0"))
        return {first + number: count for number, count in enumerate(take(key, []))}

    out = histogram.Histogram(
        schema=int(take("schema", "0")), count=float(take("count", "0")), sum=float(take("sum", "0")),
        zero_threshold=float(take("z_bucket_w", "0")), zero_count=float(take("z_bucket", "0")),
        positive=buckets("buckets", "offset"), negative=buckets("n_buckets", "n_offset"),
        custom_values=take("custom_values", []), reset_hint=take("counter_reset_hint", "unknown"))
    if given or out.reset_hint not in histogram.RESET_HINTS:
        raise ValueError(f"no histogram: {text!r}")
    return out
