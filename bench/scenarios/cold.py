"""What a new series costs: all are new, and each has one sample."""
from measuring.load import past_load
from measuring.peers import Peer
from measuring.session import Session, Settings


def measure(peer: Peer, settings: Settings) -> dict:
    with Session(peer) as session:
        load = past_load(settings.hosts, 1)
        phase = session.phase(load, 0, 1)
        memory = session.memory()
        return ({"CPU µs per new series": phase.cpu_seconds / load.series * 1e6} | memory.per_series(load.series)
                | {"new series": phase.new_series, "new series/s": phase.new_series / phase.load_seconds,
                   "write p99 ms": phase.write_p99_ms, "written, bytes per series": session.written_bytes(settings) / load.series}
                | memory.whole())
