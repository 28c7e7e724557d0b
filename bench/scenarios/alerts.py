"""From the sending of a sample to the alert at a receiver: a thousand rules each second over many series, three of them, of different
shapes, met by a new series now and then. What all processes of a server take meanwhile counts."""
import dataclasses
import json
import random
import time

from measuring import probe, receiver
from measuring.figures import percentile
from measuring.load import live_load, live_steps
from measuring.peers import Peer, newest_vmalert, servers
from measuring.session import Session, Settings

RULES, RULES_PER_GROUP = 1_000, 10
LABEL = "probe"
# The rules that are met, each by the series of a metric of its own.
SHAPES = {"a selector": "probe_selector > 0", "a range function": "max_over_time(probe_range[1m]) > 0",
          "an aggregation": f"sum by ({LABEL}) (probe_aggregation) > 0"}
METRICS = ["probe_selector", "probe_range", "probe_aggregation"]
WAIT_S = 90  # for the last ones, as long as the slowest server lets pass


def rules(hosts: int) -> str:
    """A rule file, as YAML that is JSON. Three of four rules look at the series of a host, one at a rate of it."""
    made = [{"alert": "Probed", "expr": expr} for expr in SHAPES.values()]
    for number in range(len(made), RULES):
        host = f'instance="host_{number % hosts}:9100"'
        expr = (f"sum(rate(http_requests_total{{{host}}}[1m])) > 1e12" if number % 4 == 0
                else f"temperature_celsius{{{host}}} > 1e12")
        made.append({"alert": f"Never{number}", "expr": expr})
    groups = [{"name": f"g{first}", "interval": "1s", "rules": made[first:first + RULES_PER_GROUP]}
              for first in range(0, RULES, RULES_PER_GROUP)]
    return json.dumps({"groups": groups})


def start(peer: Peer, stack: servers.Servers, hosts: int, alerts_to: str) -> tuple[servers.Server, list[servers.Server]]:
    """The server that takes samples, and all processes that belong to it."""
    path = stack.directory / "rules.yml"
    path.write_text(rules(hosts))
    if peer.name == "weir":
        server = stack.weir(None, f"--rules.files={path}", f"--alerting.alertmanagers=http://{alerts_to}")
        return server, [server]
    if peer.name == "prometheus":
        config = json.dumps({"global": {"evaluation_interval": "1s"}, "rule_files": [str(path)],
                             "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alerts_to]}]}]}})
        server = peer.start(stack, config)
        return server, [server]
    server = peer.start(stack)
    port = servers.free_port()
    vmalert = stack.add("vmalert", [newest_vmalert(), f"-rule={path}", f"-datasource.url={server.url}", f"-remoteWrite.url={server.url}",
                                    f"-notifier.url=http://{alerts_to}", f"-httpListenAddr=127.0.0.1:{port}", "-loggerLevel=ERROR"],
                        f"http://127.0.0.1:{port}/health")
    return server, [server, vmalert]


def measure(peer: Peer, settings: Settings) -> dict:
    sink = receiver.AlertReceiver(LABEL)
    processes: list[servers.Server] = []

    def start_all(stack: servers.Servers) -> servers.Server:
        server, all_of_it = start(peer, stack, settings.hosts, sink.address)
        processes.extend(all_of_it)
        return server

    try:
        with Session(dataclasses.replace(peer, start=start_all)) as session:
            load = live_load(settings.hosts, settings.hosts * 10)  # a sample of each series in 10 s
            with load.sending(session.url, 0, live_steps(load, settings.seconds + WAIT_S + 30)) as running:
                time.sleep(25)  # until every series is there, and the rules have been seen
                cpu = sum(process.cpu_seconds() for process in processes)
                began = time.perf_counter()
                sent = send_probes(probe.Probe(session.url), began + settings.seconds)
                took_s = time.perf_counter() - began
                cpu = sum(process.cpu_seconds() for process in processes) - cpu
                wait_for_all(sink, sent)
                running.ended()
    finally:
        sink.close()
    figures = {}
    for shape, metric in zip(SHAPES, METRICS):
        took = [(sink.first[number] - at) * 1000 for number, (of, at) in sent.items() if of == metric and number in sink.first]
        figures[f"{shape}: sample sent to alert received, p50 ms"] = percentile(took, 0.5)
        figures[f"{shape}: the same, p99 ms"] = percentile(took, 0.99)
    return figures | {"probes": len(sent), "alerts that did not come": sum(number not in sink.first for number in sent),
                      "CPU meanwhile, % of a core": 100 * cpu / took_s, "rules": RULES}


def send_probes(prober: probe.Probe, until: float) -> dict[str, tuple[str, float]]:
    """Of which metric each is, and when it was sent, by its number; the pauses differ, so that they meet any part of an interval."""
    pauses = random.Random(1)
    sent = {}
    while (at := time.perf_counter()) < until:
        number, metric = str(len(sent)), METRICS[len(sent) % len(METRICS)]
        sent[number] = (metric, at)
        prober.write_series(metric, {LABEL: number}, 1)
        time.sleep(pauses.uniform(0.1, 0.6))
    return sent


def wait_for_all(sink: receiver.AlertReceiver, sent: dict[str, tuple[str, float]]) -> None:
    deadline = time.perf_counter() + WAIT_S
    while time.perf_counter() < deadline and any(number not in sink.first for number in sent):
        time.sleep(0.1)
