#include "log/kafka/in_flight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/kafka/record_headers.h"
#include "os/sim/manual_clock.h"

namespace weir::log::kafka {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class InFlightTest : public testing::Test {
 protected:
  static NewRecord record(uint32_t partition, std::string_view payload, std::string_view trace = {}) {
    return {TenantId::from_stored(7), PartitionId(partition), payload, trace};
  }
  Result<std::vector<Send*>> add(const std::vector<NewRecord>& records,
                                 Deadline deadline = Deadline::never()) {
    return in_flight_.add(InFlight::make(records, deadline, clock_.steady(), [](auto) {}), records);
  }
  std::vector<std::string> payloads() {
    std::vector<std::string> out;
    in_flight_.for_each([&](Send& send) { out.emplace_back(send.payload); });
    return out;
  }

  os::sim::ManualClock clock_;
  InFlight in_flight_{2, 10'000};
  std::vector<Answer> answers_;
};

TEST_F(InFlightTest, KeepsRecordsInOrderByPartition) {
  add({record(1, "b0"), record(0, "a0"), record(1, "b1")}).value();
  add({record(0, "a1", "00-trace")}).value();
  EXPECT_THAT(payloads(), ElementsAre("a0", "a1", "b0", "b1"));
  std::vector<std::string> traces;
  in_flight_.for_each([&](Send& send) { traces.emplace_back(send.trace_parent); });
  EXPECT_THAT(traces, ElementsAre("", "00-trace", "", ""));
}

TEST_F(InFlightTest, AnswersWhenTheLastRecordHasArrived) {
  const auto sends = add({record(0, "a"), record(1, "b")}).value();
  in_flight_.delivered(*sends[1], Offset(20), answers_);
  EXPECT_THAT(answers_, IsEmpty());
  EXPECT_THAT(payloads(), ElementsAre("a"));
  in_flight_.delivered(*sends[0], Offset(10), answers_);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_FALSE(answers_[0].error);
  EXPECT_THAT(answers_[0].append->positions,
              ElementsAre(Position{PartitionId(0), Offset(10)}, Position{PartitionId(1), Offset(20)}));
  EXPECT_TRUE(in_flight_.empty());
}

TEST_F(InFlightTest, AnswersWithTheFirstError) {
  const auto sends = add({record(0, "a"), record(0, "b"), record(1, "c")}).value();
  in_flight_.failed(*sends[1], unavailable("first"), answers_);
  in_flight_.failed(*sends[2], unavailable("second"), answers_);
  EXPECT_THAT(answers_, IsEmpty());
  in_flight_.delivered(*sends[0], Offset(1), answers_);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].error->message, "first");
}

TEST_F(InFlightTest, RefusesBeyondItsBytes) {
  const std::string half(5'000 - 512, 'x');
  const auto first = add({record(0, half)}).value();
  EXPECT_EQ(in_flight_.charged_bytes(), 5'000u);
  add({record(1, half)}).value();  // full to the byte
  EXPECT_EQ(add({record(0, "x")}).error().code, Code::kResourceExhausted);
  EXPECT_EQ(payloads().size(), 2u);
  in_flight_.delivered(*first[0], Offset(0), answers_);
  EXPECT_EQ(in_flight_.charged_bytes(), 5'000u);
  EXPECT_TRUE(add({record(0, "x")}).ok());
}

TEST_F(InFlightTest, ExpiresOnceAndHoldsTheBytes) {
  const auto sends = add({record(0, "a")}, Deadline::after(clock_, os::milliseconds(100))).value();
  add({record(0, "b")}, Deadline::after(clock_, os::milliseconds(50))).value();
  EXPECT_EQ(in_flight_.next_expiry(), clock_.steady() + os::milliseconds(50));
  clock_.advance(os::milliseconds(99));
  in_flight_.expire(clock_.steady(), answers_);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].append->bytes, "b");
  EXPECT_EQ(answers_[0].error->code, Code::kDeadlineExceeded);
  clock_.advance(os::milliseconds(1));
  in_flight_.expire(clock_.steady(), answers_);
  in_flight_.expire(clock_.steady(), answers_);
  EXPECT_EQ(answers_.size(), 2u);
  EXPECT_FALSE(in_flight_.next_expiry());
  EXPECT_FALSE(in_flight_.empty());
  in_flight_.delivered(*sends[0], Offset(0), answers_);
  EXPECT_EQ(answers_.size(), 2u);  // it was answered
  EXPECT_THAT(payloads(), ElementsAre("b"));
}

TEST_F(InFlightTest, ArrivalInTimeEndsTheDeadline) {
  const auto sends = add({record(0, "a")}, Deadline::after(clock_, os::milliseconds(100))).value();
  in_flight_.delivered(*sends[0], Offset(0), answers_);
  EXPECT_FALSE(in_flight_.next_expiry());
}

TEST_F(InFlightTest, CanSettleWhileWalking) {
  for (int i = 0; i < 6; ++i) add({record(i % 2, std::to_string(i))}).value();
  in_flight_.for_each([&](Send& send) {
    if (send.payload < "3") in_flight_.failed(send, unavailable("x"), answers_);
  });
  EXPECT_THAT(payloads(), ElementsAre("4", "3", "5"));
  EXPECT_EQ(answers_.size(), 3u);
}

TEST_F(InFlightTest, LeavesOutATraceContextThatIsTooLong) {
  const std::string longest(kTraceParentBytesMax, 't');
  const auto sends = add({record(0, "a", longest), record(0, "b", longest + "t"), record(0, "c")}).value();
  EXPECT_EQ(sends[0]->trace_parent, longest);
  EXPECT_EQ(sends[1]->trace_parent, "");
  EXPECT_EQ(sends[1]->payload, "b");
  EXPECT_EQ(sends[2]->payload, "c");
}

}  // namespace
}  // namespace weir::log::kafka
