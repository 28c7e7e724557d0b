#!/usr/bin/env python3
"""Streaming aggregations on the real server: windows by event time, late samples, kills in between, samples that come too late, input
that is not kept, the API, rules over outputs."""
import collections
import json
import os
import random
import sys
import time
import unittest

import servers
from client import query, request, wait_for, write

KILLS = int(os.environ.get("WEIR_E2E_KILLS", "15"))
DEFINITIONS = """
aggregations:
  - name: room
    match: temperature
    by: [room]
    window: 1s
    outputs: [count, sum, min, max, quantile(0.5)]
  - name: all
    match: temperature
    window: {type: hopping, size: 4s, hop: 1s}
    outputs: [count, sum]
    labels: {team: facility}
"""


def samples_of(url: str, selector: str, begin: float, end: float) -> dict:
    """Every stored sample of a selector: by labels and time."""
    status, body = servers.http(f"{url}/api/v1/query?query={selector}%5B{int(end - begin) + 1}s%5D&time={end}")
    assert status == 200, body
    found = {}
    for series in json.loads(body)["data"]["result"]:
        for at, value in series["values"]:
            found[(tuple(sorted(series["metric"].items())), round(at * 1000))] = value
    return found


def status(url: str) -> dict:
    return {one["name"]: one for one in json.loads(servers.http(url + "/api/v2/aggregations")[1])["aggregations"]}


class AggregationsTest(unittest.TestCase):
    def setUp(self):
        self.stack = servers.Servers()
        self.addCleanup(self.stack.close)
        self.sent: dict = {}

    def start(self, definitions: str = DEFINITIONS, *flags: str):
        path = self.stack.directory / "aggregations.yml"
        path.write_text(definitions)
        self.path = path
        weir = self.stack.weir(None, f"--aggregations.files={path}", *flags)
        wait_for(lambda: all(one["closed_until"] for one in status(weir.url).values()) or None, 10)
        return weir

    def send(self, url: str, room: str, at_ms: int) -> None:
        """A value that is a function of room and time, so that sending it twice says nothing new."""
        value = (at_ms // 7 + len(room)) % 1000
        body = {"name": "temperature", "labels": {"room": room}, "value": value, "timestamp": at_ms}
        code, answer = write(url, body)
        self.assertEqual((code, answer.get("rejected", 0)), (200, 0), answer)
        self.sent[(room, at_ms)] = value

    def recount(self, size_ms: int, hop_ms: int, begin_ms: int, end_ms: int, by_room: bool) -> dict:
        """Count and sum of the windows that end in (begin, end], by group and end."""
        windows = collections.defaultdict(lambda: [0, 0])
        for (room, at_ms), value in self.sent.items():
            end = -(-at_ms // hop_ms) * hop_ms
            while end < at_ms + size_ms:
                if begin_ms < end <= end_ms:
                    window = windows[(room if by_room else "", end)]
                    window[0] += 1
                    window[1] += value
                end += hop_ms
        return {key: tuple(value) for key, value in windows.items()}

    def stored(self, url: str, prefix: str, begin_ms: int, end_ms: int) -> dict:
        found = collections.defaultdict(dict)
        for output in ("count", "sum"):
            for (labels, at_ms), value in samples_of(url, f"{prefix}_{output}", begin_ms / 1000, end_ms / 1000).items():
                if begin_ms < at_ms <= end_ms:
                    found[(dict(labels).get("room", ""), at_ms)][output] = int(value)
        return {key: (value.get("count"), value.get("sum")) for key, value in found.items()}

    def check(self, url: str, begin_ms: int, end_ms: int, seconds: float = 20) -> None:
        def agree():
            return (self.stored(url, "temperature:1s", begin_ms, end_ms) == self.recount(1000, 1000, begin_ms, end_ms, True)
                    and self.stored(url, "temperature:4s_1s", begin_ms, end_ms) == self.recount(4000, 1000, begin_ms, end_ms, False)
                    or None)
        try:
            wait_for(agree, seconds)
        except AssertionError:
            self.assertEqual(self.stored(url, "temperature:1s", begin_ms, end_ms), self.recount(1000, 1000, begin_ms, end_ms, True))
            self.assertEqual(self.stored(url, "temperature:4s_1s", begin_ms, end_ms),
                             self.recount(4000, 1000, begin_ms, end_ms, False))

    def run_senders(self, weir, seconds: float, late_ms: int, kill_every: float | None = None, seed: int = 1) -> tuple[int, int]:
        """Sends on time and late, and kills the server now and then; returns a range of whole windows of that time."""
        chance = random.Random(seed)
        begin_ms = (time.time_ns() // 1_000_000) // 1000 * 1000 + 5000
        wait_for(lambda: time.time() * 1000 > begin_ms - 4000 or None, 10)
        until = time.monotonic() + seconds
        next_kill = time.monotonic() + kill_every if kill_every else until + 1
        while time.monotonic() < until:
            at_ms = time.time_ns() // 1_000_000
            if chance.random() < 0.3:
                at_ms = max(begin_ms - 4000, at_ms - chance.randrange(late_ms))
            room = f"r{chance.randrange(3)}"
            if time.monotonic() > next_kill:
                weir.kill()
                weir.start()
                next_kill = time.monotonic() + kill_every
            self.send(weir.url, room, at_ms)
            if chance.random() < 0.1:
                again = chance.choice(list(self.sent))
                self.send(weir.url, *again)
            time.sleep(0.01)
        return begin_ms, time.time_ns() // 1_000_000 // 1000 * 1000

    def test_windows_are_what_a_recount_gives(self):
        weir = self.start()
        begin_ms, end_ms = self.run_senders(weir, 12, late_ms=6000)
        self.check(weir.url, begin_ms, end_ms)
        one = status(weir.url)["room"]
        self.assertEqual((one["failures"], one["too_late_samples"], one["last_error"]), (0, 0, ""))
        self.assertGreater(one["corrections"], 0)
        metrics = servers.http(weir.url + "/metrics")[1].decode()
        self.assertRegex(metrics, r"weir_aggregation_corrections_total [1-9]")
        found = query(weir.url, "temperature:4s_1s_sum", time=end_ms / 1000)["data"]["result"]
        self.assertEqual([one["metric"] for one in found], [{"__name__": "temperature:4s_1s_sum", "team": "facility"}])
        exact = query(weir.url, "sum by (room) (sum_over_time(temperature[1s]))", time=end_ms / 1000)["data"]["result"]
        ours = query(weir.url, "temperature:1s_sum", time=end_ms / 1000)["data"]["result"]
        self.assertEqual({one["metric"]["room"]: one["value"][1] for one in exact},
                         {one["metric"]["room"]: one["value"][1] for one in ours if one["value"][0] * 1000 == end_ms})

    def test_kills_lose_and_double_nothing(self):
        weir = self.start()
        begin_ms, end_ms = self.run_senders(weir, 2.0 * KILLS, late_ms=8000, kill_every=2, seed=7)
        self.check(weir.url, begin_ms, end_ms, 30)

    def test_what_comes_too_late_is_set_aside(self):
        weir = self.start(DEFINITIONS.replace("window: 1s", "window: 1s\n    allowed_lateness: 2s"))
        self.send(weir.url, "a", time.time_ns() // 1_000_000)
        time.sleep(5)
        late_ms = time.time_ns() // 1_000_000 - 4500
        self.send(weir.url, "a", late_ms)
        letters = wait_for(lambda: json.loads(servers.http(weir.url + "/api/v2/admin/dead-letters")[1])["dead_letters"])
        self.assertEqual((letters[0]["code"], letters[0]["tenant"]), ("too_old", "default"))
        self.assertIn('"room"', letters[0]["message"])
        self.assertEqual(status(weir.url)["room"]["too_late_samples"], 1)
        self.assertEqual(status(weir.url)["all"]["too_late_samples"], 0)
        # With another bound it is not too late any more.
        self.path.write_text(DEFINITIONS)
        wait_for(lambda: "allowed_lateness: 1h" in status(weir.url)["room"]["definition"] or None, 10)
        self.assertEqual(servers.http(weir.url + "/api/v2/admin/dead-letters/replay", b"")[0], 200)
        end_ms = -(-late_ms // 1000) * 1000
        wait_for(lambda: self.stored(weir.url, "temperature:1s", end_ms - 1000, end_ms).get(("a", end_ms)), 10)

    def test_samples_behind_retention_are_kept_aside(self):
        weir = self.start(DEFINITIONS, "--storage.retention=1h")
        old_ms = time.time_ns() // 1_000_000 - 2 * 3_600_000
        write(weir.url, {"name": "temperature", "value": 1, "timestamp": old_ms})
        letters = wait_for(lambda: json.loads(servers.http(weir.url + "/api/v2/admin/dead-letters")[1])["dead_letters"])
        self.assertEqual(letters[0]["code"], "too_old")
        self.assertIn("retention", letters[0]["message"])
        self.assertRegex(servers.http(weir.url + "/metrics")[1].decode(), r'weir_late_table_samples_total\{tenant="\d+"\} 1')

    def test_the_api_edits_and_tells(self):
        weir = self.stack.weir()
        url = weir.url + "/api/v2/aggregations"
        body = b"{name: cpu, match: usage, by: [host], window: 1s, outputs: [max]}"
        put = lambda name, data, **headers: request(f"{url}/{name}", "PUT", data, headers)
        self.assertEqual(servers.http(url + "/cpu")[0], 404)
        code, text, headers = put("cpu", body)
        self.assertEqual(code, 200, text)
        tag = headers["ETag"]
        code, text, headers = request(url + "/cpu", "GET")
        self.assertEqual((code, headers["ETag"]), (200, tag))
        self.assertIn(b"window: 1s", text)
        self.assertEqual(put("cpu", text)[0], 200, "what it says can be written again")
        self.assertEqual(put("cpu", body, **{"If-Match": tag})[0], 412, "another has written it meanwhile")
        self.assertEqual(put("cpu", body, **{"If-None-Match": "*"})[0], 412)
        self.assertEqual(put("other", body)[0], 400, "the name in the body is another")
        code, text, _ = put("bad", b"{name: bad, match: usage, window: 1s, outputs: [median]}")
        self.assertEqual(code, 400)
        self.assertRegex(json.loads(text)["detail"], r"1:\d+: .*median")
        wait_for(lambda: status(weir.url).get("cpu", {}).get("closed_until"), 10)

        def reached():
            write(weir.url, {"name": "usage", "labels": {"host": "a"}, "value": 3})
            return query(weir.url, "usage:1s_max")["data"]["result"]
        self.assertEqual(wait_for(reached, 10)[0]["value"][1], "3")
        other = json.loads(servers.http(url, headers={"X-Scope-OrgID": "other"})[1])
        self.assertEqual(other, {"aggregations": []})
        self.assertEqual(request(url + "/cpu", "DELETE")[0], 204)
        self.assertEqual(request(url + "/cpu", "DELETE")[0], 404)
        wait_for(lambda: not status(weir.url) or None, 10)

    def test_a_rule_reads_outputs_of_its_time(self):
        rules = self.stack.directory / "rules.yml"
        rules.write_text("groups: [{name: g, interval: 1s, rules: [{record: 'twice', expr: '2 * temperature:1s_count'}]}]")
        weir = self.start(DEFINITIONS, f"--rules.files={rules}")
        begin_ms, end_ms = self.run_senders(weir, 6, late_ms=1)
        twice = wait_for(lambda: samples_of(weir.url, "twice", begin_ms / 1000, end_ms / 1000))
        self.assertTrue(twice)

    def test_a_file_with_a_fault_is_refused_at_the_start(self):
        path = self.stack.directory / "bad.yml"
        path.write_text("aggregations:\n  - {name: a, match: up, window: 7q, outputs: [sum]}\n")
        with self.assertRaisesRegex(RuntimeError, r"bad.yml:2:\d+: .*7q"):
            self.stack.weir(None, f"--aggregations.files={path}")


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
