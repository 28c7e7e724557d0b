"""Hours of the past as fast as they are taken, then kill -9 in the moment of an acknowledgement: how soon there is a right answer
again, what is missing, and what the data takes at rest."""
import http.client
import time

from measuring.load import Load, past_load
from measuring.peers import Peer
from measuring.queries import Client, count_path, count_samples
from measuring.session import Session, Settings

ONE_SERIES = 'temperature_celsius{instance="host_1:9100",sensor="sensor1"}'
RESTART_SECONDS_MAX = 60
VISIBLE_SECONDS_MAX = 120


def measure(peer: Peer, settings: Settings) -> dict:
    with Session(peer) as session:
        load = past_load(settings.hosts, settings.steps + 1)
        phase = session.phase(load, 0, settings.steps)
        memory = session.memory()
        written = session.written_bytes(settings)
        wait_for_all(session, load, settings.steps, phase.samples)
        acknowledged = phase.samples + load.send(session.url, settings.steps, 1)["samples"]
        restart = killed(session, load, settings.steps + 1)
        kept = count_samples(session.url, load, settings.steps + 1)
        return (phase.cpu() | phase.pace() | memory.per_series(load.series) | memory.whole() | restart
                | {"written, B/sample": written / phase.samples,
                   "acknowledged samples missing after it": acknowledged - kept}
                | session.at_rest(acknowledged))


def wait_for_all(session: Session, load: Load, steps: int, samples: int) -> None:
    """Waits until the server counts all that it acknowledged: what is missing after the kill has then been there before it, but
    for the last step."""
    deadline = time.monotonic() + VISIBLE_SECONDS_MAX
    while (counted := count_samples(session.url, load, steps)) != samples:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{session.peer.name}: {counted} of {samples} samples visible after {VISIBLE_SECONDS_MAX} s")
        time.sleep(1)


def killed(session: Session, load: Load, steps: int) -> dict:
    """Seconds from kill -9 to the first answer that has samples, and to the right one; none where it does not come in a minute."""
    killed_at = time.monotonic()
    session.server.kill()
    session.server.launch()
    path = count_path(ONE_SERIES, load, steps)
    first = None
    while time.monotonic() - killed_at < RESTART_SECONDS_MAX:
        value = ask(session.url, path)
        if value is not None and first is None:
            first = time.monotonic() - killed_at
        if value == steps:
            return restart_figures(first, time.monotonic() - killed_at)
        if session.server.process.poll() is not None:
            raise RuntimeError(f"{session.peer.name} ended after kill -9:\n{session.server.log_tail()}")
        time.sleep(0.01)
    return restart_figures(first, None)


def ask(url: str, path: str) -> float | None:
    """The answer of a server that may not be up yet."""
    try:
        return Client(url, timeout=120).value(path)
    except (OSError, http.client.HTTPException, RuntimeError):
        return None


def restart_figures(first: float | None, right: float | None) -> dict:
    return {"kill -9 to an answer, s": first, "kill -9 to a right answer, s": right}
