#pragma once

#include <memory>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "store/views/selector_views.h"
#include "stream/live/live_query.h"
#include "stream/live/live_subscriber.h"

namespace weir::stream {

/// Those who ask the same at the same times: what is evaluated once for all of them. Guarded by the hub's
/// mutex, but for what is constant.
struct LiveGroup {
  LiveGroup(std::string group_key, const LiveRequest& asked, TimestampMs first_ms)
      : key(std::move(group_key)), request(asked), next_ms(first_ms) {}

  const std::string key;
  const LiveRequest request;  ///< Of one of them.
  TimestampMs next_ms;        ///< The next time to evaluate.
  absl::flat_hash_map<const LiveSubscriber*, std::shared_ptr<LiveSubscriber>> members;
  std::unique_ptr<store::SelectorViews::Hold> views;  ///< What it reads; may be null.
  std::shared_ptr<const LiveEvaluation> newest;       ///< For those who come before the next. May be null.

  int64_t interval_ms() const { return request.interval.count(); }
  /// The members that go on; those that have ended are forgotten.
  std::vector<std::shared_ptr<LiveSubscriber>> going_on();
};

/// Equal for requests that can share their evaluations. `canonical`: canonical_live_query of its text.
std::string live_group_key(const LiveRequest& request, std::string_view canonical);

}  // namespace weir::stream
