// Snapshots of a data directory on a disk that fails and loses power: under its final name there is a whole
// one or none.
#include "app/snapshots.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "os/threads.h"
#include "store/embedded/test_store.h"

namespace weir::app {
namespace {

using store::embedded::TestContents;
using store::embedded::TestStore;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

const std::string kRoot = "/data/snapshots";
const std::string kCatalogue = "tenants and documents";

struct World {
  os::sim::FaultyFiles files;
  os::sim::ManualClock clock;
  TestStore store{files, clock, "/data/store"};
  std::optional<Snapshots> snapshots;
  std::function<void()> while_copying = [] {};

  World() {
    store.start().value();
    store.log_round(0).value();
    store.store().compact(Deadline::never()).value();
    store.log_round(1).value();
    begin();
  }
  void begin() {
    snapshots.emplace(Snapshots::Parts{"/data", files, clock, store.store(),
                                       [this](const std::string& path, Deadline) { return copy(path); }});
  }
  /// As SQLite does: nothing is synced.
  Status copy(const std::string& path) {
    while_copying();
    ASSIGN_OR_RETURN(const auto file, files.open(path, os::OpenMode::kCreate));
    return file->write_at(0, kCatalogue);
  }
  Result<gateway::Snapshot> take() { return snapshots->take(false, Deadline::never()); }
  std::vector<std::string> names() {
    return files.exists(kRoot).value() ? files.list(kRoot).value() : std::vector<std::string>();
  }
  void expect_whole(const std::string& path) {
    const auto catalogue = os::read_file(files, path + "/meta.db", 100);
    EXPECT_EQ(catalogue.ok() ? *catalogue : catalogue.error().message, kCatalogue);
    TestStore copy(files, clock, path + "/store");
    const Status started = copy.start();
    ASSERT_TRUE(started.ok()) << started.error().message;
    EXPECT_EQ(copy.contents().value(), store.expected());
  }
};

TEST(Snapshots, AreNamedByTimeAndWhole) {
  World world;
  world.clock.set_wall_ms(1'767'268'800'000);
  const gateway::Snapshot taken = world.take().value();
  EXPECT_THAT(taken.name, MatchesRegex("20260101T120000Z-[0-9a-f]{16}"));
  EXPECT_EQ(taken.path, kRoot + "/" + taken.name);
  EXPECT_THAT(world.files.list(taken.path).value(), ElementsAre("meta.db", "store"));
  EXPECT_THAT(world.names(), ElementsAre(taken.name));
  world.expect_whole(taken.path);
  EXPECT_NE(world.take().value().name, taken.name);
}

TEST(Snapshots, ASecondOneAtTheSameTimeIsRefused) {
  World world;
  std::promise<void> inside, go_on;
  world.while_copying = [&] {
    inside.set_value();
    go_on.get_future().wait();
  };
  Result<gateway::Snapshot> first = unavailable("not taken");
  {
    os::Thread thread("first", [&](std::stop_token) { first = world.take(); });
    inside.get_future().wait();
    const auto second = world.take();
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, Code::kUnavailable);
    EXPECT_THAT(second.error().message, HasSubstr("another snapshot is being made"));
    go_on.set_value();
  }
  ASSERT_TRUE(first.ok()) << first.error().message;
  world.expect_whole(first->path);
}

TEST(Snapshots, LeaveNothingWhereTheDiskIsFullOrHasNoHardLinks) {
  World world;
  world.files.set_free_bytes(0);
  EXPECT_EQ(world.take().error().code, Code::kResourceExhausted);
  EXPECT_THAT(world.names(), IsEmpty());
  world.files.set_free_bytes(1 << 30);
  world.files.inject({.call = os::sim::Call::kLink, .code = Code::kUnsupported, .lasting = true});
  EXPECT_EQ(world.take().error().code, Code::kUnsupported);
  EXPECT_THAT(world.names(), IsEmpty());
  world.files.clear_faults();
  EXPECT_EQ(world.snapshots->take(false, Deadline::at(world.clock.steady())).error().code,
            Code::kDeadlineExceeded);
  EXPECT_THAT(world.names(), IsEmpty());
  EXPECT_TRUE(world.take().ok());
}

TEST(Snapshots, WhatACrashHasLeftIsRemoved) {
  World world;
  world.files.create_directories(kRoot + "/old.tmp/store").value();
  world.files.create_directories(kRoot + "/kept").value();
  ASSERT_TRUE(world.snapshots->remove_leftovers().ok());
  EXPECT_THAT(world.names(), ElementsAre("kept"));
  world.files.create_directories(kRoot + "/old.tmp/store").value();
  const std::string name = world.take().value().name;
  EXPECT_THAT(world.names(), testing::UnorderedElementsAre("kept", name));
}

uint64_t calls_of_a_snapshot() {
  World world;
  const uint64_t before = world.files.calls(os::sim::Call::kAny);
  world.take().value();
  return world.files.calls(os::sim::Call::kAny) - before;
}

TEST(Snapshots, AnyFileCallMayFailOnce) {
  const uint64_t calls = calls_of_a_snapshot();
  for (uint64_t nth = 1; nth <= calls; ++nth) {
    for (const bool takes_effect : {false, true}) {
      SCOPED_TRACE("call " + std::to_string(nth) + (takes_effect ? " done" : ""));
      World world;
      world.files.inject({.nth = nth, .takes_effect = takes_effect});
      const auto taken = world.take();
      EXPECT_EQ(world.files.faults_met(), 1u);
      if (!taken.ok()) {
        EXPECT_THAT(world.names(), IsEmpty());
      }
      const auto next = taken.ok() ? taken : world.take();
      ASSERT_TRUE(next.ok()) << next.error().message;
      world.expect_whole(next->path);
      EXPECT_EQ(world.store.contents().value(), world.store.expected());
      if (HasFatalFailure() || HasNonfatalFailure()) return;
    }
  }
}

/// What `names` has after a power loss: whole ones and unfinished ones, which the next start removes.
void expect_nothing_half_done(World& world, const Result<gateway::Snapshot>& taken) {
  ASSERT_TRUE(world.store.start().ok());
  EXPECT_EQ(world.store.contents().value(), world.store.expected());
  world.begin();
  if (taken.ok()) {
    EXPECT_THAT(world.names(), ElementsAre(taken->name));
  }
  for (const std::string& name : world.names()) {
    if (!name.ends_with(".tmp")) world.expect_whole(kRoot + "/" + name);
  }
  ASSERT_TRUE(world.snapshots->remove_leftovers().ok());
  for (const std::string& name : world.names()) EXPECT_FALSE(name.ends_with(".tmp"));
}

/// Power goes at a call of the snapshot or, with a fault before it, of its cleaning up.
void lose_power_everywhere(std::optional<uint64_t> failing) {
  const uint64_t calls = calls_of_a_snapshot();
  for (uint64_t nth = failing.value_or(1); nth <= calls + 6; ++nth) {
    for (const uint64_t seed : {1, 2, 3, 4, 5, 6}) {
      SCOPED_TRACE("power lost at call " + std::to_string(nth) + " seed " + std::to_string(seed));
      World world;
      if (failing) world.files.inject({.nth = *failing, .takes_effect = seed % 2 == 0});
      world.files.inject({.nth = nth, .lasting = true});  // dead from here on
      const auto taken = world.take();
      os::Random random(seed);
      world.files.kill();
      world.snapshots.reset();
      world.store.stop();
      world.files.crash(random);
      world.files.clear_faults();
      expect_nothing_half_done(world, taken);
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(Snapshots, PowerMayFailAtAnyCall) {
  lose_power_everywhere(std::nullopt);
}

TEST(Snapshots, PowerMayFailWhileAFailedOneIsRemoved) {
  const uint64_t calls = calls_of_a_snapshot();
  for (uint64_t back = 0; back < 3 && !HasFailure(); ++back) {  // sync of the root, rename, sync of its own
    SCOPED_TRACE("failing: the last call but " + std::to_string(back));
    lose_power_everywhere(calls - back);
  }
}

}  // namespace
}  // namespace weir::app
