"""How soon an acknowledged sample can be read while others arrive at a rate, with the time at which they are sent."""
from measuring import probe
from measuring.load import live_load, live_steps
from measuring.peers import Peer
from measuring.session import Session, Settings


def measure(peer: Peer, settings: Settings) -> dict:
    with Session(peer) as session:
        prober = probe.Probe(session.url)
        new_series_ms = prober.once()
        load = live_load(settings.hosts, settings.samples_per_second)
        with load.sending(session.url, 0, live_steps(load, settings.seconds)) as running:
            figures = probe.figures_while(prober, running.going_on)
            sent = running.result()
        return figures | {"acknowledged to visible, new series, ms": new_series_ms, "write p99 ms": sent["p99_ms"],
                          "samples/s": sent["samples"] / sent["seconds"]}
