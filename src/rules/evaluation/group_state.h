#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/batch.h"
#include "os/clock.h"
#include "rules/evaluation/rule_state.h"

namespace weir::rules {

/// How the last evaluation of a rule went.
struct RuleHealth {
  bool evaluated = false;
  std::string error;  ///< Empty when it went well.
  TimestampMs at_ms = 0;
  std::chrono::microseconds took{0};
  size_t samples = 0;
};

/// The rules of a group with what they remember. Owned by one thread.
class GroupState {
 public:
  /// `group` is one that parse_rule_file found no problem in.
  explicit GroupState(const RuleGroup& group);

  const std::vector<RuleState>& rules() const { return rules_; }
  const std::vector<RuleHealth>& health() const { return health_; }

  /// Takes samples that rules have made and stale markers of series that they make no more. When it returns
  /// success, queries see them.
  using Write = std::function<Status(const Batch& samples)>;

  /// Evaluates the rules in their order at one time, which must not go backwards. A rule sees what the ones
  /// before it have made: their samples are written before a rule that may read them is evaluated, and else
  /// together. A rule that has been evaluated for a later time is passed over. What goes wrong with one rule
  /// is in its health and does not keep the others from being evaluated. Errors: those of `write`, and
  /// kUnavailable where a query cannot be answered now; after both the group is to be evaluated for the same
  /// time again.
  Status evaluate(const Environment& environment, EvaluationTime time, const os::Clock& clock,
                  const Write& write);

  /// The same of some rules alone, by their places, between two evaluations of all.
  Status evaluate_some(const std::set<size_t>& rules, const Environment& environment, EvaluationTime time,
                       const os::Clock& clock, const Write& write);

  /// The alerts of a rule, from another process. Their series end with the next evaluation that does not make
  /// them again.
  void restore(size_t rule, std::vector<Alert> alerts);
  /// The series that recording rules have made at the time that another process evaluated the group for last:
  /// what their expressions have at that time. They end likewise. Errors: kUnavailable where a query cannot
  /// be answered now.
  Status find_series(const Environment& environment, EvaluationTime time);
  /// The series that `former`, whose place this group takes, has made last: they end likewise. After
  /// `restore`.
  void take_series(const GroupState& former);
  /// Adds a stale marker of each series made last to `out`.
  void add_ends(TimestampMs at_ms, Batch& out) const;

 private:
  using SeriesSet = std::set<Labels>;

  /// What some rules in a row have made and not yet written.
  struct Unwritten {
    Batch samples;
    std::map<size_t, SeriesSet> series;  // by rule; of those that did not fail
  };

  Status evaluate_rule(size_t index, const Environment& environment, EvaluationTime time,
                       const os::Clock& clock, Unwritten& made);
  Status write_out(Unwritten& made, const Write& write);
  void end_inherited(TimestampMs at_ms, Batch& out) const;

  std::vector<RuleState> rules_;
  std::vector<RuleHealth> health_;
  std::vector<SeriesSet> last_series_;  // that each rule made and that are written
  SeriesSet inherited_;                 // made before by others; they end unless they are made again
  std::vector<bool> reads_before_;      // whether a rule may read what those before it make
};

}  // namespace weir::rules
