#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "base/hash.h"
#include "model/labels.h"
#include "model/matcher.h"

namespace weir {

/// Finds those of many selectors that may accept a series. Most selectors name a metric, and most of one
/// metric differ by the value of a label: they are found by both, whatever the number of the others. A value;
/// owned by one thread.
template <typename T>
class MatcherIndex {
 public:
  void add(std::span<const Matcher> matchers, T value) {
    const Matcher* metric = equality(matchers, true);
    const Matcher* label = equality(matchers, false);
    OfMetric& of = metric == nullptr ? unnamed_ : metrics_[metric->value()];
    std::vector<T>& values = label == nullptr ? of.others : of.by_label[label->name()][label->value()];
    values.push_back(std::move(value));
  }

  /// Calls `use` with each value whose selector may accept the series. Whether it does remains to be asked:
  /// `all_match`.
  template <typename F>
  void for_candidates(LabelsView labels, F&& use) {
    visit(unnamed_, labels, use);
    if (const auto of = metrics_.find(labels.metric()); of != metrics_.end()) visit(of->second, labels, use);
  }

 private:
  using ByValue = absl::flat_hash_map<std::string, std::vector<T>, StringHash, std::equal_to<>>;
  struct OfMetric {
    std::map<std::string, ByValue, std::less<>> by_label;
    std::vector<T> others;
  };

  static const Matcher* equality(std::span<const Matcher> matchers, bool of_name) {
    const auto found = std::find_if(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
      return matcher.op() == MatchOp::kEqual && !matcher.value().empty() &&
             (matcher.name() == kMetricName) == of_name;
    });
    return found == matchers.end() ? nullptr : &*found;
  }

  template <typename F>
  static void visit(OfMetric& of, LabelsView labels, F& use) {
    for (T& value : of.others) use(value);
    for (auto& [name, by_value] : of.by_label) {
      const auto values = by_value.find(labels.get(name));
      if (values == by_value.end()) continue;
      for (T& value : values->second) use(value);
    }
  }

  absl::flat_hash_map<std::string, OfMetric, StringHash, std::equal_to<>> metrics_;
  OfMetric unnamed_;  // of selectors that name no metric
};

}  // namespace weir
