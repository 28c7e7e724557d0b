#!/usr/bin/env python3
"""weir import prometheus brings in every sample of a Prometheus' blocks: doubles of all kinds, native histograms, deletions."""
import json
import random
import shutil
import struct
import subprocess
import time
import unittest
import urllib.parse

import servers

START_S = 1_700_000_000
SERIES = 12
SAMPLES = 900  # of each: more than six hours, so that there are several blocks and several chunks of a series
HISTOGRAMS = 50  # of each of two series; counters that begin anew now and then
ODD = ["NaN", "+Inf", "-Inf", "-0.0", "5e-324", "1.7976931348623157e+308", "0.1", "9007199254740993"]


def run(*words) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120)


def open_metrics() -> str:
    dice = random.Random(7)
    lines = ["# TYPE m gauge"]
    for i in range(SERIES):
        value = dice.random() * 100
        for n in range(SAMPLES):
            value += dice.choice([0, 0, 1, 0.25, -3.7])
            text = dice.choice(ODD) if i == 0 else repr(round(value, 2) if i % 2 else value)
            lines.append(f'm{{i="{i}",path="C:\\\\a \\"b\\" é"}} {text} {START_S + n * 30}.{dice.randrange(1000):03d}')
    return "\n".join(lines) + "\n# EOF\n"


def varint(value: int) -> bytes:
    out = bytearray()
    value &= (1 << 64) - 1
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def zigzag(value: int) -> bytes:
    return varint(value << 1 ^ value >> 63)


def field(number: int, content) -> bytes:
    """A protobuf field: bytes, an integer, or a double."""
    if isinstance(content, float):
        return varint(number << 3 | 1) + struct.pack("<d", content)
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def histogram(at_ms: int, n: int, floats: bool) -> bytes:
    spans = [field(1, zigzag_int(offset)) + field(2, length) for offset, length in ((-1, 2), (3, 1))]
    positive = b"".join(field(11, span) for span in spans)
    common = field(3, n * 1.5) + field(4, zigzag_int(2)) + field(5, 1e-3) + field(15, at_ms) + positive
    if floats:
        return common + field(2, n * 6.5) + field(7, n * 0.5) + field(13, struct.pack("<3d", n * 1.0, n * 2.0, n * 3.0))
    return common + field(1, n * 7) + field(6, n) + field(12, zigzag(n) + zigzag(n) + zigzag(n))


def zigzag_int(value: int) -> int:
    return value << 1 ^ value >> 31


def snappy(message: bytes) -> bytes:
    """Literals only."""
    out = varint(len(message))
    for at in range(0, len(message), 60):
        piece = message[at:at + 60]
        out += bytes([len(piece) - 1 << 2]) + piece
    return out


def label(name: str, value: str) -> bytes:
    return field(1, field(1, name.encode()) + field(2, value.encode()))


class ImportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        home = cls.stack.directory / "prometheus"
        home.mkdir()
        (home / "metrics.txt").write_text(open_metrics())
        made = run(servers.need("promtool"), "tsdb", "create-blocks-from", "openmetrics", home / "metrics.txt", home / "data")
        assert made.returncode == 0, made.stderr
        cls.prometheus = cls.stack.prometheus(
            "", "--web.enable-admin-api", "--web.enable-remote-write-receiver", "--enable-feature=native-histograms",
            "--storage.tsdb.retention.time=100y")
        cls.write_histograms()
        cls.admin("delete_series", **{"match[]": 'm{i="3"}', "start": START_S + 3_000, "end": START_S + 9_000})
        name = json.loads(cls.admin("snapshot"))["data"]["name"]
        cls.data = home / "data" / "snapshots" / name
        cls.weir = cls.stack.weir()

    @classmethod
    def admin(cls, what: str, **parameters) -> bytes:
        status, body = servers.http(f"{cls.prometheus.url}/api/v1/admin/tsdb/{what}?{urllib.parse.urlencode(parameters)}", b"")
        assert status in (200, 204), body
        return body

    @classmethod
    def write_histograms(cls):
        now = int(time.time() * 1000)
        message = b""
        for floats in (False, True):
            samples = b"".join(field(4, histogram(now - 60_000 + n * 1_000, n % 20 + 1, floats)) for n in range(HISTOGRAMS))
            message += field(1, label("__name__", "h") + label("floats", str(floats)) + samples)
        status, body = servers.http(f"{cls.prometheus.url}/api/v1/write", snappy(message),
                                    {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"})
        assert status in (200, 204), body

    def read(self, url: str, selector: str, tenant: str = "default") -> dict:
        """All samples by series: doubles as their bytes, and what the API shows of histograms."""
        query = urllib.parse.urlencode({"query": f"{selector}[10y]"})
        status, body = servers.http(f"{url}/api/v1/query?{query}", headers={"X-Scope-OrgID": tenant})
        self.assertEqual(status, 200, body[:300])
        return {
            json.dumps(series["metric"], sort_keys=True): (
                [(at, struct.pack("<d", float(value))) for at, value in series.get("values", [])], series.get("histograms", []))
            for series in json.loads(body)["data"]["result"]
        }

    def prometheus_histograms(self) -> dict:
        """By series and time: count, sum, and the counts of the zero bucket and the positive ones."""
        return {
            (series, round(at * 1000)): (float(shown["count"]), float(shown["sum"]), [float(bucket[3]) for bucket in shown["buckets"]])
            for series, (_, histograms) in self.read(self.prometheus.url, "h").items() for at, shown in histograms
        }

    def weir_histograms(self) -> dict:
        """The same, from the files of a snapshot."""
        taken = run(servers.WEIR, "snapshot", "--url", self.weir.url)
        self.assertEqual(taken.returncode, 0, taken.stderr)
        dumped = run(servers.WEIR, "dump", "--data", taken.stdout.strip(), "--tenant", "default", "--match", "h", "-o", "json")
        self.assertEqual(dumped.returncode, 0, dumped.stderr)
        found = {}
        for line in map(json.loads, dumped.stdout.splitlines()):
            shown = line["histogram"]
            self.assertEqual((shown["schema"], shown["zero_threshold"], shown["positive_spans"]), (2, 1e-3, [[-1, 2], [3, 1]]))
            found[json.dumps(line["labels"], sort_keys=True), line["timestamp_ms"]] = (
                shown["count"], shown["sum"], [shown["zero_count"], *shown["positive_counts"]])
        return found

    def weir_import(self, *words) -> subprocess.CompletedProcess:
        return run(servers.WEIR, "import", "prometheus", "--url", self.weir.url, *words)

    def test_every_sample_arrives(self):
        counted = self.weir_import("--dry-run", self.data)
        self.assertEqual(counted.returncode, 0, counted.stderr)
        self.assertEqual(self.read(self.weir.url, '{__name__=~".+"}'), {}, "a dry run sends nothing")
        done = self.weir_import(self.data)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertEqual(done.stdout.splitlines()[0].replace("sent", "to send"), counted.stdout.splitlines()[0])
        self.assertIn(", 0 rejected", done.stdout)
        theirs = self.read(self.prometheus.url, "m")
        self.assertEqual(len(theirs), SERIES)
        self.assertEqual(self.read(self.weir.url, "m"), theirs)
        theirs = self.prometheus_histograms()
        self.assertEqual(len(theirs), 2 * HISTOGRAMS)
        self.assertEqual(self.weir_histograms(), theirs)
        self.assertLess(len(self.read(self.weir.url, 'm{i="3"}').popitem()[1][0]), SAMPLES, "what was deleted stays so")
        again = self.weir_import(self.data)
        self.assertEqual((again.returncode, again.stdout), (0, done.stdout))
        self.assertEqual(self.read(self.weir.url, "m"), self.read(self.prometheus.url, "m"), "sent twice, stored once")

    def test_a_part_for_another_tenant(self):
        start, end = START_S + 6_000, START_S + 12_000
        done = self.weir_import("--tenant", "part", "--match", 'm{i="1"}', "--match", 'm{i=~"4|5"}', "--start", start, "--end", end,
                                self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        theirs = {series: ([sample for sample in samples if start <= sample[0] <= end], [])
                  for series, (samples, _) in self.read(self.prometheus.url, 'm{i=~"1|4|5"}').items()}
        self.assertEqual(self.read(self.weir.url, '{__name__=~".+"}', "part"), theirs)

    def test_finished_blocks_are_remembered(self):
        state = self.stack.directory / "finished.txt"
        first = self.weir_import("--tenant", "state", "--state", state, self.data)
        self.assertEqual(first.returncode, 0, first.stderr)
        lines = state.read_text().splitlines()
        self.assertEqual(len(lines), len(list(self.data.glob("*/meta.json"))))
        state.write_text("\n".join(lines[1:]) + "\n")
        second = self.weir_import("--tenant", "state", "--state", state, self.data)
        self.assertTrue(second.stdout.startswith("1 blocks,"), second.stdout)
        other = self.weir_import("--tenant", "other", "--state", state, "--match", "nothing", self.data)
        self.assertIn(f"{len(lines)} blocks to read", other.stderr, "finished for another tenant and selector")

    def test_damage_is_named_and_the_rest_arrives(self):
        copy = self.stack.directory / "damaged"
        shutil.copytree(self.data, copy)
        segment = max(copy.glob("*/chunks/000001"), key=lambda path: path.stat().st_size)
        whole = segment.read_bytes()
        segment.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
        (copy / "01ARZ3NDEKTSV4RRFFQ69G5FAV").mkdir()
        done = self.weir_import("--tenant", "damaged", copy)
        self.assertEqual(done.returncode, 1)
        self.assertIn("wrong checksum", done.stderr)
        self.assertIn("01ARZ3NDEKTSV4RRFFQ69G5FAV", done.stderr)
        self.assertIn("1 chunks or blocks could not be read", done.stdout)
        self.assertEqual(len(self.read(self.weir.url, "m", "damaged")), SERIES)

    def test_refused_samples_are_counted_by_reason(self):
        text, data = self.stack.directory / "future.txt", self.stack.directory / "future"
        text.write_text("# TYPE f gauge\nf 1 1700000000\nf 2 7258118400\n# EOF\n")  # the second is of the year 2200
        made = run(servers.need("promtool"), "tsdb", "create-blocks-from", "openmetrics", text, data)
        self.assertEqual(made.returncode, 0, made.stderr)
        state = self.stack.directory / "future-state.txt"
        done = self.weir_import("--tenant", "future", "--state", state, data)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("\n1 accepted", done.stdout)
        self.assertIn("  too_far_in_future: 1\n", done.stdout)
        self.assertEqual(len(state.read_text().splitlines()), 1, "a block with refused samples is not finished")

    def test_what_is_not_there_is_told(self):
        missing = self.weir_import(self.stack.directory / "nowhere")
        self.assertEqual(missing.returncode, 1)
        self.assertIn("nowhere", missing.stderr)
        empty = self.stack.directory / "empty"
        (empty / "wal").mkdir(parents=True)
        none = self.weir_import(empty)
        self.assertEqual(none.returncode, 0)
        self.assertIn("write-ahead log (wal/) was not read", none.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
