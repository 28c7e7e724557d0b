#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "absl/container/flat_hash_map.h"
#include "query/aggregate.h"
#include "query/histogram_text.h"
#include "query/label_sets.h"
#include "query/literals.h"
#include "query/range_functions.h"

namespace weir::query {
namespace {

struct Candidate {
  double value;
  size_t series;
};

/// The k best of the values offered to it, as a binary heap with the worst on top. Which of equal values stay
/// depends on the heap's moves, so they are those of Go's container/heap, and the choice is Prometheus'.
class TopHeap {
 public:
  TopHeap(bool greatest, size_t size_max) : greatest_(greatest), size_max_(size_max) {}

  void offer(const Candidate& candidate) {
    if (heap_.size() < size_max_) {
      heap_.push_back(candidate);
      up(heap_.size() - 1);
      return;
    }
    const double worst = heap_[0].value;
    const bool better = greatest_ ? worst < candidate.value : worst > candidate.value;
    if (!better && !(std::isnan(worst) && !std::isnan(candidate.value))) return;
    heap_[0] = candidate;
    down(0);
  }

  /// Best first, NaN last.
  std::vector<Candidate> take_sorted() {
    std::stable_sort(heap_.begin(), heap_.end(), [&](const Candidate& a, const Candidate& b) {
      if (std::isnan(a.value) || std::isnan(b.value)) return !std::isnan(a.value) && std::isnan(b.value);
      return greatest_ ? a.value > b.value : a.value < b.value;
    });
    return std::move(heap_);
  }

 private:
  // NaN is worse than anything, also than NaN.
  bool worse(size_t a, size_t b) const {
    if (std::isnan(heap_[a].value)) return true;
    return greatest_ ? heap_[a].value < heap_[b].value : heap_[a].value > heap_[b].value;
  }

  void up(size_t child) {
    while (child > 0) {
      const size_t parent = (child - 1) / 2;
      if (!worse(child, parent)) return;
      std::swap(heap_[child], heap_[parent]);
      child = parent;
    }
  }

  void down(size_t parent) {
    while (2 * parent + 1 < heap_.size()) {
      size_t child = 2 * parent + 1;
      if (child + 1 < heap_.size() && worse(child + 1, child)) ++child;
      if (!worse(child, parent)) return;
      std::swap(heap_[child], heap_[parent]);
      parent = child;
    }
  }

  const bool greatest_;
  const size_t size_max_;
  std::vector<Candidate> heap_;
};

std::vector<Candidate> choose(const Aggregate& aggregate, const Vector& input,
                              std::span<const size_t> members, size_t step, size_t count) {
  if (aggregate.op == AggregateOp::kLimitk) {
    std::vector<Candidate> first;
    for (const size_t member : members) {
      if (first.size() == count) break;
      const double value = input[member].values[step];
      if (!is_absent(value)) first.push_back({value, member});
    }
    return first;
  }
  TopHeap heap(aggregate.op == AggregateOp::kTopk, count);
  for (const size_t member : members) {
    const double value = input[member].values[step];
    if (!is_absent(value)) heap.offer({value, member});
  }
  return heap.take_sorted();
}

size_t count_param(double param, size_t series) {
  if (!(param >= 1)) return 0;
  return static_cast<size_t>(std::min(param, static_cast<double>(series)));
}

// Nothing is asked for when all counts are below one; else each must be a number that can count.
Status check_count_param(const Column& param) {
  constexpr double kInt64Max = 9'223'372'036'854'775'807.0;
  if (std::all_of(param.begin(), param.end(), [](double value) { return value < 1; })) return {};
  for (const double value : param) {
    if (std::isnan(value)) return failed_precondition("Parameter value is NaN");
    if (value <= -kInt64Max) {
      return failed_precondition(fmt::format("Scalar value {} underflows int64", value));
    }
    if (value >= kInt64Max) {
      return failed_precondition(fmt::format("Scalar value {} overflows int64", value));
    }
  }
  return {};
}

}  // namespace

Result<Vector> aggregate_top(Evaluation& evaluation, const Aggregate& aggregate, Vector input,
                             const Column& param, const Steps& steps) {
  RETURN_IF_ERROR(check_count_param(param));
  const Grouping groups = group_series(input, aggregate);
  RETURN_IF_ERROR(evaluation.budget().hold(input.size(), steps.count));
  std::vector<Series> chosen(input.size());
  std::vector<size_t> order;
  for (const std::vector<size_t>& members : groups.members) {
    for (size_t step = 0; step < steps.count; ++step) {
      const size_t count = count_param(param[step], input.size());
      if (count == 0) continue;
      RETURN_IF_ERROR(evaluation.budget().work(members.size()));
      for (const Candidate& candidate : choose(aggregate, input, members, step, count)) {
        Series& series = chosen[candidate.series];
        if (series.values.empty()) {
          series.values.assign(steps.count, absent());
          order.push_back(candidate.series);
        }
        series.put(step, input[candidate.series].point(step));
      }
    }
  }
  Vector out;
  for (const size_t series : order) {
    chosen[series].labels = std::move(input[series].labels);
    out.push_back(std::move(chosen[series]));
  }
  return out;
}

Result<Vector> aggregate_quantile(Evaluation& evaluation, const Aggregate& aggregate, const Vector& input,
                                  const Column& param, const Steps& steps) {
  const Grouping groups = group_series(input, aggregate);
  RETURN_IF_ERROR(evaluation.budget().hold(groups.labels.size(), steps.count));
  Vector out;
  std::vector<double> present;
  for (size_t group = 0; group < groups.labels.size(); ++group) {
    Column values(steps.count, absent());
    for (size_t step = 0; step < steps.count; ++step) {
      present.clear();
      RETURN_IF_ERROR(evaluation.budget().work(groups.members[group].size()));
      for (const size_t member : groups.members[group]) {
        const double value = input[member].values[step];
        if (!is_absent(value)) present.push_back(value);
      }
      if (!present.empty()) values[step] = quantile(param[step], present);
    }
    out.push_back({groups.labels[group], std::move(values)});
  }
  drop_empty(out);
  return out;
}

Result<Vector> aggregate_count_values(Evaluation& evaluation, const Aggregate& aggregate, const Vector& input,
                                      const Steps& steps) {
  const std::string& label = Evaluation::string(*aggregate.param);
  if (!is_label_name(label)) return failed_precondition("invalid label name " + quote(label));
  std::vector<std::string> names = aggregate.grouping;
  if (!aggregate.without) names.push_back(label);
  GroupIndex index(GroupKey(std::move(names), aggregate.without));
  Vector out;
  // The place of the series that counts a value.
  const auto counter = [&](LabelsView series, std::string_view value) -> Result<size_t> {
    const size_t place = index.place(set_label(series, label, value));
    if (place == out.size()) {
      RETURN_IF_ERROR(evaluation.budget().hold(out.size() + 1, steps.count));
      out.push_back({index.labels(place), Column(steps.count, absent())});
    }
    return place;
  };
  const auto count = [&](size_t series, size_t step) {
    double& counted = out[series].values[step];
    counted = is_absent(counted) ? 1 : counted + 1;
  };
  for (const Series& series : input) {
    RETURN_IF_ERROR(evaluation.budget().work(steps.count));
    absl::flat_hash_map<uint64_t, size_t> by_value;  // what a double of this series counts in
    for (size_t step = 0; step < steps.count; ++step) {
      const double value = series.values[step];
      if (is_absent(value)) continue;
      const Histogram* histogram = series.histogram(step);
      if (histogram != nullptr) {
        ASSIGN_OR_RETURN(const size_t counted, counter(series.labels, histogram_text(*histogram)));
        count(counted, step);
        continue;
      }
      const auto [known, is_new_value] = by_value.try_emplace(std::bit_cast<uint64_t>(value), 0);
      if (is_new_value) {
        ASSIGN_OR_RETURN(known->second, counter(series.labels, format_number(value)));
      }
      count(known->second, step);
    }
  }
  return out;
}

}  // namespace weir::query
