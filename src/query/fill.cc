#include "absl/container/flat_hash_map.h"
#include "query/binary.h"

// `fill`, `fill_left`, `fill_right`: series that stand on one side where only the other has some.
namespace weir::query {
namespace {

/// A match group, and at which steps it has a series on each side.
struct Group {
  Labels labels;
  std::vector<bool> left;
  std::vector<bool> right;
};

/// The match groups of two vectors, in the order in which they are first seen.
class Groups {
 public:
  Groups(Evaluation& evaluation, const VectorMatching& matching, const Steps& steps)
      : evaluation_(evaluation), key_(matching), steps_(steps.count) {}

  Status mark(const Vector& vector, std::vector<bool> Group::*side) {
    for (const Series& series : vector) {
      RETURN_IF_ERROR(evaluation_.budget().work(steps_));
      const auto [at, is_new] = index_.try_emplace(key_(series.labels), groups_.size());
      if (is_new) {
        RETURN_IF_ERROR(evaluation_.budget().hold(groups_.size() + 1, steps_));
        groups_.push_back({at->first, std::vector<bool>(steps_), std::vector<bool>(steps_)});
      }
      std::vector<bool>& present = groups_[at->second].*side;
      for (size_t step = 0; step < steps_; ++step) {
        if (!is_absent(series.values[step])) present[step] = true;
      }
    }
    return {};
  }

  const std::vector<Group>& all() const { return groups_; }

 private:
  Evaluation& evaluation_;
  const MatchKey key_;
  const size_t steps_;
  absl::flat_hash_map<Labels, size_t, LabelsHash, LabelsEqual> index_;
  std::vector<Group> groups_;
};

// A series of the group's own labels, which has the value where the other side alone has one.
void add_filled(const Labels& labels, double value, const std::vector<bool>& own,
                const std::vector<bool>& other, Vector& out) {
  Column values(own.size(), absent());
  bool any = false;
  for (size_t step = 0; step < own.size(); ++step) {
    if (own[step] || !other[step]) continue;
    values[step] = value;
    any = true;
  }
  if (any) out.push_back({labels, std::move(values)});
}

}  // namespace

Status fill_missing(Evaluation& evaluation, const VectorMatching& matching, Vector& left, Vector& right,
                    const Steps& steps) {
  Groups groups(evaluation, matching, steps);
  RETURN_IF_ERROR(groups.mark(left, &Group::left));
  RETURN_IF_ERROR(groups.mark(right, &Group::right));
  RETURN_IF_ERROR(evaluation.budget().hold(left.size() + right.size() + groups.all().size(), steps.count));
  for (const Group& group : groups.all()) {
    if (matching.fill_left) add_filled(group.labels, *matching.fill_left, group.left, group.right, left);
    if (matching.fill_right) add_filled(group.labels, *matching.fill_right, group.right, group.left, right);
  }
  return {};
}

}  // namespace weir::query
