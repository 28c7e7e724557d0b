#include "rules/backtest/made_series.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/same_bits.h"

namespace weir::rules::backtest {
namespace {

constexpr uint64_t kSampleBytes = 16;
/// Of a series beside its labels and samples: nodes, and columns that are not full.
constexpr uint64_t kSeriesBytes = 250;

bool same_value(const SampleColumns& series, size_t i, double value, const HistogramPtr& histogram) {
  const HistogramPtr before = series.histogram(i);
  if (before != nullptr || histogram != nullptr)
    return before != nullptr && histogram != nullptr && *before == *histogram;
  return same_bits(series.values[i], value);
}

}  // namespace

Status MadeSeries::write(const Batch& samples) {
  for (const Batch::Series& made : samples.series()) {
    const LabelsView labels = samples.labels(made);
    const auto [at, is_new] = metrics_[std::string(labels.metric())].try_emplace(Labels(labels));
    if (is_new) bytes_ += kSeriesBytes + labels.bytes().size();
    SampleColumns& series = at->second;
    for (size_t i = 0; i < made.sample_count; ++i)
      add(series, samples.timestamps_ms(made)[i], samples.values(made)[i], nullptr);
    for (size_t i = 0; i < made.histogram_count; ++i) {
      const Histogram& histogram = samples.histograms(made)[i];
      add(series, samples.histogram_times_ms(made)[i], histogram.sum,
          std::make_shared<const Histogram>(histogram));
    }
  }
  if (bytes_ <= bytes_max_) return {};
  return resource_exhausted(
      fmt::format("backtest: what the rules make takes {} bytes, limit {}", bytes_, bytes_max_));
}

// Nearly always at the end: groups with other offsets may make the same series further back.
void MadeSeries::add(SampleColumns& series, TimestampMs at_ms, double value, HistogramPtr histogram) {
  const auto at = std::lower_bound(series.timestamps_ms.begin(), series.timestamps_ms.end(), at_ms);
  const auto place = at - series.timestamps_ms.begin();
  if (at != series.timestamps_ms.end() && *at == at_ms) {
    const bool ends = histogram == nullptr && is_stale(value);
    if (!ends && !same_value(series, static_cast<size_t>(place), value, histogram)) ++conflicts_;
    return;
  }
  bytes_ += kSampleBytes + (histogram == nullptr ? 0 : histogram->size_bytes());
  series.timestamps_ms.insert(at, at_ms);
  series.values.insert(series.values.begin() + place, value);
  if (histogram != nullptr || !series.histograms.empty()) {
    series.histograms.resize(series.size() - 1);
    series.histograms.insert(series.histograms.begin() + place, std::move(histogram));
  }
  ++sample_count_;
}

std::vector<MadeSeries::Selected> MadeSeries::select(std::span<const Matcher> matchers,
                                                     const TimeRange& range) const {
  std::vector<Selected> out;
  const auto accepts = [&](std::string_view metric) {
    return std::ranges::all_of(matchers, [&](const Matcher& matcher) {
      return matcher.name() != kMetricName || matcher.matches(metric);
    });
  };
  for (const auto& [metric, series] : metrics_) {
    if (!accepts(metric)) continue;
    for (const auto& [labels, samples] : series) {
      if (!all_match(matchers, labels)) continue;
      const auto& times_ms = samples.timestamps_ms;
      const auto begin = std::lower_bound(times_ms.begin(), times_ms.end(), range.mint_ms);
      const auto end = std::upper_bound(begin, times_ms.end(), range.maxt_ms);
      if (begin == end) continue;
      out.push_back({labels, &samples, static_cast<size_t>(begin - times_ms.begin()),
                     static_cast<size_t>(end - times_ms.begin())});
    }
  }
  std::ranges::sort(out, [](const Selected& a, const Selected& b) { return a.labels < b.labels; });
  return out;
}

uint64_t MadeSeries::count(const RuleOutput& output) const {
  const auto series = metrics_.find(output.metric());
  if (series == metrics_.end()) return 0;
  return static_cast<uint64_t>(
      std::ranges::count_if(series->second, [&](const auto& entry) { return output.contains(entry.first); }));
}

}  // namespace weir::rules::backtest
