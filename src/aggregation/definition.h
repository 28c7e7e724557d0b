#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/matcher.h"

/// Streaming aggregations: what a tenant declares once, and what then becomes series of windows by event
/// time.
namespace weir::aggregation {

/// The windows of an aggregation. All are left open and right closed, (begin, end], as PromQL's ranges are,
/// and aligned to the epoch.
struct Tumbling {
  int64_t size_ms = 60'000;
  bool operator==(const Tumbling&) const = default;
};
/// A window of `size_ms` ends at each multiple of `hop_ms`, which divides `size_ms`.
struct Hopping {
  int64_t size_ms = 60'000;
  int64_t hop_ms = 10'000;
  bool operator==(const Hopping&) const = default;
};
/// For each group: samples with no more than `gap_ms` from one to the next. No session reaches over a
/// multiple of `max_ms` since the epoch: (begin, end] of each such span is cut off there.
struct Session {
  int64_t gap_ms = 30'000;
  int64_t max_ms = 3'600'000;
  bool operator==(const Session&) const = default;
};
using Window = std::variant<Tumbling, Hopping, Session>;

/// What is made of the samples of a group and window. Stale markers and native histograms are passed over.
/// `kOutputNames` has them in the same order.
enum class OutputKind {
  kCount,  ///< Samples.
  kSum,
  kMin,  ///< NaN only where all are.
  kMax,
  kAvg,
  kFirst,     ///< The value of the oldest; of equals, of the first series in the order of labels.
  kLast,      ///< The value of the newest; of equals, of the last series.
  kIncrease,  ///< Of counters: the rises from sample to sample of each series, a fall being a reset to 0.
  kRate,      ///< The increase by second of the window.
  kStddev,    ///< Of the population.
  kSeries,    ///< Series with a sample, counted exactly.
  kDistinct,  ///< Distinct values of `Output::label`, by HyperLogLog; of the samples where that is empty.
  kQuantile,  ///< By DDSketch, to a relative error of `Definition::quantile_error`.
};

/// How files write the kinds: "count", "sum", ... "quantile".
inline constexpr std::array<std::string_view, 13> kOutputNames = {
    "count",    "sum",  "min",    "max",    "avg",      "first",   "last",
    "increase", "rate", "stddev", "series", "distinct", "quantile"};

struct Output {
  OutputKind kind = OutputKind::kCount;
  std::string label = {};  ///< Of kDistinct; may be empty.
  double quantile = 0;     ///< Of kQuantile: 0 to 1.
  bool operator==(const Output&) const = default;
};

/// One aggregation. A value.
struct Definition {
  std::string name;  ///< Unique in its tenant: 1 to 100 of [a-zA-Z0-9_.-].
  /// Selectors, one at least; a series that one accepts is taken, once.
  std::vector<std::vector<Matcher>> inputs;
  std::vector<std::string> input_texts;  ///< The same as PromQL, in canonical spelling.
  /// Labels that tell groups apart: these (`by`), or all but these and the metric name (`without`). Sorted
  /// and unique. What outputs set (`extra_labels`, and "quantile" of quantiles) is never among those that
  /// tell groups apart: the reader refuses it in `by` and adds it to `without`. Else two groups could become
  /// one series.
  bool without = false;
  std::vector<std::string> labels;
  Window window;
  std::vector<Output> outputs;  ///< One at least, unique.
  /// Metric names of the outputs. `{metric}` stands for the metric's name, and has groups told apart by it,
  /// `{window}` for the length ("1m", "1m_10s", "session_30s"), `{output}` for the kind ("sum", "quantile").
  std::string metric = "{metric}:{window}_{output}";
  std::map<std::string, std::string> extra_labels;  ///< Set on all outputs, over what a group has.
  int64_t delay_ms = 0;  ///< How long after the tenant's watermark has passed a window's end it is closed.
  /// How long after the end of a window samples that come late still correct it. Later ones are set aside.
  int64_t allowed_lateness_ms = 3'600'000;
  bool keep_raw = true;           ///< False: input samples are erased when no window needs them any more.
  double quantile_error = 0.01;   ///< 0.001 to 0.1.
  uint64_t groups_max = 100'000;  ///< A window with more fails, and says so.

  bool operator==(const Definition&) const = default;
};

/// 1 to 100 of [a-zA-Z0-9_.-].
bool is_definition_name(std::string_view name);
/// The output as files have it: "sum", "distinct(user)", "distinct(\"a b\")", "quantile(0.99)".
std::string output_text(const Output& output);
/// The part of it that goes into `{output}`: "sum", "distinct_user", "quantile".
std::string output_word(const Output& output);
/// The metric name of an output's series, where `metric` is that of the inputs. Several quantiles have one,
/// and a label "quantile" with the number as query::format_number writes it.
std::string output_metric(const Definition& definition, std::string_view metric, const Output& output);
/// Whether groups are told apart by the metric names of their inputs: `{metric}` is in `Definition::metric`.
bool keeps_metric(const Definition& definition);
/// What `{window}` stands for.
std::string window_word(const Window& window);
/// The longest time that a window covers, in milliseconds.
int64_t window_length_ms(const Window& window);
/// Times at which windows may end: multiples of this. Of sessions, the interval at which ended ones are
/// looked for: their gap.
int64_t window_step_ms(const Window& window);

}  // namespace weir::aggregation
