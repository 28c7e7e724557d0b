#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/labels.h"
#include "notify/config.h"

namespace weir::notify {

/// Says which alerts are not told since others fire. Made for one moment and one tenant. Owned by one thread.
class Inhibitor {
 public:
  /// `rules` must outlive it.
  explicit Inhibitor(std::span<const InhibitRule> rules) : rules_(rules), sources_(rules.size()) {}

  /// An alert that fires. The same one may come twice.
  void add(LabelsView labels);
  /// Whether an alert with these labels is not told. As in Alertmanager, one that is both source and target
  /// of a rule is not inhibited by others that are both.
  bool inhibits(LabelsView labels) const;

 private:
  /// Which alerts were added that have the same values of `equal`.
  struct Sources {
    bool any = false;
    bool other_than_target = false;  ///< One that the rule's target does not match.
  };

  std::span<const InhibitRule> rules_;
  std::vector<std::unordered_map<std::string, Sources>> sources_;  // of each rule, by the values of `equal`
};

}  // namespace weir::notify
