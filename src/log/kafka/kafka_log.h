#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "log/log.h"
#include "resilience/circuit_breaker.h"
#include "telemetry/metrics.h"

namespace weir::log::kafka {

struct KafkaLogOptions {
  std::string brokers;  ///< "host:port,host:port".
  std::string topic = "weir-metrics";
  std::string group = "weir-processors";
  /// Used when the topic is created; an existing topic keeps its own, and what differs is reported.
  uint32_t partition_count = 8;
  uint16_t replication = 3;  ///< 1 on a single broker; more than there are brokers is an error.
  uint16_t in_sync_min = 2;  ///< min.insync.replicas of the topic.
  os::milliseconds retention{7 * 24 * 60 * 60 * 1'000};  ///< 0: for ever.
  size_t record_bytes_max = 8u << 20;                    ///< max.message.bytes of the topic.
  uint64_t queue_bytes_max =
      64u << 20;               ///< Appends waiting for an acknowledgement; beyond it they are refused.
  os::milliseconds linger{5};  ///< How long the producer collects records of one partition.
  uint64_t fetch_bytes_max = 32u << 20;  ///< Records fetched ahead by one reader.
  /// Security and anything else, as librdkafka names it: "security.protocol", "ssl.ca.location",
  /// "sasl.mechanism", "sasl.username", "sasl.password". Values are never logged.
  std::map<std::string, std::string> properties;
  /// Create the topic when it is missing; off: its absence is an error.
  bool create_topic = true;
};

/// What was found at the start, for the start-up log line.
struct TopicReport {
  bool created = false;
  uint32_t partition_count = 0;
  uint32_t replication = 0;
  /// One sentence for each property that is not as asked ("min.insync.replicas is 1, asked 2: ...").
  std::vector<std::string> deviations;
};

/// The durable log on Apache Kafka or Redpanda. Records are produced idempotently with acks=all to the
/// partition named, zstd-compressed; tenant and W3C trace context travel as headers. Offsets are Kafka's; who
/// has processed what is kept by the store, never committed to Kafka. Membership is a consumer group used for
/// assignment alone: the lease's epoch fences. A fatal producer error (librdkafka 2.0.2 has some that are its
/// own) replaces the producer and sends what was not acknowledged again: records may then appear twice, which
/// is harmless. `durability()` is kReplicated with in_sync_min of 2 or more, else kPageCache. `trim` is left
/// to retention. Errors: kUnavailable, kDeadlineExceeded (no broker), kPermissionDenied, kInvalidArgument
/// (options, names the property), kFailedPrecondition (topic missing, or too small a message size).
Result<std::unique_ptr<Log>> open(const KafkaLogOptions& options, os::Clock& clock,
                                  telemetry::Registry& registry, Deadline deadline, TopicReport& report);

}  // namespace weir::log::kafka
