#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "absl/container/flat_hash_map.h"
#include "query/binary_histograms.h"
#include "query/label_sets.h"

// Matching of two vectors, column by column. Prometheus matches anew at each step; here the series of both
// sides are grouped by their match labels once, and only groups with several series on the "one" side look at
// single steps to see which of them is there.
namespace weir::query {
namespace {

using Card = VectorMatching::Card;

struct Group {
  std::vector<size_t> many;  ///< Indexes into the "many" side; for one-to-one the left.
  std::vector<size_t> one;
};

using Groups = absl::flat_hash_map<Labels, size_t, LabelsHash, LabelsEqual>;

class Matching {
 public:
  Matching(Evaluation& evaluation, const Expr& expr, const Binary& binary, const Vector& left,
           const Vector& right, const Steps& steps)
      : evaluation_(evaluation),
        histograms_(evaluation, expr, binary),
        binary_(binary),
        names_(sorted_names(binary.matching.labels)),
        swapped_(binary.matching.card == Card::kOneToMany),
        many_(swapped_ ? right : left),
        one_(swapped_ ? left : right),
        steps_(steps.count) {}

  Result<Vector> run() {
    group();
    for (const Group& group : groups_) {
      if (group.one.size() > 1) RETURN_IF_ERROR(check_one_side(group));
      if (binary_.matching.card == Card::kOneToOne) {
        RETURN_IF_ERROR(match_one_to_one(group));
      } else {
        RETURN_IF_ERROR(match_many_to_one(group));
      }
    }
    drop_empty(out_);
    RETURN_IF_ERROR(merge_equal_labels(out_));
    return std::move(out_);
  }

 private:
  void group() {
    const MatchKey key(binary_.matching);
    Groups index;
    for (size_t i = 0; i < one_.size(); ++i) {
      const auto [at, is_new] = index.try_emplace(key(one_[i].labels), groups_.size());
      if (is_new) groups_.emplace_back();
      groups_[at->second].one.push_back(i);
    }
    for (size_t i = 0; i < many_.size(); ++i) {
      const auto at = index.find(key(many_[i].labels));
      if (at != index.end()) groups_[at->second].many.push_back(i);
    }
  }

  // Two series of one group may not be there at the same step, unless the other side is empty at it.
  Status check_one_side(const Group& group) {
    std::vector<const Series*> seen(steps_, nullptr);
    for (const size_t i : group.one) {
      RETURN_IF_ERROR(evaluation_.budget().work(steps_));
      for (size_t step = 0; step < steps_; ++step) {
        if (is_absent(one_[i].values[step])) continue;
        if (seen[step] != nullptr && many_side_has_values(step)) return duplicate(*seen[step], one_[i]);
        seen[step] = &one_[i];
      }
    }
    return {};
  }

  bool many_side_has_values(size_t step) const {
    return binary_.matching.fills() || std::any_of(many_.begin(), many_.end(), [&](const Series& series) {
             return !is_absent(series.values[step]);
           });
  }

  Error duplicate(const Series& a, const Series& b) const {
    std::string first = label_text(a.labels);
    std::string second = label_text(b.labels);
    if (first > second) std::swap(first, second);
    const Labels group = MatchKey(binary_.matching)(a.labels);
    return failed_precondition(fmt::format(
        "found duplicate series for the match group {} on the {} hand-side of the operation: [{}, "
        "{}];many-to-many matching not allowed: matching labels must be unique on one side",
        label_text(group), swapped_ ? "left" : "right", first, second));
  }

  Status match_one_to_one(const Group& group) {
    std::vector<bool> taken(group.many.size() > 1 ? steps_ : 0);
    for (const size_t i : group.many) {
      for (const size_t j : group.one) {
        if (!mark(taken, many_[i], one_[j])) {
          return failed_precondition(
              "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
        }
        RETURN_IF_ERROR(add(many_[i], one_[j]));
      }
    }
    return {};
  }

  Status match_many_to_one(const Group& group) {
    absl::flat_hash_map<Labels, std::vector<bool>, LabelsHash, LabelsEqual> taken;
    for (const size_t i : group.many) {
      for (const size_t j : group.one) {
        std::vector<bool>& steps_taken = taken[result_labels(many_[i].labels, one_[j].labels)];
        steps_taken.resize(steps_);
        if (!mark(steps_taken, many_[i], one_[j])) {
          return failed_precondition(
              "multiple matches for labels: grouping labels must ensure unique matches");
        }
        RETURN_IF_ERROR(add(many_[i], one_[j]));
      }
    }
    return {};
  }

  // Marks the steps at which both are there and can be joined; false when one of them was marked before.
  bool mark(std::vector<bool>& taken, const Series& many, const Series& one) const {
    const Series& left = swapped_ ? one : many;
    const Series& right = swapped_ ? many : one;
    for (size_t step = 0; step < taken.size(); ++step) {
      if (is_absent(many.values[step]) || is_absent(one.values[step])) continue;
      if (!joins(binary_.op, left.histogram(step), right.histogram(step))) continue;
      if (taken[step]) return false;
      taken[step] = true;
    }
    return true;
  }

  Status add(const Series& many, const Series& one) {
    Budget& budget = evaluation_.budget();
    RETURN_IF_ERROR(budget.hold(out_.size() + 1, steps_));
    RETURN_IF_ERROR(budget.work(steps_));
    const Series& left = swapped_ ? one : many;
    const Series& right = swapped_ ? many : one;
    Series result{result_labels(many.labels, one.labels), Column(steps_)};
    combine(binary_.op, binary_.return_bool, left.values, right.values, result.values);
    RETURN_IF_ERROR(histograms_.combine(left, right, result));
    out_.push_back(std::move(result));
    return {};
  }

  // The labels of the "many" side; one-to-one only those matched on. `group_left(x)` takes x from the "one"
  // side.
  Labels result_labels(LabelsView many, LabelsView one) const {
    const VectorMatching& matching = binary_.matching;
    Labels labels = drops_metric(binary_) ? drop_metric(many) : Labels(many);
    if (matching.card == Card::kOneToOne) {
      labels = matching.on ? keep_labels(labels, names_) : drop_labels(labels, names_);
    }
    for (const std::string& name : matching.include) labels = set_label(labels, name, one.get(name));
    return labels;
  }

  Evaluation& evaluation_;
  HistogramCombiner histograms_;
  const Binary& binary_;
  const std::vector<std::string> names_;  // of the match labels
  const bool swapped_;                    // the "many" side is the right one
  const Vector& many_;
  const Vector& one_;
  const size_t steps_;
  std::vector<Group> groups_;
  Vector out_;
};

}  // namespace

Result<Vector> match_vectors(Evaluation& evaluation, const Expr& expr, const Binary& binary,
                             const Vector& left, const Vector& right, const Steps& steps) {
  return Matching(evaluation, expr, binary, left, right, steps).run();
}

}  // namespace weir::query
