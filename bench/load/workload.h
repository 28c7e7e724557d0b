#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"
#include "os/random.h"

namespace weir::bench {

inline constexpr size_t kSeriesPerHost = 100;

/// What the value of a series does over time.
enum class Shape {
  kCounter,  ///< Grows by whole numbers, resets now and then.
  kGauge,    ///< A random walk with two decimals.
  kInteger,  ///< Whole numbers that stay or move a little.
  kSmooth,   ///< A slow wave with all 52 bits of noise.
  kConstant,
};

/// DevOps-like metrics in the manner of TSBS: hosts with 100 series each, 8 to 10 labels a series, one sample
/// of every series at each step. Churn replaces hosts, one after the other, by new ones in their place:
/// another `instance`, new values. One workload is a range of the hosts. Deterministic by options. Owned by
/// one thread.
class Workload {
 public:
  struct Options {
    uint32_t hosts = 100;     ///< Of all workloads together: churn takes turns over them.
    uint32_t host_begin = 0;  ///< The hosts of this workload, [host_begin, host_end).
    uint32_t host_end = 100;
    double churn_percent = 0;  ///< Of `hosts`, replaced at each step but the first; 0 to 100.
    uint64_t seed = 1;
  };
  explicit Workload(const Options& options);

  size_t series_count() const { return series_.size(); }

  /// How many series have been there by now, replaced ones included.
  uint64_t series_ever() const { return series_ever_; }

  /// Replaces the hosts whose turn it is; call it for each step from 0, ascending, before append.
  void begin_step(uint32_t step);

  /// Appends one sample at `at_ms` of the series [begin, end) to `batch`; call it once for each step,
  /// ascending.
  void append(size_t begin, size_t end, TimestampMs at_ms, Batch& batch);

  /// Goes through a step as begin_step and append would, without its samples.
  void skip_step(uint32_t step);

 private:
  struct Series {
    std::string labels;  // canonical
    Shape shape;
    double value;
    double pace;
  };
  Series make_series(size_t metric, int index, std::string_view instance, uint32_t host);
  void replace_host(uint32_t host, uint64_t generation);
  double next_value(Series& series, TimestampMs at_ms);

  Options options_;
  std::vector<Series> series_;  // by host
  uint64_t series_ever_ = 0;
  os::Random random_;
};

}  // namespace weir::bench
