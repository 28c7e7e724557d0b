"""Runs weir_load: whole loads, phases of one load, and a load that goes on while something else is measured."""
import contextlib
import dataclasses
import json
import subprocess
import time
from collections.abc import Iterator

from .peers import ROOT

PROGRAM = ROOT / "build" / "release" / "bench" / "weir_load"
SERIES_PER_HOST = 100
STEP_MS = 10_000
WRITE_PATH = "/api/v1/write"
STARTS_IN_S = 3  # until a load is ready to send


@dataclasses.dataclass(frozen=True)
class Load:
    """A deterministic load; its phases are ranges of its steps."""
    hosts: int
    start_ms: int
    step_ms: int = STEP_MS
    churn_percent: float = 0
    samples_per_second: int = 0
    tenants: int = 0  # that the hosts are divided among, see tenant_of; 0 names none
    connections: int = 0  # 0: as many as weir_load takes by itself

    @property
    def series(self) -> int:
        """Series that are sent at each step."""
        return self.hosts * SERIES_PER_HOST

    def time_s(self, step: int) -> float:
        return (self.start_ms + step * self.step_ms) / 1000

    def command(self, url: str, first_step: int, steps: int) -> list:
        return [str(part) for part in (
            PROGRAM, url + WRITE_PATH, "--hosts", self.hosts, "--first-step", first_step, "--steps", steps,
            "--start-ms", self.start_ms, "--step-ms", self.step_ms, "--churn-percent", self.churn_percent,
            "--samples-per-second", self.samples_per_second, "--tenants", self.tenants,
            *(("--connections", self.connections) if self.connections else ()))]

    def send(self, url: str, first_step: int, steps: int) -> dict:
        """Sends a phase and returns what weir_load prints of it."""
        with self.sending(url, first_step, steps) as running:
            return running.result()

    @contextlib.contextmanager
    def sending(self, url: str, first_step: int, steps: int) -> Iterator["Running"]:
        """A phase that goes on meanwhile; it is ended with the block."""
        process = subprocess.Popen(self.command(url, first_step, steps), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        try:
            yield Running(process)
        finally:
            process.kill()
            process.communicate()


class Running:
    """A weir_load at work."""

    def __init__(self, process: subprocess.Popen):
        self.process = process

    def going_on(self) -> bool:
        return self.process.poll() is None

    def ended(self) -> dict:
        """Ends it now, with what it has sent."""
        self.process.terminate()
        return self.result()

    def result(self) -> dict:
        """Waits for the end."""
        output, errors = self.process.communicate()
        if self.process.returncode != 0:
            raise RuntimeError(f"weir_load: {self.process.returncode}: {errors.strip() or output.strip()}")
        return json.loads(output)


def past_load(hosts: int, steps: int, churn_percent: float = 0, tenants: int = 0, step_ms: int = STEP_MS) -> Load:
    """A load whose `steps` end now."""
    start_ms = (int(time.time() * 1000) - steps * step_ms) // step_ms * step_ms
    return Load(hosts, start_ms, step_ms, churn_percent, tenants=tenants)


def live_load(hosts: int, samples_per_second: int) -> Load:
    """A load at a rate whose samples have the time at which they are sent."""
    step_ms = max(1, hosts * SERIES_PER_HOST * 1000 // samples_per_second)
    begin_s = time.time() + STARTS_IN_S
    return Load(hosts, int(begin_s * 1000), step_ms, samples_per_second=samples_per_second)


def live_steps(load: Load, seconds: float) -> int:
    """The steps of a live load that take `seconds`."""
    return max(2, int(seconds * load.samples_per_second / load.series))
