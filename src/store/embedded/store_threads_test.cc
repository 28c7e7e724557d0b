// Commits, reads and compaction at once. The thread sanitizer looks at the memory, the tests at the answers.
#include <atomic>

#include <gtest/gtest.h>

#include "model/batch.h"
#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"
#include "os/threads.h"
#include "store/embedded/embedded_store.h"

namespace weir::store::embedded {
namespace {

constexpr int kSeries = 20;
constexpr int kCommits = 400;
constexpr TimestampMs kStep = 60'000;

TenantId tenant() {
  return TenantId::from_stored(1);
}

Labels series(uint32_t partition, int number) {
  return Labels::of({{"__name__", "m"}, {"n", std::to_string(number)}, {"p", std::to_string(partition)}});
}

// Each commit writes one time to all series of its partition.
void write_all(Store& store, uint32_t partition) {
  const Lease lease = store.acquire(PartitionId(partition), Deadline::never()).value();
  for (int i = 0; i < kCommits; ++i) {
    // Every tenth time comes late, so that frozen windows and blocks are looked into.
    const TimestampMs at = (i % 10 == 9 ? i - 9 : i) * kStep + (i % 10 == 9 ? 1 : 0);
    Batch batch;
    for (int number = 0; number < kSeries; ++number) {
      batch.begin_series(series(partition, number).view().bytes());
      batch.add_sample(at, i);
    }
    const AppliedRecord record{tenant(), Offset(i), &batch};
    store.commit({lease, {&record, 1}, Offset(i + 1)}, Deadline::never(), [](Result<CommitReport> report) {
      ASSERT_TRUE(report.ok());
      EXPECT_EQ(report->appended, static_cast<uint64_t>(kSeries));
    });
  }
}

// Samples of each series; those of one partition must have seen the same commits.
size_t read_partition(Store& store, uint32_t partition) {
  const std::vector<Matcher> matchers = {Matcher::equal("__name__", "m"),
                                         Matcher::equal("p", std::to_string(partition))};
  auto set = store.select(tenant(), {matchers, TimeRange::all()}, Deadline::never()).value();
  SampleColumns first;
  int series_count = 0;
  while (set->next().value()) {
    SampleColumns samples;
    EXPECT_TRUE(set->read(samples).ok());
    if (series_count++ == 0) first = samples;
    EXPECT_EQ(samples.timestamps_ms, first.timestamps_ms);
    EXPECT_EQ(samples.values, first.values);
  }
  EXPECT_TRUE(series_count == 0 || series_count == kSeries);
  return first.size();
}

TEST(StoreThreads, ReadersSeeCommitsWholeAndNeverLoseAny) {
  os::sim::FaultyFiles files;
  os::sim::ManualClock clock;
  telemetry::Registry registry;
  auto store = open({.directory = "/s", .partition_count = 2, .window = os::milliseconds(20 * kStep)}, files,
                    clock, registry)
                   .value();
  std::atomic<int> writers = 2;
  {
    std::vector<os::Thread> threads;
    for (uint32_t partition = 0; partition < 2; ++partition) {
      threads.emplace_back("writer", [&, partition](std::stop_token) {
        write_all(*store, partition);
        --writers;
      });
      threads.emplace_back("reader", [&, partition](std::stop_token) {
        size_t seen = 0;
        while (writers > 0) {
          const size_t now = read_partition(*store, partition);
          EXPECT_GE(now, seen) << "a sample went away";
          seen = now;
        }
      });
    }
    threads.emplace_back("compactor", [&](std::stop_token) {
      while (writers > 0) EXPECT_TRUE(store->compact(Deadline::never()).ok());
    });
    threads.emplace_back("looker", [&](std::stop_token) {
      while (writers > 0) {
        EXPECT_TRUE(store->label_values(tenant(), "n", {{}, TimeRange::all()}, Deadline::never()).ok());
        EXPECT_FALSE(registry.to_text().empty());
        const Offset durable = store->durable_offset(PartitionId(0)).value();  // first: both go on
        EXPECT_LE(durable, store->visible_offset(PartitionId(0)).value());
        clock.advance(os::milliseconds(1'000));
      }
    });
  }
  EXPECT_EQ(read_partition(*store, 0), static_cast<size_t>(kCommits));
  EXPECT_EQ(read_partition(*store, 1), static_cast<size_t>(kCommits));
}

}  // namespace
}  // namespace weir::store::embedded
