#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "model/labels.h"
#include "query/ast.h"

/// Series inside a query are known by the number of their group, so that label sets are taken apart and
/// hashed once for each series and operator, and made only of what comes out.
namespace weir::query {

/// Maps the labels of a series to those of its group: `by` keeps names, `without` drops them and the
/// metric's.
class GroupKey {
 public:
  /// `drops_metric`: the labels given are still those of the metric, and the values not.
  GroupKey(std::vector<std::string> names, bool without, bool drops_metric = false);
  /// Of a binary operator: the labels by which two vectors are matched.
  explicit GroupKey(const VectorMatching& matching) : GroupKey(matching.labels, !matching.on) {}
  /// Lives until the next call.
  LabelsView operator()(LabelsView labels);

 private:
  std::vector<std::string> names_;
  bool without_;
  std::string bytes_;
};

/// Numbers groups in the order in which they first come.
class GroupIndex {
 public:
  explicit GroupIndex(GroupKey key) : key_(std::move(key)) {}
  /// The group of a series.
  uint32_t place(LabelsView labels);
  /// The same if there is one yet.
  std::optional<uint32_t> find(LabelsView labels);
  size_t size() const { return labels_.size(); }
  const Labels& labels(size_t group) const { return labels_[group]; }
  /// Of each group; to be called last.
  std::vector<Labels> take_labels();

 private:
  GroupKey key_;
  std::deque<Labels> labels_;  // by group; they stay where they are
  absl::flat_hash_map<LabelsView, uint32_t, LabelsHash, LabelsEqual> places_;  // views of labels_
};

/// Which series are in each group, all lists in two arrays.
class GroupMembers {
 public:
  /// A series that is in no group.
  static constexpr uint32_t kNone = UINT32_MAX;

  /// `group_of`: by series.
  GroupMembers(std::span<const uint32_t> group_of, size_t groups);
  /// Ascending.
  std::span<const uint32_t> of(size_t group) const {
    return std::span(members_).subspan(begins_[group], begins_[group + 1] - begins_[group]);
  }

 private:
  std::vector<uint32_t> begins_;  // of each group in members_, and the end
  std::vector<uint32_t> members_;
};

}  // namespace weir::query
