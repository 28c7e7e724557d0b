#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/batch.h"
#include "model/labels.h"

namespace weir::collect {

/// Most series of one reading; what comes after is dropped and counted.
inline constexpr size_t kSeriesPerReadingMax = 50'000;

/// Takes the samples of one reading after another. The canonical label bytes of a series are built when it is
/// first seen and kept, so that a reading costs a hash look-up a sample. A series counts once a reading: the
/// first sample wins. Owned by one thread.
class SampleSink {
 public:
  /// `common` labels are added to every series.
  explicit SampleSink(std::vector<std::pair<std::string, std::string>> common) : common_(std::move(common)) {}

  /// Starts a reading; series that the last ones did not have are forgotten in time.
  void begin();

  /// Labels with an empty value are left out, as everywhere.
  void add(std::string_view metric, std::span<const Label> labels, double value);
  void add(std::string_view metric, std::initializer_list<Label> labels, double value) {
    add(metric, std::span(labels.begin(), labels.size()), value);
  }
  void add(std::string_view metric, double value) { add(metric, std::span<const Label>(), value); }
  /// For counters that the kernel lets slip back a little: while the value is less than `slip_max` below the
  /// last one, that one is repeated, since a query would read the slip as a reset.
  void add_counter(std::string_view metric, std::initializer_list<Label> labels, double value,
                   double slip_max);

  /// Samples of this reading so far. A part that fails half way is undone by `truncate` to the size before
  /// it.
  size_t size() const { return samples_.size(); }
  void truncate(size_t size) { samples_.resize(size); }
  uint64_t dropped() const { return dropped_; }

  /// Adds the reading to `batch`, one sample a series.
  void append_to(Batch& batch, TimestampMs timestamp_ms) const;

 private:
  struct Series {
    std::string labels;    // canonical
    double last = 0;       // of add_counter
    uint64_t reading = 0;  // the last one with a sample
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };
  struct Sample {
    const Series* series;
    double value;
  };

  /// The series, or null when it has its sample already or there are too many.
  Series* take(std::string_view metric, std::span<const Label> labels);
  std::string canonical(std::string_view metric, std::span<const Label> labels) const;

  const std::vector<std::pair<std::string, std::string>> common_;
  std::unordered_map<std::string, Series, Hash, std::equal_to<>> series_;
  std::vector<Sample> samples_;
  std::string key_;  // scratch of `take`
  uint64_t reading_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace weir::collect
