"""Hours of the past as fast as they are taken, then kill -9 in the moment of an acknowledgement: how soon there is a right answer
again, where that time goes, and what is missing; then a clean stop and the start after it, and what the data takes at rest."""
import time

from measuring import restart
from measuring.load import Load, past_load
from measuring.peers import Peer
from measuring.queries import Client, count_path, count_samples
from measuring.session import Session, Settings

ONE_SERIES = 'temperature_celsius{instance="host_1:9100",sensor="sensor1"}'
VISIBLE_SECONDS_MAX = 120


def measure(peer: Peer, settings: Settings) -> dict:
    with Session(peer) as session:
        load = past_load(settings.hosts, settings.steps + 1)
        phase = session.phase(load, 0, settings.steps)
        memory = session.memory()
        written = session.written_bytes(settings)
        wait_for_all(session, load, settings.steps, phase.samples)
        acknowledged = phase.samples + load.send(session.url, settings.steps, 1)["samples"]
        journal = restart.journal_bytes(session.server, acknowledged)
        restarts = restarted(session, load, settings.steps + 1)
        kept = count_samples(session.url, load, settings.steps + 1)
        return (phase.cpu() | phase.pace() | memory.per_series(load.series) | memory.whole() | restarts | journal
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


def restarted(session: Session, load: Load, steps: int) -> dict:
    """After kill -9, and after a clean stop right after that, when what was applied from the log is in memory."""
    path = count_path(ONE_SERIES, load, steps)

    def answer() -> float | None:
        return restart.value_of(Client(session.url, timeout=120), path)

    session.server.kill()
    figures = restart.start(session.server, answer, steps).figures("kill -9") | restart.replay_figures(session.server)
    figures |= restart.stop(session.server)
    return figures | restart.start(session.server, answer, steps).figures("start after it")
