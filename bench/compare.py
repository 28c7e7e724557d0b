#!/usr/bin/env python3
"""Weir beside current releases of Prometheus and VictoriaMetrics: the same bodies to each in one run, scenario by scenario.

Prints a table a scenario, and with --markdown PATH writes them there too. Every figure is of the server process alone; medians of
the runs. A scenario's figures are in bench/scenarios, what they are measured with in bench/measuring.

usage: bench/compare.py [--scenario steady] [--runs 3] [--hosts N] [--steps N] [--only weir,prometheus] [--markdown PATH]
"""
import argparse
import pathlib
import sys
import time

from measuring import tables
from measuring.peers import PEERS
from measuring.session import Settings
from scenarios import SCENARIOS, Scenario


def progress(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def settings_of(scenario: Scenario, arguments) -> Settings:
    """The command line's numbers where it has them, else the scenario's."""
    return Settings(arguments.hosts or scenario.hosts, arguments.steps or scenario.steps, arguments.seconds,
                    arguments.samples_per_second, arguments.query_runs, arguments.settle, arguments.tenants)


def run_all(name: str, scenario: Scenario, settings: Settings, arguments) -> dict[str, list[dict]]:
    """The figures of each run by server. The servers take turns, so that a busy minute of the machine meets all of them."""
    runs = {peer: [] for peer in arguments.only if peer in scenario.peers}
    for number in range(arguments.runs):
        for peer in runs:
            progress(f"{name}: run {number + 1} of {arguments.runs}: {peer}")
            runs[peer].append(scenario.measure(PEERS[peer], settings))
    return runs


def is_measured(peer: str, arguments) -> bool:
    return any(peer in SCENARIOS[name].peers for name in arguments.scenario)


def report(name: str, scenario: Scenario, settings: Settings, runs: dict[str, list[dict]]) -> str:
    count = len(next(iter(runs.values())))
    size = [f"{settings.hosts * 100:,} series"] if scenario.hosts else []
    size += [f"{settings.steps} steps"] if scenario.steps else []
    return (f"### {name}: {scenario.what}\n\n{', '.join(size)}; "
            f"{f'medians of {count} runs' if count > 1 else 'one run'}; {tables.spread(runs)}\n\n"
            f"{tables.table({peer: tables.median_of(of_one) for peer, of_one in runs.items()})}\n")


def names_in(known: dict):
    """A type of argument: names out of `known`, separated by commas."""
    def parse(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name}: not one of {', '.join(known)}")
        return names
    return parse


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", type=names_in(SCENARIOS | {"all": None}), default=["steady"],
                        help=f"all, or some of {', '.join(SCENARIOS)}, separated by commas")
    parser.add_argument("--hosts", type=int, help="100 series each; the scenario has a number of its own")
    parser.add_argument("--steps", type=int, help="samples a series, 10 s apart; the scenario has a number of its own")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30, help="of load, where it arrives at a rate")
    parser.add_argument("--samples-per-second", type=int, default=100_000, help="the rate")
    parser.add_argument("--tenants", type=int, default=1_000, help="that the series are divided among, where there are several")
    parser.add_argument("--query-runs", type=int, default=15)
    parser.add_argument("--settle", type=float, default=5, help="seconds between load and queries, for servers that show data late")
    parser.add_argument("--only", type=names_in(PEERS), default=list(PEERS))
    parser.add_argument("--markdown", type=pathlib.Path)
    arguments = parser.parse_args()
    if "all" in arguments.scenario:
        arguments.scenario = list(SCENARIOS)
    return arguments


def main() -> int:
    arguments = parse_arguments()
    versions = dict.fromkeys(PEERS[peer].version() for peer in arguments.only if is_measured(peer, arguments))
    parts = [f"{tables.machine()}; {', '.join(versions)}\n"]
    print(parts[0], flush=True)
    for name in arguments.scenario:
        scenario = SCENARIOS[name]
        if not set(arguments.only) & set(scenario.peers):
            progress(f"{name}: is measured of {', '.join(scenario.peers)} alone")
            continue
        settings = settings_of(scenario, arguments)
        parts.append(report(name, scenario, settings, run_all(name, scenario, settings, arguments)))
        print(parts[-1], flush=True)
        if arguments.markdown:
            arguments.markdown.write_text("\n".join(parts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
