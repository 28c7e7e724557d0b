"""One server from empty to measured."""
import contextlib
import dataclasses
import time

from . import peers
from .figures import Memory, Phase
from .load import Load
from .peers import Peer, servers


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a run is told: the scenario's own numbers where the command line says nothing."""
    hosts: int
    steps: int
    seconds: float
    samples_per_second: int
    query_runs: int
    settle_s: float
    tenants: int


class Session(contextlib.AbstractContextManager):
    """A freshly started server and its books. CPU is read between phases, a second after each, so that work which was put off
    for a moment is counted where it belongs."""

    def __init__(self, peer: Peer):
        self.peer = peer
        self.stack = servers.Servers()
        try:
            self.server = peer.start(self.stack)
        except BaseException:
            self.stack.close()
            raise
        self.url = self.server.url
        self.start_bytes = self.server.resident_bytes()
        self.start_written = self.server.written_bytes()

    def __exit__(self, *_) -> None:
        self.stack.close()

    def phase(self, load: Load, first_step: int, steps: int) -> Phase:
        """Sends steps [first_step, first_step + steps) and accounts for them."""
        cpu = self.server.cpu_seconds()
        sent = load.send(self.url, first_step, steps)
        time.sleep(1)
        return Phase(sent["samples"], sent["new_series"], sent["seconds"], sent["first_step_seconds"], sent["p99_ms"],
                     self.server.cpu_seconds() - cpu)

    def written_bytes(self, settings: Settings) -> int:
        """Written to disk since the start, once the server had time to write what it keeps back for some seconds."""
        time.sleep(settings.settle_s)
        return self.server.written_bytes() - self.start_written

    def memory(self) -> Memory:
        return Memory(self.start_bytes, self.server.resident_bytes(), self.server.resident_peak_bytes())

    def at_rest(self, samples: int) -> dict[str, float]:
        return peers.at_rest(self.peer, self.server, samples)
