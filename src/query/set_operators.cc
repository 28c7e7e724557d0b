#include "absl/container/flat_hash_map.h"
#include "query/binary.h"

namespace weir::query {
namespace {

/// At which steps each match key has a value in a vector.
class Presence {
 public:
  Presence(const Vector& vector, const MatchKey& key, size_t steps) {
    for (const Series& series : vector) {
      std::vector<bool>& present = by_key_[key(series.labels)];
      present.resize(steps);
      for (size_t step = 0; step < steps; ++step) {
        if (!is_absent(series.values[step])) present[step] = true;
      }
    }
  }

  /// Null when the key never has a value.
  const std::vector<bool>* find(const Labels& key) const {
    const auto at = by_key_.find(key);
    return at == by_key_.end() ? nullptr : &at->second;
  }

 private:
  absl::flat_hash_map<Labels, std::vector<bool>, LabelsHash, LabelsEqual> by_key_;
};

// Keeps the values at steps where `other` has the key (`wanted`), or where it has not.
void filter(Vector& vector, const Presence& other, const MatchKey& key, bool wanted) {
  for (Series& series : vector) {
    const std::vector<bool>* present = other.find(key(series.labels));
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
  const MatchKey key(binary.matching);
  RETURN_IF_ERROR(evaluation.budget().hold(left.size() + right.size(), steps.count));
  RETURN_IF_ERROR(evaluation.budget().work((left.size() + right.size()) * steps.count));
  if (binary.op != BinaryOp::kOr) {
    filter(left, Presence(right, key, steps.count), key, binary.op == BinaryOp::kAnd);
    return left;
  }
  filter(right, Presence(left, key, steps.count), key, false);
  left.insert(left.end(), std::make_move_iterator(right.begin()), std::make_move_iterator(right.end()));
  RETURN_IF_ERROR(merge_equal_labels(left));
  return left;
}

}  // namespace weir::query
