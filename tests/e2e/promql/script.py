"""The commands of a script: load, clear and eval with what it expects.

The language is described beside the scripts, in promql/promqltest/README.md of Prometheus. A script that cannot be read to its end
is a ValueError that names the line.
"""
import dataclasses
import re

from promql.series import Series, parse_series, unquote

_LOAD = re.compile(r"load(?:_(with_nhcb))?\s+(\S+)$")
_INSTANT = re.compile(r"eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+)$")
_RANGE = re.compile(r"eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$")
_EXPECT = re.compile(r"expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$")
_EXPECT_RANGE_VECTOR = re.compile(r"expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$")
_DURATION = re.compile(r"(-)?(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$")
_UNITS_MS = (31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1_000, 1)


@dataclasses.dataclass
class Load:
    line: int
    step_ms: int
    series: list[Series]
    with_custom_buckets: bool  # classic histograms are loaded as native ones as well


@dataclasses.dataclass
class Clear:
    line: int


@dataclasses.dataclass
class Message:
    """What an annotation or error must be: equal to `text`, match `pattern`, or anything."""
    text: str | None = None
    pattern: str | None = None

    def matches(self, message: str) -> bool:
        if self.text is not None:
            return message == self.text
        return self.pattern is None or re.search(self.pattern, message) is not None


@dataclasses.dataclass
class Eval:
    line: int
    text: str
    start_ms: int
    end_ms: int
    step_ms: int = 0  # 0: an instant query at `end_ms`
    ordered: bool = False
    fail: Message | None = None
    warn: list[Message] = dataclasses.field(default_factory=list)
    info: list[Message] = dataclasses.field(default_factory=list)
    no_warn: bool = False
    no_info: bool = False
    scalar: float | None = None
    string: str | None = None
    range_vector: tuple[int, int, int] | None = None  # start, end and step in ms of the samples of an instant query
    series: list[Series] = dataclasses.field(default_factory=list)

    @property
    def is_range(self) -> bool:
        return self.step_ms > 0


Command = Load | Clear | Eval


def duration_ms(text: str) -> int:
    if text == "0":
        return 0
    found = _DURATION.match(text)
    if not found or not text.lstrip("-"):
        raise ValueError(f"no duration: {text!r}")
    total = sum(int(count or 0) * unit for count, unit in zip(found.groups()[1:], _UNITS_MS))
    return -total if found[1] else total


def parse_number(text: str) -> float | None:
    """A number as it stands alone on a line, or None."""
    try:
        return float(int(text, 0))
    except ValueError:
        pass
    try:
        return float(text) if re.match(r"[+-]?(\d|\.\d|inf|nan)", text, re.IGNORECASE) else None
    except ValueError:
        return None


def parse(text: str) -> list[Command]:
    lines = [line.strip() for line in text.split("\n")]
    lines = ["" if line.startswith("#") else line for line in lines]
    commands: list[Command] = []
    at = 0
    while at < len(lines):
        begin = at
        at += 1
        if not lines[begin]:
            continue
        try:
            word = lines[begin].split()[0]
            if word == "clear":
                commands.append(Clear(begin + 1))
            elif word.startswith("load"):
                end = _block_end(lines, at)
                commands.append(_load(lines[begin:end], begin + 1))
                at = end
            elif word.startswith("eval"):
                command, taken = _eval(lines[begin:_block_end(lines, at)], begin + 1)
                commands.append(command)
                at = begin + taken
            else:
                raise ValueError(f"no command: {lines[begin]!r}")
        except ValueError as error:
            raise ValueError(f"line {begin + 1}: {error}") from error
    return commands


def _block_end(lines: list[str], at: int) -> int:
    while at < len(lines) and lines[at]:
        at += 1
    return at


def _load(block: list[str], line: int) -> Load:
    found = _LOAD.match(block[0])
    if not found:
        raise ValueError(f"no load: {block[0]!r}")
    # Lines `metric@st -1m -30sx3` tell when the samples of the next line began to count: remote write 1.0 has no place for it.
    series = [parse_series(text) for text in block[1:] if not text.split()[0].endswith("@st")]
    last = {tuple(sorted(one.labels.items())): one for one in series}  # one that is given twice is what it is given last
    return Load(line, duration_ms(found[2]), list(last.values()), found[1] is not None)


def _eval(block: list[str], line: int) -> tuple[Eval, int]:
    """The command, and how many lines of the block it takes."""
    command = _question(block[0], line)
    for number, text in enumerate(block[1:], 1):
        if command.fail and text.startswith(("expected_fail_message", "expected_fail_regexp")):
            word, _, rest = text.partition(" ")
            command.fail = Message(text=rest.strip()) if word == "expected_fail_message" else Message(pattern=rest.strip())
            return command, number + 1
        if text.split()[0] == "expect":
            _expectation(command, text)
            continue
        command.scalar = parse_number(text)
        if command.scalar is not None:
            return command, number + 1
        command.series.append(parse_series(text))
    if not command.is_range and not command.range_vector and any(len(series.values) != 1 for series in command.series):
        raise ValueError("an instant query has one value for each series")
    return command, len(block)


def _question(text: str, line: int) -> Eval:
    if found := _INSTANT.match(text):
        kind, at, expression = found.groups()
        at_ms = duration_ms(at)
        command = Eval(line, expression, at_ms, at_ms)
    elif found := _RANGE.match(text):
        kind, start, end, step, expression = found.groups()
        command = Eval(line, expression, duration_ms(start), duration_ms(end), duration_ms(step))
        if command.end_ms < command.start_ms or command.step_ms <= 0:
            raise ValueError(f"no range: {text!r}")
    else:
        raise ValueError(f"no eval: {text!r}")
    command.ordered = kind == "ordered"
    command.fail = Message() if kind == "fail" else None
    command.warn = [Message()] if kind == "warn" else []
    command.info = [Message()] if kind == "info" else []
    return command


def _expectation(command: Eval, text: str) -> None:
    if text.startswith("expect string"):
        command.string = unquote(text.removeprefix("expect string").strip())
    elif found := _EXPECT_RANGE_VECTOR.match(text):
        start, end, step = (duration_ms(part) for part in found.groups())
        command.range_vector = (start, end, step)
    elif found := _EXPECT.match(text):
        kind, how, content = found[1], found[2], (found[3] or "").strip()
        message = Message(text=content if how == "msg" else None, pattern=content if how == "regex" else None)
        if kind in ("warn", "info"):
            getattr(command, kind).append(message)
        elif kind == "fail":
            command.fail = message
        else:
            setattr(command, kind, True)
    else:
        raise ValueError(f"no expectation: {text!r}")
