#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/matcher.h"
#include "notify/receiver.h"
#include "notify/route.h"
#include "yaml/problem.h"

namespace weir::notify {

/// While an alert that `source` matches fires, those that `target` matches and that have the same values of
/// the labels `equal` are not told.
struct InhibitRule {
  std::vector<Matcher> source;
  std::vector<Matcher> target;
  std::vector<std::string> equal;
};

/// Who is told of which alerts, and when. Immutable; safe from any thread.
struct Config {
  Route root;
  std::vector<Receiver> receivers;  ///< Names are unique; every route's is among them.
  std::vector<InhibitRule> inhibit_rules;

  /// Null when there is none of that name.
  const Receiver* receiver(std::string_view name) const;
};

struct ConfigLimits {
  size_t bytes_max = 4u << 20;
  size_t routes_max = 10'000;
  size_t receivers_max = 10'000;
  size_t inherited_bytes_max = 64u << 20;  ///< What routes have from those above them, all together.
  size_t problems_max = 500;               ///< After so many nothing more is looked for.
};

struct ReadConfig {
  Config config;                        ///< To be used only without problems.
  std::vector<yaml::Problem> problems;  ///< In the order of the file.
};

/// Reads a configuration file of Alertmanager and finds all problems at once, except that after a fault of
/// YAML's own syntax nothing more is looked for. Each message begins with the field's path,
/// `route.routes[1].group_wait: ...`. What Alertmanager has and Weir has not is refused by a message that
/// says so. `resolve_timeout` is read and without effect: who hands in alerts says when they end. Pure; files
/// that hold secrets are not opened.
ReadConfig parse_config(std::string_view text, const ConfigLimits& limits = {});

}  // namespace weir::notify
