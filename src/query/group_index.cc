#include "query/group_index.h"

#include <iterator>
#include <utility>

#include "query/label_sets.h"

namespace weir::query {

GroupKey::GroupKey(std::vector<std::string> names, bool without, bool drops_metric) : without_(without) {
  if (without) names.insert(names.end(), kMetricLabels.begin(), kMetricLabels.end());
  if (!without && drops_metric) {
    for (const std::string_view label : kMetricLabels) std::erase(names, label);
  }
  names_ = sorted_names(std::move(names));
}

LabelsView GroupKey::operator()(LabelsView labels) {
  bytes_.clear();
  if (without_) {
    append_other_labels(labels, names_, bytes_);
  } else {
    append_kept_labels(labels, names_, bytes_);
  }
  return LabelsView(bytes_);
}

uint32_t GroupIndex::place(LabelsView labels) {
  const LabelsView key = key_(labels);
  const auto number = static_cast<uint32_t>(labels_.size());
  const auto at =
      places_.lazy_emplace(key, [&](const auto& make) { make(labels_.emplace_back(key).view(), number); });
  return at->second;
}

std::optional<uint32_t> GroupIndex::find(LabelsView labels) {
  const auto at = places_.find(key_(labels));
  return at == places_.end() ? std::nullopt : std::optional(at->second);
}

std::vector<Labels> GroupIndex::take_labels() {
  places_.clear();
  return {std::make_move_iterator(labels_.begin()), std::make_move_iterator(labels_.end())};
}

GroupMembers::GroupMembers(std::span<const uint32_t> group_of, size_t groups) : begins_(groups + 1) {
  for (const uint32_t group : group_of) {
    if (group != kNone) ++begins_[group + 1];
  }
  for (size_t group = 0; group < groups; ++group) begins_[group + 1] += begins_[group];
  std::vector<uint32_t> next = begins_;
  members_.resize(begins_.back());
  for (size_t i = 0; i < group_of.size(); ++i) {
    if (group_of[i] != kNone) members_[next[group_of[i]]++] = static_cast<uint32_t>(i);
  }
}

}  // namespace weir::query
