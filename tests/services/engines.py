"""The engines that Weir runs on, as real servers on free loopback ports, each with the address its tests are told."""
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import kafka_security  # noqa: E402
import packages  # noqa: E402
import servers  # noqa: E402

POSTGRES_BIN = pathlib.Path("/usr/lib/postgresql/15/bin")


def accepts(port: int):
    """True once something listens on the port."""

    def ready() -> bool:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True

    return ready


def hold_port() -> socket.socket:
    """A socket bound to a free port, which whoever sets SO_REUSEPORT may bind as well: the port is the tests' for as long as it
    is open."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind(("127.0.0.1", 0))
    return holder


class Kafka:
    """A cluster of Apache Kafka brokers in KRaft mode. `brokers[i]` is a servers.Server: kill, freeze, start it again.

    A single broker has more ways in than the plain one: TLS and SASL (kafka_security.py), and PROXIED, which tells clients to
    come by the port of a proxy that the test puts there."""

    def __init__(self, stack: servers.Servers, count: int = 1, heap: str = "384m"):
        jars = packages.kafka_jars()
        self.ports = [servers.free_port() for _ in range(count)]
        controllers = [servers.free_port() for _ in range(count)]
        self.bootstrap = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        self.secure = self.proxy = None
        if count == 1:
            self.secure = kafka_security.SecureListeners(stack.directory / "kafka-security")
            self.proxied_port, self.proxy = servers.free_port(), stack.enter_context(hold_port())
        voters = ",".join(f"{i + 1}@127.0.0.1:{port}" for i, port in enumerate(controllers))
        cluster_id = "weir-test-cluster-0000"
        java = ["java", f"-Xmx{heap}", "-XX:TieredStopAtLevel=1", "-cp", f"{jars}/*:{HERE}/kafka"]
        users = self.secure.format_options if self.secure else []
        self.brokers = []
        for i in range(count):
            directory = stack.directory / f"kafka-{i + 1}"
            directory.mkdir()
            config = directory / "server.properties"
            config.write_text(self.properties(i + 1, self.ports[i], controllers[i], voters, count, directory))
            subprocess.run([*java, "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(config), *users], check=True,
                           capture_output=True)
            # They elect a controller together, so all are launched before any is waited for.
            self.brokers.append(stack.add(f"kafka-{i + 1}", [*java, "kafka.Kafka", config], accepts(self.ports[i]), seconds=0))
        for broker in self.brokers:
            broker.wait_ready(90)

    def listeners(self, port: int) -> list[tuple[str, str, int, int]]:
        """Name, protocol, port, and the port that clients are told."""
        listeners = [("PLAINTEXT", "PLAINTEXT", port, port)]
        if self.secure:
            listeners += [(name, protocol, self.secure.ports[name], self.secure.ports[name])
                          for name, protocol in self.secure.PROTOCOLS.items()]
            listeners.append(("PROXIED", "PLAINTEXT", self.proxied_port, self.proxy.getsockname()[1]))
        return listeners

    def properties(self, node: int, port: int, controller: int, voters: str, count: int, directory: pathlib.Path) -> str:
        copies, in_sync = min(count, 3), min(count, 2)
        listeners = self.listeners(port)
        return f"""
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners={",".join(f"{name}://127.0.0.1:{own}" for name, _, own, _ in listeners)},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={",".join(f"{name}://127.0.0.1:{told}" for name, _, _, told in listeners)}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,{",".join(f"{name}:{protocol}" for name, protocol, _, _ in listeners)}
log.dirs={directory}/data
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={in_sync}
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
{self.secure.properties() if self.secure else ""}"""

    def environment(self) -> dict:
        environment = {"WEIR_TEST_KAFKA": self.bootstrap}
        if self.secure:
            environment |= self.secure.environment() | {
                "WEIR_TEST_KAFKA_PROXIED": f"127.0.0.1:{self.proxied_port}",
                "WEIR_TEST_KAFKA_PROXY_PORT": str(self.proxy.getsockname()[1]),
            }
        return environment


class SchemaRegistry:
    """Apicurio Registry, by its Confluent-compatible API."""

    def __init__(self, stack: servers.Servers):
        home = packages.apicurio()
        port = servers.free_port()
        self.url = f"http://127.0.0.1:{port}/apis/ccompat/v7"
        jar = next(home.rglob("apicurio-registry-app-*-runner.jar"))
        self.server = stack.add(
            "registry",
            ["java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-Dquarkus.http.host=127.0.0.1", f"-Dquarkus.http.port={port}",
             "-Dquarkus.http.test-port=0", "-jar", jar],
            f"{self.url}/subjects",
        )

    def environment(self) -> dict:
        return {"WEIR_TEST_REGISTRY": self.url}


class Postgres:
    """Debian's PostgreSQL 15, in a directory of its own. The server refuses to run as root, so root lends it another user."""

    def __init__(self, stack: servers.Servers):
        directory = stack.directory / "postgres"
        directory.mkdir()
        self.as_user = []
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            stack.directory.chmod(0o755)
            os.chown(directory, user.pw_uid, user.pw_gid)
            self.as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        data = directory / "data"
        subprocess.run([*self.as_user, POSTGRES_BIN / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                        "--locale=C", "--no-instructions"], check=True, capture_output=True)
        port = servers.free_port()
        self.conninfo = f"host=127.0.0.1 port={port} user=postgres dbname=postgres"
        self.server = stack.add(
            "postgres",
            [*self.as_user, POSTGRES_BIN / "postgres", "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c",
             "unix_socket_directories=", "-c", "max_connections=200", "-c", "shared_buffers=256MB"],
            self.answers,
        )
        # A smart shutdown waits for every client; an immediate one is what a test means by a restart.
        stack.callback(self.server.process.send_signal, signal.SIGINT)

    def answers(self) -> bool:
        return subprocess.run([POSTGRES_BIN / "psql", self.conninfo, "-qAtc", "select 1"], capture_output=True).returncode == 0

    def environment(self) -> dict:
        return {"WEIR_TEST_POSTGRES": self.conninfo}


class Timescale:
    """PostgreSQL 17 with TimescaleDB 2.23 in WebAssembly: real in what its SQL does, one backend, no background jobs."""

    def __init__(self, stack: servers.Servers, data: pathlib.Path | None = None):
        home = packages.pglite()
        port = servers.free_port()
        self.conninfo = f"host=127.0.0.1 port={port} user=postgres dbname=postgres sslmode=disable"
        bridge = home / "bridge.mjs"
        source = (HERE / "timescale" / "bridge.mjs").read_bytes()
        if not bridge.exists() or bridge.read_bytes() != source:
            bridge.write_bytes(source)  # beside node_modules, where Node.js looks for the package
        self.server = stack.add("timescale", [HERE.parents[1] / "tools" / "node.sh", "node", bridge, port,
                                              *([data] if data else [])], accepts(port))

    def environment(self) -> dict:
        return {"WEIR_TEST_TIMESCALE": self.conninfo}


class Redis:
    def __init__(self, stack: servers.Servers):
        port = servers.free_port()
        self.address = f"127.0.0.1:{port}"
        self.server = stack.add(
            "redis",
            [servers.need("redis-server"), "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            accepts(port),
        )

    def environment(self) -> dict:
        return {"WEIR_TEST_REDIS": self.address}


ENGINES = {"kafka": Kafka, "registry": SchemaRegistry, "postgres": Postgres, "timescale": Timescale, "redis": Redis}


def start(stack: servers.Servers, names: list[str]) -> dict:
    """Starts the engines named ("kafka:3": three brokers); returns the environment that tells tests where they are. An engine
    whose package registry is not there is skipped aloud."""
    environment = {}
    for name in names:
        kind, _, count = name.partition(":")
        try:
            engine = ENGINES[kind](stack, int(count)) if count else ENGINES[kind](stack)
        except packages.RegistryMissing as missing:
            print(f"SKIPPED {kind}: its package registry is not there ({missing})", flush=True)
            continue
        environment |= engine.environment()
    return environment
