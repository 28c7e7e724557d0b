#include "notify/route.h"

#include <algorithm>

#include "notify/alert.h"

namespace weir::notify {
namespace {

bool add_matching(const Route& route, LabelsView labels, std::vector<const Route*>& out) {
  if (!all_match(route.matchers, labels)) return false;
  const size_t before = out.size();
  for (const Route& child : route.routes) {
    if (add_matching(child, labels, out) && !child.continues) break;
  }
  if (out.size() == before) out.push_back(&route);
  return true;
}

}  // namespace

bool Route::is_muted(TimestampMs at_ms) const {
  const auto has = [&](const std::vector<NamedTimes>& all) {
    return std::any_of(all.begin(), all.end(),
                       [&](const NamedTimes& named) { return any_contains(*named, at_ms); });
  };
  return has(mute_times) || (active_times && !has(*active_times));
}

Labels Route::group_labels(LabelsView labels) const {
  if (group_by_all) return Labels(labels);
  std::vector<Label> kept;
  for (const Label& label : labels) {
    if (std::binary_search(group_by.begin(), group_by.end(), label.name)) kept.push_back(label);
  }
  return Labels::from(std::move(kept)).value();  // a part of a label set is one
}

std::vector<const Route*> matching_routes(const Route& root, LabelsView labels) {
  std::vector<const Route*> out;
  add_matching(root, labels, out);
  return out;
}

std::string group_key(const Route& route, LabelsView group_labels) {
  return route.key + ":" + labels_text(group_labels);
}

}  // namespace weir::notify
