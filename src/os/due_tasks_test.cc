#include "os/due_tasks.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

namespace weir::os {
namespace {

/// Calls a function for each step.
class Step : public DueTasks::Task {
 public:
  explicit Step(std::function<std::optional<SteadyTime>()> step) : step_(std::move(step)) {}
  std::optional<SteadyTime> step() override { return step_(); }

 private:
  std::function<std::optional<SteadyTime>()> step_;
};

TEST(DueTasks, StepsATaskAgainWhenItSaysSo) {
  std::promise<void> third;
  int steps = 0;
  DueTasks tasks("test", 2, system_clock());
  tasks.make_due(std::make_shared<Step>([&]() -> std::optional<SteadyTime> {
    if (++steps < 3) return system_clock().steady();
    third.set_value();
    return std::nullopt;
  }));
  third.get_future().wait();
  tasks.release();
  EXPECT_EQ(steps, 3);
}

TEST(DueTasks, ATaskThatIsMadeDueInItsStepIsSteppedOnceMore) {
  std::promise<void> begun;
  std::promise<void> go_on;
  std::promise<void> second;
  std::atomic<int> steps = 0;
  std::atomic<int> at_once = 0;
  DueTasks tasks("test", 2, system_clock());
  const auto task = std::make_shared<Step>([&]() -> std::optional<SteadyTime> {
    EXPECT_EQ(++at_once, 1) << "one thread at a time";
    if (++steps == 1) {
      begun.set_value();
      go_on.get_future().wait();
    } else {
      second.set_value();
    }
    --at_once;
    return SteadyTime::max();
  });
  tasks.make_due(task);
  begun.get_future().wait();
  tasks.make_due(task);
  tasks.make_due(task);
  go_on.set_value();
  second.get_future().wait();
  tasks.release();
  EXPECT_EQ(steps, 2);
}

TEST(DueTasks, ASlowTaskDelaysNoOther) {
  std::promise<void> slow_may_end;
  std::promise<void> other;
  DueTasks tasks("test", 2, system_clock());
  tasks.make_due(std::make_shared<Step>([&]() -> std::optional<SteadyTime> {
    slow_may_end.get_future().wait();
    return std::nullopt;
  }));
  tasks.make_due(std::make_shared<Step>([&]() -> std::optional<SteadyTime> {
    other.set_value();
    return std::nullopt;
  }));
  other.get_future().wait();
  slow_may_end.set_value();
}

TEST(DueTasks, ReleaseWaitsAndNothingFollows) {
  std::promise<void> begun;
  std::atomic<bool> ended = false;
  std::atomic<int> steps = 0;
  DueTasks tasks("test", 1, system_clock());
  tasks.make_due(std::make_shared<Step>([&]() -> std::optional<SteadyTime> {
    if (++steps == 1) begun.set_value();
    ended = true;
    return system_clock().steady();
  }));
  begun.get_future().wait();
  tasks.release();
  EXPECT_TRUE(ended);
  const int before = steps;
  std::promise<void> later;
  tasks.make_due(std::make_shared<Step>([&]() -> std::optional<SteadyTime> {
    later.set_value();
    return std::nullopt;
  }));
  later.get_future().wait();
  EXPECT_EQ(steps, before);
}

}  // namespace
}  // namespace weir::os
