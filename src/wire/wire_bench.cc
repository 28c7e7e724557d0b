#include <numeric>
#include <protozero/pbf_reader.hpp>
#include <vector>

#include <benchmark/benchmark.h>
#include <snappy.h>

#include "support/remote_write_like.h"
#include "wire/batch_record.h"
#include "wire/json_writer.h"
#include "wire/metric_batch.h"
#include "wire/metric_batch_avro_test.h"
#include "wire/remote_write.h"
#include "wire/remote_write_2.h"
#include "wire/series_record.h"

// Nanoseconds for one sample on the way in, beside the floors under it. One request of the size that
// Prometheus sends.
namespace weir::wire {
namespace {

constexpr size_t kSeries = 2'000;
constexpr size_t kDecodedBytesMax = 32u << 20;

const Batch& batch() {
  static const Batch batch = tests::remote_write_like(kSeries);
  return batch;
}

const std::string& body() {
  static const std::string body = encode_remote_write(batch());
  return body;
}

void count_samples(benchmark::State& state) {
  using benchmark::Counter;
  state.counters["per_sample"] = Counter(kSeries, Counter::kIsIterationInvariantRate | Counter::kInvert);
}

void BM_SnappyAlone(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    snappy::Uncompress(body().data(), body().size(), &out);
    benchmark::DoNotOptimize(out.data());
  }
  count_samples(state);
  state.counters["body_bytes"] = static_cast<double>(body().size());
  state.counters["message_bytes"] = static_cast<double>(out.size());
}
BENCHMARK(BM_SnappyAlone);

// Every field visited, nothing kept.
size_t walk(protozero::pbf_reader in, int depth) {
  size_t fields = 0;
  while (in.next()) {
    ++fields;
    if (depth > 0 && in.has_wire_type(protozero::pbf_wire_type::length_delimited)) {
      fields += walk(in.get_message(), depth - 1);
    } else {
      in.skip();
    }
  }
  return fields;
}

void BM_ProtozeroWalkAlone(benchmark::State& state) {
  std::string message;
  snappy::Uncompress(body().data(), body().size(), &message);
  for (auto _ : state) benchmark::DoNotOptimize(walk(protozero::pbf_reader(message), 2));
  count_samples(state);
}
BENCHMARK(BM_ProtozeroWalkAlone);

void BM_DecodeRemoteWrite(benchmark::State& state) {
  std::string scratch;
  Batch out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(decode_remote_write(body(), kDecodedBytesMax, scratch, out).ok());
  }
  count_samples(state);
}
BENCHMARK(BM_DecodeRemoteWrite);

// The same samples, and the same with metadata as senders of 2.0 repeat it.
void decode_version_2(benchmark::State& state, const std::string& body) {
  std::string scratch;
  Batch out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(decode_remote_write_2(body, kDecodedBytesMax, scratch, out).ok());
  }
  count_samples(state);
  state.counters["body_bytes"] = static_cast<double>(body.size());
}

void BM_DecodeRemoteWrite2(benchmark::State& state) {
  decode_version_2(state, encode_remote_write_2(batch()));
}
BENCHMARK(BM_DecodeRemoteWrite2);

void BM_DecodeRemoteWrite2WithMetadata(benchmark::State& state) {
  std::vector<std::string> helps;
  for (const Batch::Series& series : batch().series())
    helps.push_back("What " + std::string(batch().labels(series).metric()) + " is about.");
  std::vector<MetricMetadata> metadata;
  for (const std::string& help : helps) metadata.push_back({"", MetricType::kCounter, "", help});
  decode_version_2(state, encode_remote_write_2(batch(), metadata));
}
BENCHMARK(BM_DecodeRemoteWrite2WithMetadata);

std::string encoded_record() {
  std::vector<uint32_t> indexes(batch().series_count());
  std::iota(indexes.begin(), indexes.end(), 0u);
  std::string record;
  encode_batch_record(batch(), indexes, record);
  return record;
}

void BM_EncodeBatchRecord(benchmark::State& state) {
  std::string record;
  for (auto _ : state) {
    record = encoded_record();
    benchmark::DoNotOptimize(record.data());
  }
  count_samples(state);
  state.counters["record_bytes"] = static_cast<double>(record.size());
}
BENCHMARK(BM_EncodeBatchRecord);

void BM_DecodeBatchRecord(benchmark::State& state) {
  const std::string record = encoded_record();
  Batch out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(decode_batch_record(record, kBatchRecordBytesMax, out).ok());
  }
  count_samples(state);
}
BENCHMARK(BM_DecodeBatchRecord);

BatchSlice slice() {
  static const auto shared = std::make_shared<const Batch>(batch());
  return whole_slice(TenantId::from_stored(1), shared);
}

/// Of series that have been defined, as nearly all are.
void BM_EncodeSeriesRecord(benchmark::State& state) {
  SeriesRecordEncoder encoder;
  SeriesNumbers numbers(1);
  const BatchSlice of = slice();
  std::string record;
  for (int i = 0; i < 2; ++i) encoder.encode(of, numbers, record);
  for (auto _ : state) {
    record.clear();
    encoder.encode(of, numbers, record);
    benchmark::DoNotOptimize(record.data());
  }
  count_samples(state);
  state.counters["record_bytes"] = static_cast<double>(record.size());
}
BENCHMARK(BM_EncodeSeriesRecord);

void BM_DecodeSeriesRecord(benchmark::State& state) {
  SeriesRecordEncoder encoder;
  SeriesNumbers numbers(1);
  SeriesDefinitions definitions;
  Batch out;
  std::vector<uint64_t> hashes;
  std::string record;
  const auto decode = [&] {
    out.clear();
    hashes.clear();
    return decode_series_record(record, TenantId::from_stored(1), kDecodedBytesMax, definitions,
                                {out, hashes});
  };
  for (int i = 0; i < 3; ++i) {
    record.clear();
    encoder.encode(slice(), numbers, record);
    CHECK(decode().ok(), "what we wrote is read");
  }
  for (auto _ : state) benchmark::DoNotOptimize(decode().ok());
  count_samples(state);
}
BENCHMARK(BM_DecodeSeriesRecord);

std::string encoded_metric_batch() {
  std::vector<uint32_t> indexes(batch().series_count());
  std::iota(indexes.begin(), indexes.end(), 0u);
  std::string record;
  encode_metric_batch(batch(), indexes, record);
  return record;
}

void BM_EncodeMetricBatch(benchmark::State& state) {
  std::string record;
  for (auto _ : state) {
    record = encoded_metric_batch();
    benchmark::DoNotOptimize(record.data());
  }
  count_samples(state);
  state.counters["record_bytes"] = static_cast<double>(record.size());
}
BENCHMARK(BM_EncodeMetricBatch);

void BM_DecodeMetricBatch(benchmark::State& state) {
  const std::string record = encoded_metric_batch();
  Batch out;
  for (auto _ : state) {
    out.clear();
    CHECK(decode_metric_batch(record, kMetricBatchBytesMax, out).ok(), "what we wrote is read");
  }
  count_samples(state);
}
BENCHMARK(BM_DecodeMetricBatch);

// What every record would cost with Apache's library, before a sample has been moved.
void BM_AvroLibraryWritesTree(benchmark::State& state) {
  avro_c::AvroLibrary library;
  library.read(encoded_metric_batch());
  for (auto _ : state) benchmark::DoNotOptimize(library.write().data());
  count_samples(state);
}
BENCHMARK(BM_AvroLibraryWritesTree);

void BM_AvroLibraryReadsTree(benchmark::State& state) {
  avro_c::AvroLibrary library;
  const std::string record = encoded_metric_batch();
  for (auto _ : state) library.read(record);
  count_samples(state);
}
BENCHMARK(BM_AvroLibraryReadsTree);

void BM_AppendPrometheusValue(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (const Batch::Series& series : batch().series())
      append_prometheus_value(out, batch().values(series)[0]);
    benchmark::DoNotOptimize(out.data());
  }
  count_samples(state);
}
BENCHMARK(BM_AppendPrometheusValue);

}  // namespace
}  // namespace weir::wire
