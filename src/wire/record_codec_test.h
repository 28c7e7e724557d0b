#pragma once

#include <bit>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "model/batch.h"

/// What the tests of record codecs share.
namespace weir::wire::record_tests {

inline std::vector<uint32_t> all(const Batch& batch) {
  std::vector<uint32_t> indexes(batch.series_count());
  std::iota(indexes.begin(), indexes.end(), 0u);
  return indexes;
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

}  // namespace weir::wire::record_tests
