#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/batch.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "model/sample.h"
#include "model/time_range.h"
#include "rules/backtest/rule_outputs.h"

namespace weir::rules::backtest {

/// Series that rules have made, in memory. Owned by one thread.
class MadeSeries {
 public:
  /// `bytes_max`: of all series together, labels and samples.
  explicit MadeSeries(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// Adds the samples of a batch. Where a series has another value at a time, the first one stays, as in a
  /// store, and `conflicts` counts it. kResourceExhausted once it holds too much.
  Status write(const Batch& samples);

  /// One that matchers have selected. It lives until the next `write`.
  struct Selected {
    LabelsView labels;
    const SampleColumns* samples;
    size_t begin;  ///< Places of the samples in the range: [begin, end).
    size_t end;
  };
  /// Those with samples in the range, in ascending order of labels.
  std::vector<Selected> select(std::span<const Matcher> matchers, const TimeRange& range) const;

  /// How many series of a rule there are.
  uint64_t count(const RuleOutput& output) const;
  uint64_t sample_count() const { return sample_count_; }
  uint64_t conflicts() const { return conflicts_; }

 private:
  using ByLabels = std::map<Labels, SampleColumns>;

  void add(SampleColumns& series, TimestampMs at_ms, double value, HistogramPtr histogram);

  const uint64_t bytes_max_;
  std::map<std::string, ByLabels, std::less<>> metrics_;
  uint64_t bytes_ = 0;
  uint64_t sample_count_ = 0;
  uint64_t conflicts_ = 0;
};

}  // namespace weir::rules::backtest
