"""Brings what the package registries hold of servers that Debian has no package of, into a cache of this user."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "weir" / "services"

# What clients say when a registry cannot be reached or does not have a package; anything else is a fault of ours.
REGISTRY_MISSING = (
    "Could not transfer", "Could not find artifact", "was not found in", "Unknown host", "Connection refused", "timed out",
    "no such host", "i/o timeout", "ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN", "E404", "E403", "ERR_SOCKET_TIMEOUT",
    "No matching distribution",
)

KAFKA = ["org.apache.kafka:kafka_2.13:3.9.1", "org.slf4j:slf4j-reload4j:1.7.36", "ch.qos.reload4j:reload4j:1.2.25"]
PROMETHEUS = "v0.316.0"  # as the Go module proxy numbers it; tests/e2e/promql/known_failures.txt goes with it
VICTORIA_METRICS = "v1.150.0"
ALERTMANAGER = "v0.34.1"
TELEGRAF = "v1.37.2"
INFLUXDB_CLIENT = ["influxdb-client==1.50.0", "reactivex==4.1.0", "urllib3==2.6.3", "python-dateutil==2.9.0.post0"]
APICURIO = "io.apicurio:apicurio-registry-app:3.0.9:tar.gz:all"


class RegistryMissing(Exception):
    """The package registry is not there: the tests that need this server are skipped, and say so."""


def fetch(command: list, directory: pathlib.Path) -> str:
    """What the command prints."""
    outcome = subprocess.run([str(part) for part in command], cwd=directory, capture_output=True, text=True)
    if outcome.returncode == 0:
        return outcome.stdout
    text = outcome.stdout + outcome.stderr
    if any(sign in text for sign in REGISTRY_MISSING):
        raise RegistryMissing(f"{command[0]}: {text.strip().splitlines()[-1][:300]}")
    sys.exit(f"{' '.join(map(str, command))} failed:\n{text}")


def cached(name: str, make) -> pathlib.Path:
    """The directory CACHE/name, filled by make(directory) when it is not there; it appears whole or not at all."""
    final = CACHE / name
    if final.exists():
        return final
    CACHE.mkdir(parents=True, exist_ok=True)
    partial = CACHE / f"{name}.{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        make(partial)
        partial.rename(final)
    except OSError:
        if not final.exists():  # else another process was faster
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return final


def kafka_jars() -> pathlib.Path:
    """Apache Kafka's server with all that it needs, from Maven's registry."""

    def make(directory: pathlib.Path) -> None:
        dependencies = "".join(
            "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>".format(*name.split(":"))
            for name in KAFKA
        )
        (directory / "pom.xml").write_text(
            '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>weir</groupId>'
            f"<artifactId>services</artifactId><version>1</version><dependencies>{dependencies}</dependencies></project>"
        )
        fetch(["mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=libs"], directory)

    return cached("kafka-" + KAFKA[0].split(":")[2], make) / "libs"


def apicurio() -> pathlib.Path:
    """Apicurio Registry, which speaks the Schema Registry's REST API under /apis/ccompat/v7."""

    def make(directory: pathlib.Path) -> None:
        fetch(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={APICURIO}", "-DoutputDirectory=."], directory)
        archive = next(directory.glob("*.tar.gz"))
        with tarfile.open(archive) as tar:
            tar.extractall(directory, filter="data")
        archive.unlink()

    return cached("apicurio-" + APICURIO.split(":")[2], make)


def pglite() -> pathlib.Path:
    """PostgreSQL with TimescaleDB as a package of Node.js, beside the bridge that lets libpq speak to it."""
    lock = (HERE / "timescale" / "package-lock.json").read_bytes()

    def make(directory: pathlib.Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "timescale" / name, directory)
        fetch(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], directory)

    import hashlib

    return cached("pglite-" + hashlib.sha256(lock).hexdigest()[:12], make)


def promql_scripts() -> pathlib.Path:
    """The scripts that Prometheus tests its PromQL engine with, from the Go module proxy."""

    def make(directory: pathlib.Path) -> None:
        for script in prometheus_source().glob("promql/promqltest/testdata/*.test"):
            shutil.copy(script, directory)

    return cached(f"promql-scripts-{PROMETHEUS}", make)


def prometheus() -> pathlib.Path:
    """The program of a Prometheus 3, built from the Go module proxy; Debian's is a 2. It cannot discover targets in clouds, whose
    clients are most of what a whole build compiles, and has no pages."""
    return go_program("prometheus", PROMETHEUS, prometheus_source, "./cmd/prometheus", "-tags", "remove_all_sd")


def promtool() -> pathlib.Path:
    """The tool that comes with that Prometheus, built likewise."""
    return go_program("promtool", PROMETHEUS, prometheus_source, "./cmd/promtool", "-tags", "remove_all_sd")


def victoria_metrics() -> pathlib.Path:
    """The program of a current VictoriaMetrics, built from the Go module proxy; Debian's is of 2022."""
    return go_program("victoria-metrics", VICTORIA_METRICS, victoria_metrics_source, "./app/victoria-metrics")


def vmalert() -> pathlib.Path:
    """What evaluates rules over a VictoriaMetrics."""
    return go_program("vmalert", VICTORIA_METRICS, victoria_metrics_source, "./app/vmalert")


def vmagent() -> pathlib.Path:
    """What takes samples for a VictoriaMetrics, and may aggregate them on the way."""
    return go_program("vmagent", VICTORIA_METRICS, victoria_metrics_source, "./app/vmagent")


def victoria_metrics_source() -> pathlib.Path:
    return go_module("github.com/VictoriaMetrics/VictoriaMetrics", VICTORIA_METRICS)


def alertmanager() -> pathlib.Path:
    """The program of an Alertmanager, built from the Go module proxy, without pages: the module has none that are built."""

    def make(directory: pathlib.Path) -> None:
        source = directory / "source"
        fetch(["cp", "-r", "--no-preserve=mode", go_module("github.com/prometheus/alertmanager", ALERTMANAGER), source], HERE)
        (source / "ui" / "app" / "dist").mkdir(exist_ok=True)
        (source / "ui" / "app" / "dist" / "index.html").touch()
        fetch(["env", "GOWORK=off", "GOFLAGS=-mod=readonly", go(), "build", "-ldflags", "-s -w", "-o", directory,
               "./cmd/alertmanager"], source)
        shutil.rmtree(source)

    return cached(f"alertmanager-{ALERTMANAGER}", make) / "alertmanager"


def telegraf() -> pathlib.Path:
    """The program of a Telegraf with few plugins: whole, it has hundreds, with the clients of as many services."""
    plugins = ["inputs.cpu", "inputs.mem", "inputs.file", "outputs.file", "outputs.influxdb", "outputs.influxdb_v2",
               "parsers.influx", "serializers.influx"]
    return go_program("telegraf", TELEGRAF, telegraf_source, "./cmd/telegraf", "-tags", ",".join(["custom", *plugins]))


def telegraf_source() -> pathlib.Path:
    return go_module("github.com/influxdata/telegraf", TELEGRAF)


def influxdb_client() -> pathlib.Path:
    """The directory of InfluxDB's client library for Python with what it needs, from PyPI, for `sys.path`."""

    def make(directory: pathlib.Path) -> None:
        fetch([sys.executable, "-m", "venv", directory / "venv"], HERE)
        fetch([directory / "venv" / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--target",
               directory / "packages", *INFLUXDB_CLIENT], HERE)
        shutil.rmtree(directory / "venv")

    return cached("influxdb-client-" + INFLUXDB_CLIENT[0].split("==")[1], make) / "packages"


def prometheus_source() -> pathlib.Path:
    return go_module("github.com/prometheus/prometheus", PROMETHEUS)


def go_program(name: str, version: str, source, package: str, *flags: str) -> pathlib.Path:
    """The program that a package of the module whose directory source() gives builds."""

    def make(directory: pathlib.Path) -> None:
        known = fetch([go(), "env", "GOVERSION"], HERE).strip()
        if known.startswith("go1.") and int(known.split(".")[1]) < 21:
            raise RegistryMissing(f"{known} is too old to fetch the Go that {name} {version} is written in")
        # Where its own go.mod is, so that what that excludes and replaces counts; a go.work names folders that are not published.
        fetch(["env", "GOWORK=off", "GOFLAGS=-mod=readonly", go(), "build", *flags, "-ldflags", "-s -w",
               "-o", directory / name, package], source())

    return cached(f"{name}-{version}", make) / name


def go_module(path: str, version: str) -> pathlib.Path:
    """The directory that Go keeps its source in."""
    return pathlib.Path(json.loads(fetch([go(), "mod", "download", "-json", f"{path}@{version}"], HERE))["Dir"])


def go() -> str:
    program = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin:/usr/lib/go/bin")
    if program is None:
        sys.exit("go is not installed: run make test, or tools/install.sh test")
    return program
