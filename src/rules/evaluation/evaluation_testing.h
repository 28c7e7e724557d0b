#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"
#include "rules/evaluation/group_state.h"

/// What tests evaluate rules in: the answer of each expression is what they say, at whatever time.
namespace weir::rules {

class Answers {
 public:
  void set(const std::string& expr, std::vector<RuleSample> samples) {
    answers_.insert_or_assign(expr, std::move(samples));
  }
  void fail(const std::string& expr, Error error = invalid_argument("bad query")) {
    answers_.insert_or_assign(expr, std::move(error));
  }

  Environment environment() {
    Environment made;
    made.query = [this](const std::string& expr, TimestampMs at_ms) -> Result<std::vector<RuleSample>> {
      asked.emplace_back(expr, at_ms);
      const auto at = answers_.find(expr);
      return at == answers_.end() ? std::vector<RuleSample>() : at->second;
    };
    made.external_labels = {{"region", "eu"}};
    made.external_url = "http://weir.example";
    return made;
  }

  std::vector<std::pair<std::string, TimestampMs>> asked;

 private:
  std::map<std::string, Result<std::vector<RuleSample>>> answers_;
};

/// The groups of a rule file without problems.
inline std::vector<RuleGroup> groups_of(const std::string& text) {
  RuleFile file = parse_rule_file(text);
  for (const Problem& problem : file.problems)
    ADD_FAILURE() << yaml::to_text(problem.mark) << " " << problem.message;
  return std::move(file.groups);
}

inline RuleSample sample(std::initializer_list<Label> labels, double value) {
  return {Labels::of(labels), value};
}

/// `metric{a="b"} 1 @1000`, in the order of the batch.
inline std::vector<std::string> lines_of(const Batch& batch) {
  std::vector<std::string> lines;
  for (const Batch::Series& series : batch.series()) {
    for (size_t i = 0; i < series.sample_count; ++i) {
      const double value = batch.values(series)[i];
      lines.push_back(fmt::format("{} {} @{}", batch.labels(series).to_string(),
                                  is_stale(value) ? "stale" : fmt::to_string(value),
                                  batch.timestamps_ms(series)[i]));
    }
  }
  return lines;
}

inline std::vector<std::string> lines_of(const std::vector<RuleSample>& samples) {
  std::vector<std::string> lines;
  for (const RuleSample& one : samples)
    lines.push_back(fmt::format("{} {}", one.labels.view().to_string(), std::get<double>(one.value)));
  return lines;
}

}  // namespace weir::rules
