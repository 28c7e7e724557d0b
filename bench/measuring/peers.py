"""The servers that are compared: how each is started, brought to rest and named."""
import dataclasses
import functools
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
for folder in (str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "services")):
    if folder not in sys.path:
        sys.path.insert(0, folder)
import packages  # noqa: E402
import servers  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Peer:
    """One of the servers. `data` is what it keeps at rest, below its directory; `blocks` is that without a log whose last segment
    is kept whatever it holds."""
    name: str
    start: Callable[[servers.Servers], servers.Server]
    data: str
    blocks: str
    version: Callable[[], str]


def first_line(command: list) -> str:
    """The first line that a program prints, or nothing where it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return (done.stdout or done.stderr).partition("\n")[0].strip()


@functools.cache
def newest(name: str) -> pathlib.Path | None:
    """The program of a peer as the Go module proxy has it, built by the first call; none where that fails, and Debian's then serves."""
    build = {"prometheus": packages.prometheus, "victoria-metrics": packages.victoria_metrics}[name]
    try:
        return build()
    except packages.RegistryMissing as missing:
        print(f"{name}: measured as the installed package has it, years old: {missing}", file=sys.stderr, flush=True)
        return None


def newest_vmalert() -> pathlib.Path:
    """What evaluates rules for VictoriaMetrics, a process of its own."""
    return packages.vmalert()


def newest_vmagent() -> pathlib.Path:
    """What takes samples for VictoriaMetrics and aggregates them, a process of its own."""
    return packages.vmagent()


def version_of(name: str, module_version: str) -> str:
    """What a table's head calls a peer."""
    if newest(name):
        return f"{name} {module_version}"
    installed = first_line(["dpkg-query", "-W", "-f", "${Version}\n", name])
    return f"{name} {installed or 'of unknown version'}"


PEERS = {peer.name: peer for peer in (
    Peer("weir", lambda stack: stack.weir(), "data", "data/store", lambda: first_line([servers.WEIR, "--version"])),
    Peer("prometheus",
         lambda stack, config="": stack.prometheus(config, "--web.enable-remote-write-receiver", "--web.enable-admin-api",
                                        "--storage.tsdb.retention.time=100y", program=newest("prometheus")),
         "data/snapshots", "data/snapshots", lambda: version_of("prometheus", packages.PROMETHEUS)),
    Peer("victoria-metrics", lambda stack: stack.victoria_metrics(program=newest("victoria-metrics")), "data", "data",
         lambda: version_of("victoria-metrics", packages.VICTORIA_METRICS)),
)}
SERVERS = tuple(PEERS)  # the others are arrangements of these programs, which their scenarios start
PEERS |= {name: dataclasses.replace(PEERS["victoria-metrics"], name=name)
          for name in ("victoria-metrics-windows", "vmagent-windows")}


def disk_bytes(path: pathlib.Path) -> int:
    """Bytes allocated on disk, as du counts them; files that go away meanwhile count nothing."""
    total = 0
    for entry in path.rglob("*"):
        try:
            total += entry.stat().st_blocks * 512 if entry.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def wait_until_still(path: pathlib.Path, seconds_max: float = 120) -> int:
    """Bytes on disk once they have stayed the same for five seconds."""
    deadline = time.monotonic() + seconds_max
    size, since = disk_bytes(path), time.monotonic()
    while time.monotonic() < deadline and time.monotonic() - since < 5:
        time.sleep(1)
        if (now := disk_bytes(path)) != size:
            size, since = now, time.monotonic()
    return size


def ask_for_rest(server: servers.Server) -> None:
    """Asks for the resting form of the data. Prometheus writes a block when its samples stop being the head, so a snapshot,
    which has the head as a block, stands for what there will be."""
    if server.name == "weir":
        status, body = servers.http(server.url + "/api/v2/admin/compact", data=b"", timeout=600)
        if status != 200:
            raise RuntimeError(f"compact: {status} {body!r}")
        time.sleep(12)  # the log is trimmed every ten seconds
    if server.name == "prometheus":
        servers.http(server.url + "/api/v1/admin/tsdb/snapshot", data=b"", timeout=600)
    if server.name == "victoria-metrics":
        servers.http(server.url + "/internal/force_flush")
        servers.http(server.url + "/internal/force_merge")
        time.sleep(5)


def at_rest(peer: Peer, server: servers.Server, samples: int) -> dict[str, float]:
    """Bytes on disk of the data in its resting form."""
    ask_for_rest(server)
    return {"disk at rest, B/sample": wait_until_still(server.directory / peer.data) / samples,
            "of it blocks, B/sample": disk_bytes(server.directory / peer.blocks) / samples}
