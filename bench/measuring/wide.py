"""A metric with many series, each with a value of its own in one label."""
import struct

from .load import WRITE_PATH
from .peers import servers
from .probe import HEADERS, field, varint

NAME = "wide"
SERIES_PER_REQUEST = 2_000


def label(name: str, value: str) -> bytes:
    return field(1, field(1, name.encode()) + field(2, value.encode()))


def path_of(number: int) -> str:
    """The value that only this series has."""
    return f"/items/{number:06d}"


def labels_of(number: int) -> bytes:
    return label("__name__", NAME) + label("job", "wide") + label("path", path_of(number)) + label("shard", f"{number % 10}")


def long_literals(data: bytes) -> bytes:
    """Snappy that saves nothing, of any size."""
    pieces = (data[at:at + 65536] for at in range(0, len(data), 65536))
    return varint(len(data)) + b"".join(b"\xf4" + (len(piece) - 1).to_bytes(2, "little") + piece for piece in pieces)


def send(url: str, series: int, times_ms: list[int]) -> None:
    """One sample of each series at each of the times, all of a time before those of the next."""
    labels = [labels_of(number) for number in range(series)]
    for step, at_ms in enumerate(times_ms):
        at = b"\x10" + varint(at_ms)
        for begin in range(0, series, SERIES_PER_REQUEST):
            message = b"".join(
                field(1, labels[number] + field(2, b"\x09" + struct.pack("<d", number % 97 + step) + at))
                for number in range(begin, min(series, begin + SERIES_PER_REQUEST)))
            status, body = servers.http(url + WRITE_PATH, long_literals(message), HEADERS)
            if status not in (200, 204):
                raise RuntimeError(f"{NAME}: {status} {body[:300]!r}")
