// Store::snapshot on a disk that fails and loses power: what is reported complete opens with everything that
// was visible at the call, and the store itself takes no harm.
#include <atomic>
#include <future>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "os/threads.h"
#include "store/embedded/manifest.h"
#include "store/embedded/test_store.h"

namespace weir::store::embedded {
namespace {

const std::string kStore = "/data/store";
const std::string kSnapshot = "/data/snapshots/one/store";

/// A store with samples in two blocks and in the head.
struct World {
  os::sim::FaultyFiles files;
  os::sim::ManualClock clock;
  TestStore store{files, clock, kStore};

  World() {
    store.start().value();
    store.log_round(0).value();
    store.store().compact(Deadline::never()).value();
    store.log_round(1).value();
  }
  Status snapshot(bool skip_head = false) {
    return store.store().snapshot({kSnapshot, skip_head}, Deadline::never());
  }
  TestContents contents_of_snapshot(const std::string& directory = kSnapshot) {
    TestStore copy(files, clock, directory);
    const Status started = copy.start();
    EXPECT_TRUE(started.ok()) << started.error().message;
    if (!started.ok()) return {};
    EXPECT_EQ(copy.resume(), Offset(0)) << "a new log begins there";
    return copy.contents().value();
  }
};

/// True when every sample of `part` is in `whole`.
bool includes(const TestContents& whole, const TestContents& part) {
  for (const auto& [series, samples] : part) {
    const auto found = whole.find(series);
    if (found == whole.end()) return false;
    for (const auto& [time, value] : samples) {
      const auto at = found->second.find(time);
      if (at == found->second.end() || at->second != value) return false;
    }
  }
  return true;
}

TEST(StoreSnapshot, HoldsWhatReadsSawAtTheCall) {
  World world;
  const TestContents before = world.store.contents().value();
  ASSERT_EQ(before, world.store.expected());
  ASSERT_TRUE(world.snapshot().ok());
  world.store.log_round(2).value();
  EXPECT_EQ(world.contents_of_snapshot(), before);
  EXPECT_EQ(world.store.contents().value(), world.store.expected());
}

TEST(StoreSnapshot, ItsManifestClaimsNothingOfALog) {
  World world;
  ASSERT_TRUE(world.snapshot().ok());
  const Manifest manifest = load_manifest(world.files, kSnapshot).value();
  ASSERT_EQ(manifest.partitions.size(), 1u);
  EXPECT_EQ(manifest.partitions[0].durable, Offset(0));
  EXPECT_TRUE(manifest.partitions[0].covered.empty());
  EXPECT_EQ(manifest.blocks, load_manifest(world.files, kStore).value().blocks);
}

TEST(StoreSnapshot, MayLeaveTheHeadOut) {
  World world;
  const uint64_t in_head = world.store.store().status().value().head_samples;
  ASSERT_GT(in_head, 0u);
  ASSERT_TRUE(world.snapshot(true).ok());
  EXPECT_EQ(world.store.store().status().value().head_samples, in_head);
  const TestContents contents = world.contents_of_snapshot();
  EXPECT_FALSE(contents.empty());
  EXPECT_NE(contents, world.store.expected());
  EXPECT_TRUE(includes(world.store.expected(), contents));
}

TEST(StoreSnapshot, AnEmptyStoreHasOneToo) {
  os::sim::FaultyFiles files;
  os::sim::ManualClock clock;
  TestStore store(files, clock, kStore);
  store.start().value();
  ASSERT_TRUE(store.store().snapshot({kSnapshot}, Deadline::never()).ok());
  TestStore copy(files, clock, kSnapshot);
  ASSERT_TRUE(copy.start().ok());
  EXPECT_TRUE(copy.contents().value().empty());
}

TEST(StoreSnapshot, GoesItsOwnWayFromThere) {
  World world;
  ASSERT_TRUE(world.snapshot().ok());
  const TestContents before = world.store.contents().value();
  TestStore copy(world.files, world.clock, kSnapshot);
  ASSERT_TRUE(copy.start().ok());
  ASSERT_TRUE(world.store.store().compact(Deadline::never()).ok()) << "merges, and removes what was linked";
  EXPECT_EQ(copy.contents().value(), before);
  copy.log(7, 5, 5).value();
  ASSERT_TRUE(copy.store().compact(Deadline::never()).ok());
  world.store.log_round(3).value();
  ASSERT_TRUE(world.store.store().compact(Deadline::never()).ok());
  copy.stop();
  world.store.stop();
  ASSERT_TRUE(world.store.start().ok());
  EXPECT_EQ(world.store.contents().value(), world.store.expected());
  ASSERT_TRUE(copy.start().ok());
  TestContents expected = before;
  expected.merge(TestContents(copy.expected()));
  EXPECT_EQ(copy.contents().value(), expected);
}

TEST(StoreSnapshot, IsWholeWhileCommitsAndCompactionsGoOn) {
  World world;
  std::atomic<bool> stop = false;
  std::atomic<int> rounds = 0;
  std::vector<os::Thread> threads;
  threads.emplace_back("writer", [&](std::stop_token) {
    for (int round = 2; !stop && round < 3'000; ++round, ++rounds) world.store.log_round(round).value();
  });
  threads.emplace_back("compactor", [&](std::stop_token) {
    while (!stop) EXPECT_TRUE(world.store.store().compact(Deadline::never()).ok());
  });
  for (int i = 0; i < 20; ++i) {
    const TestContents before = world.store.contents().value();
    const std::string directory = "/data/snapshots/" + std::to_string(i);
    ASSERT_TRUE(world.store.store().snapshot({directory}, Deadline::never()).ok());
    const TestContents after = world.store.contents().value();
    const TestContents contents = world.contents_of_snapshot(directory);
    EXPECT_TRUE(includes(contents, before)) << "something visible is missing in " << directory;
    EXPECT_TRUE(includes(after, contents)) << "something was made up in " << directory;
  }
  stop = true;
  threads.clear();
  EXPECT_GT(rounds, 0);
  EXPECT_EQ(world.store.contents().value(), world.store.expected());
}

TEST(StoreSnapshot, NoBlockGoesWhileTheyAreLinked) {
  World world;
  std::promise<void> removed;
  std::atomic<bool> linking = false, first_removal = true;
  std::optional<os::Thread> compactor;
  world.files.set_hook([&](os::sim::Call call, const std::string& path) {
    if (call == os::sim::Call::kRemove && path.ends_with(".block") && first_removal.exchange(false))
      removed.set_value();
    if (call != os::sim::Call::kLink || linking.exchange(true)) return;
    compactor.emplace("compactor", [&](std::stop_token) {
      EXPECT_TRUE(world.store.store().compact(Deadline::never()).ok());
    });
    // Time enough for it to merge all blocks and remove them, if nothing held it back.
    EXPECT_EQ(removed.get_future().wait_for(os::milliseconds(200)), std::future_status::timeout);
  });
  ASSERT_TRUE(world.snapshot().ok());
  compactor.reset();
  EXPECT_FALSE(first_removal) << "the compaction did remove blocks, afterwards";
  world.files.set_hook([](os::sim::Call, const std::string&) {});
  EXPECT_EQ(world.contents_of_snapshot(), world.store.expected());
}

TEST(StoreSnapshot, SaysWhatStandsInItsWay) {
  World world;
  EXPECT_EQ(world.store.store().snapshot({kSnapshot}, Deadline::at(world.clock.steady())).error().code,
            Code::kDeadlineExceeded);
  world.files.set_free_bytes(0);
  EXPECT_EQ(world.snapshot().error().code, Code::kResourceExhausted);
  world.files.set_free_bytes(1 << 30);
  world.files.inject({.call = os::sim::Call::kLink, .code = Code::kUnsupported});
  EXPECT_EQ(world.snapshot().error().code, Code::kUnsupported);
  world.files.remove_all(kSnapshot).value();
  EXPECT_TRUE(world.snapshot().ok());
  EXPECT_EQ(world.snapshot().error().code, Code::kAlreadyExists);
}

void expect_store_unharmed(World& world) {
  world.store.stop();
  const Status started = world.store.start();
  ASSERT_TRUE(started.ok()) << started.error().message;
  EXPECT_EQ(world.store.contents().value(), world.store.expected());
  ASSERT_TRUE(world.store.store().compact(Deadline::never()).ok());
  EXPECT_EQ(world.store.contents().value(), world.store.expected());
}

uint64_t calls_of_a_snapshot() {
  World world;
  const uint64_t before = world.files.calls(os::sim::Call::kAny);
  world.snapshot().value();
  return world.files.calls(os::sim::Call::kAny) - before;
}

TEST(StoreSnapshot, AnyFileCallMayFailOnce) {
  const uint64_t calls = calls_of_a_snapshot();
  ASSERT_GT(calls, 20u);
  for (uint64_t nth = 1; nth <= calls; ++nth) {
    for (const bool takes_effect : {false, true}) {
      SCOPED_TRACE("call " + std::to_string(nth) + (takes_effect ? " done" : ""));
      World world;
      world.files.inject({.nth = nth, .takes_effect = takes_effect});
      const Status taken = world.snapshot();
      EXPECT_EQ(world.files.faults_met(), 1u);
      world.files.clear_faults();
      EXPECT_EQ(world.store.contents().value(), world.store.expected());
      if (!taken.ok()) {
        world.files.remove_all(kSnapshot).value();
        ASSERT_TRUE(world.snapshot().ok()) << "the next one succeeds";
      }
      EXPECT_EQ(world.contents_of_snapshot(), world.store.expected());
      expect_store_unharmed(world);
      if (HasFatalFailure() || HasNonfatalFailure()) return;
    }
  }
}

TEST(StoreSnapshot, PowerMayFailAtAnyCallAndAfterTheLast) {
  const uint64_t calls = calls_of_a_snapshot();
  int complete = 0;
  for (uint64_t nth = 1; nth <= calls + 1; ++nth) {
    for (const uint64_t seed : {1, 2, 3}) {
      SCOPED_TRACE("power lost at call " + std::to_string(nth) + " seed " + std::to_string(seed));
      World world;
      world.files.inject({.nth = nth, .lasting = true});  // dead from here on
      const Status taken = world.snapshot();
      os::Random random(seed);
      world.files.kill();
      world.store.stop();
      world.files.crash(random);
      world.files.clear_faults();
      expect_store_unharmed(world);
      if (taken.ok()) {
        ++complete;
        EXPECT_EQ(world.contents_of_snapshot(), world.store.expected());
      }
      if (HasFatalFailure() || HasNonfatalFailure()) return;
    }
  }
  EXPECT_GT(complete, 0);
}

}  // namespace
}  // namespace weir::store::embedded
