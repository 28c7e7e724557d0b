"""What tests ask of a running Weir as any client would, and the case of one server that many tests share."""
import json
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import servers


def request(url: str, method: str = "GET", data: bytes | None = None, headers: dict | None = None) -> tuple[int, bytes, dict]:
    """Status, body and headers of an answer, whatever its status."""
    asked = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), dict(error.headers)


def write(url: str, body, headers: dict | None = None) -> tuple[int, dict]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    status, text = servers.http(url + "/api/v1/metrics", data, headers)
    return status, json.loads(text)


def query(url: str, expression: str, headers: dict | None = None, **parameters) -> dict:
    parameters["query"] = expression
    status, body = servers.http(f"{url}/api/v1/query?{urllib.parse.urlencode(parameters)}", headers=headers)
    return json.loads(body) | {"http": status}


def wait_for(condition, seconds: float = 5):
    """The first true result; a write is durable when it is answered and visible a moment later."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := condition():
            return result
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


class OneServerCase(unittest.TestCase):
    """Tests that share one server with the settings that it has by itself."""

    @classmethod
    def setUpClass(cls):
        cls.stack = servers.Servers()
        cls.addClassCleanup(cls.stack.close)
        cls.weir = cls.stack.weir()
        cls.url = cls.weir.url

    def value(self, expression: str, **keywords):
        return wait_for(lambda: query(self.url, expression, **keywords)["data"]["result"])[0]["value"][1]

    def wait_for_value(self, expected: str, expression: str, **keywords) -> None:
        """Of writes that are answered one after the other, the last one is visible last."""
        def values() -> list:
            return [one["value"][1] for one in query(self.url, expression, **keywords)["data"]["result"]]
        wait_for(lambda: values() == [expected])
