#!/usr/bin/env python3
"""Holds the sources to the floors that src/README.md draws. Prints each fault as file:line: message; exits 1 if any.

Checked: an include of a higher floor or of a sibling on the same floor; an implementation folder (log/embedded, ...) included
from elsewhere than app/; a vendor header outside the folders that own it; raw clocks, files, threads and randomness outside os/;
TenantId made outside the catalogue and the codecs; co_await; a *_test.cc, *_bench.cc or source file that no build target lists.

usage: check_floors.py [--compile-commands build/release/compile_commands.json]
"""
import argparse
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"

FLOORS = [
    {"base"},
    {"os"},
    {"telemetry", "model", "resilience", "yaml"},
    {"net", "wire", "config", "pg", "redis"},
    {"meta", "cache", "log", "store", "schema"},
    {"tenant", "query", "notify"},
    {"ingest", "stream", "rules", "aggregation"},
    {"gateway", "collect"},
    {"app"},
]
FLOOR = {folder: level for level, folders in enumerate(FLOORS) for folder in folders}
# Neighbours on one floor that may be seen from each other, each with its reason in src/README.md.
SAME_FLOOR = set()

# Vendor headers by prefix, and the folders that may include them.
VENDORS = {
    "boost/asio": {"net"},
    "boost/beast": {"net"},
    "boost/json": {"aggregation", "gateway", "app", "net", "notify", "rules", "schema"},
    "curl/": {"net"},
    "simdjson": {"base", "wire"},
    "protozero": {"wire"},
    "snappy": {"wire"},
    "libdeflate": {"wire"},
    "zstd": {"wire", "store"},
    "sqlite3": {"meta/sqlite"},
    "librdkafka": {"log/kafka"},
    "libpq": {"pg"},
    "hiredis": {"redis"},
    "avro": {"schema"},
    "yaml-cpp": {"yaml"},
    "spdlog": {"telemetry"},
    "CLI/": {"app/cli"},
    "re2/": {"model", "query", "rules"},
    "xxhash": {"base"},
}
IMPLEMENTATIONS = {
    "log/embedded", "log/kafka", "store/embedded", "store/memory", "store/timescale", "meta/sqlite", "meta/postgres", "cache/memory",
    "cache/redis",
}

RAW_CALLS = [
    (re.compile(r"\b(system_clock|steady_clock|high_resolution_clock)::now\b"), "raw clock"),
    (re.compile(r"\b(fopen|std::ofstream|std::ifstream|std::fstream)\b"), "raw file"),
    (re.compile(r"(?<![\w.>:])::(open|openat|pread|pwrite|fsync|fdatasync|rename|unlink|mmap|stat|statvfs)\("), "raw file call"),
    (re.compile(r"\bstd::(thread|jthread|async)\b"), "raw thread"),
    (re.compile(r"\bstd::this_thread::sleep"), "raw sleep"),
    (re.compile(r"\b(std::random_device|std::mt19937|getrandom|std::rand|srand)\b"), "raw randomness"),
]
TENANT_MAKERS = {"meta", "log", "store", "wire", "model"}


def strip_comments(line: str) -> str:
    return re.sub(r"//.*", "", re.sub(r'"(\\.|[^"\\])*"', '""', line))


def folder_of(path: pathlib.Path) -> str:
    return path.relative_to(SRC).parts[0]


def sub_folder_of(path: pathlib.Path) -> str:
    return path.parent.relative_to(SRC).as_posix()


def check_include(path: pathlib.Path, name: str, own: bool):
    here, sub = folder_of(path), sub_folder_of(path)
    if own:
        top = name.split("/")[0]
        if top not in FLOOR:
            if not (is_test(path) and (name.startswith("contract/") or name.startswith("support/"))):
                yield f'"{name}" is in no floor'
            return
        if top != here and FLOOR[top] >= FLOOR[here] and (here, top) not in SAME_FLOOR:
            yield f'"{name}": {here} [{FLOOR[here]}] may not see {top} [{FLOOR[top]}]'
        for implementation in IMPLEMENTATIONS:
            outside = not sub.startswith(implementation) and here != "app" and not is_test(path)
            if name.startswith(implementation + "/") and outside:
                yield f'"{name}": only app/ and tests know {implementation}'
        return
    for prefix, owners in VENDORS.items():
        if name.startswith(prefix):
            owned = any(sub == owner or sub.startswith(owner + "/") or here == owner for owner in owners)
            if not owned and not is_test(path):
                yield f"<{name}> belongs to {', '.join(sorted(owners))}"


def is_test(path: pathlib.Path) -> bool:
    return re.search(r"_([a-z]*test|bench|fuzz)\.(cc|h)$", path.name) is not None


def check_file(path: pathlib.Path):
    here = folder_of(path)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        include = re.match(r'\s*#include\s+([<"])([^>"]+)[>"]', line)
        if include:
            own = include[1] == '"' and not include[2].startswith(("absl/", "fmt/"))
            for fault in check_include(path, include[2], own):
                yield number, fault
            continue
        code = strip_comments(line)
        if here != "os" and not is_test(path):
            for pattern, what in RAW_CALLS:
                if pattern.search(code):
                    yield number, f"{what} outside os/: {code.strip()}"
        if "TenantId::from_stored" in code and here not in TENANT_MAKERS and not is_test(path):
            yield number, "a TenantId comes from the catalogue"
        if re.search(r"\bco_(await|return|yield)\b", code):
            yield number, "no coroutines: g++ 12 destroys some temporaries of co_await expressions twice"


def unbuilt(compile_commands: pathlib.Path):
    built = {pathlib.Path(entry["file"]).resolve() for entry in json.loads(compile_commands.read_text())}
    for path in sorted(SRC.rglob("*.cc")):
        if not path.name.endswith("_fuzz.cc") and path.resolve() not in built:
            yield path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compile-commands", type=pathlib.Path)
    arguments = parser.parse_args()
    faults = 0
    for path in sorted([*SRC.rglob("*.h"), *SRC.rglob("*.cc")]):
        for number, fault in check_file(path):
            print(f"{path.relative_to(ROOT)}:{number}: {fault}")
            faults += 1
    if arguments.compile_commands:
        for path in unbuilt(arguments.compile_commands):
            print(f"{path.relative_to(ROOT)}:1: no build target lists this file")
            faults += 1
    print(f"floors: {faults} faults" if faults else "floors: good")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
