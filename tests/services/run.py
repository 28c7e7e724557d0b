#!/usr/bin/env python3
"""Starts real servers on free loopback ports, runs a command that finds them by its environment, and stops them.

usage: run.py [kafka[:BROKERS]] [registry] [postgres] [timescale] [redis] -- COMMAND...
The command sees WEIR_TEST_KAFKA, WEIR_TEST_REGISTRY, WEIR_TEST_POSTGRES, WEIR_TEST_TIMESCALE, WEIR_TEST_REDIS, and with a single
broker WEIR_TEST_KAFKA_SSL and others of its further listeners; tests whose server is missing skip themselves. Without a command:
prints the environment and waits for Ctrl-C.
"""
import os
import signal
import subprocess
import sys

import engines
import servers


def main() -> int:
    arguments = sys.argv[1:]
    split = arguments.index("--") if "--" in arguments else len(arguments)
    names, command = arguments[:split], arguments[split + 1 :]
    unknown = [name for name in names if name.partition(":")[0] not in engines.ENGINES]
    if unknown or not names:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped
    with servers.Servers() as stack:
        environment = engines.start(stack, names)
        if command:
            return subprocess.run(command, env=os.environ | environment).returncode
        for name, value in environment.items():
            print(f"export {name}='{value}'", flush=True)
        signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
