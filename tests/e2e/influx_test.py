#!/usr/bin/env python3
"""Real clients of InfluxDB write to Weir: a Telegraf by both versions of the protocol, across kills of Weir, and the client library
for Python. What is stored is what they sent.

Telegraf comes from the Go module proxy, the library from PyPI.
"""
import json
import re
import sys
import time
import unittest
import urllib.parse

import servers
from client import OneServerCase, query, request, wait_for

sys.path.insert(0, str(servers.ROOT / "tests" / "services"))
import packages  # noqa: E402

# What `inputs.file` says anew in each round; no timestamps, so that each round has its own.
LINES = r"""
plain,room=attic,weird\ tag=a\,b\=c value=1.5,count=3i,open=true,note="said \"no\", twice",size=18446744073709551615u
température,pièce=grenier °C=-21.25,big=1e300,small=1e-300
only,kind=text message="nothing of this is a number"
"""
CONFIG = """
[agent]
  interval = "{interval}"
  flush_interval = "200ms"
  metric_batch_size = {batch}
  metric_buffer_limit = 100000
  hostname = "e2e"
  omit_hostname = false
[[outputs.file]]
  files = ["{directory}/sent.txt"]
  data_format = "influx"
  influx_uint_support = true
[[outputs.influxdb]]
  urls = ["{url}"]
  database = "tele graf"
  influx_uint_support = true
  http_headers = {{"X-Scope-OrgID" = "one"}}
[[outputs.influxdb_v2]]
  urls = ["{url}"]
  token = "any"
  organization = "o"
  bucket = "b"
  influx_uint_support = true
  http_headers = {{"X-Scope-OrgID" = "two"}}
[[inputs.cpu]]
  percpu = true
[[inputs.mem]]
[[inputs.file]]
  files = ["{directory}/lines.txt"]
  data_format = "influx"
"""


def split(text: str, mark: str) -> list[str]:
    """By marks that no backslash stands before, outside of quotes."""
    parts, quoted, at = [""], False, 0
    while at < len(text):
        if text[at] == "\\":
            parts[-1] += text[at:at + 2]
            at += 2
            continue
        quoted ^= text[at] == '"'
        if text[at] == mark and not quoted:
            parts.append("")
        else:
            parts[-1] += text[at]
        at += 1
    return parts


def name(text: str) -> str:
    return re.sub(r"\\([,= ])", r"\1", text)


def parse(line: str) -> dict[tuple, float]:
    """Samples by series and time, of a line as Telegraf writes it; a second opinion on the format."""
    head, fields, timestamp = split(line, " ")
    measurement, *tags = split(head, ",")
    labels = frozenset((name(key), name(value)) for key, value in (split(tag, "=") for tag in tags))
    samples = {}
    for field in split(fields, ","):
        key, value = split(field, "=")
        if value.startswith('"'):
            continue
        number = {"true": 1.0, "false": 0.0}.get(value)
        number = float(value.rstrip("iu")) if number is None else number
        samples[name(measurement) + "_" + name(key), labels, int(timestamp) // 1_000_000] = number
    return samples


def stored(url: str, tenant: str) -> dict[tuple, float]:
    """All samples of the last hour."""
    answer = query(url, '{__name__!=""}[1h]', headers={"X-Scope-OrgID": tenant})
    samples = {}
    for one in answer["data"]["result"]:
        labels = dict(one["metric"])
        metric = labels.pop("__name__")
        for at, value in one["values"]:
            samples[metric, frozenset(labels.items()), round(at * 1000)] = float(value)
    return samples


class TelegrafTest(unittest.TestCase):
    def start(self, *flags: str, interval: str, batch: int) -> None:
        """A Weir with those settings, and a Telegraf that sends to it batches of so many lines."""
        try:
            telegraf = packages.telegraf()
        except packages.RegistryMissing as missing:
            self.skipTest(str(missing))
        stack = self.enterContext(servers.Servers())
        self.weir = stack.weir(None, *flags)
        self.directory = stack.directory / "telegraf"
        self.directory.mkdir()
        (self.directory / "lines.txt").write_text(LINES)
        config = CONFIG.format(directory=self.directory, url=self.weir.url, interval=interval, batch=batch)
        (self.directory / "telegraf.conf").write_text(config)
        self.telegraf = stack.add("telegraf", [telegraf, "--config", self.directory / "telegraf.conf"],
                                  lambda: (self.directory / "sent.txt").exists())

    def newest(self, tenant: str) -> float:
        result = query(self.weir.url, "max(timestamp(mem_total))", headers={"X-Scope-OrgID": tenant})["data"]["result"]
        return float(result[0]["value"][1]) if result else 0

    def compare(self) -> dict[tuple, float]:
        """What was sent until now, which both tenants have a moment later, and nothing else of that time."""
        until = time.time()
        for tenant in ("one", "two"):
            wait_for(lambda: self.newest(tenant) > until + 1, seconds=60)
        self.assertEqual(self.telegraf.stop(), 0, self.telegraf.log_tail())

        def before(samples: dict[tuple, float]) -> dict[tuple, float]:
            return {key: value for key, value in samples.items() if key[2] <= until * 1000}

        sent = {}
        for line in (self.directory / "sent.txt").read_text().splitlines():
            sent |= before(parse(line))
        by_one, by_two = (before(stored(self.weir.url, tenant)) for tenant in ("one", "two"))
        print(f"telegraf: {len(sent)} samples in {len({key[:2] for key in sent})} series, stored {len(by_one)} by version 1, "
              f"{len(by_two)} by version 2")
        self.assertEqual(by_one, sent)
        self.assertEqual(by_two, sent)
        self.assertNotIn("will be dropped", self.telegraf.log_path.read_text())
        return sent

    def test_sends_everything_by_both_versions_while_weir_is_killed(self):
        self.start(interval="200ms", batch=200)
        for _ in range(3):
            time.sleep(2)
            self.weir.kill()
            time.sleep(1)
            self.weir.start()
        time.sleep(2)
        sent = self.compare()
        labels = frozenset({"host": "e2e", "room": "attic", "weird tag": "a,b=c"}.items())
        kinds = {key[0]: value for key, value in sent.items() if key[1] == labels}
        self.assertEqual(kinds, {"plain_value": 1.5, "plain_count": 3, "plain_open": 1, "plain_size": 2.0**64})
        self.assertTrue(any(key[0] == "température_°C" for key in sent))

    def test_loses_nothing_to_the_rate_of_its_tenant(self):
        self.start("--ingest.samples_per_second=300", "--ingest.samples_burst=300", interval="500ms", batch=15)
        self.weir.freeze()
        time.sleep(4)
        self.weir.thaw()
        time.sleep(1)
        self.compare()
        metrics = servers.http(self.weir.url + "/metrics")[1].decode()
        for route, status in (("/write", "5xx"), ("/api/v2/write", "4xx")):
            counter = f'weir_gateway_requests_total{{method="POST",route="{route}",status="{status}"}}'
            (refused,) = re.findall(re.escape(counter) + r" (\d+)", metrics)
            print(f"{route}: {refused} writes were refused for the moment")
            self.assertGreater(int(refused), 0)


class LibraryTest(OneServerCase):
    """InfluxDB's client library for Python."""

    @classmethod
    def setUpClass(cls):
        try:
            sys.path.insert(0, str(packages.influxdb_client()))
        except packages.RegistryMissing as missing:
            raise unittest.SkipTest(str(missing))
        super().setUpClass()

    def client(self):
        import influxdb_client

        client = influxdb_client.InfluxDBClient(url=self.url, token="any", org="o", enable_gzip=True)
        self.addCleanup(client.close)
        return client

    def test_writes_batches(self):
        import influxdb_client

        start = int(time.time()) - 20_000
        failures = []
        with self.client().write_api(error_callback=lambda _, data, error: failures.append(error)) as writer:
            for i in range(20_000):
                point = influxdb_client.Point("batch").tag("host", f"h {i % 7}").field("n", i).field("half", i / 2).field("s", "x")
                writer.write("b", "o", point.time(start + i, influxdb_client.WritePrecision.S))
        self.assertEqual(failures, [])
        self.wait_for_value("20000", "sum(count_over_time(batch_n[6h]))")
        self.assertEqual(self.value("sum(sum_over_time(batch_n[6h]))"), "199990000")
        self.assertEqual(self.value("sum(sum_over_time(batch_half[6h]))"), "99995000")
        self.assertEqual(self.value("count(batch_n)", time=str(start + 20_000)), "7")

    def test_is_told_what_is_refused(self):
        import influxdb_client
        from influxdb_client.client.write_api import SYNCHRONOUS
        from influxdb_client.rest import ApiException

        writer = self.client().write_api(write_options=SYNCHRONOUS)
        with self.assertRaises(ApiException) as raised:
            writer.write("b", "o", ["told f=1", "told g=", "told,a f=1"], influxdb_client.WritePrecision.MS)
        self.assertEqual(raised.exception.status, 400)
        body = json.loads(raised.exception.body)
        self.assertEqual(body["code"], "invalid")
        self.assertIn("partial write: samples written 1, lines malformed 2\nline 2, column 8: ", body["message"])
        self.wait_for_value("1", "told_f")

    def test_finds_the_server(self):
        self.assertTrue(self.client().ping())
        self.assertEqual(self.client().version(), "1.8.10")


class ApiTest(OneServerCase):
    def write(self, target: str, body: str) -> tuple[int, dict, dict]:
        status, text, headers = request(self.url + target, "POST", body.encode())
        return status, json.loads(text) if text else {}, headers

    def test_writes_by_both_versions(self):
        self.assertEqual(self.write("/write?db=any", "room,floor=2 temperature=21.5,open=f")[0], 204)
        self.assertEqual(self.write("/api/v2/write?org=o&bucket=b", "room,floor=3 temperature=20")[0], 204)
        self.wait_for_value("41.5", "sum(room_temperature)")
        self.wait_for_value("0", 'room_open{floor="2"}')

    def test_says_what_is_wrong(self):
        status, body, headers = self.write("/write", "good f=1\nbad f=\n")
        self.assertEqual(status, 400)
        self.assertIn("partial write", body["error"])
        self.assertIn("partial write", headers["X-Influxdb-Error"])
        self.wait_for_value("1", "good_f")
        self.assertEqual(self.write("/write?precision=fortnight", "m f=1")[0], 400)

    def test_tells_its_health(self):
        status, body, _ = request(self.url + "/health")
        self.assertEqual((status, json.loads(body)["status"]), (200, "pass"))

    def test_keeps_the_page_of_the_console(self):
        self.assertIn(b"<!doctype html>", request(self.url + "/query")[1].lower())
        self.assertIn(b"<!doctype html>", request(self.url + "/query?expr=up")[1].lower())
        status, body, _ = request(self.url + "/query?" + urllib.parse.urlencode({"q": 'CREATE DATABASE "x"'}))
        self.assertEqual((status, json.loads(body)), (200, {"results": [{"statement_id": 0}]}))


class QuotaTest(unittest.TestCase):
    """A Weir whose tenants may write 50 samples a second, 100 at once."""

    @classmethod
    def setUpClass(cls):
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        cls.url = cls.stack.weir(None, "--ingest.samples_per_second=50", "--influx.db_label=db").url

    def write(self, target: str, count: int, tenant: str) -> tuple[int, dict]:
        lines = "".join(f"quota,i={i} f=1\n" for i in range(count))
        status, _, headers = request(self.url + target, "POST", lines.encode(), {"X-Scope-OrgID": tenant})
        return status, headers

    def test_says_to_each_version_what_makes_it_come_again(self):
        for target, expected in (("/write?db=d", 503), ("/api/v2/write?bucket=d", 429)):
            tenant = f"of-{expected}"
            self.assertEqual(self.write(target, 100, tenant)[0], 204)
            status, headers = self.write(target, 100, tenant)
            self.assertEqual((status, headers["Retry-After"]), (expected, "2"))
            self.assertEqual(self.write(target, 101, tenant)[0], 413)
            wait_for(lambda: query(self.url, 'count(quota_f{db="d"})', headers={"X-Scope-OrgID": tenant})["data"]["result"])


if __name__ == "__main__":
    unittest.main()
