#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "log/log.h"
#include "resilience/breakers.h"
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
  /// 1 byte to 500 MB. The topic's max.message.bytes is 4 KiB more: Kafka counts its framing and our headers.
  size_t record_bytes_max = 8u << 20;
  /// Memory of appends waiting for an acknowledgement, at least record_bytes_max; beyond it they are refused.
  uint64_t queue_bytes_max = 64u << 20;
  os::milliseconds linger{5};  ///< How long the producer collects records of one partition; 0 to 1 s.
  /// How long a record is tried, 2 s to 5 min. Longer than the election of a leader (9 s after a broker died
  /// by default), or a failover fails appends that could have waited. Its memory is held as long.
  os::milliseconds delivery_timeout{15'000};
  /// Records fetched ahead by one reader, 64 KiB to 1 GB, plus one response of the broker.
  uint64_t fetch_bytes_max = 32u << 20;
  /// Value of the header `content-type` of each record; empty: no such header.
  std::string content_type = "application/vnd.confluent.avro";
  /// Security and anything else, as librdkafka names it: "security.protocol", "ssl.ca.location",
  /// "sasl.mechanism", "sasl.username", "sasl.password". Values are never logged.
  std::map<std::string, std::string> properties;
  /// Create the topic when it is missing; off: its absence is an error.
  bool create_topic = true;
  /// How long the start waits for the topic's settings; a cluster that does not tell them is a deviation.
  os::milliseconds settings_wait{3'000};
  /// Of appends. Late success counts as success: such a record waited for a broker that is back, and to
  /// refuse appends then would make the outage longer. What is slow is held back by the bound of the queue
  /// and by deadlines. An open breaker is tried again soon, for the same reason.
  resilience::BreakerOptions breaker{.slow_after = std::chrono::hours(24),
                                     .open_max = os::milliseconds(5'000)};
  /// Where the circuit breakers show themselves; may be null. Outlives what is opened.
  resilience::Breakers* breakers = nullptr;
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
/// is harmless.
/// - `durability()` is kReplicated when the topic has two copies or more and its min.insync.replicas is 2 or
///   more, else kPageCache; also when the cluster does not tell the topic's settings.
/// - `trim` is left to retention: it does nothing.
/// - `status` is a second old at most while brokers answer (own appends count at once), then kUnavailable.
/// - `append` is refused with kUnavailable while its circuit breaker is open, and `writable` then says why.
/// - `join` returns before partitions are assigned.
/// - Destruction waits 3 s for acknowledgements under way; readers may outlive the log, memberships may not
/// be
///   destroyed by their own listener.
/// Errors of `open`: kUnavailable (no broker, with librdkafka's reason), kPermissionDenied, kInvalidArgument
/// (options, names the property; more copies than brokers), kFailedPrecondition (topic missing, compacted, or
/// too small a message size). It may be late by half a second.
Result<std::unique_ptr<Log>> open(const KafkaLogOptions& options, os::Clock& clock,
                                  telemetry::Registry& registry, Deadline deadline, TopicReport& report);

}  // namespace weir::log::kafka
