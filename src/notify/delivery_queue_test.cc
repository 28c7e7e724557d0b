#include "notify/delivery_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::notify {
namespace {

using End = DeliveryQueue::End;
using os::milliseconds;
using std::chrono::seconds;

const SendOutcome kGood = {};
const SendOutcome kRetry = {SendOutcome::Verdict::kRetry, "later", {}};
const SendOutcome kFailed = {SendOutcome::Verdict::kFailed, "never", {}};

Notification to(std::string receiver, std::string group, std::vector<uint64_t> firing = {1}) {
  Notification out;
  out.target = {TenantId::from_stored(1), std::move(group), std::move(receiver), "webhook[0]"};
  out.firing = std::move(firing);
  out.incidents = out.firing;
  return out;
}

class DeliveryQueueTest : public testing::Test {
 protected:
  bool push(Notification notification) {
    return queue_.push(std::move(notification), now_, now_ + seconds(60));
  }
  std::optional<DeliveryQueue::Work> take() { return queue_.take(now_); }
  // Receiver and group of what is next, or "".
  std::string next() {
    auto work = take();
    if (!work) return "";
    std::string text = work->lane.receiver + work->notification.target.group_key;
    taken_.push_back(std::move(*work));
    return text;
  }
  End finish(const SendOutcome& outcome) {
    const DeliveryQueue::Work work = std::move(taken_.front());
    taken_.erase(taken_.begin());
    return queue_.finish(work, outcome, now_);
  }

  os::SteadyTime now_{std::chrono::hours(1)};
  DeliveryQueue queue_{{.lane_max = 3, .backoff_min = milliseconds(1'000), .jitter = 0}, 1};
  std::vector<DeliveryQueue::Work> taken_;
};

TEST_F(DeliveryQueueTest, GivesEachLaneOneAtATimeInTurn) {
  push(to("a", "1"));
  push(to("a", "2"));
  push(to("b", "1"));
  EXPECT_EQ(next(), "a1");
  EXPECT_EQ(next(), "b1");
  EXPECT_EQ(next(), "");  // both are busy
  EXPECT_EQ(queue_.next_at(), std::nullopt);
  EXPECT_EQ(finish(kGood), End::kDelivered);
  EXPECT_EQ(next(), "a2");
}

TEST_F(DeliveryQueueTest, TriesAgainLaterAndLater) {
  push(to("a", "1"));
  for (const int pause : {1, 2, 4, 8, 16}) {
    ASSERT_EQ(next(), "a1");
    EXPECT_EQ(finish(kRetry), End::kAgain);
    EXPECT_EQ(queue_.next_at(), now_ + seconds(pause));
    now_ += seconds(pause) - milliseconds(1);
    EXPECT_EQ(next(), "");
    now_ += milliseconds(1);
  }
  EXPECT_EQ(next(), "a1");  // the sixth attempt; another would come after its time
  EXPECT_EQ(taken_[0].attempt, 6u);
  EXPECT_EQ(finish(kRetry), End::kFailed);
  EXPECT_EQ(queue_.size(), 0u);
}

TEST_F(DeliveryQueueTest, GivesUpWhatCannotWork) {
  push(to("a", "1"));
  EXPECT_EQ(next(), "a1");
  EXPECT_EQ(finish(kFailed), End::kFailed);
  EXPECT_EQ(next(), "");
}

TEST_F(DeliveryQueueTest, TriesOthersOfALaneMeanwhile) {
  push(to("a", "1"));
  EXPECT_EQ(next(), "a1");
  EXPECT_EQ(finish(kRetry), End::kAgain);
  push(to("a", "2"));
  EXPECT_EQ(next(), "a2");
}

TEST_F(DeliveryQueueTest, PausesALaneWhenItsServerAsksForIt) {
  push(to("a", "1"));
  push(to("a", "2"));
  push(to("b", "1"));
  EXPECT_EQ(next(), "a1");
  EXPECT_EQ(finish({SendOutcome::Verdict::kRetry, "later", 20'000}), End::kAgain);
  EXPECT_EQ(next(), "b1");
  EXPECT_EQ(next(), "");
  EXPECT_EQ(queue_.next_at(), now_ + seconds(20));
  now_ += seconds(20);
  EXPECT_EQ(next(), "a2");
}

TEST_F(DeliveryQueueTest, AnAskedPauseBeyondTheTimeLeftIsTheEnd) {
  push(to("a", "1"));
  EXPECT_EQ(next(), "a1");
  EXPECT_EQ(finish({SendOutcome::Verdict::kRetry, "later", 60'000}), End::kFailed);
}

TEST_F(DeliveryQueueTest, ALaterOneTakesThePlaceOfOneThatWaits) {
  push(to("a", "1", {1}));
  push(to("a", "1", {1, 2}));
  EXPECT_EQ(queue_.size(), 1u);
  EXPECT_EQ(next(), "a1");
  EXPECT_EQ(taken_[0].notification.firing.size(), 2u);
}

TEST_F(DeliveryQueueTest, ALaterOneSupersedesOneThatFails) {
  push(to("a", "1", {1}));
  EXPECT_EQ(next(), "a1");
  push(to("a", "1", {1, 2}));
  EXPECT_EQ(finish(kRetry), End::kSuperseded);
  EXPECT_EQ(next(), "a1");
  EXPECT_EQ(taken_[0].attempt, 1u);
}

TEST_F(DeliveryQueueTest, TheSameIsNotSaidTwice) {
  push(to("a", "1", {1}));
  EXPECT_EQ(next(), "a1");
  push(to("a", "1", {1}));
  EXPECT_EQ(finish(kGood), End::kDelivered);
  EXPECT_EQ(next(), "");
  push(to("a", "1", {1}));
  EXPECT_EQ(next(), "a1");
  push(to("a", "1", {1, 2}));
  EXPECT_EQ(finish(kGood), End::kDelivered);
  EXPECT_EQ(next(), "a1");
}

TEST_F(DeliveryQueueTest, HasALimitForEachLaneAndTenant) {
  EXPECT_TRUE(push(to("a", "1")));
  EXPECT_TRUE(push(to("a", "2")));
  EXPECT_TRUE(push(to("a", "3")));
  EXPECT_FALSE(push(to("a", "4")));
  EXPECT_TRUE(push(to("a", "3")));
  EXPECT_TRUE(push(to("b", "1")));
  Notification other = to("a", "4");
  other.target.tenant = TenantId::from_stored(2);
  EXPECT_TRUE(push(std::move(other)));
}

}  // namespace
}  // namespace weir::notify
