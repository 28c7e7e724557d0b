// Makes a new golden data directory; runs only when it is asked for. tests/golden/README.md says how.
#include <cmath>
#include <cstdlib>
#include <future>
#include <limits>

#include <gtest/gtest.h>

#include "app/golden_directory_test.h"
#include "support/histograms.h"

namespace weir::app::golden {
namespace {

/// Series that between them use every codec of times and values.
void add_series(Batch& batch, TimestampMs begin, size_t number) {
  const auto labels =
      Labels::of({{"__name__", fmt::format("m{}", number)}, {"host", "a\"\\\n\u00e4"}, {"job", "golden"}});
  batch.begin_series(labels.view().bytes());
  const size_t count = number == 0 ? 150 : 20;
  for (size_t i = 0; i < count; ++i) {
    const auto x = static_cast<double>(i);
    const auto jitter = static_cast<TimestampMs>(number % 2 == 0 ? 0 : i * i * 37 % 91);
    const double values[] = {x * 0.25,     // decimal
                             42,           // constant
                             std::sin(x),  // xor or raw
                             std::ldexp(1.0 + x / 7, static_cast<int>(i * 97 % 600) - 300),
                             i % 9 == 5 ? std::numeric_limits<double>::infinity() : x,  // patches
                             i + 1 == count ? stale_marker() : -x * 1e9,
                             1e300 * (1 + x * 1e-14),  // ordered
                             i % 2 == 0 ? -0.0 : std::numeric_limits<double>::quiet_NaN()};
    batch.add_sample(begin + static_cast<TimestampMs>(i) * 15'000 + jitter,
                     values[number % std::size(values)]);
  }
}

/// Histograms of both kinds, a stale one among them, beside a double.
void add_histograms(Batch& batch, TimestampMs begin) {
  batch.begin_series(Labels::of({{"__name__", "h"}, {"job", "golden"}}).view().bytes());
  batch.add_sample(begin, 1.5);
  tests::GrowingHistogram counter(20);
  os::Random random(7);
  for (int i = 1; i <= 12; ++i) batch.add_histogram(begin + i * 15'000, counter.next());
  for (int i = 13; i <= 24; ++i) batch.add_histogram(begin + i * 15'000, tests::random_histogram(random));
}

/// A counter that is dense enough for a rollup by hours, and starts anew now and then; with exemplars.
void add_dense_counter(Batch& batch, TimestampMs begin) {
  batch.begin_series(Labels::of({{"__name__", "dense"}, {"job", "golden"}}).view().bytes());
  for (int i = 0; i < 960; ++i)
    batch.add_sample(begin + i * 30'000, static_cast<double>(i % 400 * 100 + i * 7'919 % 97));
  for (int i = 0; i < 960; i += 97) {
    const Labels trace = Labels::of({{"trace_id", fmt::format("{:032x}", i * 7'919)}});
    batch.add_exemplar({trace.view(), i * 0.5, begin + i * 30'000 + 1});
  }
}

/// Exemplars of a series that has no samples.
void add_lonely_exemplars(Batch& batch, TimestampMs begin) {
  batch.begin_series(Labels::of({{"__name__", "lonely"}, {"job", "golden"}}).view().bytes());
  batch.add_exemplar({LabelsView(), -0.0, begin});
  batch.add_exemplar({LabelsView(), 1e300, begin + 1});
}

void append(World& world, uint32_t partition, uint64_t tenant_number, Batch batch) {
  const TenantId tenant = TenantId::from_stored(tenant_number);
  auto slice = std::make_shared<const BatchSlice>(
      whole_slice(tenant, std::make_shared<const Batch>(std::move(batch))));
  const log::NewRecord record{
      .tenant = tenant, .partition = PartitionId(partition), .payload = {}, .decoded = std::move(slice)};
  std::promise<bool> durable;
  world.log->append(std::span(&record, 1), Deadline::never(),
                    [&](const auto& positions) { durable.set_value(positions.ok()); });
  CHECK(durable.get_future().get(), "an append");
}

void erase(World& world, const char* metric, const TimeRange& range) {
  const std::vector<Matcher> matchers = {Matcher::create(MatchOp::kEqual, "__name__", metric).value()};
  world.store->erase(TenantId::from_stored(1), matchers, range, Deadline::never()).value();
}

// Blocks, one of them cleaned of one deletion and under the mask of another, one with a rollup, and exemplars
// beside samples and alone; a journal whose first segment
// has records that define series, define them again, and name them; and one that was deleted from.
TEST(Golden, MakeDirectory) {
  const char* target = std::getenv("WEIR_GOLDEN_WRITE");
  if (target == nullptr) GTEST_SKIP() << "WEIR_GOLDEN_WRITE is not set";
  World world;
  world.clock.set_wall_ms(kStart + 200 * kHour);
  world.open();
  for (size_t number = 0; number < 8; ++number) {
    Batch batch;
    add_series(batch, kStart + static_cast<TimestampMs>(number % 3) * 50 * kHour, number);
    if (number == 2) add_histograms(batch, kStart + 100 * kHour);
    if (number == 3) add_dense_counter(batch, kStart + 20 * kHour);
    if (number == 4) add_lonely_exemplars(batch, kStart);
    append(world, static_cast<uint32_t>(number % 2), 1 + number % 2, std::move(batch));
  }
  world.catch_up();
  world.store->compact(Deadline::never()).value();
  erase(world, "m0", {kStart + 60'000, kStart + 120'000});
  world.store->compact(Deadline::never()).value();
  world.open();  // goes on in another segment
  for (const TimestampMs hour : {5, 6, 7, 8}) {
    Batch batch;
    for (size_t number = 0; number < 8; ++number) add_series(batch, kStart + hour * kHour, number);
    if (hour == 6) add_histograms(batch, kStart + hour * kHour);
    if (hour == 7) add_lonely_exemplars(batch, kStart + hour * kHour);
    append(world, 0, 1, std::move(batch));
  }
  Batch batch;
  add_series(batch, kStart, 1);
  append(world, 1, 2, std::move(batch));
  world.catch_up();
  erase(world, "m2", {kStart, kStart + 6 * kHour});
  erase(world, "m0", {kStart + 300'000, kStart + 360'000});
  world.close();
  const std::string path(target);
  copy_directory(world.files, kJournal, os::posix_files(), path + "/journal");
  copy_directory(world.files, kStore, os::posix_files(), path + "/store");
  World again;
  load(path, again);
  ASSERT_TRUE(os::write_file_atomically(os::posix_files(), path + "/expected.txt", describe(again)).ok());
}

}  // namespace
}  // namespace weir::app::golden
