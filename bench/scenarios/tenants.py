"""Many tenants of few series each: what they take in memory and while nothing happens, and how soon they answer again after a clean
stop and after kill -9. `--hosts` is the number of all series in hundreds, `--tenants` what they are divided among."""
import time

from measuring import restart
from measuring.load import Load, past_load
from measuring.peers import Peer
from measuring.queries import Client, count_path
from measuring.session import Session, Settings

IDLE_SECONDS = 30
SETTLE_SECONDS = 10
ASKED = 5


def measure(peer: Peer, settings: Settings) -> dict:
    with Session(peer) as session:
        load = past_load(settings.hosts, settings.steps + 1, tenants=settings.tenants)
        first = session.phase(load, 0, 1)
        rest = session.phase(load, 1, settings.steps - 1)
        memory = session.memory()
        figures = (memory.per_series(load.series) | {"first step, CPU s/M samples": first.cpu()["CPU s/M samples"]} | rest.cpu()
                   | first_and_last(first.write_p99_ms, rest.write_p99_ms) | idle("loaded", session))
        figures |= restart.stop(session.server)
        figures |= started(session, load, settings.steps, "clean stop") | idle("after a clean stop", session)
        load.send(session.url, settings.steps, 1)
        session.server.kill()
        figures |= started(session, load, settings.steps + 1, "kill -9") | restart.replay_figures(session.server)
        return figures | idle("after kill -9", session) | memory.whole()


def first_and_last(first_ms: float, rest_ms: float) -> dict[str, float]:
    return {"first step, write p99 ms": first_ms, "write p99 ms": rest_ms}


def started(session: Session, load: Load, steps: int, what: str) -> dict:
    """Until several tenants, the first and the last among them, have all samples of a series."""
    asked = [(f"tenant_{tenant}", count_path(series_of(load, tenant), load, steps)) for tenant in chosen(load.tenants)]

    def answer() -> float | None:
        values = [restart.value_of(Client(session.url, tenant=tenant), path) for tenant, path in asked]
        return None if None in values else sum(values)

    return restart.start(session.server, answer, len(asked) * steps).figures(f"start after {what}")


def chosen(tenants: int) -> list[int]:
    return sorted({number * (tenants - 1) // (ASKED - 1) for number in range(ASKED)})


def series_of(load: Load, tenant: int) -> str:
    first_host = tenant * -(-load.hosts // load.tenants)
    return f'temperature_celsius{{instance="host_{first_host}:9100",sensor="sensor1"}}'


def idle(when: str, session: Session) -> dict[str, float]:
    """CPU while nothing happens, in percent of a core, once the server has settled."""
    time.sleep(SETTLE_SECONDS)
    began, cpu = time.monotonic(), session.server.cpu_seconds()
    time.sleep(IDLE_SECONDS)
    used = session.server.cpu_seconds() - cpu
    return {f"idle CPU {when}, % of a core": 100 * used / (time.monotonic() - began),
            f"memory {when}, MB": session.server.resident_bytes() / 1e6}
