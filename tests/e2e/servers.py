"""Starts and stops the servers that the end-to-end tests and benchmarks need, on free loopback ports."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEIR = pathlib.Path(os.environ.get("WEIR_BINARY", ROOT / "build" / "release" / "weir"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def http(url: str, data: bytes | None = None, headers: dict | None = None, timeout: float = 30,
         method: str | None = None) -> tuple[int, bytes]:
    """Status and body; an HTTP error is an answer, a lost connection raises OSError."""
    request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def scrape_config(interval: str) -> str:
    """Of a Prometheus that scrapes EXPORTER and itself."""
    return f"""
global: {{scrape_interval: {interval}, scrape_timeout: {interval}}}
scrape_configs:
  - job_name: node
    static_configs: [{{targets: ["EXPORTER"]}}]
  - job_name: prometheus
    static_configs: [{{targets: ["SELF"]}}]
"""


class Server:
    """One process with its log file, in a directory of its own that lives as long as the object."""

    def __init__(self, name: str, command: list[str], ready: str | Callable[[], bool], directory: pathlib.Path):
        """`ready`: a URL that answers 200 once the server is up, or a function that says so."""
        self.name, self.command, self.ready, self.directory = name, command, ready, directory
        self.process: subprocess.Popen | None = None
        self.log_path = directory / f"{name}.log"

    def start(self, seconds: float = 60) -> None:
        self.launch()
        self.wait_ready(seconds)

    def launch(self) -> None:
        with open(self.log_path, "ab") as output:
            self.process = subprocess.Popen(self.command, stdout=output, stderr=output, cwd=self.directory)

    def wait_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.log_tail()}")
            with contextlib.suppress(OSError):
                if self.ready() if callable(self.ready) else http(self.ready, timeout=2)[0] == 200:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"{self.name} was not ready after {seconds} s:\n{self.log_tail()}")

    def log_tail(self) -> str:
        return self.log_path.read_text(errors="replace")[-4000:] if self.log_path.exists() else ""

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def freeze(self) -> None:
        """Stops the process without ending it: it keeps its connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self, seconds: float = 30) -> int:
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else 0
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL

    def cpu_seconds(self) -> float:
        """User and system time of the process, threads that have ended included, to the nanosecond: /proc counts hundredths."""
        return time.clock_gettime(~self.process.pid << 3 | 2)  # the clock that clock_getcpuclockid(3) gives

    def resident_bytes(self) -> int:
        return self.status_bytes("VmRSS")

    def resident_peak_bytes(self) -> int:
        return self.status_bytes("VmHWM")

    def status_bytes(self, field: str) -> int:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split(f"{field}:")[1].split()[0]) * 1024

    def written_bytes(self) -> int:
        io = pathlib.Path(f"/proc/{self.process.pid}/io").read_text()
        return int(io.split("write_bytes:")[1].split()[0])


class Servers(contextlib.ExitStack):
    """A temporary directory and the servers started in it; all are stopped at the end."""

    def __init__(self):
        super().__init__()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-e2e-"))
        self.callback(shutil.rmtree, self.directory, ignore_errors=True)

    def add(self, name: str, command: list, ready: str | Callable[[], bool], seconds: float = 60) -> Server:
        """Starts a server in a directory of its own, and waits until it is ready; with `seconds` 0 only launches it."""
        directory = self.directory / name
        directory.mkdir(exist_ok=True)
        server = Server(name, [str(part) for part in command], ready, directory)
        server.launch()
        if seconds > 0:
            server.wait_ready(seconds)
        self.callback(server.stop)
        return server

    def weir(self, port: int | None = None, *flags: str, name: str = "weir") -> Server:
        port = port or free_port()
        server = self.add(
            name,
            [WEIR, "serve", "--data", self.directory / name / "data", "--listen", f"127.0.0.1:{port}", "--collect=off", *flags],
            f"http://127.0.0.1:{port}/readyz",
        )
        server.url = f"http://127.0.0.1:{port}"
        return server

    def node_exporter(self) -> Server:
        port = free_port()
        server = self.add(
            "node_exporter",
            [need("prometheus-node-exporter"), f"--web.listen-address=127.0.0.1:{port}"],
            f"http://127.0.0.1:{port}/",
        )
        server.address = f"127.0.0.1:{port}"
        return server

    def prometheus(self, config: str, *flags: str, program: pathlib.Path | None = None) -> Server:
        """`program`: another than the one that is installed."""
        port = free_port()
        directory = self.directory / "prometheus"
        directory.mkdir(exist_ok=True)
        (directory / "prometheus.yml").write_text(config.replace("SELF", f"127.0.0.1:{port}"))
        server = self.add(
            "prometheus",
            [program or need("prometheus"), f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
             f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn", *flags],
            f"http://127.0.0.1:{port}/-/ready",
        )
        server.url = f"http://127.0.0.1:{port}"
        return server

    def victoria_metrics(self, *flags: str, program: pathlib.Path | None = None) -> Server:
        """`program`: another than the one that is installed."""
        port = free_port()
        directory = self.directory / "victoria-metrics"
        server = self.add(
            "victoria-metrics",
            [program or need("victoria-metrics"), f"-storageDataPath={directory}/data", f"-httpListenAddr=127.0.0.1:{port}",
             "-retentionPeriod=100y", "-loggerLevel=ERROR", *flags],
            f"http://127.0.0.1:{port}/health",
        )
        server.url = f"http://127.0.0.1:{port}"
        return server


def need(program: str) -> str:
    path = shutil.which(program) or shutil.which(program, path="/usr/bin:/usr/sbin:/sbin")
    if path is None:
        sys.exit(f"{program} is not installed: run make test, or tools/install.sh test bench")
    return path
