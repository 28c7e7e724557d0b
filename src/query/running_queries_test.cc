#include "query/running_queries.h"

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"

namespace weir::query {
namespace {

using std::chrono::seconds;

const TenantId kOne = TenantId::from_stored(1);
const TenantId kTwo = TenantId::from_stored(2);

class RunningQueriesTest : public testing::Test {
 protected:
  os::sim::ManualClock clock_;
  RunningQueries queries_{seconds(5), clock_};
};

TEST_F(RunningQueriesTest, ListsThoseOfATenantWhileTheyRun) {
  {
    RunningQueries::Entry first(queries_, {kOne, "a", 1, 2, 3}, nullptr);
    clock_.advance(seconds(1));
    RunningQueries::Entry second(queries_, {kOne, "b"}, nullptr);
    RunningQueries::Entry other(queries_, {kTwo, "c"}, nullptr);
    first.query().read_so_far(7, 70);
    const auto running = queries_.running(kOne);
    ASSERT_EQ(running.size(), 2u);
    EXPECT_EQ(running[0].asked.text, "a");
    EXPECT_EQ(running[0].asked.step_ms, 3);
    EXPECT_EQ(running[0].took, seconds(1));
    EXPECT_EQ(running[0].series_read, 7u);
    EXPECT_EQ(running[0].samples_read, 70u);
    EXPECT_EQ(running[1].took, seconds(0));
    EXPECT_NE(running[0].id, running[1].id);
    EXPECT_EQ(queries_.running(kTwo).size(), 1u);
  }
  EXPECT_TRUE(queries_.running(kOne).empty());
  EXPECT_TRUE(queries_.slow(kOne).empty()) << "none took long";
}

TEST_F(RunningQueriesTest, RemembersTheLastSlowOnes) {
  for (size_t i = 0; i < RunningQueries::kSlowMax + 5; ++i) {
    RunningQueries::Entry entry(queries_, {kOne, std::to_string(i)}, nullptr);
    clock_.advance(seconds(6));
    entry.finish("success");
    clock_.advance(seconds(6));
  }
  const auto slow = queries_.slow(kOne);
  ASSERT_EQ(slow.size(), RunningQueries::kSlowMax);
  EXPECT_EQ(slow.front().asked.text, std::to_string(RunningQueries::kSlowMax + 4));
  EXPECT_EQ(slow.front().took, seconds(6));
  EXPECT_EQ(slow.front().outcome, "success");
  EXPECT_TRUE(queries_.slow(kTwo).empty());
}

TEST_F(RunningQueriesTest, StopsOneThatIsKilledByItsTenant) {
  RunningQueries::Entry entry(queries_, {kOne, "a"}, nullptr);
  const uint64_t id = queries_.running(kOne)[0].id;
  EXPECT_FALSE(queries_.kill(kTwo, id));
  EXPECT_FALSE(queries_.kill(kOne, id + 1));
  EXPECT_TRUE(entry.query().proceed().ok());
  EXPECT_TRUE(queries_.kill(kOne, id));
  EXPECT_EQ(entry.query().proceed().error().code, Code::kCancelled);
}

TEST_F(RunningQueriesTest, ShowsNobodyWhatIsAskedUnderNamesWithoutData) {
  const TenantId nobody = TenantId::nobody();
  RunningQueries::Entry entry(queries_, {nobody, "secret"}, nullptr);
  RunningQueries::Entry own(queries_, {kOne, "a"}, nullptr);
  EXPECT_TRUE(queries_.running(nobody).empty());
  EXPECT_FALSE(queries_.kill(nobody, queries_.running(kOne)[0].id - 1));
  clock_.advance(seconds(6));
  entry.finish("success");
  EXPECT_TRUE(queries_.slow(nobody).empty());
}

TEST_F(RunningQueriesTest, StopsOneWhoseClientIsGone) {
  const auto gone = std::make_shared<Cancellation>();
  RunningQueries::Entry entry(queries_, {kOne, "a"}, gone);
  EXPECT_TRUE(entry.query().proceed().ok());
  gone->cancel();
  EXPECT_EQ(entry.query().proceed().error().message, "query: the client is gone");
}

}  // namespace
}  // namespace weir::query
