#include <string>

#include <benchmark/benchmark.h>

#include "aggregation/partial.h"
#include "base/check.h"

// What a sample costs that goes into a group's partial, by the number of samples that a series has in a pane,
// and what it costs to merge panes.
namespace weir::aggregation {
namespace {

constexpr size_t kSeries = 1'000;

Definition definition_of(std::initializer_list<OutputKind> kinds) {
  Definition definition;
  for (const OutputKind kind : kinds) definition.outputs.push_back({kind, "", 0.99});
  return definition;
}

struct Group {
  std::vector<Labels> labels;
  std::vector<TimestampMs> times_ms;
  std::vector<std::vector<double>> values;

  explicit Group(size_t samples) {
    for (size_t i = 0; i < kSeries; ++i) {
      const std::string instance = "host-" + std::to_string(10'000 + i);
      labels.push_back(Labels::of({{"__name__", "requests_total"}, {"instance", instance}}));
      auto& column = values.emplace_back();
      for (size_t s = 0; s < samples; ++s) {
        column.push_back(static_cast<double>((s + 1) * (i * 7'919 % 1'000)) * 0.1);
      }
    }
    for (size_t s = 0; s < samples; ++s) times_ms.push_back(static_cast<TimestampMs>(15'000 * s));
  }

  Partial partial(const Partial::Needs& needs) const {
    Partial out(needs);
    for (size_t i = 0; i < kSeries; ++i) out.add_series(needs, labels[i], 0.0, times_ms, values[i]);
    return out;
  }
};

void run_add(benchmark::State& state, std::initializer_list<OutputKind> kinds) {
  const auto samples = static_cast<size_t>(state.range(0));
  const Group group(samples);
  const Partial::Needs needs = Partial::Needs::of(definition_of(kinds));
  for (auto _ : state) benchmark::DoNotOptimize(group.partial(needs));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kSeries * samples));
}

void run_merge(benchmark::State& state, std::initializer_list<OutputKind> kinds) {
  constexpr size_t kPanes = 60;
  const Group group(4);
  const Partial::Needs needs = Partial::Needs::of(definition_of(kinds));
  const Partial pane = group.partial(needs);
  for (auto _ : state) {
    Partial window(needs);
    for (size_t i = 0; i < kPanes; ++i) window.merge_later(pane);
    benchmark::DoNotOptimize(window);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kPanes));
}

#define WEIR_ADD(name, ...) BENCHMARK_CAPTURE(run_add, name, {__VA_ARGS__})->Arg(1)->Arg(4)->Arg(240)
WEIR_ADD(count_sum, OutputKind::kCount, OutputKind::kSum);
WEIR_ADD(count_sum_min_max, OutputKind::kCount, OutputKind::kSum, OutputKind::kMin, OutputKind::kMax);
WEIR_ADD(first_last, OutputKind::kFirst, OutputKind::kLast);
WEIR_ADD(increase, OutputKind::kIncrease);
WEIR_ADD(stddev, OutputKind::kStddev);
WEIR_ADD(series, OutputKind::kSeries);
WEIR_ADD(distinct, OutputKind::kDistinct);
WEIR_ADD(quantile, OutputKind::kQuantile);

BENCHMARK_CAPTURE(run_merge, count_sum_min_max, {OutputKind::kSum, OutputKind::kMin});
BENCHMARK_CAPTURE(run_merge, series, {OutputKind::kSeries});
BENCHMARK_CAPTURE(run_merge, distinct, {OutputKind::kDistinct});
BENCHMARK_CAPTURE(run_merge, quantile, {OutputKind::kQuantile});

}  // namespace
}  // namespace weir::aggregation
