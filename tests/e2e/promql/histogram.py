"""Native histograms as scripts write them, remote write carries them and the query API shows them."""
import dataclasses
import math
import struct
import sys

import remote_write

CUSTOM_BUCKETS = -53  # the schema whose bounds are listed
RESET_HINTS = {"unknown": 0, "reset": 1, "not_reset": 2, "gauge": 3}


@dataclasses.dataclass
class Histogram:
    """A histogram of floats: counts by bucket index, where a written zero is kept."""
    schema: int = 0
    count: float = 0.0
    sum: float = 0.0
    zero_threshold: float = 0.0
    zero_count: float = 0.0
    positive: dict[int, float] = dataclasses.field(default_factory=dict)
    negative: dict[int, float] = dataclasses.field(default_factory=dict)
    custom_values: list[float] = dataclasses.field(default_factory=list)
    reset_hint: str = "unknown"

    def plus(self, other: "Histogram", sign: int) -> "Histogram":
        """The sum, or with `sign` -1 the difference, in the schema of this one. Refuses what would need buckets to be split."""
        if other.schema < self.schema or other.custom_values != self.custom_values or other.zero_threshold != self.zero_threshold:
            raise ValueError("histograms of other bounds cannot be added")
        shift = other.schema - self.schema

        def combined(ours: dict, theirs: dict) -> dict:
            out = dict(ours)
            for index, count in theirs.items():
                coarse = index if shift == 0 else (index - 1 >> shift) + 1
                out[coarse] = out.get(coarse, 0.0) + sign * count
            return out

        return dataclasses.replace(
            self, count=self.count + sign * other.count, sum=self.sum + sign * other.sum,
            zero_count=self.zero_count + sign * other.zero_count, positive=combined(self.positive, other.positive),
            negative=combined(self.negative, other.negative))

    def bound(self, index: int) -> float:
        """The upper bound of a positive bucket."""
        if self.schema == CUSTOM_BUCKETS:
            if index < 0:
                return -math.inf
            return self.custom_values[index] if index < len(self.custom_values) else math.inf
        exponent = index * 2.0 ** -self.schema
        if exponent == 1024:  # the bucket below that of the infinities ends with the numbers
            return sys.float_info.max
        return 2.0 ** exponent if exponent < 1024 else math.inf

    def shown(self) -> list[tuple[int, float, float, float]]:
        """The buckets that are not empty, from the lowest up, as the query API shows them: which bounds belong to the bucket
        (0 the upper, 1 the lower, 3 both), lower bound, upper bound, count."""
        out = [(1, -self.bound(index), -self.bound(index - 1), count) for index, count in sorted(self.negative.items(), reverse=True)]
        out.append((3, -self.zero_threshold, self.zero_threshold, self.zero_count))
        for index, count in sorted(self.positive.items()):
            rule = 3 if self.schema == CUSTOM_BUCKETS and index == 0 else 0
            out.append((rule, self.bound(index - 1), self.bound(index), count))
        return [bucket for bucket in out if bucket[3] != 0]

    def encoded(self, timestamp_ms: int, integers: bool = False) -> bytes:
        """The message Histogram of remote write, with counts that are floats; or integers, which all of them are then."""
        field = remote_write.field
        if integers:
            text = field(1, int(self.count)) + field(6, int(self.zero_count))
        else:
            text = field(2, float(self.count)) + field(7, float(self.zero_count))
        text += field(3, float(self.sum)) + field(4, zigzag(self.schema)) + field(5, float(self.zero_threshold))
        for buckets, spans_field in ((self.negative, 8), (self.positive, 11)):
            for offset, length in spans(sorted(buckets)):
                text += field(spans_field, field(1, zigzag(offset)) + field(2, length))
            counts = [buckets[index] for index in sorted(buckets)]
            if counts:
                text += field(spans_field + 1, deltas(counts)) if integers else field(spans_field + 2, doubles(counts))
        text += field(14, RESET_HINTS[self.reset_hint]) + field(15, timestamp_ms)
        return text + (field(16, doubles(self.custom_values)) if self.custom_values else b"")


def zigzag(value: int) -> int:
    return value << 1 ^ value >> 63


def deltas(counts: list) -> bytes:
    """Integer counts as remote write has them: each as what it is more than the one before."""
    return b"".join(remote_write.varint_of(zigzag(int(after - before))) for before, after in zip([0, *counts], counts))


def doubles(values) -> bytes:
    return b"".join(struct.pack("<d", value) for value in values)


def spans(indices: list[int]) -> list[tuple[int, int]]:
    """(empty buckets before it, length) of each run of neighbours; the first counts from index 0."""
    out: list[tuple[int, int]] = []
    end = 0
    for index in indices:
        if out and index == end:
            out[-1] = (out[-1][0], out[-1][1] + 1)
        else:
            out.append((index - end, 1))
        end = index + 1
    return out


def from_classic(buckets: dict[float, float], count: float | None, total: float) -> Histogram:
    """The histogram with custom buckets of a classic one: cumulative counts by upper bound."""
    cumulative = dict(sorted(buckets.items()))
    if count is None:
        count = list(cumulative.values())[-1]
    cumulative.setdefault(math.inf, count)
    if cumulative[math.inf] != count:
        raise ValueError(f"the bucket +Inf has {cumulative[math.inf]}, the count is {count}")
    out = Histogram(schema=CUSTOM_BUCKETS, count=count, sum=total, custom_values=[le for le in cumulative if le != math.inf])
    before = 0.0
    for index, value in enumerate(cumulative.values()):
        if value < before:
            raise ValueError(f"cumulative counts fall from {before} to {value}")
        if value != before:
            out.positive[index] = value - before
        before = value
    return out
