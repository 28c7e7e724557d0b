#include "stream/dead_letters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/memory_log.h"

namespace weir::stream {
namespace {

using testing::ElementsAre;

class DeadLettersTest : public testing::Test {
 protected:
  static constexpr size_t kAll = 1'000;

  void put(std::string payload, uint32_t partition = 1) {
    const wire::DeadLetter letter{PartitionId(partition), Offset(7), 5,
                                  "corruption",           "why",     std::move(payload)};
    ASSERT_TRUE(letters_.put(tenant_, letter, Deadline::never()).ok());
  }
  std::vector<std::string> waiting(Offset from = Offset(0), size_t limit = kAll) {
    std::vector<std::string> payloads;
    for (auto& entry : letters_.list(from, limit, Deadline::never()).value().entries) {
      EXPECT_EQ(entry.tenant, tenant_);
      payloads.push_back(std::move(entry.letter.payload));
    }
    return payloads;
  }
  std::vector<std::string> in_target(uint32_t partition) {
    std::vector<std::string> payloads;
    auto reader = target_.open_reader(PartitionId(partition)).value();
    if (target_.status(PartitionId(partition)).value().end == Offset(0)) return payloads;
    for (const log::Record& record : reader->poll(1 << 20, Deadline::never()).value()) {
      EXPECT_EQ(record.tenant, tenant_);
      payloads.emplace_back(record.payload);
    }
    return payloads;
  }

  const TenantId tenant_ = TenantId::from_stored(4);
  telemetry::Registry registry_;
  log::MemoryLog log_{1};
  log::MemoryLog target_{3};
  DeadLetters letters_{log_, registry_};
};

TEST_F(DeadLettersTest, AreListedInOrderAndByPages) {
  EXPECT_TRUE(waiting().empty());
  for (const char* payload : {"a", "b", "c"}) put(payload);
  EXPECT_THAT(waiting(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(waiting(Offset(1)), ElementsAre("b", "c"));
  const auto page = letters_.list(Offset(0), 2, Deadline::never()).value();
  EXPECT_EQ(page.entries.size(), 2u);
  EXPECT_TRUE(page.more);
  EXPECT_FALSE(letters_.list(Offset(0), 3, Deadline::never()).value().more);
}

TEST_F(DeadLettersTest, GoBackToTheirPartitionsOnce) {
  put("a", 1);
  put("b", 2);
  put("c", 1);
  EXPECT_EQ(letters_.replay(target_, Offset(0), kAll, Deadline::never()).value().replayed, 3u);
  EXPECT_THAT(in_target(1), ElementsAre("a", "c"));
  EXPECT_THAT(in_target(2), ElementsAre("b"));
  EXPECT_TRUE(waiting().empty());
  EXPECT_EQ(letters_.replay(target_, Offset(0), kAll, Deadline::never()).value().replayed, 0u);
  put("d");
  EXPECT_THAT(waiting(), ElementsAre("d"));
}

TEST_F(DeadLettersTest, AreReplayedAsManyAsAsked) {
  for (const char* payload : {"a", "b", "c"}) put(payload);
  const auto report = letters_.replay(target_, Offset(1), 1, Deadline::never()).value();
  EXPECT_EQ(report.replayed, 1u);
  EXPECT_TRUE(report.more);
  EXPECT_THAT(waiting(), ElementsAre("a", "c"));
}

TEST_F(DeadLettersTest, PassOverARecordThatIsNone) {
  put("a");
  const log::NewRecord record{tenant_, PartitionId(0), "nonsense"};
  log_.append({&record, 1}, Deadline::never(), [](const auto&) {});
  put("b");
  EXPECT_THAT(waiting(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace weir::stream
