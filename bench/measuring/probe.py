"""How soon after its acknowledgement a sample can be read: a series of its own, written and asked for in a loop."""
import dataclasses
import http.client
import struct
import time
import urllib.parse

from .figures import percentile
from .load import WRITE_PATH
from .queries import Client

SERIES = "freshness_probe"
HEADERS = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"}
# The newest raw sample. Victoria-metrics gives raw samples at once where it would hide others for 30 s; nocache keeps it from
# asking for an older time than now.
PATH = "/api/v1/query?" + urllib.parse.urlencode({"query": f"{SERIES}[5m]", "nocache": "1"})


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number: int, content: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def snappy(data: bytes) -> bytes:
    """One literal of up to 256 bytes: valid snappy that saves nothing."""
    tag = bytes([(len(data) - 1) << 2]) if len(data) <= 60 else bytes([60 << 2, len(data) - 1])
    return varint(len(data)) + tag + data


def write_request(labels: dict[str, str], value: float, at_ms: int) -> bytes:
    """A remote-write body of one sample; the labels in the order of their names."""
    series = b"".join(field(1, field(1, name.encode()) + field(2, text.encode())) for name, text in labels.items())
    sample = field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(at_ms))
    return snappy(field(1, series + sample))


@dataclasses.dataclass
class Probe:
    """Writes samples 1, 2, 3... and waits for each."""
    url: str
    timeout_s: float = 60
    written: int = 0

    def __post_init__(self):
        self.reader = Client(self.url)
        self.writer = http.client.HTTPConnection(urllib.parse.urlsplit(self.url).netloc, timeout=self.timeout_s)

    def write(self) -> None:
        self.written += 1
        self.write_series(SERIES, {}, self.written)

    def write_series(self, metric: str, labels: dict[str, str], value: float) -> None:
        """Writes a sample of now; returns when it is acknowledged."""
        body = write_request({"__name__": metric} | labels, value, int(time.time() * 1000))
        self.writer.request("POST", WRITE_PATH, body, HEADERS)
        answer = self.writer.getresponse()
        body = answer.read()
        if answer.status // 100 != 2:
            raise RuntimeError(f"probe: {answer.status} {body[:300]!r}")

    def visible(self) -> bool:
        result = self.reader.result(PATH)
        return bool(result) and float(result[0]["values"][-1][1]) == self.written

    def once(self) -> float:
        """Milliseconds from the acknowledgement to the first answer that has the sample. Asks at once and then after pauses of a
        tenth of the time so far, so that asking does not become the load."""
        self.write()
        acknowledged = time.perf_counter()
        while not self.visible():
            waited = time.perf_counter() - acknowledged
            if waited > self.timeout_s:
                raise RuntimeError(f"probe {self.written} is not visible {waited:.0f} s after its acknowledgement")
            time.sleep(min(0.05, waited / 10))
        return (time.perf_counter() - acknowledged) * 1000


def figures_while(probe: Probe, goes_on, pause_s: float = 0.02, probes_min: int = 3) -> dict[str, float]:
    """Probes for as long as `goes_on()`; a probe that has begun is finished."""
    took = []
    while goes_on() or len(took) < probes_min:
        took.append(probe.once())
        time.sleep(pause_s)
    return {"acknowledged to visible, p50 ms": percentile(took, 0.5), "acknowledged to visible, p99 ms": percentile(took, 0.99),
            "probes": len(took)}
