#!/usr/bin/env python3
"""A cluster under load while its parts die: kill -9 of every role and of a broker, the database restarted, Redis and the database
frozen, processors leaving and joining. Afterwards every acknowledged sample is there once, and every aggregate equals a recount.

Environment: WEIR_CLUSTER_FREEZE_SECONDS (10), WEIR_CLUSTER_STORE ("timescale" or "postgres"), WEIR_CLUSTER_STEPS (names of steps to
run instead of all), WEIR_CLUSTER_DEATHS (5, of processors and the ruler in charge) and their WEIR_CLUSTER_SEED.
"""
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "services"))
import cluster  # noqa: E402
import packages  # noqa: E402
import servers  # noqa: E402

FREEZE_SECONDS = float(os.environ.get("WEIR_CLUSTER_FREEZE_SECONDS", "10"))
DEATHS = int(os.environ.get("WEIR_CLUSTER_DEATHS", "5"))
SEED = int(os.environ.get("WEIR_CLUSTER_SEED", "1"))
STORE = os.environ.get("WEIR_CLUSTER_STORE", "timescale")
WRITERS = 4
SERIES = 10
RESIDENT_BYTES_MAX = 512 << 20
MOVE_SECONDS_MAX = 10
WIDTHS = {"1m": "minute", "1h": "hour", "1d": "day"}


class Writer(threading.Thread):
    """Sends batches of samples that no other sends, each again and again until it is acknowledged, and counts them."""

    def __init__(self, number: int, urls: list[str]):
        super().__init__(daemon=True)
        self.number, self.urls, self.stopping = number, urls, threading.Event()
        self.acknowledged: dict[int, set] = {i: set() for i in range(SERIES)}
        self.count, self.retries, self.longest = 0, 0, 0.0
        self.refused: list[str] = []

    def run(self) -> None:
        last_ms = 0
        while not self.stopping.is_set():
            now_ms = last_ms = max(int(time.time() * 1000), last_ms + 1)
            body = json.dumps([{"name": "chaos", "labels": {"writer": str(self.number), "series": str(i)},
                                "value": now_ms % 1000 + i, "timestamp": now_ms} for i in range(SERIES)]).encode()
            started = time.monotonic()
            self.send(body)
            self.longest = max(self.longest, time.monotonic() - started)
            for i in range(SERIES):
                self.acknowledged[i].add((now_ms, float(now_ms % 1000 + i)))
            self.count += SERIES
            time.sleep(0.02)

    def send(self, body: bytes) -> None:
        for attempt in range(10_000):
            url = self.urls[(self.number + attempt) % len(self.urls)]
            try:
                status, answer = servers.http(f"{url}/api/v1/metrics", body, {"Content-Type": "application/json"}, timeout=15)
                if status in (200, 204):
                    return
                if status < 500:
                    self.refused.append(f"{status} {answer[:300]!r}")
                    return
            except OSError:
                pass
            self.retries += 1
            time.sleep(0.05)


class Switch(threading.Thread):
    """Sends a sample each half second, 0 for some seconds and 1 for some, and notes them."""

    def __init__(self, urls: list[str]):
        super().__init__(daemon=True)
        self.urls, self.stopping = urls, threading.Event()
        self.samples: list[tuple[int, int]] = []

    def run(self) -> None:
        pauses = random.Random(SEED)
        while not self.stopping.is_set():
            for value in (0, 1):
                for _ in range(pauses.randrange(3, 14)):
                    self.send(value)
                    time.sleep(0.5)

    def send(self, value: int) -> None:
        at_ms = int(time.time() * 1000)
        body = json.dumps({"name": "switch", "value": value, "timestamp": at_ms}).encode()
        for attempt in range(100):
            try:
                url = self.urls[attempt % len(self.urls)]
                if servers.http(f"{url}/api/v1/metrics", body, {"Content-Type": "application/json"}, timeout=5)[0] == 200:
                    self.samples.append((at_ms, value))
                    return
            except OSError:
                pass
        raise RuntimeError("switch: not acknowledged")

    def is_on(self, at_ms: int) -> bool:
        before = [value for time_ms, value in self.samples if time_ms <= at_ms]
        return bool(before) and before[-1] > 0


class ClusterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        try:
            cls.cluster = cluster.Cluster(cls.stack, store=STORE)
        except packages.RegistryMissing as missing:
            raise unittest.SkipTest(f"SKIPPED: a package registry is not there: {missing}")
        cls.url = cls.cluster.urls[0]

    # -- what is asked -----------------------------------------------------------------------------------------------------
    def ask(self, query: str, url: str | None = None) -> list:
        status, body = servers.http(f"{url or self.url}/api/v1/query?{urllib.parse.urlencode({'query': query})}")
        self.assertEqual(status, 200, body[:500])
        return json.loads(body)["data"]["result"]

    def stored(self, writer: int) -> dict:
        found = {}
        for series in self.ask(f'chaos{{writer="{writer}"}}[1h]'):
            points = [(round(at * 1000), float(value)) for at, value in series["values"]]
            self.assertEqual(len(points), len(set(at for at, _ in points)), "a sample came twice")
            found[int(series["metric"]["series"])] = set(points)
        return found

    def status(self, process: servers.Server) -> dict:
        return json.loads(servers.http(f"{process.url}/api/v2/status", timeout=5)[1])

    def lag(self) -> int:
        total = 0
        for processor in self.cluster.processes["processor"]:
            total += sum(partition["lag"] for partition in self.status(processor)["log"]["partitions"])
        return total

    def wait(self, what: str, condition, seconds: float = 60) -> float:
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            try:
                if condition():
                    return time.monotonic() - started
            except (OSError, AssertionError, ValueError, KeyError):
                pass
            time.sleep(0.1)
        tails = "\n".join(f"-- {process.name}\n{process.log_tail()[-1500:]}" for process in self.cluster.everything())
        self.fail(f"{what}: not within {seconds} s\n{tails}")

    def tenant_lag(self) -> float:
        """Seconds that the tenant is behind, by the processors' metrics."""
        texts = [servers.http(f"{processor.url}/metrics", timeout=5)[1].decode() for processor in self.cluster.processes["processor"]]
        return max(float(value) for text in texts
                   for value in re.findall(r'^weir_processor_tenant_lag_seconds\{tenant="1"\} (\S+)$', text, re.MULTILINE))

    def total(self) -> int:
        return sum(writer.count for writer in self.writers)

    def visible_now(self) -> bool:
        """A sample of the last two seconds can be read, for every writer."""
        fresh = self.ask("count(max by (writer) (timestamp(chaos)) > time() - 2)")
        return bool(fresh) and float(fresh[0]["value"][1]) == WRITERS

    def goes_on(self, what: str) -> float:
        """Writes are acknowledged again; returns after how long."""
        before = self.total()
        return self.wait(f"{what}: acknowledged writes", lambda: self.total() > before + WRITERS * SERIES)

    # -- what is done ------------------------------------------------------------------------------------------------------
    def kill_every_role(self) -> None:
        for role, processes in self.cluster.processes.items():
            process = processes[-1]
            process.kill()
            stalled = self.goes_on(f"kill -9 {process.name}")
            process.start()
            seen = self.wait(f"kill -9 {process.name}: fresh data", self.visible_now)
            print(f"kill -9 {process.name}: acknowledged again after {stalled:.1f} s, fresh data {seen:.1f} s after its return", flush=True)

    def roll(self) -> None:
        for processes in self.cluster.processes.values():
            for process in processes:
                self.assertEqual(process.stop(), 0, f"{process.name} did not stop in good order:\n{process.log_tail()}")
                process.start()
        print(f"rolling restart: acknowledged again after {self.goes_on('rolling restart'):.1f} s", flush=True)

    def kill_a_broker(self) -> None:
        broker = self.cluster.kafka.brokers[1]
        broker.kill()
        stalled = self.goes_on("kill -9 of a broker")
        broker.start(90)
        print(f"kill -9 {broker.name}: acknowledged again after {stalled:.1f} s", flush=True)

    def restart_the_database(self) -> None:
        database = self.cluster.database.server
        database.kill()
        stalled = self.goes_on("database away")
        database.start(90)
        seen = self.wait("database restarted: fresh data", self.visible_now, 90)
        print(f"database killed: acknowledged again after {stalled:.1f} s, fresh data {seen:.1f} s after its return", flush=True)

    def freeze(self) -> None:
        frozen = [self.cluster.database.server, self.cluster.redis.server]
        for server in frozen:
            server.freeze()
        before, started = self.total(), time.monotonic()
        while time.monotonic() - started < FREEZE_SECONDS:
            time.sleep(0.5)
        during = self.total() - before
        behind = self.tenant_lag()
        for server in frozen:
            server.thaw()
        self.assertGreater(during, FREEZE_SECONDS * WRITERS * SERIES, "ingest goes on while database and Redis are frozen")
        self.assertGreater(behind, FREEZE_SECONDS / 2, "the tenant's lag grows while nothing is applied")
        seen = self.wait("thawed: fresh data", self.visible_now, 120)
        print(f"database and Redis frozen for {FREEZE_SECONDS:.0f} s: {during} samples acknowledged meanwhile, the tenant {behind:.1f} s "
              f"behind, fresh data {seen:.1f} s after", flush=True)

    def move_partitions(self) -> None:
        processor = self.cluster.processes["processor"][0]
        processor.stop()
        left = self.wait("processor left: fresh data", self.visible_now)
        processor.start()
        joined = self.wait("processor joined: fresh data", self.visible_now)
        self.wait("partitions move to it", lambda: len(self.status(processor)["log"]["partitions"]) > 0)
        settled = self.wait("partitions moved: fresh data", self.visible_now)
        print(f"a processor left and joined: fresh data after {left:.1f} s, {joined:.1f} s and {settled:.1f} s", flush=True)
        self.assertLess(max(left, joined, settled), MOVE_SECONDS_MAX)

    def set_a_record_aside(self) -> None:
        """A record that is none, written to the topic by another tool, becomes a dead letter and holds nothing up."""
        subprocess.run([servers.need("kcat"), "-P", "-b", self.cluster.kafka.bootstrap, "-t", "weir-metrics", "-p", "0", "-H",
                        "weir-tenant=1"], input=b"not a record", check=True)
        url = f"{self.url}/api/v2/admin/dead-letters"

        def letters() -> list:
            return json.loads(servers.http(url)[1])["dead_letters"]

        # Each ingest process may be a second behind what processors have set aside.
        seen: list = []
        self.wait("the dead letter", lambda: seen.extend(letters()) or len(seen) > 0)
        first = seen[0]
        self.assertEqual((first["partition"], first["payload_bytes"]), (0, 12))

        def listed() -> str:
            return subprocess.run([servers.WEIR, "deadletter", "list", "--url", self.url], capture_output=True, text=True,
                                  check=True).stdout

        self.wait("the command shows it", lambda: first["message"][:40] in listed())
        again = [servers.WEIR, "deadletter", "replay", "--url", self.url]
        self.wait("it is sent again", lambda: subprocess.run(again, check=True, capture_output=True).stdout.startswith(b"1 "))
        self.wait("it comes back", lambda: [letter["id"] > first["id"] for letter in letters()] == [True])
        print(f"dead letter: {first['code']}: {first['message']}", flush=True)

    def follow_a_trace(self) -> None:
        """The trace context of a write that comes in at a gateway is a header of its record in Kafka."""
        parent = f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"
        body = json.dumps({"name": "traced", "value": 1}).encode()
        begin_ms = int(time.time() * 1000) - 1000
        status, answer = servers.http(f"{self.url}/api/v1/metrics", body,
                                      {"Content-Type": "application/json", "traceparent": parent})
        self.assertEqual(status, 200, answer)
        time.sleep(1)
        # The load goes on, so there is no end of the topic to read to.
        read = [servers.need("kcat"), "-C", "-q", "-b", self.cluster.kafka.bootstrap, "-t", "weir-metrics", "-o", f"s@{begin_ms}",
                "-o", f"e@{begin_ms + 1500}", "-f", "%h\n"]
        headers = subprocess.run(read, check=True, capture_output=True, text=True, timeout=60).stdout
        self.assertIn(f"traceparent={parent[:35]}", headers)
        print("trace context: from the request to the record", flush=True)

    def aggregate_what_is_there(self) -> None:
        """Materializes as the policies do (the server in WebAssembly runs no jobs), so that what comes later must follow or correct it."""
        if STORE == "timescale":
            self.refresh("now() - interval '1 minute'")

    def refresh(self, end: str) -> None:
        for level in ("1m", "1h", "1d"):
            self.sql(f"call refresh_continuous_aggregate('weir.sample_{level}', null, time_bucket('1 {WIDTHS[level]}', {end}))")

    def begin_rules(self) -> None:
        """Each of the rulers takes what clients write, and one of them evaluates it."""
        group = b"name: chaos\ninterval: 1s\nrules: [{record: 'chaos:count', expr: count(chaos)}, " \
                b"{alert: Switched, expr: switch > 0, for: 2s}]"
        url = f"{self.cluster.processes['ruler'][1].url}/config/v1/rules/test"
        self.assertEqual(servers.http(url, group)[0], 202)
        self.wait("a rule's series", lambda: self.ask("chaos:count"))
        self.rules_began = time.time() + 1

    def begin_aggregations(self) -> None:
        """Windows of what clients write, with samples that come again late after each death."""
        body = b"{name: chaos, match: chaos, by: [writer], window: 5s, outputs: [count, sum, min, max, increase], metric: 'windows:{output}'}"
        for processor in self.cluster.processes["processor"]:
            status, answer = servers.http(f"{processor.url}/api/v2/aggregations/chaos", body, method="PUT")
            self.assertEqual(status, 200, answer)
        self.wait("an aggregation's series", lambda: self.ask("windows:count"))
        self.windows_began_ms = int(time.time() * 1000) // 5000 * 5000 + 5000

    def kill_the_ruler_in_charge(self) -> None:
        def in_charge(ruler: servers.Server) -> bool:
            return bool(json.loads(servers.http(f"{ruler.url}/api/v1/rules", timeout=5)[1])["data"]["groups"])

        ruler = next(one for one in self.cluster.processes["ruler"] if in_charge(one))
        ruler.kill()
        gone = time.time()
        took = self.wait("another ruler takes over", lambda: self.ask(f"chaos:count > 0 and timestamp(chaos:count) > {gone}"))
        ruler.start()
        print(f"kill -9 of the ruler in charge: the other one has evaluated after {took:.1f} s", flush=True)

    def processors_die(self) -> None:
        """One processor after the other, or both, or the ruler in charge, at any moment; what they make is checked at the end."""
        self.switch = Switch(self.cluster.urls)
        self.switch.start()
        draws, started = random.Random(SEED), time.time()
        for death in range(DEATHS):
            time.sleep(draws.uniform(0.2, 3))
            processors = self.cluster.processes["processor"]
            dying = draws.choice([processors[:1], processors[1:2], processors, [draws.choice(self.cluster.processes["ruler"])]])
            for process in dying:
                process.kill()
            time.sleep(draws.uniform(0, 2))
            for process in dying:
                self.start_again(process)
            if death % 5 == 4:
                self.wait("fresh data", self.visible_now)
        self.wait("fresh data", self.visible_now)
        self.switch.stopping.set()
        self.switch.join(60)
        print(f"{DEATHS} deaths of processors and rulers in {time.time() - started:.0f} s", flush=True)

    def start_again(self, process: servers.Server) -> None:
        """As who looks after processes does: one that ends, since the database does not answer, is started once more."""
        for attempt in range(5):
            try:
                return process.start()
            except RuntimeError as ended:
                print(f"{process.name} is started again: {str(ended).splitlines()[-1]}", flush=True)
        self.fail(f"{process.name} does not start")

    # -- what must hold ----------------------------------------------------------------------------------------------------
    def check_samples(self) -> None:
        self.wait("processors catch up", lambda: self.lag() == 0, 120)
        for writer in self.writers:
            self.assertEqual(writer.refused, [])
            stored = self.stored(writer.number)
            for series, acknowledged in writer.acknowledged.items():
                found = stored.get(series, set())
                self.assertEqual(len(acknowledged - found), 0, f"writer {writer.number} series {series}: acknowledged and lost")
                self.assertEqual(len(found - acknowledged), 0, f"writer {writer.number} series {series}: stored, never sent")
        print(f"{self.total()} samples acknowledged, every one stored once; {sum(w.retries for w in self.writers)} requests sent "
              f"again, the longest wait {max(w.longest for w in self.writers):.1f} s", flush=True)

    def check_aggregates(self) -> None:
        """Minutes, hours and days equal a recount of what was acknowledged: materialized in part, and whole."""
        if STORE != "timescale":
            return
        self.sql("insert into weir.tenant_access values (current_user, 1)")
        for what, end in (("in part", "now() - interval '1 minute'"), ("whole", "now() + interval '1 day'")):
            self.refresh(end)
            checked = sum(self.check_level(level, width_ms) for level, width_ms in
                          (("1m", 60_000), ("1h", 3_600_000), ("1d", 86_400_000)))
            print(f"{checked} aggregates equal a recount, materialized {what}", flush=True)

    def check_level(self, level: str, width_ms: int) -> int:
        rows = self.sql("select labels->>'writer', labels->>'series', extract(epoch from bucket)::bigint * 1000, count, sum, min, max, "
                        f"first, last, increase from weir_api.sample_{level} where metric = 'chaos'")
        found = {}
        for row in rows.splitlines():
            writer, series, bucket, *figures = row.split("|")
            key = (int(writer), int(series), int(bucket))
            self.assertNotIn(key, found, f"sample_{level}: a bucket came twice")
            found[key] = [float(figure) for figure in figures]
        self.assertEqual(found, self.recount(width_ms), f"sample_{level}")
        return len(found)

    def recount(self, width_ms: int) -> dict:
        buckets: dict = {}
        for writer in self.writers:
            for series, samples in writer.acknowledged.items():
                for at_ms, value in sorted(samples):
                    buckets.setdefault((writer.number, series, at_ms // width_ms * width_ms), []).append(value)
        counted = {}
        for key, values in buckets.items():
            increase = sum(b - a if b >= a else b for a, b in zip(values, values[1:]))
            counted[key] = [len(values), sum(values), min(values), max(values), values[0], values[-1], increase]
        return counted

    def check_rules(self) -> None:
        """Whatever died meanwhile, the rule has been evaluated for each second, and seen every series."""
        end = time.time() - 2
        self.wait("rules catch up", lambda: self.ask(f"timestamp(chaos:count) > {end}"), 120)
        points = self.ask(f"chaos:count[{int(end - self.rules_began)}s] @ {end}")[0]["values"]
        times = [at for at, _ in points]
        self.assertEqual({value for _, value in points}, {str(WRITERS * SERIES)})
        self.assertEqual([later - at for at, later in zip(times, times[1:]) if abs(later - at - 1) > 0.001], [])
        self.assertLess(times[0], self.rules_began + 2)
        print(f"a rule was evaluated for each of {len(points)} seconds", flush=True)

    def check_alerts(self) -> None:
        """Whatever died meanwhile, the alert was pending and fired at the times that the samples say."""
        begin, end = self.switch.samples[0][0] / 1000, self.switch.samples[-1][0] / 1000
        span = f"[{int(end - begin) + 1}s] @ {end}"
        times = [round(at * 1000) for at, _ in self.ask(f"chaos:count{span}")[0]["values"] if at >= begin]
        expected, since = {"pending": set(), "firing": set()}, None
        for at_ms in times:
            since = (since or at_ms) if self.switch.is_on(at_ms) else None
            if since:
                expected["firing" if at_ms - since >= 2000 else "pending"].add(at_ms)
        found = {state: {round(at * 1000) for series in self.ask(f'ALERTS{{alertname="Switched",alertstate="{state}"}}{span}')
                         for at, _ in series["values"] if at >= begin} for state in expected}
        self.assertEqual({state: sorted(found[state] ^ expected[state]) for state in expected}, {"pending": [], "firing": []})
        print(f"an alert was pending at {len(expected['pending'])} times and fired at {len(expected['firing'])}, as its samples say", flush=True)

    def check_aggregations(self) -> None:
        """Whatever died meanwhile, each window is what a recount of the acknowledged samples gives."""
        last_ms = min(max(at for at, _ in writer.acknowledged[0]) for writer in self.writers) // 5000 * 5000
        expected = self.recount_windows(5000, self.windows_began_ms, last_ms)

        def stored() -> dict:
            found = {}
            for output in ("count", "sum", "min", "max", "increase"):
                for series in self.ask(f"windows:{output}[{(last_ms - self.windows_began_ms) // 1000}s] @ {last_ms / 1000}"):
                    for at, value in series["values"]:
                        if at * 1000 > self.windows_began_ms:
                            found[(output, int(series["metric"]["writer"]), round(at * 1000))] = float(value)
            return found

        seen: dict = {}
        try:
            self.wait("windows are closed and corrected", lambda: seen.update(found=stored()) or seen["found"] == expected, 120)
        except AssertionError:
            self.assertEqual(seen["found"], expected)
        print(f"{len(expected)} outputs of windows equal a recount", flush=True)

    def recount_windows(self, width_ms: int, begin_ms: int, end_ms: int) -> dict:
        windows: dict = {}
        for writer in self.writers:
            for samples in writer.acknowledged.values():
                before = None
                for at_ms, value in sorted(samples):
                    end = -(-at_ms // width_ms) * width_ms
                    if begin_ms < end <= end_ms:
                        rise = 0 if before is None else value - before if value >= before else value
                        windows.setdefault((writer.number, end), []).append((value, rise))
                    before = value
        outputs = {}
        for (writer, end), samples in windows.items():
            values = [value for value, _ in samples]
            figures = {"count": len(values), "sum": sum(values), "min": min(values), "max": max(values),
                       "increase": sum(rise for _, rise in samples)}
            for output, figure in figures.items():
                outputs[(output, writer, end)] = float(figure)
        return outputs

    def check_dependencies(self) -> None:
        """A process has the dependencies of its roles alone: those with a limiter are what a tenant's limit is divided by."""
        for role, processes in self.cluster.processes.items():
            for process in processes:
                names = [breaker["name"] for breaker in self.status(process)["breakers"]]
                self.assertEqual("redis" in names, role in ("ingest", "query"), f"{process.name}: {names}")

    def check_memory(self) -> None:
        for process in self.cluster.everything():
            self.assertLess(process.resident_bytes(), RESIDENT_BYTES_MAX, process.name)

    def sql(self, text: str) -> str:
        done = subprocess.run(["psql", self.cluster.database.conninfo, "-qAtc", text], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_nothing_is_lost_or_doubled(self):
        self.writers = [Writer(number, self.cluster.urls) for number in range(WRITERS)]
        for writer in self.writers:
            writer.start()
        self.wait("first data", self.visible_now)
        try:
            steps = os.environ.get("WEIR_CLUSTER_STEPS", "begin_rules begin_aggregations follow_a_trace kill_every_role "
                                   "kill_the_ruler_in_charge aggregate_what_is_there "
                                   "kill_a_broker restart_the_database freeze move_partitions roll set_a_record_aside processors_die")
            for step in steps.split():
                getattr(self, step)()
        finally:
            for writer in self.writers:
                writer.stopping.set()
            for writer in self.writers:
                writer.join(60)
        self.check_samples()
        if hasattr(self, "rules_began"):
            self.check_rules()
        if hasattr(self, "switch"):
            self.check_alerts()
        if hasattr(self, "windows_began_ms"):
            self.check_aggregations()
        self.check_aggregates()
        self.check_dependencies()
        self.check_memory()


if __name__ == "__main__":
    unittest.main(verbosity=2)
