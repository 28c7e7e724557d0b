#pragma once

#include <map>
#include <string>
#include <vector>

#include "log/kafka/client.h"
#include "log/kafka/kafka_log.h"

namespace weir::log::kafka {

/// What the cluster says of the topic.
struct TopicFacts {
  uint32_t partition_count = 0;
  uint32_t replication = 0;  ///< Of the partition that has the fewest copies.
  bool has_leaders = false;  ///< Every partition has one.
  /// Settings by Kafka's names. Empty when the cluster does not tell them (an ACL, or a proxy).
  std::map<std::string, std::string> settings;
};

/// Finds the topic, or creates it as the options say, and waits until every partition has a leader. Errors:
/// kUnavailable and kPermissionDenied (no broker), kFailedPrecondition (missing and not to be created; a
/// max.message.bytes that is too small, compaction), kInvalidArgument (the cluster refuses what was asked).
/// `created`: by this call.
Result<TopicFacts> prepare_topic(Client& client, Deadline deadline, bool& created);

/// What of the topic is not as asked, a sentence each.
std::vector<std::string> deviations(const TopicFacts& facts, const KafkaLogOptions& options);

/// kFailedPrecondition when the log cannot work on that topic at all.
Status check_topic(const TopicFacts& facts, const KafkaLogOptions& options);

/// kReplicated when an acknowledgement means two copies or more.
Durability durability_of(const TopicFacts& facts);

}  // namespace weir::log::kafka
