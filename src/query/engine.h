#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/labels.h"
#include "model/limits.h"
#include "model/sample.h"
#include "model/tenant_id.h"
#include "os/clock.h"
#include "os/threads.h"
#include "store/store.h"

namespace weir::query {

struct Expr;         // ast.h
class Outline;       // outline.h
struct ParseLimits;  // parser.h
class Profile;       // profile.h
class RunningQuery;  // running_queries.h

/// One series of an answer, with the points that exist (absent steps are left out), ascending.
struct ResultSeries {
  Labels labels;
  SampleColumns points;
};

void sort_by_labels(std::vector<ResultSeries>& series);

using Scalar = Sample;
struct StringValue {
  TimestampMs timestamp_ms = 0;
  std::string value;
};
/// One point for each series, all at the evaluation time. Sorted by the query where it says so, else by
/// labels.
struct VectorValue {
  std::vector<ResultSeries> series;
};
/// Range results, or an instant query of a range selector. Sorted by labels.
struct MatrixValue {
  std::vector<ResultSeries> series;
};

struct QueryStats {
  uint64_t samples_read = 0;
  uint64_t series_read = 0;
  uint64_t peak_bytes = 0;  ///< Of memory, as budget.h counts it.
  std::chrono::microseconds queued{0};
  std::chrono::microseconds parse{0};
  std::chrono::microseconds evaluate{0};
};

struct QueryResult {
  std::variant<MatrixValue, VectorValue, Scalar, StringValue> value;
  std::vector<std::string> warnings;
  std::vector<std::string> infos;  ///< Worth knowing, and less than a warning.
  QueryStats stats;
};

struct EngineOptions {
  os::milliseconds lookback{300'000};  ///< How old a sample may be and still be a series' current value.
  os::milliseconds default_subquery_step{15'000};
  size_t text_bytes_max = 16 * 1024;
  size_t depth_max = 64;
  bool experimental = true;  ///< ParseLimits::experimental.
  /// What reads the series of large queries beside the thread that asks; null for that one alone. Outlives
  /// the engine. Of its threads, so many work for one query.
  os::WorkerPool* pool = nullptr;
  size_t pool_threads = 0;
};

struct QueryContext {
  TenantId tenant;
  const Limits& limits;
  Deadline deadline;
  RunningQuery* running = nullptr;                          ///< What counts it and may stop it; may be null.
  std::optional<os::milliseconds> lookback = std::nullopt;  ///< In place of the engine's.
  std::chrono::microseconds queued{0};  ///< How long it waited for a thread, for its stats.
  Profile* profile = nullptr;  ///< What notes the cost of each node; may be null, and costs then nothing.
};

/// Evaluates PromQL over a store. Expressions are evaluated column by column: each node yields, for each
/// series, its values at all steps at once. Stateless between calls; safe from any thread; the calling thread
/// does the work, with the help of a pool where many series are read. Errors of both calls: kInvalidArgument
/// (parse and type errors, with `line:column: parse error: ...` as Prometheus prints them),
/// kFailedPrecondition (the data does not allow it: many-to-many matching, a label set twice, a parameter out
/// of range), kResourceExhausted (a limit; names it), kDeadlineExceeded, kUnsupported (a function that this
/// engine does not have yet; names it), and those of the store.
class Engine {
 public:
  Engine(store::Store& store, EngineOptions options, const os::Clock& clock);
  ~Engine();

  Result<QueryResult> instant(const QueryContext& context, std::string_view text, TimestampMs at_ms) const;

  struct Range {
    TimestampMs start_ms = 0;  ///< First step.
    TimestampMs end_ms = 0;    ///< Last step is the largest start + n * step at or before it.
    int64_t step_ms = 0;       ///< At least 1.
  };
  Result<QueryResult> range(const QueryContext& context, std::string_view text, const Range& range) const;

  /// Looks at a query without running it: its nodes come to `context.profile`, which must not be null, with
  /// how many series each selector matches in the times that it would read. An instant query has a step of 0.
  /// Errors as those of running it, as far as its text, times and the store have them.
  Status plan(const QueryContext& context, std::string_view text, const Range& range) const;

  /// What is known of a query before it is evaluated. An instant query has a step of 0. Errors are those of
  /// its text and times.
  Result<Outline> outline(std::string_view text, const Range& range, const QueryContext& context) const;
  const EngineOptions& options() const { return options_; }
  /// As they are for one query.
  EngineOptions options(const QueryContext& context) const;
  /// What the text of a query may cost.
  ParseLimits parse_limits() const;

 private:
  Status count_matches(const QueryContext& context, const Expr& selector, const TimeRange& range) const;

  store::Store& store_;
  const EngineOptions options_;
  const os::Clock& clock_;
};

/// Parses the text of a series selector (`match[]`): `up{job="x"}`. kInvalidArgument with the position.
Result<std::vector<Matcher>> parse_selector(std::string_view text);

}  // namespace weir::query
