#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "model/batch.h"
#include "support/histograms.h"

/// What the tests of record codecs share.
namespace weir::wire::record_tests {

inline std::vector<uint32_t> all(const Batch& batch) {
  std::vector<uint32_t> indexes(batch.series_count());
  std::iota(indexes.begin(), indexes.end(), 0u);
  return indexes;
}

inline std::string text(const Histogram& histogram) {
  const HistogramLayout& layout = histogram.layout;
  std::string out = fmt::format("histogram({}", layout.schema);
  const auto add = [&](const std::vector<double>& numbers) {
    out += ";";
    for (const double number : numbers) out += fmt::format(" {:x}", std::bit_cast<uint64_t>(number));
  };
  for (const auto* spans : {&layout.positive_spans, &layout.negative_spans}) {
    out += ";";
    for (const HistogramSpan& span : *spans) out += fmt::format(" {}+{}", span.offset, span.length);
  }
  add({layout.zero_threshold, histogram.count, histogram.sum, histogram.zero_count});
  add(layout.custom_bounds);
  add(histogram.positive_buckets);
  add(histogram.negative_buckets);
  return out + fmt::format("; {})", static_cast<int>(histogram.reset_hint));
}

/// Everything in a batch, bit for bit.
inline std::string text(const Batch& batch) {
  std::string out;
  for (const Batch::Series& series : batch.series()) {
    out += batch.labels(series).to_string();
    for (size_t i = 0; i < series.sample_count; ++i) {
      out += fmt::format(" {:x}@{}", std::bit_cast<uint64_t>(batch.values(series)[i]),
                         batch.timestamps_ms(series)[i]);
    }
    for (size_t i = 0; i < series.histogram_count; ++i) {
      out += fmt::format(" {}@{}", text(batch.histograms(series)[i]), batch.histogram_times_ms(series)[i]);
    }
    for (size_t i = 0; i < series.exemplar_count; ++i) {
      const Exemplar exemplar = batch.exemplar(series, i);
      out += fmt::format(" exemplar({} {:x}@{})", exemplar.labels.to_string(),
                         std::bit_cast<uint64_t>(exemplar.value), exemplar.timestamp_ms);
    }
    out += "\n";
  }
  return out;
}

/// The example of the formats' pages.
inline Batch worked_example() {
  Batch batch;
  batch.begin_series(Labels::of({{"__name__", "up"}, {"job", "a"}}).view().bytes());
  batch.add_sample(1'000, 1);
  batch.begin_series(Labels::of({{"__name__", "up"}, {"job", "b"}}).view().bytes());
  batch.add_sample(1'000, 0.5);
  return batch;
}

/// Two series with the ends of time, time standing still and going back.
inline Batch every_kind_of_time() {
  Batch batch;
  for (int i = 0; i < 2; ++i) {
    batch.begin_series(Labels::of({{"__name__", "t"}}).view().bytes());
    for (const TimestampMs time : {TimestampMs{0}, std::numeric_limits<TimestampMs>::max(), TimestampMs{-1},
                                   std::numeric_limits<TimestampMs>::min(), TimestampMs{5}, TimestampMs{5}}) {
      batch.add_sample(time, 1);
    }
  }
  return batch;
}

/// Series with samples, histograms, both and none, of every kind.
inline Batch with_histograms(uint64_t seed) {
  os::Random random(seed);
  Batch batch;
  for (int i = 0; i < 20; ++i) {
    batch.begin_series(Labels::of({{"__name__", "h"}, {"i", fmt::format("{}", i)}}).view().bytes());
    if (i % 3 == 0) batch.add_sample(i, 0.5 * i);
    Histogram histogram = tests::random_histogram(random);
    for (int k = i % 4; k > 0; --k) {
      batch.add_histogram(1'000 * k, histogram);
      histogram = tests::next_histogram(histogram, random);
    }
  }
  return batch;
}

/// Series with samples, histograms and exemplars, some of them with exemplars alone.
inline Batch with_exemplars(uint64_t seed) {
  os::Random random(seed);
  Batch batch;
  for (int i = 0; i < 20; ++i) {
    batch.begin_series(Labels::of({{"__name__", "e"}, {"i", fmt::format("{}", i)}}).view().bytes());
    if (i % 3 == 0) batch.add_sample(i, 0.5 * i);
    if (i % 5 == 0) batch.add_histogram(i, tests::random_histogram(random));
    for (int k = i % 4; k > 0; --k) {
      const std::string id = fmt::format("{:016x}", random.next());
      const Labels labels = k == 3   ? Labels()
                            : k == 2 ? Labels::of({{"trace_id", id}})
                                     : Labels::of({{"span_id", id}, {"trace_id", "4bf92f"}});
      const auto timestamp_ms = static_cast<TimestampMs>(random.next());
      batch.add_exemplar(
          {labels, random.below(2) == 0 ? 0.25 * k : std::bit_cast<double>(random.next()), timestamp_ms});
    }
  }
  return batch;
}

/// Series without labels, and series with many of which the next changes one.
inline Batch no_labels_and_many() {
  Batch batch;
  batch.begin_series({});
  batch.add_sample(1, 1);
  batch.begin_series({});
  std::vector<Label> many;
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back(fmt::format("label_{}", i));
  for (const std::string& name : names) many.push_back({name, name});
  for (int i = 0; i < 3; ++i) {
    batch.begin_series(Labels::from(many).value().view().bytes());
    batch.add_sample(2, 2);
    many[static_cast<size_t>(i)].value = "changed";
  }
  return batch;
}

}  // namespace weir::wire::record_tests
