"""What arriving samples cost the readers: the same queries of an hour of data idle, then while samples of the same
series arrive."""
import time

from measuring import queries
from measuring.load import live_load, live_steps, past_load
from measuring.peers import Peer
from measuring.session import Session, Settings

ASKED = ("instant, one series", "rate of one host, 1 h", "sum by (instance) (rate), all hosts, 1 h")


def measure(peer: Peer, settings: Settings) -> dict:
    with Session(peer) as session:
        hour = past_load(settings.hosts, settings.steps)
        hour.send(session.url, 0, settings.steps)
        time.sleep(settings.settle_s)
        asked = queries.paths(hour, settings.steps, ASKED)
        queries.check_answers(queries.Client(session.url), asked)
        until = time.monotonic() + settings.seconds
        idle = queries.time_while(session.url, asked, lambda: time.monotonic() < until)
        live = live_load(settings.hosts, settings.samples_per_second)
        with live.sending(session.url, 0, live_steps(live, settings.seconds)) as running:
            busy = queries.time_while(session.url, asked, running.going_on)
            sent = running.result()
        return compared(idle, busy) | {"samples/s": sent["samples"] / sent["seconds"], "write p99 ms": sent["p99_ms"]}


def compared(idle: dict, busy: dict) -> dict:
    """The ratios first: they are what arriving samples cost."""
    ratios = {f"{name}, p99 busy / idle": busy[name]["p99"] / idle[name]["p99"] for name in idle}
    times = {f"{name}, {q} ms {state}": figures[name][q]
             for name in idle for q in ("p50", "p99") for state, figures in (("idle", idle), ("busy", busy))}
    asked = {"queries asked idle": sum(of["asked"] for of in idle.values()),
             "queries asked busy": sum(of["asked"] for of in busy.values())}
    return ratios | times | asked
