#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <string>

#include <fmt/format.h>

#include "model/sample.h"
#include "store/store.h"
#include "support/selected.h"

namespace weir::store {

/// What a reduction must leave of one window, as text, which makes NaN equal to NaN and failures easy to
/// read. Computed sample by sample, from the words of store.h.
class WindowSummary {
 public:
  explicit WindowSummary(WindowReduction::Kind kind) : kind_(kind) {}

  /// A sample of the window that is no stale marker, and how many were left out before it.
  void add(TimestampMs at, double value, uint32_t left_out) {
    if (count_ == 0) first_ = point(at, value);
    last_ = point(at, value);
    if (count_ > 0 && value < previous_) falls_ += fmt::format(" {}", previous_);
    const bool better = kind_ == WindowReduction::Kind::kMax ? value > extreme_ : value < extreme_;
    if (count_ == 0 || std::isnan(extreme_) || better) extreme_ = value;
    sum_ += value;
    count_ += 1 + left_out;
    previous_ = value;
  }

  std::string text() const {
    if (count_ == 0) return "none";
    switch (kind_) {
      case WindowReduction::Kind::kMin:
      case WindowReduction::Kind::kMax:
        return number(extreme_);
      case WindowReduction::Kind::kSpan:
        return fmt::format("{}..{} x {}", first_, last_, count_);
      case WindowReduction::Kind::kCounter:
        return fmt::format("{}..{} x {} falls{}", first_, last_, count_, falls_);
      case WindowReduction::Kind::kSum:
        return fmt::format("{} x {}", number(sum_), count_);
    }
    return {};
  }

 private:
  static std::string number(double value) {
    return std::isnan(value) ? "NaN" : fmt::format("{}", value == 0 ? 0 : value);
  }
  static std::string point(TimestampMs at, double value) { return fmt::format("{}:{}", at, number(value)); }

  const WindowReduction::Kind kind_;
  uint64_t count_ = 0;
  std::string first_;
  std::string last_;
  std::string falls_;
  double extreme_ = 0;
  double previous_ = 0;
  double sum_ = 0;  // in the order of time: equal for integers, and for samples as they are
};

/// The same of all windows.
inline std::string window_summary(const WindowReduction& reduction, const SampleColumns& samples) {
  std::string out =
      fmt::format("kind {} (end {} + {} x {}, range {}):", static_cast<int>(reduction.kind),
                  reduction.first_end_ms, reduction.count, reduction.step_ms, reduction.range_ms);
  for (size_t step = 0; step < reduction.count; ++step) {
    const TimestampMs end = reduction.first_end_ms + static_cast<int64_t>(step) * reduction.step_ms;
    WindowSummary window(reduction.kind);
    for (size_t i = 0; i < samples.size(); ++i) {
      const TimestampMs at = samples.timestamps_ms[i];
      if (at > end || at <= end - reduction.range_ms || is_stale(samples.values[i])) continue;
      window.add(at, samples.values[i], i < samples.left_out.size() ? samples.left_out[i] : 0);
    }
    out += ", " + window.text();
  }
  return out;
}

/// The times that the windows cover.
inline TimeRange range_of(const WindowReduction& reduction) {
  return {reduction.first_end_ms - reduction.range_ms + 1,
          reduction.first_end_ms + static_cast<int64_t>(reduction.count - 1) * reduction.step_ms};
}

/// What the windows of each series come to in what `select` answers to the reduction; without `hinted`, in
/// all samples. kInternal for an answer that is not in order, or not in range.
inline Result<std::map<std::string, std::string>> selected_summaries(Store& store, TenantId tenant,
                                                                     std::span<const Matcher> matchers,
                                                                     const WindowReduction& reduction,
                                                                     bool hinted) {
  TimeRange range = range_of(reduction);
  range.mint_ms = std::max<TimestampMs>(range.mint_ms, 0);
  SelectRequest request{matchers, range};
  if (hinted) request.reduction = reduction;
  ASSIGN_OR_RETURN(const auto found, selected(store, tenant, request));
  std::map<std::string, std::string> out;
  for (const auto& [labels, samples] : found) {
    const std::string name = labels.view().to_string();
    const auto& times = samples.timestamps_ms;
    if (!std::ranges::is_sorted(times, std::ranges::less_equal()))
      return internal(name + ": times that do not ascend");
    if (!times.empty() && !(range.contains(times.front()) && range.contains(times.back())))
      return internal(name + ": times out of range");
    out[name] = window_summary(reduction, samples);
  }
  return out;
}

}  // namespace weir::store
