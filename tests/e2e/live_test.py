#!/usr/bin/env python3
"""Live streams by WebSocket and by server-sent events: what a client has at the end, through lost connections, is every
evaluation time once, with the values that a range query gives."""
import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse

import servers
from client import query, wait_for, write
from event_stream import EventStream
from websocket import WebSocket

QUERY = "sum by (group) (live_value)"
INTERVAL = 250


class Told:
    """What a client knows: the value of each series at each time that it was told of, from frames of either kind."""

    def __init__(self):
        self.rows: dict[int, dict[str, float]] = {}
        self.times: list[int] = []
        self.incomplete: set[int] = set()
        self.token = ""
        self.begin()

    def begin(self) -> None:
        """Of a connection: indexes start again."""
        self.labels: list[str] = []
        self.current: dict[int, float] = {}

    def take(self, frame: dict) -> None:
        self.labels += [json.dumps(labels, sort_keys=True) for labels in frame.get("new", [])]
        self.token = frame["token"]
        if frame["type"] == "history":
            for row, at in enumerate(range(frame["start_ms"], frame["end_ms"] + 1, frame["step_ms"])):
                values = [(index, column[row]) for index, column in enumerate(frame["v"]) if row < len(column)]
                self.add(at, {index: value for index, value in values if value is not None})
            return
        self.current.update(zip(frame.get("i", []), frame.get("v", [])))
        for index in frame.get("gone", []):
            del self.current[index]
        if not frame.get("complete", True):
            self.incomplete.add(frame["t"])
        self.add(frame["t"], self.current)

    def add(self, at: int, values: dict[int, float]) -> None:
        self.times.append(at)
        self.rows[at] = {self.labels[index]: value for index, value in values.items()}


class LiveTest(unittest.TestCase):
    def setUp(self):
        self.stack = servers.Servers()
        self.addCleanup(self.stack.close)

    def start_writing(self, url: str) -> None:
        """Ten series whose values change all the time, until the test ends."""
        stopped = threading.Event()

        def run() -> None:
            number = 0
            while not stopped.wait(0.05):
                number += 1
                now = int(time.time() * 1000)
                samples = [{"name": "live_value", "labels": {"group": str(i % 2), "i": str(i)}, "value": number * (i + 1),
                            "timestamp": now} for i in range(10)]
                with contextlib.suppress(OSError):  # while the server is away
                    write(url, samples)

        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(stopped.set)
        wait_for(lambda: query(url, "live_value")["data"]["result"], 20)

    def websocket_frames(self, url: str, told: Told, count: int) -> None:
        stream = WebSocket(url.replace("http", "ws") + "/api/v2/live")
        resume = {"resume": told.token} if told.token else {}
        stream.send(json.dumps({"type": "subscribe", "id": "a", "query": QUERY, "interval_ms": INTERVAL} | resume))
        told.begin()
        for _ in range(count):
            frame = stream.receive_json()
            self.assertIn(frame["type"], ("data", "history"), frame)
            told.take(frame)
        stream.close()

    def event_frames(self, url: str, told: Told, count: int) -> None:
        parameters = urllib.parse.urlencode({"query": QUERY, "interval_ms": INTERVAL})
        headers = {"Last-Event-ID": told.token} if told.token else {}
        stream = EventStream(f"{url}/api/v2/live?{parameters}", headers)
        self.assertEqual(stream.status, 200, stream.head)
        self.assertIn("Content-Type: text/event-stream", stream.head)
        told.begin()
        for _ in range(count):
            name, frame = stream.receive()
            self.assertIn(name, ("data", "history"), frame)
            self.assertEqual((name, stream.last_event_id), (frame["type"], frame["token"]))
            told.take(frame)
        stream.close()

    def expect_each_time_once(self, told: Told) -> None:
        expected = list(range(told.times[0], told.times[-1] + 1, INTERVAL))
        self.assertEqual(told.times, expected)

    def expect_the_values_of_a_range_query(self, url: str, told: Told) -> None:
        parameters = urllib.parse.urlencode({"query": QUERY, "start": told.times[0] / 1000, "end": told.times[-1] / 1000,
                                             "step": INTERVAL / 1000})
        status, body = servers.http(f"{url}/api/v1/query_range?{parameters}")
        self.assertEqual(status, 200, body)
        rows: dict[int, dict[str, float]] = {at: {} for at in told.times}
        for series in json.loads(body)["data"]["result"]:
            for at, value in series["values"]:
                rows[round(at * 1000)][json.dumps(series["metric"], sort_keys=True)] = float(value)
        for at in told.times:
            if at not in told.incomplete:
                self.assertEqual(told.rows[at], rows[at], at)
        self.assertLess(len(told.incomplete), len(told.times) / 2)

    def test_resumes_without_a_gap_on_either_way(self):
        weir = self.stack.weir()
        self.start_writing(weir.url)
        for frames in (self.websocket_frames, self.event_frames):
            with self.subTest(frames.__name__):
                told = Told()
                for away in (0, 1.5, 0.1, 0):
                    frames(weir.url, told, 6)
                    time.sleep(away)
                frames(weir.url, told, 3)
                self.expect_each_time_once(told)
                self.expect_the_values_of_a_range_query(weir.url, told)

    def test_goes_from_one_way_to_the_other(self):
        weir = self.stack.weir()
        self.start_writing(weir.url)
        told = Told()
        for frames in (self.websocket_frames, self.event_frames, self.websocket_frames):
            frames(weir.url, told, 4)
            time.sleep(0.6)
        self.expect_each_time_once(told)

    def test_resumes_after_the_server_was_killed(self):
        weir = self.stack.weir()
        self.start_writing(weir.url)
        told = Told()
        self.websocket_frames(weir.url, told, 8)
        weir.kill()
        weir.start()
        self.websocket_frames(weir.url, told, 8)
        self.expect_each_time_once(told)
        self.expect_the_values_of_a_range_query(weir.url, told)

    def test_streams_through_a_gateway(self):
        weir = self.stack.weir()
        port = servers.free_port()
        behind = weir.url.removeprefix("http://")
        gateway = self.stack.weir(port, "--role=gateway", f"--routing.write={behind}", f"--routing.read={behind}",
                                  name="gateway")
        self.start_writing(gateway.url)
        told = Told()
        for frames in (self.event_frames, self.websocket_frames, self.event_frames):
            frames(gateway.url, told, 4)
            time.sleep(0.6)
        self.expect_each_time_once(told)
        self.expect_the_values_of_a_range_query(gateway.url, told)

    def test_curl_prints_events_as_they_come(self):
        weir = self.stack.weir()
        self.start_writing(weir.url)
        address = f"{weir.url}/api/v2/live?query=count(live_value)&interval_ms={INTERVAL}"
        curl = subprocess.Popen([servers.need("curl"), "-sSgN", "-H", "Accept: text/event-stream", address],
                                stdout=subprocess.PIPE, text=True)
        self.addCleanup(curl.stdout.close)
        lines = [curl.stdout.readline().rstrip("\n") for _ in range(8)]
        curl.send_signal(signal.SIGTERM)
        curl.wait()
        for event, told, data, empty in (lines[:4], lines[4:]):
            self.assertEqual((event, empty), ("event: data", ""))
            self.assertEqual(told.removeprefix("id: "), json.loads(data.removeprefix("data: "))["token"])

    def test_says_what_cannot_be_resumed_or_streamed(self):
        weir = self.stack.weir()
        write(weir.url, {"name": "up", "value": 1})
        events = {"Accept": "text/event-stream"}
        for parameters, status in (("", 400), ("?query=sum(", 400), ("?query=up&resume=soon", 400),
                                   ("?query=up&resume=99999999999999", 400), ("?query=up&interval_ms=1", 400)):
            self.assertEqual(servers.http(f"{weir.url}/api/v2/live{parameters}", headers=events)[0], status, parameters)
        self.assertEqual(servers.http(f"{weir.url}/api/v2/live?query=up")[0], 426)

    def test_a_token_opens_nothing_of_another_tenant(self):
        weir = self.stack.weir()
        write(weir.url, {"name": "secret", "value": 1}, {"X-Scope-OrgID": "one"})
        write(weir.url, {"name": "other", "value": 1}, {"X-Scope-OrgID": "two"})
        wait_for(lambda: query(weir.url, "secret", {"X-Scope-OrgID": "one"})["data"]["result"])
        address = f"{weir.url}/api/v2/live?query=secret&interval_ms=250"
        first = EventStream(address, {"X-Scope-OrgID": "one"})
        self.addCleanup(first.close)
        while "new" not in (frame := first.receive()[1]):
            pass
        second = EventStream(address, {"X-Scope-OrgID": "two", "Last-Event-ID": str(int(frame["token"]) - 2000)})
        self.addCleanup(second.close)
        name, missed = second.receive()
        self.assertEqual((name, missed["v"]), ("history", []))
        self.assertNotIn("new", second.receive()[1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv, verbosity=2)
