#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "model/batch_slice.h"
#include "store/embedded/head_index.h"

namespace weir::store::embedded {
namespace {

// 200,000 series: two metrics of 100,000 instances each, in turns, so that no list of a metric is a run.
const HeadIndex& wide_index() {
  static const HeadIndex* const kIndex = [] {
    auto* index = new HeadIndex;
    for (size_t i = 0; i < 200'000; ++i) {
      const Labels labels = Labels::of({{"__name__", i % 2 == 0 ? "requests_total" : "errors_total"},
                                        {"instance", "10.0." + std::to_string(i / 2)},
                                        {"zone", "z" + std::to_string(i / 2 % 50)}});
      index->add({labels, series_hash(TenantId::from_stored(1), labels)});
    }
    return index;
  }();
  return *kIndex;
}

void match(benchmark::State& state, const std::vector<Matcher>& matchers) {
  const HeadIndex& index = wide_index();
  size_t found = 0;
  for (auto _ : state) {
    found = match_series(index, matchers).size();
    benchmark::DoNotOptimize(found);
  }
  state.counters["series"] = static_cast<double>(found);
}

Matcher matcher(MatchOp op, const char* name, const char* value) {
  return Matcher::create(op, name, value).value();
}

const Matcher kMetric = Matcher::equal("__name__", "requests_total");

void MatchSeries_metric(benchmark::State& state) {
  match(state, {kMetric});
}
void MatchSeries_metric_instance(benchmark::State& state) {
  match(state, {kMetric, Matcher::equal("instance", "10.0.77777")});
}
void MatchSeries_metric_zone(benchmark::State& state) {
  match(state, {kMetric, Matcher::equal("zone", "z7")});
}
void MatchSeries_metric_few_instances(benchmark::State& state) {
  match(state, {kMetric, matcher(MatchOp::kRegex, "instance", "10\\.0\\.(4|55|666|7777)")});
}
void MatchSeries_metric_not_zone(benchmark::State& state) {
  match(state, {kMetric, matcher(MatchOp::kNotEqual, "zone", "z7")});
}
void MatchSeries_zone_instances(benchmark::State& state) {
  match(state, {Matcher::equal("zone", "z7"), matcher(MatchOp::kRegex, "instance", "10.0.7.*7")});
}
BENCHMARK(MatchSeries_metric)->Unit(benchmark::kMicrosecond);
BENCHMARK(MatchSeries_metric_instance)->Unit(benchmark::kMicrosecond);
BENCHMARK(MatchSeries_metric_zone)->Unit(benchmark::kMicrosecond);
BENCHMARK(MatchSeries_metric_few_instances)->Unit(benchmark::kMicrosecond);
BENCHMARK(MatchSeries_metric_not_zone)->Unit(benchmark::kMicrosecond);
BENCHMARK(MatchSeries_zone_instances)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace weir::store::embedded
