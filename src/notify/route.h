#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "notify/time_interval.h"

namespace weir::notify {

/// The intervals that have one name; routes that name them share them.
using NamedTimes = std::shared_ptr<const std::vector<TimeInterval>>;

/// A node of the routing tree, with what it inherits from above. Immutable once read.
struct Route {
  std::string receiver;
  std::vector<std::string> group_by;          ///< Sorted.
  bool group_by_all = false;                  ///< Each alert is a group of its own.
  std::vector<Matcher> matchers;              ///< In the order of `sort_matchers`.
  bool continues = false;                     ///< Whether siblings behind it are asked too when it matches.
  int64_t group_wait_ms = 30'000;             ///< From the first alert of a group to its first notification.
  int64_t group_interval_ms = 5 * kMinuteMs;  ///< Between notifications of a group that changes.
  int64_t repeat_interval_ms = 4 * kHourMs;   ///< Between notifications of one that does not.
  std::vector<NamedTimes> mute_times = {};    ///< When nothing is told. Not inherited, as the next one.
  std::optional<std::vector<NamedTimes>> active_times = {};  ///< When something is told; absent: always.
  std::string key;  ///< Alertmanager's: the matchers from the root on.
  std::vector<Route> routes;

  /// Whether nothing is told at this time.
  bool is_muted(TimestampMs at_ms) const;
  /// The labels by which an alert is grouped here: those of `group_by` that it has.
  Labels group_labels(LabelsView labels) const;
};

/// Where an alert goes: the deepest routes that match. The root matches everything, so there is at least one.
/// The pointers live as long as the tree.
std::vector<const Route*> matching_routes(const Route& root, LabelsView labels);

/// The key of a group, as Alertmanager makes it: `{}/{team="a"}:{alertname="b"}`.
std::string group_key(const Route& route, LabelsView group_labels);

}  // namespace weir::notify
