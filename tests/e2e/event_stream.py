"""A client of server-sent events: one GET whose answer goes on."""
import json
import socket
import urllib.parse


class EventStream:
    def __init__(self, url: str, headers: dict | None = None, timeout: float = 10):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=timeout)
        target = f"{parts.path}?{parts.query}"
        lines = [f"GET {target} HTTP/1.1", f"Host: {parts.netloc}", "Accept: text/event-stream"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.buffer = b""
        self.head = self._through(b"\r\n\r\n").decode()
        self.status = int(self.head.split()[1])
        self.last_event_id = ""

    def _through(self, end: bytes) -> bytes:
        while end not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("closed by the server")
            self.buffer += data
        text, self.buffer = self.buffer.split(end, 1)
        return text

    def receive(self) -> tuple[str, dict]:
        """Name and data of the next event, as a browser's EventSource reads them."""
        while True:
            name, data = "message", []
            for line in self._through(b"\n\n").decode().split("\n"):
                field, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if field == "event":
                    name = value
                elif field == "data":
                    data.append(value)
                elif field == "id":
                    self.last_event_id = value
            if data:
                return name, json.loads("\n".join(data))

    def close(self) -> None:
        self.socket.close()
