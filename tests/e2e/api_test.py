#!/usr/bin/env python3
"""The HTTP API and the live stream of one running Weir, as a client sees them."""
import concurrent.futures
import gzip
import json
import socket
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import servers
from client import OneServerCase, query, wait_for, write
from websocket import WebSocket


class ApiTest(OneServerCase):
    def test_writes_one_sample_and_reads_it_back(self):
        status, verdict = write(self.url, {"name": "one", "labels": {"room": "attic"}, "value": 21.5})
        self.assertEqual((status, verdict["status"], verdict["accepted"]), (200, "success", 1))
        self.assertEqual(self.value('one{room="attic"}'), "21.5")

    def test_writes_an_array_and_takes_gzip(self):
        body = gzip.compress(json.dumps([{"name": "many", "labels": {"i": str(i)}, "value": i} for i in range(500)]).encode())
        status, verdict = write(self.url, body, {"Content-Encoding": "gzip"})
        self.assertEqual((status, verdict["accepted"]), (200, 500))
        wait_for(lambda: query(self.url, "count(many)")["data"]["result"][0:1] and self.value("count(many)") == "500")

    def test_names_what_it_rejects(self):
        status, verdict = write(self.url, [{"name": "good", "value": 1},
                                           {"name": "ahead", "value": 1, "timestamp": int(time.time() * 1000) + 3_600_000}])
        self.assertEqual((status, verdict["status"], verdict["accepted"], verdict["rejected"]), (200, "partial", 1, 1))
        rejection = verdict["rejections"][0]
        self.assertEqual((rejection["index"], rejection["reason"]), (1, "too_far_in_future"))
        self.assertGreater(rejection["limit"], 0)

    def test_says_where_a_body_is_wrong(self):
        for body, word in ((b"{", b"json"), (b'{"name": "x"}', b"value"), (b'[{"name": "x", "value": 1}, {"nam": "y", "value": 1}]', b"name")):
            status, text = servers.http(self.url + "/api/v1/metrics", body)
            self.assertEqual(status, 400, body)
            self.assertIn(word, text)
            self.assertEqual(json.loads(text)["code"], "invalid_argument")

    def test_refuses_bodies_that_are_too_large(self):
        status, _ = servers.http(self.url + "/api/v1/metrics", b" " * ((16 << 20) + 1))
        self.assertEqual(status, 413)
        bomb = gzip.compress(b" " * (65 << 20))
        status, _ = servers.http(self.url + "/api/v1/metrics", bomb, {"Content-Encoding": "gzip"})
        self.assertEqual(status, 413)

    def test_refuses_remote_write_that_is_not(self):
        headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
        self.assertEqual(servers.http(self.url + "/api/v1/write", b"\xff\xff\xff", headers)[0], 400)
        self.assertEqual(servers.http(self.url + "/api/v1/write", b"", headers | {"Content-Encoding": "zstd"})[0], 415)
        version_3 = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf;proto=io.prometheus.write.v3.Request"}
        self.assertEqual(servers.http(self.url + "/api/v1/push", b"", version_3)[0], 415)

    def test_keeps_tenants_apart(self):
        a, b = {"X-Scope-OrgID": "team-a"}, {"X-Scope-OrgID": "team-b"}
        write(self.url, {"name": "secret", "value": 1}, a)
        self.assertEqual(self.value("secret", headers=a), "1")
        self.assertEqual(query(self.url, "secret", headers=b)["data"]["result"], [])
        self.assertEqual(query(self.url, "secret")["data"]["result"], [])
        self.assertEqual(servers.http(self.url + "/api/v1/query?query=1", headers={"X-Scope-OrgID": "../x"})[0], 400)

    def test_stores_a_sample_once(self):
        at = int(time.time() * 1000)
        for value in (5, 5, 6):
            write(self.url, {"name": "once", "value": value, "timestamp": at})
        wait_for(lambda: query(self.url, "once")["data"]["result"])
        self.assertEqual(self.value("count_over_time(once[1h])"), "1")
        self.assertEqual(self.value("once"), "5")

    def test_takes_samples_of_any_age(self):
        write(self.url, {"name": "ancient", "value": 7, "timestamp": 0})
        self.assertEqual(self.value("ancient", time="60"), "7")

    def test_finds_an_answer_again_until_its_data_changes(self):
        write(self.url, [{"name": "cached", "labels": {"i": str(i)}, "value": i, "timestamp": 1_000_000} for i in range(500)])
        wait_for(lambda: self.value("count(cached)", time="1000") == "500")
        parameters = {"query": "count(max_over_time(cached[5m:1s]))", "start": "1000", "end": "1200", "step": "1"}

        def ask(**more) -> tuple[str, bytes]:
            path = f"{self.url}/api/v1/query_range?{urllib.parse.urlencode(parameters | more)}"
            with urllib.request.urlopen(path) as response:
                return response.headers["X-Weir-Cache"], response.read()

        first, second = ask(), ask()
        self.assertEqual([first[0], second[0]], ["miss", "hit"])
        self.assertEqual(second[1], first[1])
        self.assertEqual(ask(nocache="1"), ("bypass", first[1]))
        write(self.url, {"name": "cached", "labels": {"i": "late"}, "value": -1, "timestamp": 999_000})
        wait_for(lambda: self.value("count(cached)", time="1000") == "501")
        third = ask()
        self.assertEqual(third[0], "miss")
        self.assertEqual((b'"501"' in first[1], b'"501"' in third[1]), (False, True))
        self.assertIn('weir_query_cache_requests_total{result="hit"}', servers.http(self.url + "/metrics")[1].decode())

    def test_the_command_line_deletes_what_is_confirmed(self):
        write(self.url, [{"name": "doomed", "labels": {"i": str(i)}, "value": 1} for i in range(3)])
        wait_for(lambda: query(self.url, "count(doomed)")["data"]["result"])
        command = [str(servers.WEIR), "delete", "--url", self.url, 'doomed{i=~"0|1"}']
        refused = subprocess.run(command, input="no\n", capture_output=True, text=True, timeout=30)
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        self.assertIn("Delete the samples of 2 series?", refused.stderr)
        self.wait_for_value("3", "count(doomed)")
        done = subprocess.run(command + ["--yes"], capture_output=True, text=True, timeout=30)
        self.assertEqual((done.returncode, done.stdout), (0, "Deleted the samples of 2 series.\n"))
        self.assertEqual(self.value("count(doomed)"), "1")

    def test_lists_queries_and_stops_those_that_nobody_wants(self):
        now = int(time.time())
        write(self.url, [{"name": "long", "value": i * 7919 % 1000, "timestamp": (now - 4000 + i) * 1000} for i in range(4000)])
        self.wait_for_value("4000", "count_over_time(long[2h])")
        # A quarter of a second for each term.
        expression = " + ".join(f"quantile_over_time(0.{i}, long[1h])" for i in range(1, 90))
        path = "/api/v1/query_range?" + urllib.parse.urlencode(
            {"query": expression, "start": now - 4000, "end": now, "step": 1, "nocache": 1})

        def running() -> list:
            return json.loads(servers.http(self.url + "/api/v2/queries")[1])["running"]

        with concurrent.futures.ThreadPoolExecutor() as pool:
            answer = pool.submit(servers.http, self.url + path)
            (report,) = wait_for(running)
            self.assertEqual((report["query"], report["step_ms"]), (expression, 1000))
            other = {"X-Scope-OrgID": "other"}
            self.assertEqual(json.loads(servers.http(self.url + "/api/v2/queries", headers=other)[1]), {"running": [], "slow": []})
            one = f"/api/v2/queries/{report['id']}"
            self.assertEqual(servers.http(self.url + one, headers=other, method="DELETE")[0], 404)
            self.assertEqual(servers.http(self.url + one, method="DELETE")[0], 204)
            status, body = answer.result(timeout=10)
            self.assertEqual((status, json.loads(body)["errorType"]), (499, "canceled"))

        host = self.url.removeprefix("http://")
        with socket.create_connection(tuple(host.split(":")), timeout=10) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            wait_for(running)
        wait_for(lambda: not running())

    def test_explains_what_a_query_takes(self):
        now = int(time.time())
        write(self.url, [{"name": "explained_total", "labels": {"i": str(i)}, "value": at, "timestamp": (now - 100 + at) * 1000}
                         for i in range(4) for at in range(100)])
        self.wait_for_value("400", "sum(count_over_time(explained_total[5m]))")

        def explain(method: str = "GET", **parameters) -> tuple[int, dict]:
            form = urllib.parse.urlencode(parameters)
            if method == "GET":
                status, body = servers.http(f"{self.url}/api/v2/explain?{form}")
            else:
                status, body = servers.http(f"{self.url}/api/v2/explain", form.encode(),
                                            {"Content-Type": "application/x-www-form-urlencoded"})
            return status, json.loads(body)

        expression = "sum(irate(explained_total[10s]))"
        for method in ("GET", "POST"):
            status, told = explain(method, query=expression, start=now - 90, end=now - 1, step=1)
            self.assertEqual((status, told["step_ms"], told["analyzed"]), (200, 1000, True))
            totals = told["totals"]
            self.assertEqual([totals[name] for name in ("read_series", "read_samples", "result_series", "result_points")],
                             [4, 396, 1, 90])
            self.assertGreater(totals["evaluate_us"], 0)
            rate = told["tree"]["children"][0]
            (selector,) = rate["children"]
            self.assertEqual([one["node"] for one in (told["tree"], rate, selector)], ["sum", "irate", "selector"])
            self.assertEqual((selector["series"], selector["read_samples"], rate["series"]), (4, 396, 4))
            self.assertLessEqual(selector["time_us"], rate["time_us"])
            self.assertLessEqual(told["tree"]["time_us"], totals["evaluate_us"])
        self.assertNotIn("step_ms", explain(query="explained_total", time=now)[1])
        status, plan = explain(query=expression, analyze="false")
        self.assertEqual((status, plan["analyzed"]), (200, False))
        self.assertEqual(plan["tree"]["children"][0]["children"][0]["matching_series"], 4)
        for parameters in ({"query": "sum("}, {"query": "up", "analyze": "perhaps"}, {"query": "up", "start": 1},
                           {"query": "up[5m]", "start": 1, "end": 2, "step": 1}):
            self.assertEqual((explain(**parameters)[0], explain(**parameters)[1]["errorType"]), (400, "bad_data"), parameters)

        def run(*arguments: str) -> str:
            command = [str(servers.WEIR), "query", "--url", self.url, *arguments]
            return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env={"LC_ALL": "C.UTF-8"}).stdout

        self.assertRegex(run("--explain", expression), r"\nsum  .*\n└─ irate .*\n   └─ explained_total\[10s\] .* 4 +\d+\n")
        self.assertRegex(run("--plan", expression), r"explained_total\[10s\] +4\n")
        self.assertEqual(json.loads(run("--explain", "-o", "json", expression))["query"], expression)

    def test_tells_its_health_and_state(self):
        for path in ("/livez", "/readyz", "/startupz"):
            self.assertEqual(servers.http(self.url + path), (200, b"ok\n"))
        status = json.loads(servers.http(self.url + "/api/v2/status")[1])
        self.assertEqual((status["durability"], status["ready"], status["roles"]), ("fsync", True, ["all"]))
        metrics = servers.http(self.url + "/metrics")[1].decode()
        self.assertIn("# TYPE weir_gateway_requests_total counter", metrics)

    def test_serves_the_console_with_a_strict_policy(self):
        status, body = servers.http(self.url + "/query")
        self.assertEqual(status, 200)
        self.assertIn(b"<!doctype html>", body.lower())

    def test_names_paths_and_methods_that_do_not_exist(self):
        self.assertEqual(servers.http(self.url + "/api/v1/nothing")[0], 404)
        self.assertEqual(servers.http(self.url + "/api/v1/write")[0], 405)

    def test_refuses_foreign_names_and_pages(self):
        self.assertEqual(servers.http(self.url + "/api/v2/status", headers={"Host": "evil.example"})[0], 403)
        self.assertEqual(write(self.url, {"name": "x", "value": 1}, {"Origin": "http://evil.example"})[0], 403)

    def test_compacts_and_answers_the_same(self):
        write(self.url, [{"name": "resting", "labels": {"i": str(i)}, "value": i / 7} for i in range(100)])
        wait_for(lambda: query(self.url, "count(resting)")["data"]["result"])
        before = query(self.url, "resting", time=time.time())["data"]["result"]
        self.assertEqual(servers.http(self.url + "/api/v2/admin/compact", b"")[0], 200)
        after = query(self.url, "resting", time=before[0]["value"][0])["data"]["result"]
        self.assertEqual(after, before)

    def test_streams_what_changes(self):
        write(self.url, {"name": "streamed", "value": 1})
        wait_for(lambda: query(self.url, "streamed")["data"]["result"])
        stream = WebSocket(self.url.replace("http", "ws") + "/api/v2/live")
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 101)
        stream.send(json.dumps({"type": "subscribe", "id": "s", "query": "streamed", "interval_ms": 250, "history_ms": 10_000}))
        history = stream.receive_json()
        self.assertEqual((history["type"], history["id"], len(history["v"])), ("history", "s", len(history.get("new", []))))
        while "v" not in (frame := stream.receive_json()):
            pass
        self.assertEqual((frame["type"], frame["v"]), ("data", [1]))
        write(self.url, {"name": "streamed", "value": 2})
        while frame.get("v") != [2]:
            last, frame = frame["seq"], stream.receive_json()
            self.assertGreater(frame["seq"], last)
        self.assertEqual(frame["i"], [0])
        stream.send(json.dumps({"type": "unsubscribe", "id": "s"}))

    def test_streams_errors_by_subscription(self):
        stream = WebSocket(self.url.replace("http", "ws") + "/api/v2/live")
        self.addCleanup(stream.close)
        stream.send("hello")
        self.assertEqual(stream.receive_json()["code"], "invalid_argument")
        stream.send(json.dumps({"type": "subscribe", "id": "bad", "query": "sum("}))
        error = stream.receive_json()
        self.assertEqual((error["type"], error["id"], error["code"]), ("error", "bad", "invalid_argument"))

    def test_refuses_streams_of_foreign_pages(self):
        stream = WebSocket(self.url.replace("http", "ws") + "/api/v2/live", {"Origin": "http://evil.example"})
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 403)


class StopTest(unittest.TestCase):
    def test_loses_nothing_when_it_is_asked_to_stop(self):
        with servers.Servers() as stack:
            weir = stack.weir()
            acknowledged = []
            base = int(time.time() * 1000) - 1_000_000
            for number in range(2_000):
                if number == 300:
                    weir.process.terminate()
                try:
                    if write(weir.url, {"name": "kept", "value": number, "timestamp": base + number})[0] == 200:
                        acknowledged.append(number)
                except OSError:
                    break
            self.assertEqual(weir.process.wait(30), 0, weir.log_tail())
            self.assertGreaterEqual(len(acknowledged), 300)
            weir.start()
            data = query(weir.url, "kept[1h]")["data"]["result"][0]["values"]
            self.assertEqual([int(float(value)) for _, value in data][:len(acknowledged)], acknowledged)

    def test_a_second_process_is_refused_the_directory(self):
        with servers.Servers() as stack:
            first = stack.weir()
            command = [part if not part.startswith("127.") else f"127.0.0.1:{servers.free_port()}" for part in first.command]
            second = servers.Server("second", command, "http://127.0.0.1:9/", first.directory)
            with self.assertRaisesRegex(RuntimeError, "in use by process"):
                second.start()


class QuotaTest(unittest.TestCase):
    """A Weir whose tenants may write 50 samples a second, 100 at once."""

    @classmethod
    def setUpClass(cls):
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        cls.url = cls.stack.weir(None, "--ingest.samples_per_second=50").url

    def write(self, count: int, tenant: str) -> tuple[int, dict, bytes]:
        body = json.dumps([{"name": "counted", "labels": {"i": str(i)}, "value": i} for i in range(count)]).encode()
        request = urllib.request.Request(f"{self.url}/api/v1/metrics", body, {"X-Scope-OrgID": tenant})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def test_refuses_what_is_beyond_the_rate_and_says_when_to_come_again(self):
        self.assertEqual(self.write(100, "busy")[0], 200)
        status, headers, body = self.write(50, "busy")
        self.assertEqual(status, 429, body)
        self.assertEqual(headers["Retry-After"], "1")
        self.assertIn(b"ingest.samples_per_second", body)
        self.assertEqual(self.write(50, "other")[0], 200, "a tenant's limit is its own")
        time.sleep(1.1)
        self.assertEqual(self.write(50, "busy")[0], 200)
        self.assertEqual(query(self.url, "count(count_over_time(counted[1m]))", {"X-Scope-OrgID": "busy"})["http"], 200)

    def test_refuses_for_good_what_can_never_pass(self):
        status, headers, body = self.write(101, "large")
        self.assertEqual(status, 413, body)
        self.assertNotIn("Retry-After", headers)
        self.assertIn(b"ingest.samples_burst", body)


if __name__ == "__main__":
    unittest.main(verbosity=2, argv=sys.argv)
