"""Remote write without any library: enough to know which samples a body of 1.0 holds, and to write bodies of both versions."""
import http.server
import struct
import threading
import urllib.error
import urllib.request


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def unsnappy(data: bytes) -> bytes:
    """Snappy's block format: a length, then literals and copies."""
    size, at = varint(data, 0)
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        kind = tag & 3
        if kind == 0:
            length = tag >> 2
            if length >= 60:
                extra = length - 59
                length = int.from_bytes(data[at:at + extra], "little")
                at += extra
            out += data[at:at + length + 1]
            at += length + 1
            continue
        if kind == 1:
            length, offset = 4 + (tag >> 2 & 7), tag >> 5 << 8 | data[at]
            at += 1
        else:
            width = 2 if kind == 2 else 4
            length, offset = 1 + (tag >> 2), int.from_bytes(data[at:at + width], "little")
            at += width
        for _ in range(length):
            out.append(out[-offset])
    assert len(out) == size, "snappy: the length does not match"
    return bytes(out)


def fields(data: bytes):
    """Number and value of each protobuf field: bytes, or an integer."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 2:
            size, at = varint(data, at)
            yield key >> 3, data[at:at + size]
            at += size
        elif key & 7 == 1:
            yield key >> 3, data[at:at + 8]
            at += 8
        else:
            value, at = varint(data, at)
            yield key >> 3, value


def samples(body: bytes):
    """((sorted label pairs), timestamp in ms, value as 8 bytes) of each sample in a remote-write body."""
    for number, series in fields(unsnappy(body)):
        if number != 1:
            continue
        labels, points = [], []
        for part, content in fields(series):
            if part == 1:
                pair = dict(fields(content))
                labels.append((pair.get(1, b"").decode(), pair.get(2, b"").decode()))
            elif part == 2:
                point = dict(fields(content))
                timestamp = point.get(2, 0)
                points.append((timestamp - (1 << 64) if timestamp >> 63 else timestamp, point.get(1, bytes(8))))
        key = tuple(sorted(labels))
        for timestamp, value in points:
            yield key, timestamp, struct.unpack("<d", value)[0]


def varint_of(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def field(number: int, content: bytes | int | float) -> bytes:
    if isinstance(content, bytes):
        return varint_of(number << 3 | 2) + varint_of(len(content)) + content
    if isinstance(content, float):
        return varint_of(number << 3 | 1) + struct.pack("<d", content)
    return varint_of(number << 3) + varint_of(content)


def snappy(data: bytes) -> bytes:
    """Snappy's block format with nothing compressed: literals alone."""
    pieces = [data[at:at + 65536] for at in range(0, len(data), 65536)]
    return varint_of(len(data)) + b"".join(b"\xf4" + (len(piece) - 1).to_bytes(2, "little") + piece for piece in pieces)


def body(series) -> bytes:
    """A remote-write body of dicts with `labels`, and perhaps `samples`, a list of (value, timestamp in ms), `exemplars`, a list
    of dicts with `labels`, `value` and `timestamp`, and `histograms`, a list of encoded messages."""
    def pairs(labels: dict) -> bytes:
        return b"".join(field(1, field(1, name.encode()) + field(2, value.encode())) for name, value in sorted(labels.items()))

    message = b""
    for one in series:
        text = pairs(one["labels"])
        for value, timestamp in one.get("samples", ()):
            text += field(2, field(1, float(value)) + field(2, timestamp))
        for exemplar in one.get("exemplars", ()):
            text += field(3, pairs(exemplar["labels"]) + field(2, float(exemplar["value"])) + field(3, exemplar["timestamp"]))
        for histogram in one.get("histograms", ()):
            text += field(4, histogram)
        message += field(1, text)
    return snappy(message)


def body_2(series) -> bytes:
    """The same series, encoded histograms included, as a body of remote write 2.0."""
    symbols = {"": 0}

    def refs(labels: dict) -> bytes:
        texts = [text for pair in sorted(labels.items()) for text in pair]
        return field(1, b"".join(varint_of(symbols.setdefault(text, len(symbols))) for text in texts))

    message = b""
    for one in series:
        text = refs(one["labels"])
        for value, timestamp in one.get("samples", ()):
            text += field(2, field(1, float(value)) + field(2, timestamp))
        for histogram in one.get("histograms", ()):
            text += field(3, histogram)
        for exemplar in one.get("exemplars", ()):
            text += field(4, refs(exemplar["labels"]) + field(2, float(exemplar["value"])) + field(3, exemplar["timestamp"]))
        message += field(5, text)
    return snappy(b"".join(field(4, symbol.encode()) for symbol in symbols) + message)


def metadata_body(entries) -> bytes:
    """A remote-write body of metadata alone: (number of the type, metric, help, unit) each."""
    return snappy(b"".join(field(3, field(1, number) + field(2, metric.encode()) + field(4, help.encode()) + field(5, unit.encode()))
                           for number, metric, help, unit in entries))


class RecordingProxy:
    """Forwards remote write to `target` and remembers every body that was answered with 2xx."""

    def __init__(self, target: str):
        self.acknowledged: list[bytes] = []
        self.lost = 0
        self.refused: list[tuple[int, str]] = []
        self.lock = threading.Lock()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, text = proxy.forward(target + self.path, body, self.headers)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forward(self, url: str, body: bytes, headers) -> tuple[int, bytes]:
        kept = {name: headers[name] for name in ("Content-Type", "Content-Encoding", "User-Agent") if headers[name]}
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, kept), timeout=15) as answer:
                with self.lock:
                    self.acknowledged.append(body)
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            text = error.read()
            with self.lock:
                self.refused.append((error.code, text.decode(errors="replace")))
            return error.code, text
        except OSError:
            with self.lock:
                self.lost += 1
            return 503, b"weir is away"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
