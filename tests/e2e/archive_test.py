#!/usr/bin/env python3
"""weir export and weir import archive carry samples to another server or tenant bit for bit."""
import struct
import subprocess
import time
import unittest
import urllib.parse
import urllib.request

import remote_write
import servers

START_MS = 1_700_000_000_000
STALE = bytes.fromhex("020000000000f07f")


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def body(series: dict) -> bytes:
    """A remote-write body: label pairs to pairs of milliseconds and the 8 bytes of a value; snappy with literals only."""
    message = b""
    for labels, samples in series.items():
        pairs = b"".join(field(1, field(1, name.encode()) + field(2, value.encode())) for name, value in labels)
        points = b"".join(field(2, b"\x09" + value + b"\x10" + varint(at)) for at, value in samples)
        message += field(1, pairs + points)
    out = varint(len(message))
    for at in range(0, len(message), 60):
        piece = message[at:at + 60]
        out += bytes([len(piece) - 1 << 2]) + piece
    return out


def run(*words) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in (servers.WEIR, *words)], capture_output=True, text=True, timeout=60)


class ArchiveTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        cls.old = cls.stack.weir()
        cls.new = cls.stack.weir(name="new")
        values = [struct.pack("<d", value) for value in (1.5, -0.0, float("inf"), 5e-324, 0.1)] + [STALE, b"\x01" * 7 + b"\x7f"]
        cls.series = {
            (("__name__", "m"), ("i", str(i))): [(START_MS + n * 300_000 + i, values[(n + i) % len(values)]) for n in range(200)]
            for i in range(20)
        }
        cls.write(cls.series)
        servers.http(f"{cls.old.url}/api/v2/admin/compact", b"")  # a part in blocks, a part in memory
        late = {(("__name__", "late"),): [(START_MS + 1, values[0])]}
        cls.write(late)
        cls.series |= late

    @classmethod
    def write(cls, series: dict):
        status, answer = servers.http(f"{cls.old.url}/api/v1/write", body(series),
                                      {"X-Scope-OrgID": "a", "Content-Type": "application/x-protobuf"})
        assert status == 204, answer

    def stored(self, url: str, tenant: str) -> dict:
        """Every sample with the bytes of its value, as the server hands them on."""
        found, cursor = {}, ""
        while True:
            request = urllib.request.Request(f"{url}/api/v2/admin/export?{urllib.parse.urlencode({'cursor': cursor})}",
                                             headers={"X-Scope-OrgID": tenant})
            with urllib.request.urlopen(request) as answer:
                page, cursor = answer.read(), answer.headers.get("X-Weir-Next", "")
            for labels, at, value in remote_write.samples(page) if page else ():
                found.setdefault(tuple(labels), []).append((at, struct.pack("<d", value)))
            if not cursor:
                return found

    def has_stored(self, url: str, tenant: str, message: str | None = None) -> None:
        """That all of the series are there: what is acknowledged is visible a moment later."""
        deadline = time.monotonic() + 10
        while (found := self.stored(url, tenant)) != self.series and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(found, self.series, message)

    def test_everything_to_another_server_and_tenant(self):
        file = self.stack.directory / "all.weir"
        out = run("export", "--url", self.old.url, "--tenant", "a", file)
        self.assertEqual(out.returncode, 0, out.stderr)
        self.assertTrue(out.stdout.startswith("4,001 samples, "), out.stdout)
        counted = run("import", "archive", "--dry-run", file)
        self.assertEqual((counted.returncode, counted.stdout), (0, "4,001 samples to send\n"))
        done = run("import", "archive", "--url", self.new.url, "--tenant", "b", file)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("4,001 accepted", done.stdout)
        self.has_stored(self.new.url, "b")
        self.assertEqual(run("import", "archive", "--url", self.new.url, "--tenant", "b", file).returncode, 0)
        self.has_stored(self.new.url, "b", "sent twice, stored once")
        self.assertEqual(run("import", "archive", "--url", self.new.url, file).returncode, 0)
        self.has_stored(self.new.url, "a", "without --tenant as where it is from")

    def test_a_part(self):
        file, start, end = self.stack.directory / "part.weir", START_MS + 600_000, START_MS + 30_000_000
        out = run("export", "--url", self.old.url, "--tenant", "a", "--match", 'm{i=~"3|4"}', "--start", start / 1000, "--end",
                  end / 1000, file)
        self.assertEqual(out.returncode, 0, out.stderr)
        self.assertEqual(run("import", "archive", "--url", self.new.url, "--tenant", "part", file).returncode, 0)
        expected = {labels: [sample for sample in samples if start <= sample[0] <= end]
                    for labels, samples in self.series.items() if labels[-1][1] in ("3", "4")}
        self.assertEqual(self.stored(self.new.url, "part"), expected)

    def test_damage_and_misuse_are_told(self):
        file = self.stack.directory / "damaged.weir"
        self.assertEqual(run("export", "--url", self.old.url, "--tenant", "a", file).returncode, 0)
        again = run("export", "--url", self.old.url, file)
        self.assertEqual(again.returncode, 1, "a file that is there is not written over")
        whole = file.read_bytes()
        file.write_bytes(whole[:-5])
        self.assertEqual(run("import", "archive", "--dry-run", file).returncode, 1)
        file.write_bytes(whole[:60] + bytes([whole[60] ^ 4]) + whole[61:])
        flipped = run("import", "archive", "--dry-run", file)
        self.assertIn("wrong checksum", flipped.stderr)
        gone = self.stack.directory / "gone.weir"
        bad = run("export", "--url", self.old.url, "--match", "m[5m]", gone)
        self.assertEqual(bad.returncode, 1)
        self.assertFalse(gone.exists(), "nothing is left of an export that failed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
