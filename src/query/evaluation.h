#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "query/ast.h"
#include "query/budget.h"
#include "query/engine.h"
#include "query/note_list.h"
#include "query/profile.h"
#include "query/series_reading.h"
#include "query/value.h"

namespace weir::query {

/// The windows that a range vector has at each step: (end - range_ms, end], where `ends` holds the ends.
struct Windows {
  Steps ends;
  int64_t range_ms = 0;
};

/// One run of one query: walks the tree, and each node returns its values at all steps. Owned by one thread.
class Evaluation {
 public:
  struct Query {
    const QueryContext& context;
    const EngineOptions& options;
    std::string_view text;  ///< Where warnings point into.
    TimestampMs start_ms;   ///< What `@ start()` and `@ end()` mean.
    TimestampMs end_ms;
  };

  Evaluation(store::Store& store, const Query& query, const os::Clock& clock)
      : store_(store),
        query_(query),
        budget_(query.context.limits, query.context.deadline, clock, query.context.running) {}

  /// The value of a scalar, vector or string expression. The others fail unless the expression has their
  /// type.
  Result<Value> evaluate(const Expr& expr, const Steps& steps);
  Result<Vector> vector(const Expr& expr, const Steps& steps);
  Result<Column> scalar(const Expr& expr, const Steps& steps);
  static const std::string& string(const Expr& expr);

  using Reduction = std::optional<store::WindowReduction::Kind>;

  /// One series on its way from the store into what is made of it. The visitor may take the columns.
  struct StreamedSeries {
    LabelsView labels;  ///< As stored; lives for the call.
    Column& values;     ///< One at each step; at least one is there.
    HistogramColumn& histograms;
  };
  using StreamVisitor = absl::FunctionRef<Status(StreamedSeries series)>;

  /// Visits what a selector has at each step.
  Status stream(const VectorSelector& selector, const Steps& steps, StreamVisitor visit);

  /// Visits each series of a plain range selector with what the kernel makes of it, or all of its samples
  /// where there are histograms among them; many series are read at once.
  Status read_windows(const Expr& selector, const Windows& windows, Reduction reduction, const Steps& steps,
                      SeriesKernel kernel, SeriesReadVisitor visit);

  /// The value of a selector of which only values that pass will be looked at: others may be missing.
  Result<Vector> filtered(const VectorSelector& selector, const Steps& steps,
                          const store::ValueFilter& filter);

  /// For each series of a selector that has a value at some step: when the sample in force at each step was
  /// taken, in seconds; and with `with_histograms`, the histogram where it is one.
  Result<Vector> sample_times(const VectorSelector& selector, const Steps& steps,
                              bool with_histograms = false);

  /// The times that a shifted expression refers to at `steps`.
  Steps shifted(const Steps& steps, const TimeShift& shift) const;
  /// Where the windows of a range vector expression lie at `steps`.
  Windows windows(const Expr& expr, const Steps& steps) const;
  /// Calls `visit` with each series of a range vector expression and all its samples inside any of the
  /// windows, without stale markers; or, when each window is only wanted for a `reduction`, with samples that
  /// are the same for it (store.h says what that means). Both of the visitor's arguments live for the call.
  using SeriesVisitor = absl::FunctionRef<Status(LabelsView labels, const SampleColumns& samples)>;
  Status visit_range(const Expr& expr, const Windows& windows, Reduction reduction, SeriesVisitor visit);

  /// Returns what `run` does, which evaluates `expr` at `steps` to a Result of a Value or Vector; notes what
  /// it took where the query has a profile.
  template <typename Run>
  auto profiled(const Expr& expr, const Steps& steps, Run run) {
    if (query_.context.profile == nullptr) return run();
    Profile::Visit visit(*query_.context.profile, expr, budget_);
    auto result = run();
    if (result.ok()) visit.yields(series_count(*result), steps.count);
    return result;
  }

  /// The same of what visits series one by one, `run` with a visitor: what `visit` does is not the node's
  /// work.
  template <typename Visitor, typename Run>
  Status profiled_visits(const Expr& expr, const Steps& steps, Visitor visit, Run run) {
    if (query_.context.profile == nullptr) return run(visit);
    Profile::Visit profiled(*query_.context.profile, unwrap(expr), budget_);
    size_t series = 0;
    const auto count = [&](const auto&... one) -> Status {
      ++series;
      return profiled.elsewhere([&] { return visit(one...); });
    };
    RETURN_IF_ERROR(run(count));
    profiled.yields(series, steps.count);
    return {};
  }

  int64_t lookback_ms() const { return query_.options.lookback.count(); }
  Budget& budget() { return budget_; }
  /// Adds a warning for the answer, with the place in the text that it is about; or what is worth knowing and
  /// less than a warning.
  void warn(const Expr& about, std::string_view message) { warnings_.add(message, place_of(about)); }
  void inform(const Expr& about, std::string_view message) { infos_.add(message, place_of(about)); }
  std::vector<std::string> warnings() const { return warnings_.told(); }
  std::vector<std::string> infos() const { return infos_.told(); }

 private:
  static size_t series_count(const Vector& vector) { return vector.size(); }
  static size_t series_count(const Value& value);
  Result<Value> evaluate_once(const Expr& expr, const Steps& steps);
  Result<Value> evaluate_each(const Expr& expr, const Steps& steps);
  Result<Value> evaluate_call(const Expr& expr, const Call& call, const Steps& steps);
  Result<Value> evaluate_unary(const Unary& unary, const Steps& steps);
  /// `1:5`, of what parentheses enclose.
  std::string place_of(const Expr& expr) const;
  /// Something of the sample in force at each step.
  using SampleField = double (*)(const SampleColumns& samples, size_t index);
  struct CurrentValues {
    SampleField field = &value_of;
    bool with_histograms = true;
    std::optional<store::ValueFilter> filter = std::nullopt;
  };
  Status stream_current(const VectorSelector& selector, const Steps& steps, const CurrentValues& wanted,
                        StreamVisitor visit);
  Result<Vector> current_values(const VectorSelector& selector, const Steps& steps,
                                const CurrentValues& wanted);
  static double value_of(const SampleColumns& samples, size_t index) { return samples.values[index]; }

  /// `request` without `series_max`, which is the budget's.
  Status read(store::SelectRequest request, const ReadingOptions& options, SeriesKernel kernel,
              SeriesReadVisitor visit);
  /// The store's error; where it is that too many series match, with how many.
  Error refused(Error error, const store::SelectRequest& request);
  ReadingOptions reading(const Steps& steps, bool drop_stale) const;
  Status visit_each(const Expr& expr, const Windows& windows, Reduction reduction, SeriesVisitor visit);
  Status visit_subquery(const Subquery& subquery, const Windows& windows, SeriesVisitor visit);

  store::Store& store_;
  const Query query_;
  Budget budget_;
  NoteList warnings_{"warning"};
  NoteList infos_{"info"};
};

/// Joins series of equal labels whose values never meet; fails when they do, in Prometheus' words.
Status merge_equal_labels(Vector& vector);

/// Drops series without any value.
void drop_empty(Vector& vector);

/// Whether an expression has the same value at every step, being fixed in time by `@`.
bool is_step_invariant(const Expr& expr);

}  // namespace weir::query
