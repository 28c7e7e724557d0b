// What a commit costs beside a bare COPY of the same rows into a table with the same unique index, and what a
// selection costs. Needs a server: WEIR_TEST_POSTGRES or WEIR_TEST_TIMESCALE (tests/services/run.py sets
// them).
#include <cstdlib>
#include <future>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "os/random.h"
#include "os/threads.h"
#include "pg/binary.h"
#include "store/timescale/timescale_store.h"

namespace weir::store::timescale {
namespace {

constexpr int64_t kSeries = 1'000, kRowsPerSeries = 10, kStepMs = 15'000;
constexpr int64_t kRows = kSeries * kRowsPerSeries;
constexpr TimestampMs kStart = 1'700'000'000'000 / (kSeries * kStepMs) * (kSeries * kStepMs);

/// A schema on the server that `variable` names; null when it is not set.
class BenchSchema {
 public:
  explicit BenchSchema(const char* variable) {
    const char* conninfo = std::getenv(variable);
    if (conninfo == nullptr) return;
    options_.conninfo = conninfo;
    options_.schema = fmt::format("weir_b{}", os::random_seed() % 1'000'000'000'000);
    options_.maintenance_interval = os::milliseconds(0);
    options_.chunk_interval = std::chrono::hours(24);
    connection_ = pg::Connection::open({.conninfo = conninfo}, os::system_clock(), Deadline::never()).value();
    migrate(options_, os::system_clock(), Deadline::never()).value();
  }
  ~BenchSchema() {
    if (connection_ == nullptr) return;
    for (const char* suffix : {"_api", ""}) {
      run(fmt::format("set client_min_messages = error; drop schema if exists {}{} cascade", options_.schema,
                      suffix));
    }
    run(fmt::format("delete from public.weir_migration where component like '%_{}'", options_.schema));
  }
  bool there() const { return connection_ != nullptr; }
  pg::Connection& connection() { return *connection_; }
  const TimescaleStoreOptions& options() const { return options_; }
  void run(const std::string& sql) { connection_->run(sql, Deadline::never()).value(); }
  std::unique_ptr<Store> open_store() {
    ServerReport report;
    return open(options_, os::system_clock(), registry_, Deadline::never(), report).value();
  }

 private:
  TimescaleStoreOptions options_;
  telemetry::Registry registry_;
  std::unique_ptr<pg::Connection> connection_;
};

bool skip_without(const BenchSchema& schema, const char* variable, benchmark::State& state) {
  if (schema.there()) return false;
  state.SkipWithError(fmt::format("{} is not set: run by tests/services/run.py", variable).c_str());
  return true;
}

/// Ten scrapes of a thousand series, following those of the batch before.
Batch batch_of(int64_t partition, int64_t number) {
  Batch batch;
  for (int64_t s = 0; s < kSeries; ++s) {
    const std::string instance = std::to_string(s), place = std::to_string(partition);
    batch.begin_series(
        Labels::of(
            {{"__name__", "node_cpu_seconds_total"}, {"instance", instance}, {"job", "node"}, {"p", place}})
            .view()
            .bytes());
    for (int64_t i = 0; i < kRowsPerSeries; ++i) {
      batch.add_sample(kStart + (number * kRowsPerSeries + i) * kStepMs,
                       static_cast<double>(number * 10 + i) * 0.25);
    }
  }
  return batch;
}

void plain_copy(benchmark::State& state, const char* variable) {
  BenchSchema schema(variable);
  if (skip_without(schema, variable, state)) return;
  const std::string table = schema.options().schema + ".plain";
  schema.run(
      fmt::format("create table {0} (series_id bigint not null, time timestamptz not null, value float8 not "
                  "null); create unique index on {0} (series_id, time)",
                  table));
  const std::string sql = "copy " + table + " (series_id, time, value) from stdin (format binary)";
  int64_t number = 0;
  for (auto _ : state) {
    state.PauseTiming();
    pg::CopyRows rows;
    for (int64_t s = 0; s < kSeries; ++s) {
      for (int64_t i = 0; i < kRowsPerSeries; ++i) {
        rows.begin_row(3);
        rows.int8(s);
        rows.timestamp(kStart + (number * kRowsPerSeries + i) * kStepMs);
        rows.float8(static_cast<double>(number * 10 + i) * 0.25);
      }
    }
    ++number;
    state.ResumeTiming();
    schema.connection().copy_in(sql, rows.finish(), Deadline::never()).value();
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

CommitReport commit(Store& store, const Lease& lease, const Batch& batch, int64_t offset) {
  const AppliedRecord record{TenantId::from_stored(1), Offset(offset), &batch};
  std::promise<Result<CommitReport>> outcome;
  store.commit({lease, {&record, 1}, Offset(offset + 1)}, Deadline::never(),
               [&](Result<CommitReport> result) { outcome.set_value(std::move(result)); });
  return outcome.get_future().get().value();
}

void store_commit(benchmark::State& state, const char* variable, bool resent) {
  BenchSchema schema(variable);
  if (skip_without(schema, variable, state)) return;
  const auto store = schema.open_store();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  commit(*store, lease, batch_of(0, 0), 0);  // Makes the series.
  int64_t number = 1;
  uint64_t appended = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const Batch batch = batch_of(0, resent ? 0 : number);
    state.ResumeTiming();
    appended += commit(*store, lease, batch, number++).appended;
  }
  if (appended != (resent ? 0 : static_cast<uint64_t>(state.iterations() * kRows)))
    state.SkipWithError("miscounted");
  state.SetItemsProcessed(state.iterations() * kRows);
}

/// A commit of one sample: what goes with each, however small.
void store_commit_one(benchmark::State& state, const char* variable) {
  BenchSchema schema(variable);
  if (skip_without(schema, variable, state)) return;
  const auto store = schema.open_store();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  commit(*store, lease, batch_of(0, 0), 0);
  int64_t number = 1;
  for (auto _ : state) {
    Batch batch;
    batch.begin_series(Labels::of({{"__name__", "one"}}).view().bytes());
    batch.add_sample(kStart + number * kStepMs, 1);
    commit(*store, lease, batch, number++);
  }
}

/// A day of a thousand series; asked for an hour of a hundred.
void store_select(benchmark::State& state, const char* variable, bool compacted) {
  BenchSchema schema(variable);
  if (skip_without(schema, variable, state)) return;
  const auto store = schema.open_store();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  for (int64_t number = 0; number < 96; ++number) commit(*store, lease, batch_of(0, number), number);
  schema.run("analyze");
  if (compacted) store->compact(Deadline::never()).value();
  const std::vector<Matcher> matchers = {Matcher::equal("__name__", "node_cpu_seconds_total"),
                                         Matcher::create(MatchOp::kRegex, "instance", "1[0-9][0-9]").value()};
  const TimeRange range{kStart + 3'600'000, kStart + 2 * 3'600'000 - 1};
  uint64_t samples = 0;
  for (auto _ : state) {
    auto set = store->select(TenantId::from_stored(1), {matchers, range}, Deadline::never()).value();
    SampleColumns columns;
    while (set->next().value()) set->read(columns).value();
    samples += columns.size();
  }
  if (samples != static_cast<uint64_t>(state.iterations()) * 100 * 240) state.SkipWithError("miscounted");
  state.SetItemsProcessed(static_cast<int64_t>(samples));
}

constexpr int64_t kDayMs = 24 * kHourMs;
constexpr int64_t kGauges = 50, kDays = 14;
constexpr TimestampMs kBegin = kStart / kDayMs * kDayMs;

/// kRandom: a sample a minute, half a minute past it. kFalling: on the minute, and so on the hour, where the
/// first sample of each hour is its maximum, so that no aggregate can stand for the rest: the worst case.
enum class Gauge { kRandom, kFalling };

Batch day_of_gauges(int64_t day, Gauge gauge, os::Random& random) {
  const bool falling = gauge == Gauge::kFalling;
  Batch batch;
  for (int64_t s = 0; s < kGauges; ++s) {
    const std::string number = std::to_string(s);
    batch.begin_series(Labels::of({{"__name__", "load"}, {"s", number}}).view().bytes());
    for (int64_t at = day * kDayMs; at < (day + 1) * kDayMs; at += kMinuteMs) {
      batch.add_sample(kBegin + at + (falling ? 0 : kMinuteMs / 2),
                       falling ? -static_cast<double>(at) : static_cast<double>(random.below(1'000'000)));
    }
  }
  return batch;
}

/// Two weeks of them with their aggregates, kept from one benchmark to the next of the same kind.
class Gauges {
 public:
  static Gauges& of(Gauge gauge, bool columnstore) {
    static std::unique_ptr<Gauges> kept;
    if (kept == nullptr || kept->gauge_ != gauge || kept->columnstore_ != columnstore) {
      kept.reset();
      kept.reset(new Gauges(gauge, columnstore));
    }
    return *kept;
  }
  const BenchSchema& schema() const { return schema_; }
  Store& store() { return *store_; }

 private:
  Gauges(Gauge gauge, bool columnstore) : gauge_(gauge), columnstore_(columnstore) {
    if (!schema_.there()) return;
    store_ = schema_.open_store();
    const Lease lease = store_->acquire(PartitionId(0), Deadline::never()).value();
    os::Random random(7);
    for (int64_t day = 0; day < kDays; ++day) commit(*store_, lease, day_of_gauges(day, gauge, random), day);
    for (const char* level : {"sample_1m", "sample_1h"}) {
      schema_.run(fmt::format("call refresh_continuous_aggregate('{}.{}', null, null)",
                              schema_.options().schema, level));
    }
    if (columnstore) store_->compact(Deadline::never()).value();
    schema_.run("analyze");
  }

  const Gauge gauge_;
  const bool columnstore_;
  BenchSchema schema_{"WEIR_TEST_TIMESCALE"};
  std::unique_ptr<Store> store_;
};

constexpr WindowReduction kOneWindow{WindowReduction::Kind::kMax, kBegin + kDays* kDayMs, 0, 1,
                                     kDays* kDayMs - 1'234};
constexpr WindowReduction kHourly{WindowReduction::Kind::kMax, kBegin + kDayMs, kHourMs, 13 * 24 + 1, kDayMs};

/// The maximum over two weeks of a sample a minute, with the hint that aggregates serve, and without.
void store_reduce(benchmark::State& state, const WindowReduction& reduction, Gauge gauge, bool columnstore,
                  bool hinted) {
  Gauges& gauges = Gauges::of(gauge, columnstore);
  if (skip_without(gauges.schema(), "WEIR_TEST_TIMESCALE", state)) return;
  const std::vector<Matcher> matchers = {Matcher::equal("__name__", "load")};
  const TimestampMs last_ms =
      reduction.first_end_ms + (static_cast<int64_t>(reduction.count) - 1) * reduction.step_ms;
  SelectRequest request{matchers, {reduction.first_end_ms - reduction.range_ms + 1, last_ms}};
  if (hinted) request.reduction = reduction;
  uint64_t samples = 0;
  for (auto _ : state) {
    auto set = gauges.store().select(TenantId::from_stored(1), request, Deadline::never()).value();
    SampleColumns columns;
    while (set->next().value()) set->read(columns).value();
    samples = columns.size();
  }
  state.counters["samples"] = static_cast<double>(samples);
}

#define REDUCE(name, ...)                                               \
  BENCHMARK_CAPTURE(store_reduce, name##_samples, __VA_ARGS__, false)   \
      ->UseRealTime()                                                   \
      ->Unit(benchmark::kMillisecond);                                  \
  BENCHMARK_CAPTURE(store_reduce, name##_aggregates, __VA_ARGS__, true) \
      ->UseRealTime()                                                   \
      ->Unit(benchmark::kMillisecond)
REDUCE(one_window_rows, kOneWindow, Gauge::kRandom, false);
REDUCE(hourly_rows, kHourly, Gauge::kRandom, false);
REDUCE(one_window_columnstore, kOneWindow, Gauge::kRandom, true);
REDUCE(hourly_columnstore, kHourly, Gauge::kRandom, true);
REDUCE(hourly_worst_columnstore, kHourly, Gauge::kFalling, true);

BENCHMARK_CAPTURE(plain_copy, postgres, "WEIR_TEST_POSTGRES")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(store_commit, postgres, "WEIR_TEST_POSTGRES", false)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(store_commit, postgres_resent, "WEIR_TEST_POSTGRES", true)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(store_commit_one, postgres, "WEIR_TEST_POSTGRES")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(store_select, postgres, "WEIR_TEST_POSTGRES", false)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plain_copy, timescale, "WEIR_TEST_TIMESCALE")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(store_commit, timescale, "WEIR_TEST_TIMESCALE", false)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(store_commit_one, timescale, "WEIR_TEST_TIMESCALE")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(store_select, timescale, "WEIR_TEST_TIMESCALE", false)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(store_select, timescale_columnstore, "WEIR_TEST_TIMESCALE", true)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace weir::store::timescale
