#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "absl/container/flat_hash_map.h"
#include "query/binary_histograms.h"
#include "query/group_index.h"
#include "query/label_sets.h"

// Matching of two vectors, column by column. Prometheus matches anew at each step; here the series of both
// sides are grouped by their match labels once, and only groups with several series on the "one" side look at
// single steps to see which of them is there.
namespace weir::query {
namespace {

using Card = VectorMatching::Card;

struct Group {
  std::span<const uint32_t> many;  ///< Indexes into the "many" side; for one-to-one the left.
  std::span<const uint32_t> one;
};

/// The labels of a result: those of the "many" side; one-to-one only those matched on. `group_left(x)` takes
/// x from the "one" side.
class ResultLabels {
 public:
  explicit ResultLabels(const Binary& binary)
      : include_(binary.matching.include),
        keeps_(binary.matching.card == Card::kOneToOne && binary.matching.on) {
    std::vector<std::string> names;
    if (binary.matching.card == Card::kOneToOne) names = binary.matching.labels;
    const size_t given = names.size();
    if (drops_metric(binary) && keeps_) {
      for (const std::string_view label : kMetricLabels) std::erase(names, label);
    } else if (drops_metric(binary)) {
      names.insert(names.end(), kMetricLabels.begin(), kMetricLabels.end());
    }
    unique_ = binary.matching.card == Card::kOneToOne && names.size() >= given;
    names_ = sorted_names(std::move(names));
  }

  /// Whether different match groups have different results.
  bool unique() const { return unique_; }

  Labels operator()(LabelsView many, LabelsView one) {
    bytes_.clear();
    if (keeps_) {
      append_kept_labels(many, names_, bytes_);
    } else {
      append_other_labels(many, names_, bytes_);
    }
    Labels labels{LabelsView(bytes_)};
    for (const std::string& name : include_) labels = set_label(labels, name, one.get(name));
    return labels;
  }

 private:
  const std::vector<std::string>& include_;
  const bool keeps_;
  bool unique_ = false;
  std::vector<std::string> names_;
  std::string bytes_;
};

class Matching {
 public:
  Matching(Evaluation& evaluation, const Expr& expr, const Binary& binary, const Vector& left,
           const Vector& right, const Steps& steps)
      : evaluation_(evaluation),
        histograms_(evaluation, expr, binary),
        binary_(binary),
        result_labels_(binary),
        swapped_(binary.matching.card == Card::kOneToMany),
        many_(swapped_ ? right : left),
        one_(swapped_ ? left : right),
        steps_(steps.count) {}

  Result<Vector> run() {
    GroupIndex index(GroupKey(binary_.matching));
    std::vector<uint32_t> group_of_one;
    for (const Series& series : one_) group_of_one.push_back(index.place(series.labels));
    std::vector<uint32_t> group_of_many;
    for (const Series& series : many_)
      group_of_many.push_back(index.find(series.labels).value_or(GroupMembers::kNone));
    const GroupMembers one(group_of_one, index.size());
    const GroupMembers many(group_of_many, index.size());
    bool unique = result_labels_.unique();
    for (size_t i = 0; i < index.size(); ++i) {
      const Group group{many.of(i), one.of(i)};
      unique = unique && group.many.size() <= 1 && group.one.size() <= 1;
      if (group.one.size() > 1) RETURN_IF_ERROR(check_one_side(group));
      if (binary_.matching.card == Card::kOneToOne) {
        RETURN_IF_ERROR(match_one_to_one(group));
      } else {
        RETURN_IF_ERROR(match_many_to_one(group));
      }
    }
    drop_empty(out_);
    if (!unique) RETURN_IF_ERROR(merge_equal_labels(out_));
    return std::move(out_);
  }

 private:
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
    GroupKey key(binary_.matching);
    const LabelsView group = key(a.labels);
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
        std::vector<bool>& steps_taken = taken[result_labels_(many_[i].labels, one_[j].labels)];
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
    Series result{result_labels_(many.labels, one.labels), Column(steps_)};
    combine(binary_.op, binary_.return_bool, left.values, right.values, result.values);
    RETURN_IF_ERROR(histograms_.combine(left, right, result));
    out_.push_back(std::move(result));
    return {};
  }

  Evaluation& evaluation_;
  HistogramCombiner histograms_;
  const Binary& binary_;
  ResultLabels result_labels_;
  const bool swapped_;  // the "many" side is the right one
  const Vector& many_;
  const Vector& one_;
  const size_t steps_;
  Vector out_;
};

}  // namespace

Result<Vector> match_vectors(Evaluation& evaluation, const Expr& expr, const Binary& binary,
                             const Vector& left, const Vector& right, const Steps& steps) {
  return Matching(evaluation, expr, binary, left, right, steps).run();
}

}  // namespace weir::query
