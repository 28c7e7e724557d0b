#!/usr/bin/env python3
"""A cluster of Weir on this machine: every role in processes of its own, on real Kafka, Schema Registry, TimescaleDB,
PostgreSQL and Redis, with a little load.

usage: deploy/cluster.py up|down|status     (make cluster, make cluster-down)
WEIR_CLUSTER_STORE=postgres stores in plain PostgreSQL; the addresses of the gateways are 127.0.0.1:8080 and :8081 unless
WEIR_CLUSTER_LISTEN names others.
"""
import json
import math
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "services"), str(ROOT / "tests" / "e2e")]
import cluster  # noqa: E402
import servers  # noqa: E402

STATE = ROOT / "build" / "cluster"
LISTEN = os.environ.get("WEIR_CLUSTER_LISTEN", "127.0.0.1:8080,127.0.0.1:8081").split(",")


def write_load(url: str, stop: threading.Event) -> None:
    """A factory's worth of sensors, ten times a second."""
    started = time.time()
    while not stop.wait(0.1):
        now = time.time()
        samples = [{"name": "sensor_temperature_celsius", "labels": {"line": f"line-{i % 4}", "sensor": f"s{i}"},
                    "value": round(20 + i % 7 + 3 * math.sin((now - started) / 30 + i), 2), "timestamp": int(now * 1000)}
                   for i in range(40)]
        try:
            servers.http(f"{url}/api/v1/metrics", json.dumps(samples).encode(), {"Content-Type": "application/json"}, timeout=5)
        except OSError:
            pass  # the gateway is being restarted


def run() -> None:
    """The process that owns the cluster: ends, and with it everything that it started, on SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with servers.Servers() as stack:
        running = cluster.Cluster(stack, store=os.environ.get("WEIR_CLUSTER_STORE", "timescale"), listen=LISTEN)
        parts = [*running.kafka.brokers, running.registry.server, running.postgres.server, running.redis.server,
                 *([running.database.server] if running.database is not running.postgres else []), *running.everything()]
        state = {"pid": os.getpid(), "urls": running.urls, "directory": str(stack.directory),
                 "processes": {part.name: part.process.pid for part in parts}}
        temporary = STATE / "state.json.new"
        temporary.write_text(json.dumps(state, indent=1))
        temporary.rename(STATE / "state.json")
        stop = threading.Event()
        threading.Thread(target=write_load, args=(running.urls[0], stop), daemon=True).start()
        try:
            signal.pause()
        finally:
            stop.set()


def owner() -> int | None:
    """The process that runs the cluster, if it is still the one that we started."""
    try:
        pid = int((STATE / "pid").read_text())
        if "deploy/cluster.py" in pathlib.Path(f"/proc/{pid}/cmdline").read_text():
            return pid
    except (OSError, ValueError):
        pass
    return None


def up() -> int:
    if owner():
        print("The cluster runs already; `make cluster-down` stops it.")
        return 1
    STATE.mkdir(parents=True, exist_ok=True)
    (STATE / "state.json").unlink(missing_ok=True)
    with open(STATE / "cluster.log", "wb") as log:
        process = subprocess.Popen([sys.executable, ROOT / "deploy/cluster.py", "run"], stdout=log, stderr=log,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
    (STATE / "pid").write_text(str(process.pid))
    print("Starting 3 Kafka brokers, Schema Registry, TimescaleDB, PostgreSQL, Redis and 9 Weir processes ", end="", flush=True)
    while not (STATE / "state.json").exists():
        if process.poll() is not None:
            print("failed.\n" + (STATE / "cluster.log").read_text()[-4000:])
            return 1
        print(".", end="", flush=True)
        time.sleep(1)
    state = json.loads((STATE / "state.json").read_text())
    print(f" done.\n\nThe console: {state['urls'][0]}/ (the second gateway: {state['urls'][1]}/)\n"
          f"Try:  build/release/weir query --url {state['urls'][0]} 'avg by (line) (sensor_temperature_celsius)'\n"
          f"      kill -9 {state['processes']['processor-1']}    # a processor: the others take its partitions over\n"
          f"Logs: {state['directory']}/*/*.log\nStop it with `make cluster-down`.")
    return 0


def down() -> int:
    pid = owner()
    if pid is None:
        print("No cluster runs.")
        return 0
    os.kill(pid, signal.SIGTERM)
    for _ in range(600):
        if owner() is None:
            print("The cluster is stopped.")
            return 0
        time.sleep(0.1)
    print(f"Process {pid} does not end; see {STATE}/cluster.log.")
    return 1


def status() -> int:
    if owner() is None or not (STATE / "state.json").exists():
        print("No cluster runs.")
        return 1
    state = json.loads((STATE / "state.json").read_text())
    for name, pid in state["processes"].items():
        print(f"{name:<12} {'runs' if pathlib.Path(f'/proc/{pid}').exists() else 'is gone':<8} pid {pid}")
    return 0


if __name__ == "__main__":
    actions = {"up": up, "down": down, "status": status, "run": run}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        sys.exit(__doc__)
    sys.exit(actions[sys.argv[1]]())
