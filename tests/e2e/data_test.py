#!/usr/bin/env python3
"""The commands for the files of a stopped server, on what a killed one has left."""
import json
import pathlib
import shutil
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse

import servers
from client import query, wait_for, write

START = 1_700_000_000_000
SERIES = 40


def weir(*words) -> tuple[int, str, str]:
    done = subprocess.run([str(word) for word in (servers.WEIR, *words)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def flip(path: pathlib.Path, position: int) -> None:
    with open(path, "r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([byte ^ 0x10]))


class DataTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Old samples, which go to a block, and new ones, which stay in the journal; then the server is killed."""
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        cls.weir = cls.stack.weir()
        cls.data = cls.weir.directory / "data"
        cls.send(cls, "old", START)
        whole = lambda answer: answer and answer[0]["value"][1] == str(SERIES * 5)
        wait_for(lambda: whole(query(cls.weir.url, "sum(count_over_time(old[10s]))", time="1700000004")["data"]["result"]))
        assert servers.http(cls.weir.url + "/api/v2/admin/compact", b"")[0] == 200
        cls.send(cls, "new", START + 86_400_000)
        cls.weir.kill()

    def setUp(self):
        """A copy, so that each test damages its own."""
        self.copy = self.stack.directory / self.id()
        shutil.copytree(self.data, self.copy)
        self.block = next(self.copy.glob("store/*.block"))

    def send(self, name: str, at: int):
        samples = [{"name": name, "labels": {"i": str(i)}, "value": i, "timestamp": at + n * 1_000} for i in range(SERIES) for n in range(5)]
        status, verdict = write(self.weir.url, samples)
        assert (status, verdict["accepted"]) == (200, len(samples)), verdict

    def served(self, name: str) -> int:
        """How many samples of that name a server on the copy answers with."""
        port = servers.free_port()
        command = [servers.WEIR, "serve", "--data", self.copy, "--listen", f"127.0.0.1:{port}", "--collect=off"]
        server = servers.Server("copy", [str(word) for word in command], f"http://127.0.0.1:{port}/readyz", self.weir.directory)
        server.start()
        try:
            wait_for(lambda: query(f"http://127.0.0.1:{port}", "new", time="1700086404")["data"]["result"], 10)
            at = "1700000004" if name == "old" else "1700086404"
            answer = query(f"http://127.0.0.1:{port}", f"sum(count_over_time({name}[10s]))", time=at)["data"]["result"]
            return int(answer[0]["value"][1]) if answer else 0
        finally:
            server.stop()

    def verify(self) -> dict:
        code, out, err = weir("verify", "--data", self.copy, "--output", "json")
        report = json.loads(out)
        self.assertEqual(code, 0 if report["good"] else 1, err)
        return report

    def test_finds_what_a_killed_server_has_left_good(self):
        report = self.verify()
        self.assertTrue(report["good"], report)
        parts = {part["part"]: part for part in report["parts"]}
        self.assertGreaterEqual(parts["blocks"]["samples"], SERIES * 5)
        self.assertGreaterEqual(parts["journal"]["samples"], SERIES * 5)
        code, out, _ = weir("verify", "--data", self.copy)
        self.assertEqual(code, 0)
        self.assertIn("All is good.", out)

    def test_after_a_kill_no_query_is_answered_with_a_part(self):
        with servers.Servers() as stack:
            running = stack.weir()
            ask = running.url + "/api/v1/query?query=sum(count_over_time(part[1h]))&time=1700003000"
            for minute in range(40):
                samples = [{"name": "part", "labels": {"i": str(i)}, "value": i, "timestamp": START + minute * 60_000 + n * 1_000}
                           for i in range(500) for n in range(10)]
                self.assertEqual(write(running.url, samples)[0], 200)
            running.kill()
            running.launch()
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                try:
                    status, body = servers.http(ask)
                except OSError:
                    continue
                if status == 200:
                    break
                self.assertEqual(status, 503, body)
            self.assertEqual(json.loads(body)["data"]["result"][0]["value"][1], str(40 * 500 * 10))

    def test_what_was_deleted_stays_gone_after_a_kill_and_in_a_dump(self):
        with servers.Servers() as stack:
            running = stack.weir()
            count = lambda: (query(running.url, "sum(count_over_time(part[2d]))", time="1700086404")["data"]["result"] or [{"value": [0, "0"]}])[0]["value"][1]

            def send(at: int):
                samples = [{"name": "part", "labels": {"i": str(i)}, "value": i, "timestamp": at + n * 1_000} for i in range(SERIES) for n in range(5)]
                self.assertEqual(write(running.url, samples)[0], 200)

            send(START)  # goes to a block
            wait_for(lambda: count() == str(SERIES * 5))
            self.assertEqual(servers.http(running.url + "/api/v2/admin/compact", b"")[0], 200)
            send(START + 86_400_000)  # stays in the journal
            wait_for(lambda: count() == str(SERIES * 10))
            code, out, err = weir("delete", "--url", running.url, "--yes", "--start", "1700000002", 'part{i=~"1.?"}')
            self.assertEqual((code, out, err), (0, "Deleted the samples of 11 series from 2023-11-14T22:13:22.000Z on.\n", ""))
            left = SERIES * 10 - 11 * 8
            self.assertEqual(count(), str(left))
            running.kill()
            code, out, err = weir("dump", "--data", running.directory / "data")
            self.assertEqual((code, err), (0, ""))
            lines = [line for line in out.splitlines() if not line.startswith("#")]
            self.assertEqual(len(lines), left)
            self.assertEqual(sum('i="11"' in line for line in lines), 2)
            code, out, _ = weir("dump", "--data", running.directory / "data", "--what", "manifest")
            self.assertIn('match {i=~"1.?",__name__="part"}', out)
            code, out, _ = weir("verify", "--data", running.directory / "data")
            self.assertEqual(code, 0, out)
            running.start()
            wait_for(lambda: count() == str(left))
            self.assertEqual(servers.http(running.url + "/api/v1/admin/tsdb/clean_tombstones", b"")[0], 204)
            self.assertEqual(count(), str(left))

    def test_each_tenant_has_its_own_retention(self):
        with servers.Servers() as stack:
            running = stack.weir(None, "--storage.retention=30d", "--storage.tenant_retention=trial=2h,audit=0")
            now = int(time.time() * 1000)
            ages = [minutes * 60_000 for minutes in (5, 60, 180, 600, 60 * 24 * 40)]
            expression = urllib.parse.quote("sum(count_over_time(kept[100d]))")

            def count(tenant: str) -> int:
                status, body = servers.http(f"{running.url}/api/v1/query?query={expression}", headers={"X-Scope-OrgID": tenant})
                self.assertEqual(status, 200, body)
                return int((json.loads(body)["data"]["result"] or [{"value": [0, "0"]}])[0]["value"][1])

            def look():
                for tenant, kept in (("trial", 2), ("plain", 4), ("audit", 5)):
                    wait_for(lambda: count(tenant) == kept)

            for tenant in ("trial", "plain", "audit"):
                samples = [{"name": "kept", "labels": {"i": str(i)}, "value": i, "timestamp": now - age} for i, age in enumerate(ages)]
                self.assertEqual(write(running.url, samples, {"X-Scope-OrgID": tenant})[0], 200)
            look()
            self.assertEqual(servers.http(running.url + "/api/v2/admin/compact", b"")[0], 200)
            look()
            running.stop()
            running.command[-1] = "--storage.tenant_retention=trial=30m,audit=1h"
            running.start()
            for tenant, kept in (("trial", 1), ("plain", 4), ("audit", 1)):
                wait_for(lambda: count(tenant) == kept)

    def test_a_snapshot_of_a_running_server_is_a_data_directory(self):
        with servers.Servers() as stack:
            running = stack.weir(None, "--storage.partitions=3")  # which servers on a snapshot find out
            count = lambda url, at: (query(url, "sum(count_over_time(snap[1h]))", time=str(at))["data"]["result"] or [{"value": [0, "0"]}])[0]["value"][1]

            def send(name: str, at: int, tenant: str = ""):
                samples = [{"name": name, "labels": {"i": str(i)}, "value": i, "timestamp": at + n * 1_000} for i in range(SERIES) for n in range(5)]
                headers = {"X-Scope-OrgID": tenant} if tenant else {}
                body = json.dumps(samples).encode()
                self.assertEqual(servers.http(running.url + "/api/v1/metrics", body, headers=headers)[0], 200)

            send("other", START, "acme")
            send("snap", START)
            wait_for(lambda: count(running.url, 1_700_000_004) == str(SERIES * 5))
            self.assertEqual(servers.http(running.url + "/api/v2/admin/compact", b"")[0], 200)
            send("snap", START + 86_400_000)
            wait_for(lambda: count(running.url, 1_700_086_404) == str(SERIES * 5))

            stop = threading.Event()

            def keep_writing():
                for n in range(100_000):
                    if stop.is_set():
                        return
                    send("later", START + 172_800_000 + n * 60_000)

            writer = threading.Thread(target=keep_writing)
            writer.start()
            try:
                time.sleep(0.2)
                paths = []
                for _ in range(3):
                    code, out, err = weir("snapshot", "--url", running.url)
                    self.assertEqual((code, err), (0, ""))
                    paths.append(running.directory / out.strip())
                    self.assertEqual(servers.http(running.url + "/api/v2/admin/compact", b"")[0], 200)
            finally:
                stop.set()
                writer.join()
            status, body = servers.http(running.url + "/api/v1/admin/tsdb/snapshot?skip_head=true", b"")
            self.assertEqual(status, 200, body)
            name = json.loads(body)["data"]["name"]
            self.assertRegex(name, r"^\d{8}T\d{6}Z-[0-9a-f]{16}$")
            paths.append(running.directory / "data" / "snapshots" / name)
            self.assertEqual(sorted(path.name for path in paths), sorted(path.name for path in (running.directory / "data" / "snapshots").iterdir()))

            whole = [(text, at) for at in (1_700_000_004, 1_700_086_404) for text in ("snap", "sum by (i) (snap)", "rate(snap[1h])")]
            wanted = [query(running.url, text, time=str(at))["data"] for text, at in whole]
            running.stop()
            for path in paths:
                self.copy = path
                self.assertTrue(self.verify()["good"])
                port = servers.free_port()
                url = f"http://127.0.0.1:{port}"
                command = [servers.WEIR, "serve", "--data", path, "--listen", f"127.0.0.1:{port}", "--collect=off"]
                server = servers.Server("snapshot", [str(word) for word in command], f"{url}/readyz", running.directory)
                server.start()
                try:
                    self.assertEqual([query(url, text, time=str(at))["data"] for text, at in whole], wanted)
                    acme = json.loads(servers.http(f"{url}/api/v1/query?query=count(other)&time=1700000004", headers={"X-Scope-OrgID": "acme"})[1])
                    self.assertEqual(acme["data"]["result"][0]["value"][1], str(SERIES))
                    status, verdict = write(url, [{"name": "own", "value": 1, "timestamp": START}])
                    self.assertEqual(status, 200, verdict)
                    wait_for(lambda: query(url, "own", time="1700000004")["data"]["result"])
                finally:
                    server.stop()
                self.assertTrue(self.verify()["good"])

    def test_says_that_a_server_is_running(self):
        with servers.Servers() as stack:
            running = stack.weir()
            for command in ("verify", "dump", "repair"):
                code, _, err = weir(command, "--data", running.directory / "data")
                self.assertEqual(code, 2)
                self.assertIn("a server is running", err)

    def test_makes_nothing_where_there_is_no_data(self):
        nowhere = self.stack.directory / "nowhere"
        self.assertEqual(weir("verify", "--data", nowhere)[0], 2)
        self.assertFalse(nowhere.exists())

    def test_names_the_damaged_chunk_and_saves_the_others(self):
        flip(self.block, 20)
        report = self.verify()
        self.assertEqual(report["damage_count"], 1)
        damage = report["damage"][0]
        self.assertEqual(damage["file"], str(self.block))
        self.assertLessEqual(damage["position"], 20)
        self.assertGreater(damage["position"] + damage["bytes"], 20)
        code, out, _ = weir("verify", "--data", self.copy)
        self.assertEqual(code, 1)
        self.assertIn(f"weir repair --data {self.copy}", out)

        before = self.block.read_bytes()
        code, out, _ = weir("repair", "--data", self.copy, "--dry-run")
        self.assertEqual(code, 0)
        self.assertIn("Nothing was changed", out)
        self.assertEqual(self.block.read_bytes(), before)

        code, out, _ = weir("repair", "--data", self.copy)
        self.assertEqual(code, 0)
        self.assertIn(f"{SERIES - 1} series", out)
        self.assertEqual(pathlib.Path(f"{self.block}.corrupt").read_bytes(), before)
        self.assertTrue(self.verify()["good"])
        # Where the journal still holds the records, even the damaged chunk's samples come back.
        held = {part["part"]: part for part in self.verify()["parts"]}["journal"]["samples"]
        self.assertEqual(self.served("old"), (SERIES if held == 2 * SERIES * 5 else SERIES - 1) * 5)
        self.assertTrue(self.verify()["good"])

    def test_brings_a_lost_manifest_back(self):
        manifest = self.copy / "store" / "MANIFEST"
        flip(manifest, 12)
        self.assertIn("manifest", self.verify()["damage"][0]["what"])
        self.assertEqual(weir("repair", "--data", self.copy)[0], 0)
        self.assertTrue((self.copy / "store" / "MANIFEST.damaged").exists())
        self.assertTrue(self.verify()["good"])
        self.assertEqual(self.served("old"), SERIES * 5)
        self.assertEqual(self.served("new"), SERIES * 5)

    def test_dumps_samples_that_can_be_written_again(self):
        code, out, err = weir("dump", "--data", self.copy)
        self.assertEqual(code, 0, err)
        samples = [line for line in out.splitlines() if not line.startswith("#")]
        self.assertEqual(len(samples), 2 * SERIES * 5)
        with servers.Servers() as stack:
            other = stack.weir()
            done = subprocess.run([servers.WEIR, "write", "--url", other.url, "-"], input=out, text=True, capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            count = wait_for(lambda: query(other.url, "sum(count_over_time(old[10s]))", time="1700000004")["data"]["result"])
            self.assertEqual(count[0]["value"][1], str(SERIES * 5))

    def test_dumps_what_is_asked_for(self):
        code, out, _ = weir("dump", "--data", self.copy, "--match", 'old{i="7"}', "--start", "1700000002", "--end", "1700000003", "-o", "json")
        self.assertEqual(code, 0)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([(line["labels"]["i"], line["timestamp_ms"], line["value"]) for line in lines],
                         [("7", START + 2_000, 7), ("7", START + 3_000, 7)])
        self.assertEqual(weir("dump", "--data", self.copy, "--tenant", "nobody")[0], 2)
        self.assertEqual(weir("dump", "--data", self.copy, "--match", "rate(up[5m])")[0], 2)
        for what in ("blocks", "series", "journal", "manifest"):
            for output in ("text", "json"):
                code, out, err = weir("dump", "--data", self.copy, "--what", what, "--output", output)
                self.assertEqual((code, err), (0, ""), what)
                self.assertTrue(out)
                if output == "json":
                    self.assertTrue(all(isinstance(json.loads(line), dict) for line in out.splitlines()))


if __name__ == "__main__":
    unittest.main(verbosity=2, argv=sys.argv)
