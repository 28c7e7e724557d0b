#include "os/threads.h"

#include <atomic>
#include <latch>
#include <numeric>

#include <gtest/gtest.h>

namespace weir::os {
namespace {

TEST(Thread, IsAskedToStopAndJoined) {
  std::atomic<bool> stopped = false;
  {
    Thread thread("a name of more than fifteen bytes", [&](std::stop_token stop) {
      std::mutex mutex;
      std::condition_variable_any wake;
      std::unique_lock lock(mutex);
      wake.wait(lock, stop, [] { return false; });
      stopped = true;
    });
  }
  EXPECT_TRUE(stopped);
}

TEST(WorkerPool, OneThreadRunsTasksInOrder) {
  std::vector<int> order;
  {
    WorkerPool pool({.name = "test", .threads = 1, .queue_max = 1'000});
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(pool.post([&order, i] { order.push_back(i); }).ok());
  }
  std::vector<int> expected(100);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
}

TEST(WorkerPool, RunsTasksAtOnce) {
  WorkerPool pool({.name = "test", .threads = 3, .queue_max = 10});
  std::latch all_in(3);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pool.post([&] { all_in.arrive_and_wait(); }).ok());
  pool.stop();  // hangs unless the three meet
}

TEST(WorkerPool, RefusesWhenTheQueueIsFull) {
  WorkerPool pool({.name = "test", .threads = 1, .queue_max = 2});
  std::latch running(1);
  std::latch release(1);
  ASSERT_TRUE(pool.post([&] {
                    running.count_down();
                    release.wait();
                  })
                  .ok());
  running.wait();
  std::atomic<int> ran = 0;
  EXPECT_TRUE(pool.post([&] { ++ran; }).ok());
  EXPECT_TRUE(pool.post([&] { ++ran; }).ok());
  EXPECT_EQ(pool.queued(), 2u);
  EXPECT_EQ(pool.post([&] { ++ran; }).error().code, Code::kResourceExhausted);
  release.count_down();
  pool.stop();
  EXPECT_EQ(ran, 2);
}

TEST(WorkerPool, FinishesWhatWasPostedAndThenRefuses) {
  std::atomic<int> ran = 0;
  WorkerPool pool({.name = "test", .threads = 2, .queue_max = 100});
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool.post([&] { ++ran; }).ok());
  pool.stop();
  EXPECT_EQ(ran, 50);
  EXPECT_EQ(pool.post([] {}).error().code, Code::kCancelled);
  pool.stop();
}

TEST(Processors, AreAtLeastOne) {
  EXPECT_GE(processor_count(), 1u);
}

}  // namespace
}  // namespace weir::os
