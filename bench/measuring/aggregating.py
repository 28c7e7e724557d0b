"""Ten streaming aggregations in the spellings of Weir and of VictoriaMetrics, and the processes that make them."""
import contextlib
import dataclasses
import json
import pathlib

from .peers import newest, newest_vmagent, servers

QUANTILES = "(0.5, 0.9, 0.99)"
# What the load's series have and no output has, so that outputs are no inputs.
INPUTS = '{job="devops"}'
# VictoriaMetrics' words where they are not Weir's.
THEIRS = {"count": "count_samples", "sum": "sum_samples", "series": "count_series", "quantile" + QUANTILES: "quantiles" + QUANTILES}


@dataclasses.dataclass(frozen=True)
class Aggregation:
    """One over all series of the load, by some labels or without some; both tell groups apart by the metric's name too."""
    window: str
    outputs: tuple[str, ...]
    by: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """What VictoriaMetrics puts into the names of outputs."""
        return f"by_{'_'.join(self.by)}_" if self.by else f"without_{'_'.join(self.without)}_" if self.without else ""

    def ours(self, number: int) -> dict:
        groups = {"without": list(self.without)} if self.without else {"by": list(self.by)} if self.by else {}
        return {"name": f"a{number}", "match": INPUTS, "window": self.window, "outputs": list(self.outputs),
                "metric": "{metric}:{window}_" + self.kind + "{output}"} | groups

    def theirs(self, enable_windows: bool) -> dict:
        groups = {"without": list(self.without)} if self.without else {"by": list(self.by) or ["__name__"]}
        return {"match": INPUTS, "interval": self.window, "outputs": [THEIRS.get(name, name) for name in self.outputs],
                "enable_windows": enable_windows} | groups


AGGREGATIONS = (
    Aggregation("10s", ("count", "sum")),
    Aggregation("10s", ("min", "max", "avg"), by=("os",)),
    Aggregation("10s", ("count", "sum"), by=("instance",)),
    Aggregation("20s", ("series",), by=("zone",)),
    Aggregation("30s", ("avg", "max"), by=("instance",)),
    Aggregation("30s", ("last",), by=("region",)),
    Aggregation("1m", ("count", "stddev")),
    Aggregation("1m", ("quantile" + QUANTILES,), by=("rack",)),
    Aggregation("1m", ("increase",), without=("instance", "job", "rack")),
    Aggregation("1m", ("increase", "series"), by=("instance",)),
)


def ours() -> str:
    return json.dumps({"aggregations": [one.ours(number) for number, one in enumerate(AGGREGATIONS)]})


def theirs(enable_windows: bool) -> str:
    """`enable_windows`: samples go by their own times, not by when they come. The flag of this name does nothing in single-node 1.150."""
    return json.dumps([one.theirs(enable_windows) for one in AGGREGATIONS])


def total_name(peer: str, window: str, output: str) -> str:
    """A selector of the outputs that are told apart by the metric alone."""
    return '{__name__=~"[a-z_]+:' + f"{window}_{output if peer == 'weir' else THEIRS[output]}" + '"}'


class Arrangement(contextlib.AbstractContextManager):
    """The processes of one peer. `takes` takes samples and aggregates, `answers` answers queries; raw samples are kept as well."""

    def __init__(self, peer: str, aggregating: bool):
        self.stack = servers.Servers()
        try:
            self.takes, self.answers = self.start(peer, aggregating)
        except BaseException:
            self.stack.close()
            raise

    def __exit__(self, *_) -> None:
        self.stack.close()

    def start(self, peer: str, aggregating: bool) -> tuple[servers.Server, servers.Server]:
        if peer == "weir":
            flags = [f"--aggregations.files={self.file(ours())}"] if aggregating else []
            server = self.stack.weir(None, *flags)
            return server, server
        config = self.file(theirs(peer.endswith("-windows")))
        flags = [f"streamAggr.config={config}", "streamAggr.keepInput=true"] if aggregating else []
        if peer.startswith("vmagent"):
            store = self.stack.victoria_metrics(program=newest("victoria-metrics"))
            return self.vmagent(store.url, [f"-remoteWrite.{flag}" for flag in flags]), store
        server = self.stack.victoria_metrics(*(f"-{flag}" for flag in flags), program=newest("victoria-metrics"))
        return server, server

    def vmagent(self, store_url: str, flags: list[str]) -> servers.Server:
        port = servers.free_port()
        server = self.stack.add("vmagent", [newest_vmagent(), f"-remoteWrite.url={store_url}/api/v1/write", "-loggerLevel=ERROR",
                                            "-remoteWrite.tmpDataPath=queue", f"-httpListenAddr=127.0.0.1:{port}", *flags],
                                f"http://127.0.0.1:{port}/health")
        server.url = f"http://127.0.0.1:{port}"
        return server

    def file(self, text: str) -> pathlib.Path:
        path = self.stack.directory / "aggregations.yml"
        path.write_text(text)
        return path

    @property
    def processes(self) -> list[servers.Server]:
        return [self.takes] if self.takes is self.answers else [self.takes, self.answers]

    def cpu_seconds(self) -> float:
        return sum(process.cpu_seconds() for process in self.processes)

    def peak_bytes(self) -> int:
        return sum(process.resident_peak_bytes() for process in self.processes)
