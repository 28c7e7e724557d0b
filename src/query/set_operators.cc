#include "query/binary.h"
#include "query/group_index.h"

namespace weir::query {
namespace {

/// At which steps each match group has a value in a vector.
class Presence {
 public:
  Presence(const Vector& vector, const VectorMatching& matching, size_t steps) : groups_(GroupKey(matching)) {
    for (const Series& series : vector) {
      const uint32_t group = groups_.place(series.labels);
      if (group == present_.size()) present_.emplace_back(steps);
      for (size_t step = 0; step < steps; ++step) {
        if (!is_absent(series.values[step])) present_[group][step] = true;
      }
    }
  }

  /// Null when the group of a series with these labels never has a value.
  const std::vector<bool>* find(LabelsView labels) {
    const auto group = groups_.find(labels);
    return group ? &present_[*group] : nullptr;
  }

 private:
  GroupIndex groups_;
  std::vector<std::vector<bool>> present_;  // by group
};

// Keeps the values at steps where `other` has the group (`wanted`), or where it has not.
void filter(Vector& vector, Presence other, bool wanted) {
  for (Series& series : vector) {
    const std::vector<bool>* present = other.find(series.labels);
    for (size_t step = 0; step < series.values.size(); ++step) {
      const bool there = present != nullptr && (*present)[step];
      if (there != wanted) series.erase(step);
    }
  }
  drop_empty(vector);
}

}  // namespace

Result<Vector> combine_sets(Evaluation& evaluation, const Binary& binary, Vector left, Vector right,
                            const Steps& steps) {
  RETURN_IF_ERROR(evaluation.budget().hold(left.size() + right.size(), steps.count));
  RETURN_IF_ERROR(evaluation.budget().work((left.size() + right.size()) * steps.count));
  if (binary.op != BinaryOp::kOr) {
    filter(left, Presence(right, binary.matching, steps.count), binary.op == BinaryOp::kAnd);
    return left;
  }
  filter(right, Presence(left, binary.matching, steps.count), false);
  left.insert(left.end(), std::make_move_iterator(right.begin()), std::make_move_iterator(right.end()));
  RETURN_IF_ERROR(merge_equal_labels(left));
  return left;
}

}  // namespace weir::query
