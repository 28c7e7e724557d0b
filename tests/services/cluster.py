"""A whole cluster on loopback: every role in processes of its own, on real engines."""
import concurrent.futures
import subprocess

import engines
import servers

ROLES = {"gateway": 2, "ingest": 2, "processor": 3, "query": 2, "ruler": 2}


class Cluster:
    """`processes[role]` are servers.Server objects with an `url`: kill, freeze and start them again."""

    def __init__(self, stack: servers.Servers, roles: dict | None = None, brokers: int = 3, store: str = "timescale",
                 listen: list[str] | None = None):
        """`store`: "timescale", or "postgres" for the plain server. `listen`: addresses of the gateways."""
        self.stack = stack
        self.roles = roles or ROLES
        # Each takes a while to start and they do not need each other.
        with concurrent.futures.ThreadPoolExecutor() as pool:
            kafka = pool.submit(engines.Kafka, stack, brokers)
            registry = pool.submit(engines.SchemaRegistry, stack)
            postgres = pool.submit(engines.Postgres, stack)
            redis = pool.submit(engines.Redis, stack)
            data = stack.directory / "timescale-data"
            timescale = pool.submit(engines.Timescale, stack, data) if store == "timescale" else None
            self.kafka, self.registry, self.postgres, self.redis = (
                kafka.result(), registry.result(), postgres.result(), redis.result())
            self.database = timescale.result() if timescale else self.postgres
        self.flags = [
            "--log.engine=kafka", f"--kafka.brokers={self.kafka.bootstrap}", "--kafka.partitions=6",
            f"--kafka.replication={min(brokers, 3)}", f"--kafka.in_sync_min={min(brokers, 2)}",
            f"--registry.url={self.registry.url}",
            "--storage.engine=timescale", f"--timescale.url={self.database.conninfo}",
            "--catalogue.engine=postgres", f"--catalogue.url={self.postgres.conninfo}",
            "--cache.engine=redis", f"--redis.address={self.redis.address}",
        ]
        self.migrate()
        self.processes = {}
        self.start("ingest")
        self.start("query")
        self.start("processor")
        if "ruler" in self.roles:
            self.start("ruler")
        write = ",".join(process.address for process in self.processes["ingest"])
        read = ",".join(process.address for process in self.processes["query"])
        self.start("gateway", [f"--routing.write={write}", f"--routing.read={read}"], listen)
        self.urls = [gateway.url for gateway in self.processes["gateway"]]

    def migrate(self) -> None:
        subprocess.run([servers.WEIR, "migrate", *self.flags], check=True, capture_output=True, text=True)

    def start(self, role: str, flags: list[str] = (), listen: list[str] | None = None) -> None:
        """Starts the processes of a role, all at once."""
        started = []
        for number in range(self.roles[role]):
            address = listen[number] if listen and number < len(listen) else f"127.0.0.1:{servers.free_port()}"
            started.append(self.launch(f"{role}-{number + 1}", role, address, flags))
        for process in started:
            process.wait_ready(60)
        self.processes[role] = started

    def launch(self, name: str, role: str, address: str, flags: list[str] = ()) -> servers.Server:
        collect = "on" if name == "ingest-1" else "off"
        process = self.stack.add(
            name,
            [servers.WEIR, "serve", f"--role={role}", f"--listen={address}", f"--collect={collect}", "--data=data",
             *self.flags, *flags],
            f"http://{address}/readyz", seconds=0)
        process.address, process.url = address, f"http://{address}"
        return process

    def everything(self) -> list[servers.Server]:
        return [process for processes in self.processes.values() for process in processes]
