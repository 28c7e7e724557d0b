#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/time_range.h"

namespace weir::store::embedded {

/// When each hour of one tenant's samples changed last, counted in changes of its partition. Owned by one
/// thread. Hours beyond `hours_max` are one: the older half is folded together, and then changes as a whole.
class HourVersions {
 public:
  explicit HourVersions(size_t hours_max = kHoursMax) : hours_max_(hours_max) {}

  /// The hour of `at_ms`, which is not negative, changes. `version`: not less than in any call before.
  void touch(TimestampMs at_ms, uint64_t version);
  /// The version of the hour in `range`, not empty, that changed last; 0 when none did. It never falls, and
  /// rises with every touch of an hour in the range by a new version: the same answer twice means that
  /// nothing changed in between.
  uint64_t newest(const TimeRange& range) const;

  /// The hour that a time is in, both ends included.
  static TimeRange hour_of(TimestampMs at_ms);
  size_t size() const { return hours_.size(); }

 private:
  static constexpr size_t kHoursMax = 1'024;  // six weeks, 16 KiB
  struct Hour {
    TimestampMs begin_ms;
    uint64_t version;
  };
  void fold();

  size_t hours_max_;
  std::vector<Hour> hours_;     // ascending
  TimestampMs folded_end_ = 0;  // hours before it are one
  uint64_t folded_version_ = 0;
};

}  // namespace weir::store::embedded
