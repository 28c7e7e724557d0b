"""Sparse history beside the present: a sample of each series a day, day by day, as fast as they are taken, while a thousand series
of now are sent once a second. Each old sample is alone in its window: the worst case for the head. Tells what it does to the writes
of now, and how much memory is given back."""
import time

from measuring.load import live_load, past_load
from measuring.peers import Peer
from measuring.session import Session, Settings

DAY_MS = 24 * 3600 * 1000
CURRENT_HOSTS = 10
CURRENT_PER_SECOND = 1_000
ALONE_SECONDS = 20
AFTER_SECONDS = 60
STEPS_MAX = 3_600  # of now; the end of the old ones comes first


def measure(peer: Peer, settings: Settings) -> dict:
    with Session(peer) as session:
        alone = live_load(CURRENT_HOSTS, CURRENT_PER_SECOND).send(session.url, 0, ALONE_SECONDS)
        old = past_load(settings.hosts, settings.steps, step_ms=DAY_MS)
        with live_load(CURRENT_HOSTS, CURRENT_PER_SECOND).sending(session.url, 0, STEPS_MAX) as now:
            phase = session.phase(old, 0, settings.steps)
            beside = now.ended()
        peak = session.server.resident_peak_bytes()
        time.sleep(AFTER_SECONDS)
        return ({"seconds": phase.load_seconds} | phase.cpu() | phase.pace() | latencies("alone", alone)
                | latencies("beside", beside)
                | {"memory at start, MB": session.start_bytes / 1e6, "memory peak, MB": peak / 1e6,
                   f"memory {AFTER_SECONDS} s later, MB": session.server.resident_bytes() / 1e6})


def latencies(how: str, sent: dict) -> dict[str, float]:
    return {f"writes of now {how}, p50 ms": sent["p50_ms"], f"writes of now {how}, p99 ms": sent["p99_ms"]}
