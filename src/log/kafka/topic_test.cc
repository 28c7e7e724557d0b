#include "log/kafka/topic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::log::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TopicFacts asked_for() {
  return {.partition_count = 8,
          .replication = 3,
          .has_leaders = true,
          .settings = {{"min.insync.replicas", "2"},
                       {"retention.ms", "604800000"},
                       {"retention.bytes", "-1"},
                       {"max.message.bytes", "8392704"},
                       {"cleanup.policy", "delete"},
                       {"compression.type", "producer"},
                       {"segment.bytes", "1073741824"}}};
}

TEST(KafkaTopic, AsAskedHasNoDeviations) {
  EXPECT_THAT(deviations(asked_for(), {}), IsEmpty());
  EXPECT_TRUE(check_topic(asked_for(), {}).ok());
  EXPECT_EQ(durability_of(asked_for()), Durability::kReplicated);
}

TEST(KafkaTopic, NamesEachDeviation) {
  TopicFacts facts = asked_for();
  facts.partition_count = 4;
  facts.replication = 1;
  facts.settings["min.insync.replicas"] = "1";
  facts.settings["retention.ms"] = "-1";
  facts.settings["max.message.bytes"] = "9000000";
  facts.settings["compression.type"] = "gzip";
  EXPECT_THAT(
      deviations(facts, {}),
      ElementsAre("partitions is 4, asked 8", "replication is 1, asked 3",
                  "min.insync.replicas is 1, asked 2", "retention.ms is -1, asked 604800000",
                  "max.message.bytes is 9000000, asked 8392704", "compression.type is gzip, asked producer"));
  EXPECT_TRUE(check_topic(facts, {}).ok());
}

TEST(KafkaTopic, KeepsForEverWhenAskedTo) {
  KafkaLogOptions options;
  options.retention = os::milliseconds(0);
  EXPECT_THAT(deviations(asked_for(), options), ElementsAre("retention.ms is 604800000, asked -1"));
}

TEST(KafkaTopic, SaysWhenSettingsAreUnknown) {
  TopicFacts facts = asked_for();
  facts.settings.clear();
  EXPECT_THAT(deviations(facts, {}), ElementsAre(HasSubstr("settings are unknown")));
  EXPECT_TRUE(check_topic(facts, {}).ok());
  EXPECT_EQ(durability_of(facts), Durability::kPageCache);
}

TEST(KafkaTopic, RefusesTooSmallMessages) {
  TopicFacts facts = asked_for();
  facts.settings["max.message.bytes"] = "8392703";
  const Error error = check_topic(facts, {}).error();
  EXPECT_EQ(error.code, Code::kFailedPrecondition);
  EXPECT_THAT(error.message, HasSubstr("max.message.bytes=8392704"));
}

TEST(KafkaTopic, RefusesCompaction) {
  TopicFacts facts = asked_for();
  for (const char* policy : {"compact", "compact,delete"}) {
    facts.settings["cleanup.policy"] = policy;
    EXPECT_EQ(check_topic(facts, {}).error().code, Code::kFailedPrecondition);
  }
}

TEST(KafkaTopic, IsReplicatedOnlyWhenTwoCopiesAnswer) {
  TopicFacts facts = asked_for();
  facts.settings["min.insync.replicas"] = "1";
  EXPECT_EQ(durability_of(facts), Durability::kPageCache);
  facts = asked_for();
  facts.replication = 1;
  EXPECT_EQ(durability_of(facts), Durability::kPageCache);
}

}  // namespace
}  // namespace weir::log::kafka
