#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/batch.h"
#include "os/random.h"

namespace weir::bench {

/// What the value of a series does over time.
enum class Shape {
  kCounter,  ///< Grows by whole numbers, resets now and then.
  kGauge,    ///< A random walk with two decimals.
  kInteger,  ///< Whole numbers that stay or move a little.
  kSmooth,   ///< A slow wave with all 52 bits of noise.
  kConstant,
};

/// DevOps-like metrics in the manner of TSBS: hosts with 100 series each, 8 to 10 labels a series, one sample
/// of every series at each step. Deterministic by seed. Owned by one thread.
class Workload {
 public:
  struct Options {
    uint32_t hosts = 100;
    int64_t step_ms = 10'000;
    uint64_t seed = 1;
  };
  explicit Workload(const Options& options);

  size_t series_count() const { return series_.size(); }

  /// Appends one sample at `at_ms` of the series [begin, end) to `batch`; call it once for each step,
  /// ascending.
  void append(size_t begin, size_t end, TimestampMs at_ms, Batch& batch);

 private:
  struct Series {
    std::string labels;  // canonical
    Shape shape;
    double value;
    double pace;
  };
  double next_value(Series& series, TimestampMs at_ms);

  std::vector<Series> series_;
  os::Random random_;
};

}  // namespace weir::bench
