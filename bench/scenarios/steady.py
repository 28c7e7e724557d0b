"""The load of an ordinary day: the same series at every step, then the queries of a dashboard."""
from measuring.load import past_load
from measuring.peers import Peer
from measuring.queries import time_queries
from measuring.session import Session, Settings


def measure(peer: Peer, settings: Settings) -> dict:
    with Session(peer) as session:
        load = past_load(settings.hosts, settings.steps)
        phase = session.phase(load, 0, settings.steps)
        memory = session.memory()
        written = session.written_bytes(settings)
        queries = time_queries(session.url, load, settings.steps, settings.query_runs)
        return (phase.cpu() | {"first step, s": phase.first_step_seconds} | phase.pace() | memory.per_series(load.series)
                | memory.whole() | {"written, B/sample": written / phase.samples} | session.at_rest(phase.samples)
                | queries)
