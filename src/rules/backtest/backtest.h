#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/clock.h"
#include "query/engine.h"
#include "rules/backtest/outcome.h"
#include "rules/rule_file.h"
#include "store/store.h"

/// What rules would have done: their evaluation over stored history, with nothing written.
namespace weir::rules::backtest {

struct Options {
  TimestampMs start_ms = 0;              ///< The first evaluation of each group.
  TimestampMs end_ms = 0;                ///< None is later.
  int64_t step_ms = 0;                   ///< Between evaluations; 0: the interval of each group.
  int64_t interval_ms = 60'000;          ///< Of groups that name none.
  int64_t query_offset_ms = 0;           ///< Likewise.
  TextMap external_labels = {};          ///< `$externalLabels`.
  std::string external_url = {};         ///< `$externalURL`.
  int64_t unknown_ms_max = 0;            ///< Environment::unknown_kept_ms.
  uint64_t evaluations_max = 100'000;    ///< Of rules, all groups and times together.
  uint64_t made_bytes_max = 128u << 20;  ///< Of the series that the rules make.
  size_t outcome_bytes_max = 16u << 20;  ///< About, of the alerts that are told of.
};

/// What rules are evaluated in. All outlives the call.
struct Parts {
  store::Store& store;  ///< Only read.
  const query::EngineOptions& engine;
  /// Tenant and limits of each query; the deadline is that of the whole.
  const query::QueryContext& context;
  const os::Clock& clock;
};

/// Evaluates groups, which parse_rule_file found no problem in, as a server without any memory of them would
/// have done from `start_ms` on: for, keep_firing_for, templates, limits and query offsets, and each rule
/// sees what the ones before it have made. Of several groups the one that stands first is evaluated first at
/// one time. What the store has of series that these rules make is not seen (overlay_store.h). A rule that
/// fails does not end it; that is in the outcome, as is how far it came where the deadline, a limit on what
/// is kept, or the store ended it. Errors: kInvalidArgument (times, more evaluations than allowed), and what
/// ended it before anything was evaluated.
Result<Outcome> run_backtest(const std::vector<RuleGroup>& groups, const Options& options,
                             const Parts& parts);

}  // namespace weir::rules::backtest
