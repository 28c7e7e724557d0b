"""What a real machine says: prometheus-node-exporter, scraped every second by a real Prometheus, whose remote write is recorded once
and sent to each server as it was. What it takes at rest, and what it costs to take."""
import functools
import time

from measuring.figures import MEGA
from measuring.peers import Peer, servers
from measuring.session import Session, Settings

import remote_write

CONFIG = """
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: node
    static_configs:
      - targets: [EXPORTER]
remote_write:
  - url: PROXY/api/v1/write
    queue_config:
      max_shards: 1
"""
HEADERS = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"}


@functools.lru_cache(maxsize=1)
def recording(seconds: int) -> tuple[bytes, ...]:
    """The bodies that Prometheus sends in so many seconds, at least; a Weir takes them meanwhile."""
    stack = servers.Servers()
    try:
        proxy = remote_write.RecordingProxy(stack.weir(name="recorder").url)
        stack.callback(proxy.close)
        exporter = stack.node_exporter()
        stack.prometheus(CONFIG.replace("EXPORTER", exporter.address).replace("PROXY", proxy.url))
        time.sleep(seconds)
        with proxy.lock:
            return tuple(proxy.acknowledged)
    finally:
        stack.close()


@functools.lru_cache(maxsize=1)
def size_of(bodies: tuple[bytes, ...]) -> tuple[int, int]:
    """Samples and series of a recording."""
    samples, series = 0, set()
    for body in bodies:
        for labels, _, _ in remote_write.samples(body):
            samples += 1
            series.add(labels)
    return samples, len(series)


def measure(peer: Peer, settings: Settings) -> dict:
    bodies = recording(settings.steps)
    samples, series = size_of(bodies)
    with Session(peer) as session:
        cpu = session.server.cpu_seconds()
        for body in bodies:
            status, text = servers.http(session.url + "/api/v1/write", data=body, headers=HEADERS)
            if status // 100 != 2:
                raise RuntimeError(f"{peer.name}: {status} {text!r}")
        time.sleep(1)
        cpu = session.server.cpu_seconds() - cpu
        return session.at_rest(samples) | {
            "samples": samples, "series": series, "CPU s/M samples": cpu / samples * MEGA}
