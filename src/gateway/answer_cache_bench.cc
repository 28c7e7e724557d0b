// What an answer from the cache costs beside an evaluation: a range query of six hours over a thousand
// series, with the store and the cache in this process, and where the environment names them
// (tests/services/run.py sets it) with the store in PostgreSQL or TimescaleDB and the cache in Redis.
#include <cstdlib>
#include <future>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "cache/memory/memory_cache.h"
#include "cache/redis/redis_cache.h"
#include "gateway/answer_cache.h"
#include "os/random.h"
#include "os/sim/temp_directory.h"
#include "pg/connection.h"
#include "store/embedded/embedded_store.h"
#include "store/timescale/timescale_store.h"

namespace weir::gateway {
namespace {

constexpr int64_t kStepMs = 30'000, kSteps = 720, kSeries = 1'000;
constexpr TimestampMs kStart = 1'700'000'000'000 / kHourMs * kHourMs;

/// A store with the samples, and a cache.
class Bench {
 public:
  /// `server`: the variable with a connection string; null for the embedded store.
  Bench(const char* server, bool redis) : on_redis_(redis) {
    if (server != nullptr && !open_server(std::getenv(server))) return;
    if (server == nullptr)
      store_ = store::embedded::open({.directory = directory_.path()}, os::posix_files(), clock_, registry_)
                   .value();
    const char* address = std::getenv("WEIR_TEST_REDIS");
    if (on_redis_ && address == nullptr) return;
    if (on_redis_) {
      client_.emplace(redis::ClientOptions{.address = address, .database = 11}, clock_, registry_);
      cache_ = cache::redis::create({}, *client_, clock_, registry_);
    } else {
      cache_ = cache::memory::create({}, clock_, registry_);
    }
    engine_.emplace(*store_, query::EngineOptions(), clock_);
    answers_.emplace(AnswerCacheOptions(), *engine_, *store_, *cache_, clock_, registry_);
    fill();
    there_ = true;
  }
  ~Bench() {
    store_.reset();
    if (schema_.empty()) return;
    auto connection = pg::Connection::open({.conninfo = conninfo_}, clock_, Deadline::never()).value();
    for (const char* suffix : {"_api", ""}) {
      connection
          ->run(fmt::format("set client_min_messages = error; drop schema if exists {}{} cascade", schema_,
                            suffix),
                Deadline::never())
          .value();
    }
    connection
        ->run(fmt::format("delete from public.weir_migration where component like '%_{}'", schema_),
              Deadline::never())
        .value();
  }
  bool there() const { return there_; }

  AnswerSource ask(std::string_view text, bool reusable) {
    return ask({text, {kStart, kStart + (kSteps - 1) * kStepMs, 60'000}, false, reusable});
  }
  /// The next minute's question of a dashboard that shows the last five hours of six.
  AnswerSource ask_moving(std::string_view text, bool reusable) {
    moved_ = (moved_ + 1) % 59;
    const TimestampMs start = kStart + moved_ * 60'000;
    return ask({text, {start, start + 5 * kHourMs, 60'000}, false, reusable});
  }
  AnswerSource ask(const Question& question) {
    const Answer answer = answers_->answer(question, {tenant_, limits_, Deadline::never()}).value();
    bytes_ = answer.json.size();
    return answer.source;
  }
  uint64_t fingerprint() {
    return store_->fingerprint(tenant_, {kStart, kStart + kSteps * kStepMs}, Deadline::never()).value();
  }
  size_t bytes() const { return bytes_; }

 private:
  bool open_server(const char* conninfo) {
    if (conninfo == nullptr) return false;
    store::timescale::TimescaleStoreOptions options;
    conninfo_ = options.conninfo = conninfo;
    schema_ = options.schema = fmt::format("weir_b{}", os::random_seed() % 1'000'000'000'000);
    options.maintenance_interval = os::milliseconds(0);
    store::timescale::migrate(options, clock_, Deadline::never()).value();
    store::timescale::ServerReport report;
    store_ = store::timescale::open(options, clock_, registry_, Deadline::never(), report).value();
    return true;
  }
  void fill() {
    const store::Lease lease = store_->acquire(PartitionId(0), Deadline::never()).value();
    for (int64_t step = 0; step < kSteps; step += 60) {
      Batch batch;
      for (int64_t s = 0; s < kSeries; ++s) {
        const std::string instance = std::to_string(s), job = std::to_string(s % 10);
        batch.begin_series(Labels::of({{"__name__", "requests_total"}, {"instance", instance}, {"job", job}})
                               .view()
                               .bytes());
        for (int64_t i = step; i < step + 60; ++i)
          batch.add_sample(kStart + i * kStepMs, static_cast<double>(i * (s + 1)));
      }
      const store::AppliedRecord record{tenant_, Offset(step), &batch};
      std::promise<Result<store::CommitReport>> outcome;
      store_->commit({lease, {&record, 1}, Offset(step + 1)}, Deadline::never(),
                     [&](Result<store::CommitReport> result) { outcome.set_value(std::move(result)); });
      CHECK(outcome.get_future().get().ok(), "a commit of the benchmark");
    }
  }

  os::Clock& clock_ = os::system_clock();
  const bool on_redis_;
  const TenantId tenant_ = TenantId::from_stored(1 + os::random_seed() % 1'000'000'000);
  const Limits limits_;
  telemetry::Registry registry_;
  os::sim::TempDirectory directory_;
  std::string conninfo_, schema_;
  std::unique_ptr<store::Store> store_;
  std::optional<redis::Client> client_;
  std::unique_ptr<cache::Cache> cache_;
  std::optional<query::Engine> engine_;
  std::optional<AnswerCache> answers_;
  size_t bytes_ = 0;
  int64_t moved_ = 0;
  bool there_ = false;
};

enum class What { kEvaluation, kHit, kFingerprint };

void run(benchmark::State& state, const char* server, bool redis, What what, std::string_view text) {
  Bench bench(server, redis);
  if (!bench.there()) return state.SkipWithError("a server is not set: run by tests/services/run.py");
  if (what != What::kFingerprint) bench.ask(text, true);
  for (auto _ : state) {
    if (what == What::kFingerprint) {
      benchmark::DoNotOptimize(bench.fingerprint());
    } else if (bench.ask(text, what == What::kHit) !=
               (what == What::kHit ? AnswerSource::kHit : AnswerSource::kBypass)) {
      return state.SkipWithError("from the wrong place");
    }
  }
  state.counters["bytes"] = static_cast<double>(bench.bytes());
}

void run_moving(benchmark::State& state, const char* server, bool redis, bool reusable,
                std::string_view text) {
  Bench bench(server, redis);
  if (!bench.there()) return state.SkipWithError("a server is not set: run by tests/services/run.py");
  for (int minute = 0; minute < 59; ++minute) bench.ask_moving(text, reusable);
  for (auto _ : state) {
    if (bench.ask_moving(text, reusable) == AnswerSource::kMiss)
      return state.SkipWithError("from the wrong place");
  }
}

constexpr std::string_view kSum = "sum by (job) (rate(requests_total[5m]))";
constexpr std::string_view kOne = "rate(requests_total{instance=\"7\"}[5m])";
constexpr const char* kPostgres = "WEIR_TEST_POSTGRES";
constexpr const char* kTimescale = "WEIR_TEST_TIMESCALE";

void add(const char* name, const char* server, bool redis, What what, std::string_view text) {
  benchmark::RegisterBenchmark(name, [=](benchmark::State& state) { run(state, server, redis, what, text); })
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

void add_moving(const char* name, const char* server, bool redis, bool reusable) {
  benchmark::RegisterBenchmark(
      name, [=](benchmark::State& state) { run_moving(state, server, redis, reusable, kSum); })
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

const bool kAdded = [] {
  add("sum/embedded/evaluation", nullptr, false, What::kEvaluation, kSum);
  add("sum/embedded/hit_memory", nullptr, false, What::kHit, kSum);
  add("sum/embedded/hit_redis", nullptr, true, What::kHit, kSum);
  add_moving("moving/embedded/evaluation", nullptr, false, false);
  add_moving("moving/embedded/parts_memory", nullptr, false, true);
  add("one/embedded/evaluation", nullptr, false, What::kEvaluation, kOne);
  add("one/embedded/hit_memory", nullptr, false, What::kHit, kOne);
  add("fingerprint/embedded", nullptr, false, What::kFingerprint, kOne);
  add("sum/postgres/evaluation", kPostgres, false, What::kEvaluation, kSum);
  add("sum/postgres/hit_memory", kPostgres, false, What::kHit, kSum);
  add("sum/postgres/hit_redis", kPostgres, true, What::kHit, kSum);
  add("one/postgres/evaluation", kPostgres, false, What::kEvaluation, kOne);
  add("fingerprint/postgres", kPostgres, false, What::kFingerprint, kOne);
  add("sum/timescale/evaluation", kTimescale, false, What::kEvaluation, kSum);
  add("sum/timescale/hit_redis", kTimescale, true, What::kHit, kSum);
  add_moving("moving/postgres/evaluation", kPostgres, false, false);
  add_moving("moving/postgres/parts_redis", kPostgres, true, true);
  add("fingerprint/timescale", kTimescale, false, What::kFingerprint, kOne);
  return true;
}();

}  // namespace
}  // namespace weir::gateway
