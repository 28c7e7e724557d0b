"""Takes alerts as an Alertmanager does, and notes when each came first."""
import http.server
import json
import threading
import time


class AlertReceiver:
    """`first` has the time.perf_counter() at which an alert came first, by the value of one of its labels."""

    def __init__(self, label: str):
        self.label = label
        self.first: dict[str, float] = {}
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                receiver.take(self.rfile.read(int(self.headers["Content-Length"])), time.perf_counter())
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, body: bytes, now: float) -> None:
        alerts = json.loads(body)
        with self.lock:
            for alert in alerts:
                if (value := alert["labels"].get(self.label)) is not None:
                    self.first.setdefault(value, now)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
