#include "query/series_reading.h"

#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "os/sim/manual_clock.h"
#include "query/engine.h"
#include "store/memory/memory_store.h"
#include "support/random_expression.h"

namespace weir::query {
namespace {

/// Series 0, 1, 2, ..., each with its number as its only sample; one of them may fail to be read.
class Numbers : public store::SeriesSet {
 public:
  explicit Numbers(size_t count, size_t failing = SIZE_MAX) : count_(count), failing_(failing) {}
  Result<bool> next() override {
    if (at_ == count_) return false;
    labels_ = Labels::of({{"n", std::to_string(at_)}});
    ++at_;
    return true;
  }
  LabelsView labels() const override { return labels_; }
  Status read(SampleColumns& out) override { return read(at_ - 1, out); }
  std::unique_ptr<store::SeriesSamples> detach() override {
    return std::make_unique<Detached>(*this, at_ - 1);
  }

 private:
  class Detached : public store::SeriesSamples {
   public:
    Detached(const Numbers& set, size_t number) : set_(set), number_(number) {}
    Status read(SampleColumns& out) override { return set_.read(number_, out); }

   private:
    const Numbers& set_;
    const size_t number_;
  };
  Status read(size_t number, SampleColumns& out) const {
    if (number == failing_) return corruption(fmt::format("series {}", number));
    out.push_back(1'000, static_cast<double>(number));
    return {};
  }

  const size_t count_;
  const size_t failing_;
  size_t at_ = 0;
  Labels labels_;
};

class SeriesReadingTest : public testing::TestWithParam<bool> {
 protected:
  Status read(store::SeriesSet& set, SeriesReadVisitor visit) {
    const ReadingOptions options{.steps = 2, .pool = GetParam() ? &pool_ : nullptr, .threads = 3};
    return read_series(set, options, budget_, twice_, visit);
  }
  static Status twice(const SampleColumns& samples, Budget& budget, Column& out) {
    out[1] = 2 * samples.values[0];
    return budget.work(samples.size());
  }

  Limits limits_;
  os::sim::ManualClock clock_;
  Budget budget_{limits_, Deadline::never(), clock_, nullptr};
  os::WorkerPool pool_{{.name = "test", .threads = 3}};
  SeriesKernel twice_ = &twice;
};

TEST_P(SeriesReadingTest, VisitsInOrder) {
  for (const size_t count : {0, 1, 63, 64, 65, 128, 5'000}) {
    Numbers set(count);
    size_t seen = 0;
    const uint64_t before = budget_.series_read();
    EXPECT_TRUE(read(set, [&](SeriesRead series) -> Status {
                  EXPECT_EQ(series.labels.get("n"), std::to_string(seen));
                  EXPECT_TRUE(is_absent(series.values[0]));
                  EXPECT_EQ(series.values[1], 2.0 * static_cast<double>(seen));
                  if (seen % 2 == 0) series.values = {};  // as a visitor that takes it
                  ++seen;
                  return {};
                }).ok());
    EXPECT_EQ(seen, count);
    EXPECT_EQ(budget_.series_read() - before, count);
  }
}

TEST_P(SeriesReadingTest, TheFirstErrorCountsAndWhatIsBeforeIsVisited) {
  Numbers set(1'000, 300);
  size_t seen = 0;
  const Status outcome = read(set, [&](SeriesRead) -> Status {
    ++seen;
    return {};
  });
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().message, "series 300");
  EXPECT_LE(seen, 300u);
}

TEST_P(SeriesReadingTest, AVisitorMayEndIt) {
  Numbers set(100'000);
  size_t seen = 0;
  const Status outcome =
      read(set, [&](SeriesRead) -> Status { return ++seen == 100 ? Status(cancelled("enough")) : Status(); });
  EXPECT_EQ(outcome.error().code, Code::kCancelled);
  EXPECT_EQ(seen, 100u);
  EXPECT_LT(budget_.series_read(), 2'000u) << "little is read ahead";
}

TEST_P(SeriesReadingTest, LimitsHoldForAllThreadsTogether) {
  limits_.query_series_max = 500;
  Numbers set(10'000);
  const Status outcome = read(set, [](SeriesRead) { return Status(); });
  EXPECT_EQ(outcome.error().code, Code::kResourceExhausted);
}

TEST_P(SeriesReadingTest, TheMemoryOfSeriesThatWereVisitedIsFree) {
  constexpr size_t kSeriesBytes = sizeof(Sample) + 2 * sizeof(double);
  limits_.query_memory_bytes_max = 600 * kSeriesBytes;  // eight batches of 64 are under way at most
  Numbers set(5'000);
  EXPECT_TRUE(read(set, [](SeriesRead) { return Status(); }).ok());
  EXPECT_GE(budget_.peak_bytes(), kSeriesBytes);
  limits_.query_memory_bytes_max = kSeriesBytes - 1;
  Numbers again(5'000);
  EXPECT_EQ(read(again, [](SeriesRead) { return Status(); }).error().code, Code::kResourceExhausted);
}

INSTANTIATE_TEST_SUITE_P(Threads, SeriesReadingTest, testing::Bool(),
                         [](const auto& test) { return test.param ? "Several" : "One"; });

TEST(SeriesReading, APoolThatTakesNothingIsNoHindrance) {
  os::WorkerPool pool({.name = "test", .threads = 1});
  pool.stop();
  Limits limits;
  os::sim::ManualClock clock;
  Budget budget(limits, Deadline::never(), clock, nullptr);
  Numbers set(1'000);
  size_t seen = 0;
  const auto nothing = [](const SampleColumns&, Budget&, Column&) { return Status(); };
  EXPECT_TRUE(read_series(set, {.pool = &pool, .threads = 1}, budget, nothing, [&](SeriesRead) {
                ++seen;
                return Status();
              }).ok());
  EXPECT_EQ(seen, 1'000u);
}

bool same(const QueryResult& a, const QueryResult& b) {
  const auto& left = std::get<MatrixValue>(a.value).series;
  const auto& right = std::get<MatrixValue>(b.value).series;
  return a.warnings == b.warnings && a.infos == b.infos &&
         std::ranges::equal(left, right, [](const ResultSeries& one, const ResultSeries& other) {
           const auto bits = [](double value) { return std::bit_cast<uint64_t>(value); };
           return one.labels == other.labels && one.points.timestamps_ms == other.points.timestamps_ms &&
                  std::ranges::equal(one.points.values, other.points.values, {}, bits, bits);
         });
}

// Whoever reads the series, the answer is the same bit for bit.
TEST(SeriesReading, ThreadsChangeNoAnswer) {
  constexpr int64_t kMinute = 60'000;
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  os::Random random(seed);
  store::MemoryStore store;
  const TenantId tenant = TenantId::from_stored(1);
  for (int series = 0; series < 400; ++series) {
    const std::string number = std::to_string(series % 7), job = std::to_string(series);
    const Labels labels =
        Labels::of({{"__name__", series % 2 == 0 ? "m" : "n"}, {"job", job}, {"n", number}});
    for (int64_t at = 0; at < 60; at += 1 + static_cast<int64_t>(random.below(5)))
      store.append(tenant, labels, at * kMinute, static_cast<double>(random.below(1'000)) / 7);
  }
  os::sim::ManualClock clock;
  os::WorkerPool pool({.name = "test", .threads = 3});
  const Engine alone(store, {}, clock);
  const Engine helped(store, {.pool = &pool, .pool_threads = 3}, clock);
  const Limits limits;
  RandomExpression expressions(random);
  for (int round = 0; round < 300; ++round) {
    const std::string text = expressions.vector(3);
    const Engine::Range range{20 * kMinute, 50 * kMinute, 7 * kMinute};
    const auto expected = alone.range({tenant, limits, Deadline::never()}, text, range);
    const auto found = helped.range({tenant, limits, Deadline::never()}, text, range);
    ASSERT_EQ(found.ok(), expected.ok()) << text;
    if (!found.ok()) continue;
    ASSERT_TRUE(same(*found, *expected)) << text;
  }
}

}  // namespace
}  // namespace weir::query
