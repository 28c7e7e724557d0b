#include "net/testing/upstream_caller.h"

namespace weir::net {
namespace {

using std::chrono::milliseconds;
using testing::Caller;
using testing::eventually;

TEST(RunLater, RunsOnTheLoopThatAsked) {
  Caller caller;
  std::atomic<bool> ran = false;
  caller.run([&] { run_later(milliseconds(1), [&] { run_later(milliseconds(0), [&] { ran = true; }); }); });
  EXPECT_TRUE(eventually([&] { return ran.load(); }));
}

TEST(RunLater, DropsWhatIsNotYetDueWhenTheServerIsCut) {
  Caller caller;
  const auto held = std::make_shared<int>(1);
  std::atomic<bool> ran = false;
  caller.run([&] { run_later(std::chrono::hours(1), [&, kept = held] { ran = true; }); });
  EXPECT_EQ(held.use_count(), 2);
  caller.server().server().stop(milliseconds(0));
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace weir::net
