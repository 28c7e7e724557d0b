#pragma once

#include <map>
#include <optional>
#include <vector>

#include "os/clock.h"

namespace weir::rules {

/// Rules whose views have come to hold other samples, until they have been looked at: each when the watermark
/// has passed those, but not too often. A value; owned by one thread.
class ChangedRules {
 public:
  /// Samples up to `newest_ms` are new to what the rule reads.
  void note(size_t rule, TimestampMs newest_ms);
  void clear() { rules_.clear(); }

  /// Those that are to be looked at for the time `watermark_ms`, and have not been for it.
  std::vector<size_t> due(TimestampMs watermark_ms, os::SteadyTime now) const;
  /// One of them has been looked at for that time.
  void looked_at(size_t rule, TimestampMs at_ms);
  /// It is not due before `until`.
  void put_off(size_t rule, os::SteadyTime until) { rules_[rule].next = until; }

  /// How long until one of them may be due; nullopt where none waits.
  std::optional<os::milliseconds> wait(std::optional<TimestampMs> watermark_ms, os::SteadyTime now) const;

 private:
  struct Rule {
    bool waits = false;
    TimestampMs first_ms = 0;  // of the samples that are new and have not been looked at, and the last one
    TimestampMs last_ms = 0;
    os::SteadyTime next;  // not before that
  };

  std::map<size_t, Rule> rules_;
};

}  // namespace weir::rules
