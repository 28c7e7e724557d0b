"""Series that come and go: every step replaces a tenth of the hosts by new ones. The first step, where all are new, is apart."""
from measuring.load import past_load
from measuring.peers import Peer
from measuring.session import Session, Settings

CHURN_PERCENT = 10


def measure(peer: Peer, settings: Settings) -> dict:
    with Session(peer) as session:
        steps = max(2, settings.steps)
        load = past_load(settings.hosts, steps, CHURN_PERCENT)
        first = session.phase(load, 0, 1)
        rest = session.phase(load, 1, steps - 1)
        memory = session.memory()
        series_ever = first.new_series + rest.new_series
        return (rest.cpu() | {"first step, CPU s/M samples": first.cpu()["CPU s/M samples"]} | rest.pace()
                | {"active series": load.series, "series ever seen": series_ever}
                | memory.per_series(load.series, "active series") | memory.per_series(series_ever, "series ever seen")
                | memory.whole() | {"written, B/sample": session.written_bytes(settings) / (first.samples + rest.samples)})
