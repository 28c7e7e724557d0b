"""Runs a script over the HTTP API: each stretch up to a `clear` is a tenant of its own."""
import dataclasses
import http.client
import json
import math
import re
import time
import urllib.parse

import remote_write
from promql import expectation, histogram
from promql.script import Clear, Eval, Load, parse

MARKER = "weir_scripts_loaded"
MARKER_MS = 1_000_000_000_000  # far from anything that a script asks about

# What resolves differently in a range query, whatever the data.
_RANGE_ONLY = re.compile(r"(start|end|range|step)\(\)")


@dataclasses.dataclass
class Outcome:
    line: int
    text: str
    failure: str | None  # None: as expected


class Client:
    """One connection that stays open until `close`."""

    def __init__(self, url: str):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
        self.tenant = "default"

    def close(self) -> None:
        self.connection.close()

    def post(self, path: str, body: bytes, headers: dict) -> tuple[int, bytes]:
        self.connection.request("POST", path, body, headers | {"X-Scope-OrgID": self.tenant})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def write(self, series: list[dict]) -> None:
        status, body = self.post("/api/v1/write", remote_write.body(series),
                                 {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"})
        if status not in (200, 204):
            raise RuntimeError(f"write: {status} {body[:500]!r}")

    def ask(self, path: str, **parameters) -> dict:
        status, body = self.post(f"/api/v1/{path}", urllib.parse.urlencode(parameters).encode(),
                                 {"Content-Type": "application/x-www-form-urlencoded"})
        answer = json.loads(body)
        if (status == 200) != (answer.get("status") == "success"):
            raise RuntimeError(f"{path} {parameters}: {status} {body[:500]!r}")
        return answer


class Runner:
    """`settle` is called with the client once all of a load is visible."""

    def __init__(self, client: Client, name: str, settle=None):
        self.client, self.name, self.settle = client, name, settle
        self.stretch = self.loads = 0
        self.clear()

    def run(self, text: str) -> list[Outcome]:
        outcomes = []
        for command in parse(text):
            if isinstance(command, Clear):
                self.clear()
            elif isinstance(command, Load):
                self.load(command)
            else:
                outcomes.append(Outcome(command.line, command.text, self.failure(command)))
        return outcomes

    def clear(self) -> None:
        self.stretch += 1
        self.client.tenant = f"{self.name}-{self.stretch}"

    def load(self, load: Load) -> None:
        written = [in_remote_write(series.labels, series.values, load.step_ms) for series in load.series]
        if load.with_custom_buckets:
            written += [in_remote_write(labels, values, load.step_ms) for labels, values in custom_bucket_series(load)]
        self.loads += 1
        self.client.write(written)
        # The marker is in the log behind the samples, and there is one partition: once it is visible, they are.
        self.client.write([{"labels": {"__name__": MARKER}, "samples": [(self.loads, MARKER_MS + self.loads)]}])
        self.wait_until_visible()
        if self.settle is not None:
            self.settle(self.client)
            self.wait_until_visible()

    def wait_until_visible(self, seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = self.client.ask("query", query=MARKER, time=(MARKER_MS + self.loads) / 1000, nocache=1)
            found = answer.get("data", {}).get("result")  # after a restart reads are refused for a while
            if found and found[0]["value"][1] == str(self.loads):
                return
            time.sleep(0.001)
        raise RuntimeError(f"{self.name}: what was loaded is not visible after {seconds} s")

    def failure(self, eval_: Eval) -> str | None:
        try:
            if eval_.is_range:
                self.check_range(eval_)
            else:
                self.check_instant(eval_)
        except expectation.Mismatch as mismatch:
            return str(mismatch)
        return None

    def check_range(self, eval_: Eval) -> None:
        answer = self.ask_range(eval_.text, eval_.start_ms, eval_.end_ms, eval_.step_ms)
        if expectation.check_failure(eval_, answer):
            return
        expectation.check_annotations(eval_, answer)
        expectation.check_range(eval_, answer["data"])

    def check_instant(self, eval_: Eval) -> None:
        at_ms = eval_.range_vector[1] if eval_.range_vector else eval_.end_ms
        answer = self.client.ask("query", query=eval_.text, time=at_ms / 1000)
        if expectation.check_failure(eval_, answer):
            return
        expectation.check_annotations(eval_, answer)
        expectation.check_instant(eval_, answer["data"])
        if eval_.range_vector or eval_.string is not None or _RANGE_ONLY.search(eval_.text):
            return
        answer = self.ask_range(eval_.text, at_ms - 60_000, at_ms + 60_000, 60_000)
        if answer["status"] != "success":
            raise expectation.Mismatch(f"as a range query failed: {answer['error']}")
        if eval_.ordered:
            return
        try:
            expectation.check_middle(eval_, answer["data"], at_ms)
        except expectation.Mismatch as mismatch:
            raise expectation.Mismatch(f"as a range query: {mismatch}") from mismatch

    def ask_range(self, text: str, start_ms: int, end_ms: int, step_ms: int) -> dict:
        return self.client.ask("query_range", query=text, start=start_ms / 1000, end=end_ms / 1000, step=step_ms / 1000)


def in_remote_write(labels: dict, values: list, step_ms: int) -> dict:
    """One series as remote_write.body takes it, from time 0."""
    out: dict = {"labels": {name: value for name, value in labels.items() if value}, "samples": [], "histograms": []}
    for step, value in enumerate(values):
        if isinstance(value, histogram.Histogram):
            out["histograms"].append(value.encoded(step * step_ms))
        elif value is not None:
            out["samples"].append((value, step * step_ms))
    return out


def custom_bucket_series(load: Load):
    """(labels, values) of the native histograms with custom buckets that the classic ones of a load make."""
    parts: dict[tuple, list[dict]] = {}
    for series in load.series:
        name, _, suffix = series.labels["__name__"].rpartition("_")
        if suffix not in ("bucket", "count", "sum"):
            continue
        le = le_of(series.labels) if suffix == "bucket" else None
        if suffix == "bucket" and le is None:
            continue
        labels = {label: value for label, value in series.labels.items() if label != "le"} | {"__name__": name}
        steps = parts.setdefault(tuple(sorted(labels.items())), [])
        for step, value in enumerate(series.values):
            while len(steps) <= step:
                steps.append({"buckets": {}})
            if value is None or isinstance(value, histogram.Histogram):
                continue
            if suffix == "bucket":
                steps[step]["buckets"][le] = value
            else:
                steps[step][suffix] = value
    for labels, steps in parts.items():
        yield dict(labels), [custom_buckets(step) for step in steps]


def custom_buckets(step: dict) -> histogram.Histogram | None:
    if not step["buckets"] and "count" not in step and "sum" not in step:
        return None
    return histogram.from_classic(step["buckets"], step.get("count"), step.get("sum", 0.0))


def le_of(labels: dict) -> float | None:
    try:
        le = float(labels["le"])
    except ValueError:
        return None
    return None if math.isnan(le) else le
