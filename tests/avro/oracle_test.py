#!/usr/bin/python3
"""weir.MetricBatch against Apache's Avro for Python: what we write it reads, what it writes we read, in every layout of blocks;
and records of random other versions of the schema mean to us what they mean to it.

usage: oracle_test.py WEIR_WIRE_TEST WEIR_SCHEMA_TEST [--seed N]
Drives the tests MetricBatchOracle.* and SchemaResolverOracle.* of the two binaries, which find their files by
WEIR_TEST_AVRO_DIR and their seed by WEIR_TEST_AVRO_SEED. Exits 77 (skipped) without Debian's python3-avro.
"""
import argparse
import copy
import io
import itertools
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

try:
    import avro.errors
    import avro.io
    import avro.schema
except ImportError:
    print("SKIPPED: no python3-avro for", sys.executable)
    sys.exit(77)

CASES = 60


def run(binary: str, test: str, directory: pathlib.Path, seed: int):
    environment = os.environ | {"WEIR_TEST_AVRO_DIR": str(directory), "WEIR_TEST_AVRO_SEED": str(seed)}
    done = subprocess.run([binary, f"--gtest_filter={test}"], env=environment, capture_output=True, text=True)
    if done.returncode != 0 or "[  PASSED  ] 1 test." not in done.stdout:
        sys.exit(f"{test} failed:\n{done.stdout}{done.stderr}")


# --- A batch as text, the same in both languages: a line for a series, its labels and then its samples with all bits.

def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def labels_text(labels: dict) -> str:
    rest = [f"{name}={quoted(labels[name])}" for name in sorted(labels, key=str.encode) if name != "__name__"]
    metric = labels.get("__name__", "")
    return metric + ("{" + ",".join(rest) + "}" if rest or not metric else "")


def bits(value: float) -> int:
    return struct.unpack("<Q", struct.pack("<d", value))[0]


def wrapped(value: int) -> int:
    return (value + 2**63) % 2**64 - 2**63


def batch_text(record: dict) -> str:
    lines = []
    times = [wrapped(time) for time in itertools.accumulate(record["timestamp_deltas_ms"])]
    samples = iter(zip(record["values"], times, strict=True))
    for series in record["series"]:
        texts = [record["symbols"][ref] for ref in series["label_refs"]]
        line = labels_text(dict(zip(texts[::2], texts[1::2])))
        for value, time in itertools.islice(samples, series["sample_count"]):
            line += f" {bits(value):x}@{time}"
        lines.append(line + "\n")
    assert next(samples, None) is None, "every sample belongs to a series"
    assert record["native_histograms"] == [] and record["exemplars"] == []
    return "".join(lines)


# --- Apache's reader and writer.

def read(data: bytes, writer, reader) -> dict:
    stream = io.BytesIO(data)
    record = avro.io.DatumReader(writer, reader).read(avro.io.BinaryDecoder(stream))
    assert stream.read() == b"", "every byte is read"
    return record


def read_as(data: bytes, writer, reader) -> dict:
    """The record in the reader's schema. This library takes no array whose items are promoted: then it reads what was written,
    and what the reader would see is put together here."""
    try:
        return read(data, writer, reader)
    except avro.errors.SchemaResolutionException:
        record = read(data, writer, writer)
        record["values"] = [float(value) for value in record["values"]]
        return {"native_histograms": [], "exemplars": []} | record


class BlockWriter(avro.io.DatumWriter):
    """Writes arrays in blocks of random lengths, some with their size."""

    def __init__(self, schema, rng: random.Random):
        super().__init__(schema)
        self.rng = rng

    def write_array(self, schema, items, encoder):
        while items:
            count = self.rng.randint(1, len(items))
            block, items = items[:count], items[count:]
            stream = io.BytesIO()
            inner = avro.io.BinaryEncoder(stream)
            for item in block:
                self.write_data(schema.items, item, inner)
            if self.rng.random() < 0.5:
                encoder.write_long(count)
            else:
                encoder.write_long(-count)
                encoder.write_long(len(stream.getvalue()))
            encoder.write(stream.getvalue())
        encoder.write_long(0)


def write(record: dict, schema, rng: random.Random) -> bytes:
    stream = io.BytesIO()
    BlockWriter(schema, rng).write(record, avro.io.BinaryEncoder(stream))
    return stream.getvalue()


# --- Random batches, and random other versions of the schema.

def random_record(rng: random.Random, value) -> dict:
    symbols = ["__name__", "job", "le", "up", "a\"b\\c\nd", "ü", "x" * 200]
    series, samples = [], 0
    for _ in range(rng.randint(0, 6)):
        names = sorted(rng.sample(["__name__", "job", "le", "ü"], rng.randint(0, 4)), key=str.encode)
        refs = [ref for name in names for ref in (symbols.index(name), rng.randrange(len(symbols)))]
        count = rng.randint(0, 4)
        samples += count
        series.append({"label_refs": refs, "sample_count": count})
    deltas = [rng.choice([0, 1, -1, 15_000, 1_700_000_000_000, -2**62]) for _ in range(samples)]
    return {"symbols": symbols, "series": series, "timestamp_deltas_ms": deltas, "values": [value() for _ in range(samples)],
            "native_histograms": [], "exemplars": []}


def extra_field(rng: random.Random, number: int):
    """A field that this version does not have, and a value for it."""
    kinds = [
        ("string", "extra"), ("boolean", True), ("double", 1.5), (["null", "string"], rng.choice([None, "x"])),
        ({"type": "map", "values": "long"}, {"a": 1, "b": -2}), ({"type": "fixed", "name": f"Fixed{number}", "size": 3}, b"abc"),
        ({"type": "array", "items": "null"}, [None] * 5), ("bytes", b"\0\1"), ("float", 2.5),
        ({"type": "enum", "name": f"Enum{number}", "symbols": ["A", "B"]}, "B"),
        ({"type": "record", "name": f"List{number}", "fields": [
            {"name": "head", "type": "int"}, {"name": "tail", "type": ["null", f"List{number}"]}]},
         {"head": 1, "tail": {"head": 2, "tail": None}}),
    ]
    kind, value = rng.choice(kinds)
    return {"name": f"extra_{number}", "type": kind}, value


def evolve(rng: random.Random, schema: dict):
    """Another version of the schema that BACKWARD compatibility allows, and a record of it."""
    schema = copy.deepcopy(schema)
    fields = {field["name"]: field for field in schema["fields"]}
    series_type = fields["series"]["type"]["items"]
    kind = rng.choice(["double", "double", "double", "float", "long", "int"])
    fields["values"]["type"]["items"] = kind
    value = {"double": rng.random, "float": lambda: rng.randint(-9, 9) / 4}.get(kind, lambda: rng.randint(-1000, 1000))
    record = random_record(rng, value)
    if rng.random() < 0.3:
        fields["timestamp_deltas_ms"]["type"]["items"] = "int"
        record["timestamp_deltas_ms"] = [delta % 1000 for delta in record["timestamp_deltas_ms"]]
    if rng.random() < 0.3:
        series_type["fields"][1]["type"] = ["null", "int"]
    if rng.random() < 0.3:
        fields["symbols"]["type"]["items"] = ["string", "null"]
    for name in ("native_histograms", "exemplars"):
        if rng.random() < 0.4:
            schema["fields"].remove(fields[name])
            del record[name]
    for number in range(rng.randint(0, 4)):
        field, extra = extra_field(rng, number)
        if rng.random() < 0.3:
            series_type["fields"].insert(rng.randint(0, 2), field)
            for series in record["series"]:
                series[field["name"]] = extra
        else:
            schema["fields"].insert(rng.randint(0, len(schema["fields"])), field)
            record[field["name"]] = extra
    if rng.random() < 0.5:
        series_type["fields"].reverse()
    if rng.random() < 0.5:
        rng.shuffle(schema["fields"])
        # A named type is defined where it is first used: BucketSpan stays inside its record, so any order is good.
    return schema, record


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("wire_test")
    arguments.add_argument("schema_test")
    arguments.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = arguments.parse_args()
    print("seed", options.seed)
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)

        run(options.wire_test, "MetricBatchOracle.WritesForTheOracle", directory, options.seed)
        schema_json = json.loads((directory / "schema.avsc").read_text())
        schema = avro.schema.parse(json.dumps(schema_json))
        ours = sorted(directory.glob("ours_*.bin"))
        assert len(ours) > 10, "there is something to read"
        for path in ours:
            found = batch_text(read(path.read_bytes(), schema, schema))
            assert found == path.with_suffix(".txt").read_text(), path.name

        for case in range(CASES):
            record = random_record(rng, lambda: struct.unpack("<d", rng.randbytes(8))[0])
            (directory / f"theirs_{case:03}.bin").write_bytes(write(record, schema, rng))
            (directory / f"theirs_{case:03}.txt").write_text(batch_text(record))
        run(options.wire_test, "MetricBatchOracle.ReadsWhatTheOracleWrote", directory, options.seed)

        for case in range(CASES):
            version, record = evolve(rng, schema_json)
            writer = avro.schema.parse(json.dumps(version))
            data = write(record, writer, rng)
            (directory / f"evolved_{case:03}.avsc").write_text(json.dumps(version))
            (directory / f"evolved_{case:03}.bin").write_bytes(data)
            (directory / f"evolved_{case:03}.txt").write_text(batch_text(read_as(data, writer, schema)))
        run(options.schema_test, "SchemaResolverOracle.ReadsOtherVersionsAsTheOracleDoes", directory, options.seed)
    print(f"good: {len(ours)} records read, {CASES} written, {CASES} of other versions")


if __name__ == "__main__":
    main()
