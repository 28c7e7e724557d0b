"""Many series: the step that makes them, the steps after it, and how soon samples are visible while more steps arrive as fast as
they are taken."""
from measuring import probe
from measuring.load import Load, past_load
from measuring.peers import Peer
from measuring.session import Session, Settings

PROBED_STEPS = 5


def measure(peer: Peer, settings: Settings) -> dict:
    with Session(peer) as session:
        steps = max(2, settings.steps)
        load = past_load(settings.hosts, steps + PROBED_STEPS)
        first = session.phase(load, 0, 1)
        rest = session.phase(load, 1, steps - 1)
        memory = session.memory()
        return (rest.cpu() | {"first step, CPU s/M samples": first.cpu()["CPU s/M samples"],
                              "first step, s": first.first_step_seconds,
                              "first step, write p99 ms": first.write_p99_ms}
                | rest.pace() | memory.per_series(load.series) | memory.whole()
                | {"written, B/sample": session.written_bytes(settings) / (first.samples + rest.samples)}
                | probed(session, load, steps))


def probed(session: Session, load: Load, first_step: int) -> dict:
    """Freshness, in steps of their own so that its queries are in no CPU figure."""
    prober = probe.Probe(session.url)
    prober.once()
    with load.sending(session.url, first_step, PROBED_STEPS) as running:
        figures = probe.figures_while(prober, running.going_on)
        running.result()
    return figures
