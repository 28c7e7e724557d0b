"""Ends a server and starts it again: how long it takes until it answers, until it answers right, and where that time goes."""
import dataclasses
import http.client
import json
import socket
import time
from collections.abc import Callable

from .peers import servers
from .queries import Client

SECONDS_MAX = 120
APPLIED = ("samples", "duplicate_samples", "conflicting_samples", "too_old_samples")


@dataclasses.dataclass(frozen=True)
class Start:
    """Seconds from the launch: until the port takes a connection, until a question has an answer with samples, and until it is the
    right one; None for what did not come in `SECONDS_MAX`."""
    port_s: float | None
    first_s: float | None
    right_s: float | None

    def figures(self, what: str) -> dict[str, float | None]:
        return {f"{what} to a port, s": self.port_s, f"{what} to an answer, s": self.first_s,
                f"{what} to a right answer, s": self.right_s}


def takes_connections(url: str) -> bool:
    host, port = url.removeprefix("http://").split(":")
    try:
        with socket.create_connection((host, int(port)), timeout=1):
            return True
    except OSError:
        return False


def value_of(client: Client, path: str) -> float | None:
    """The answer of a server that may not be up yet."""
    try:
        return client.value(path)
    except (OSError, http.client.HTTPException, RuntimeError):
        client.connection.close()
        return None


def start(server: servers.Server, answer: Callable[[], float | None], right: float) -> Start:
    """Launches a server that has ended and asks until the answer is the right one."""
    launched = time.monotonic()
    server.launch()
    port = first = None
    while (seconds := time.monotonic() - launched) < SECONDS_MAX:
        if server.process.poll() is not None:
            raise RuntimeError(f"{server.name} ended after its start:\n{server.log_tail()}")
        if port is None and takes_connections(server.url):
            port = seconds
        value = answer() if port is not None else None
        if value is not None and first is None:
            first = time.monotonic() - launched
        if value == right:
            return Start(port, first, time.monotonic() - launched)
        time.sleep(0.005)
    return Start(port, first, None)


def metrics(server: servers.Server) -> dict[str, float]:
    """The server's own, by name; those of one name with several labels are summed up."""
    sums: dict[str, float] = {}
    for line in servers.http(server.url + "/metrics")[1].decode().splitlines():
        if line and not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            name = name.partition("{")[0]
            sums[name] = sums.get(name, 0) + float(value)
    return sums


def replay_figures(server: servers.Server) -> dict[str, float | None]:
    """What a Weir that has just started applied from its journal, and how fast; nothing of other servers."""
    own = metrics(server) if server.name == "weir" else {}
    applied = sum(own.get(f"weir_processor_{kind}_total", 0) for kind in APPLIED)
    seconds = own.get("weir_processor_catch_up_seconds", 0)
    return {"samples applied from the journal": applied if own else None,
            "ns a sample of them": seconds / applied * 1e9 if applied else None,
            "ns of it in commits": own["weir_processor_commit_duration_seconds_sum"] / applied * 1e9 if applied else None}


def journal_bytes(server: servers.Server, samples: int) -> dict[str, float | None]:
    """Bytes that Weir has appended to its journal, a sample."""
    own = metrics(server) if server.name == "weir" else {}
    return {"journal, B/sample": own["weir_log_appended_bytes_total"] / samples if own else None}


def stop(server: servers.Server) -> dict[str, float | None]:
    """A clean stop, and how long Weir says that it wrote its memory to blocks meanwhile; 0 where there was nothing to write."""
    said = len(server.log_path.read_bytes())
    began = time.monotonic()
    server.stop(SECONDS_MAX)
    seconds = time.monotonic() - began
    return {"clean stop, s": seconds,
            "flush in it, s": flush_seconds(server.log_path.read_bytes()[said:]) if server.name == "weir" else None}


def flush_seconds(log: bytes) -> float:
    lines = [json.loads(line) for line in log.splitlines() if line.startswith(b"{")]
    return next((line["seconds"] for line in lines if "samples in memory are in blocks" in line["msg"]), 0.0)
