"""Figures of a server process: CPU by phase, and memory."""
import dataclasses

MEGA = 1e6


def percentile(values: list[float], q: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


@dataclasses.dataclass(frozen=True)
class Phase:
    """What one phase of a load took."""
    samples: int
    new_series: int
    load_seconds: float
    first_step_seconds: float
    write_p99_ms: float
    cpu_seconds: float

    def cpu(self) -> dict[str, float]:
        return {"CPU s/M samples": self.cpu_seconds / self.samples * MEGA}

    def pace(self) -> dict[str, float]:
        return {"samples": self.samples, "samples/s": self.samples / self.load_seconds, "write p99 ms": self.write_p99_ms}


@dataclasses.dataclass(frozen=True)
class Memory:
    """Resident bytes: right after the start, at the end of the load, and the most there has been."""
    start: int
    end: int
    peak: int

    def per_series(self, series: int, what: str = "series") -> dict[str, float]:
        """What came with the series, so without the process itself."""
        return {f"memory per {what}, bytes": (self.end - self.start) / series,
                f"peak memory per {what}, bytes": (self.peak - self.start) / series}

    def whole(self) -> dict[str, float]:
        return {"memory at start, MB": self.start / MEGA, "memory at end, MB": self.end / MEGA,
                "memory peak, MB": self.peak / MEGA}
