#pragma once

#include <limits>
#include <optional>
#include <span>
#include <vector>

#include <absl/container/flat_hash_set.h>

#include "aggregation/dd_sketch.h"
#include "aggregation/hyper_log_log.h"
#include "aggregation/partial.h"

/// What only some aggregations keep: the parts of a Partial that lie apart from it. For partial.cc alone.
namespace weir::aggregation {

/// The sum of all that both were given, with what rounding has taken from each.
query::KahanSum joined(query::KahanSum sum, const query::KahanSum& later);

/// Mean and sum of squared distances from it.
struct Moments {
  double mean = 0;
  double squares = 0;

  /// `values`: one at least.
  static Moments of(std::span<const double> values);
  /// `count`, `other_count`: of how many values each is; `count` may be 0.
  void join(uint64_t count, const Moments& other, uint64_t other_count);
};

/// The oldest and the newest sample.
struct Ends {
  TimestampMs first_ms = std::numeric_limits<TimestampMs>::max();
  TimestampMs last_ms = std::numeric_limits<TimestampMs>::min();
  double first = 0;
  double last = 0;

  /// Of equal times, the first of those that come first stays, and the last of those that come last.
  void join(const Ends& later);
};

struct Partial::Numbers {
  Moments moments;
  Ends ends;
  query::KahanSum increase;

  /// `count_before`: of the samples that it has. The rest as Partial::add_series, one sample at least.
  void add(const Needs& needs, uint64_t count_before, std::optional<double> before,
           std::span<const TimestampMs> times_ms, std::span<const double> values);
  /// `count`, `later_count`: of the samples that each has.
  void merge_later(uint64_t count, const Numbers& later, uint64_t later_count);
};

struct Partial::Sketches {
  /// The values of one label. It is known by its name's hash, as millions of copies of the name would be too
  /// many.
  struct LabelValues {
    uint64_t name_hash;
    HyperLogLog distinct;
  };

  static bool needed(const Needs& needs);
  explicit Sketches(const Needs& needs);

  void add(const Needs& needs, LabelsView of_series, std::span<const double> samples);
  void merge_later(const Sketches& later);
  /// Distinct values of a label, one of the needs; of the samples where it is empty.
  double distinct(const std::string& label) const;
  size_t size_bytes() const;

  absl::flat_hash_set<uint64_t> series;  ///< Hashes of their labels.
  std::optional<HyperLogLog> values;
  std::vector<LabelValues> labels;  ///< As Needs::distinct_labels.
  std::optional<DdSketch> quantiles;
};

}  // namespace weir::aggregation
