#include "notify/notification_log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace weir::notify {
namespace {

const TenantId kTenant = TenantId::from_stored(7);
const TenantId kOther = TenantId::from_stored(8);

Notification told(TenantId tenant, std::string group, std::vector<uint64_t> firing) {
  Notification out;
  out.target = {tenant, std::move(group), "team", "webhook[0]"};
  out.incidents = firing;
  out.firing = std::move(firing);
  out.resolved = {5};
  out.repeat_interval_ms = 1'000;
  return out;
}

TEST(NotificationLog, SurvivesAsBytes) {
  NotificationLog log;
  for (int group = 0; group < 200; ++group)
    log.record(told(kTenant, std::to_string(group), {1, 2}), 10'000 + group);
  log.record(told(kOther, "a", {3}), 30'000);
  NotificationLog other;
  const auto documents = log.take_changed(kTenant);
  EXPECT_GT(documents.size(), NotificationLog::kShards / 2);
  for (const auto& document : documents) ASSERT_TRUE(other.decode(kTenant, document.bytes).ok());
  EXPECT_EQ(other.size(), 200u);
  for (int group = 0; group < 200; ++group) {
    const Target target = told(kTenant, std::to_string(group), {}).target;
    ASSERT_NE(other.find(target), nullptr);
    EXPECT_EQ(*other.find(target), *log.find(target));
    EXPECT_EQ(other.find(target)->forget_at_ms, 12'000 + group);
  }
  EXPECT_EQ(other.find(told(kOther, "a", {}).target), nullptr);
}

TEST(NotificationLog, GivesThePartsThatHaveChanged) {
  NotificationLog log;
  log.record(told(kTenant, "a", {1}), 10'000);
  auto documents = log.take_changed(kTenant);
  ASSERT_EQ(documents.size(), 1u);
  const size_t shard = documents[0].shard;
  EXPECT_LT(shard, NotificationLog::kShards);
  EXPECT_THAT(log.take_changed(kTenant), testing::IsEmpty());
  log.give_again(kTenant, shard);
  EXPECT_EQ(log.take_changed(kTenant).at(0).bytes, documents[0].bytes);
  log.record(told(kOther, "a", {1}), 10'000);
  EXPECT_THAT(log.take_changed(kTenant), testing::IsEmpty());
  log.forget(12'000);
  documents = log.take_changed(kTenant);
  ASSERT_EQ(documents.size(), 1u);
  EXPECT_EQ(documents[0].shard, shard);
  EXPECT_EQ(documents[0].bytes, "");
}

// The worked example of docs/formats/notification-log.md.
TEST(NotificationLog, HasTheBytesOfItsPage) {
  NotificationLog log;
  Notification one = told(kTenant, "{}:{}", {1});
  one.resolved = {};
  one.incidents = {2};
  log.record(one, 1'700'000'000'000);
  std::string hex;
  const std::string bytes = log.take_changed(kTenant).at(0).bytes;
  for (const char byte : bytes) hex += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  EXPECT_EQ(hex,
            "574e4c4701"
            "01"
            "057b7d3a7b7d"
            "047465616d"
            "0a776562686f6f6b5b305d"
            "80a0abfef962"
            "a0bfabfef962"
            "010100000000000000"
            "010200000000000000"
            "00" +
                hex.substr(hex.size() - 8));
}

TEST(NotificationLog, RefusesBrokenBytes) {
  NotificationLog log;
  log.record(told(kTenant, "a", {1, 2}), 10'000);
  const std::string bytes = log.take_changed(kTenant).at(0).bytes;
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(log.decode(kTenant, bytes.substr(0, size)).error().code, Code::kCorruption) << size;
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    EXPECT_FALSE(log.decode(kTenant, flipped).ok()) << at;
  }
  EXPECT_EQ(log.size(), 1u);  // as it was
  std::string later = bytes.substr(0, bytes.size() - 4);
  later[4] = 2;
  ByteWriter(later).u32(crc32c(later));
  EXPECT_EQ(log.decode(kTenant, later).error().code, Code::kUnsupported);
}

TEST(NotificationLog, Forgets) {
  NotificationLog log;
  log.record(told(kTenant, "a", {1}), 10'000);
  log.forget(11'999);
  EXPECT_EQ(log.size(), 1u);
  log.forget(12'000);
  EXPECT_EQ(log.size(), 0u);
}

TEST(NotificationLog, KnowsWhatIsBelievedToFire) {
  NotificationLog log;
  Notification one = told(kTenant, "a", {1, 2, 3});
  one.resolved = {};
  log.record(one, 10'000);
  one.firing = {3};  // 1 has ended, 2 is silenced
  one.resolved = {1};
  log.record(one, 20'000);
  const auto* entry = log.find(one.target);
  EXPECT_FALSE(entry->is_known(1));
  EXPECT_TRUE(entry->is_known(2));
  EXPECT_TRUE(entry->is_known(3));
  EXPECT_THAT(entry->open, testing::ElementsAre(2));
  one.firing = {};
  one.resolved = {2, 3};
  log.record(one, 30'000);
  EXPECT_THAT(log.find(one.target)->open, testing::IsEmpty());
}

TEST(NeedsTelling, AsAlertmanagerDecides) {
  const NotificationLog::Entry last{{1, 2}, {1, 2}, {}, 10'000, 0};
  const NotificationLog::Entry ended{{}, {}, {}, 10'000, 0};
  const auto needs = [&](const NotificationLog::Entry* entry, std::vector<uint64_t> firing,
                         std::vector<uint64_t> resolved, bool send_resolved = true,
                         TimestampMs now_ms = 10'001) {
    Notification now = told(kTenant, "a", std::move(firing));
    now.resolved = std::move(resolved);
    return needs_telling(entry, now, send_resolved, now_ms);
  };
  EXPECT_TRUE(needs(nullptr, {1}, {}));
  EXPECT_FALSE(needs(nullptr, {}, {}));
  EXPECT_FALSE(needs(&last, {1, 2}, {}));
  EXPECT_FALSE(needs(&last, {1}, {}));
  EXPECT_TRUE(needs(&last, {1, 3}, {}));
  EXPECT_TRUE(needs(&last, {1}, {2}));
  EXPECT_FALSE(needs(&last, {1}, {2}, false));
  EXPECT_TRUE(needs(&last, {}, {1, 2}, false));
  EXPECT_FALSE(needs(&ended, {}, {}));
  EXPECT_TRUE(needs(&ended, {1}, {}));
  EXPECT_FALSE(needs(&last, {1, 2}, {}, true, 11'000));
  EXPECT_TRUE(needs(&last, {1, 2}, {}, true, 11'001));
  Notification again = told(kTenant, "a", {1, 2});
  again.resolved = {};
  again.incidents = {1, 7};
  EXPECT_TRUE(needs_telling(&last, again, true, 10'001));
}

}  // namespace
}  // namespace weir::notify
