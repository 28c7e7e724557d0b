#include "log/kafka/client_conf.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace weir::log::kafka {
namespace {

using Properties = std::vector<std::pair<std::string, std::string>>;

/// librdkafka takes messages of up to 1,000,000,000 bytes.
constexpr uint64_t kMessageBytesMax = 1'000'000'000;
constexpr uint64_t kBatchBytes = 1'000'000;
constexpr size_t kTopicNameMax = 249;
constexpr uint32_t kPartitionCountMax = 10'000;

/// What the promises of the log rest on; nobody else sets it.
constexpr std::array kReserved = {"acks",
                                  "allow.auto.create.topics",
                                  "auto.commit.enable",
                                  "auto.offset.reset",
                                  "bootstrap.servers",
                                  "delivery.timeout.ms",
                                  "enable.auto.commit",
                                  "enable.auto.offset.store",
                                  "enable.gapless.guarantee",
                                  "enable.idempotence",
                                  "enable.partition.eof",
                                  "group.id",
                                  "group.instance.id",
                                  "isolation.level",
                                  "log.queue",
                                  "message.max.bytes",
                                  "message.timeout.ms",
                                  "metadata.broker.list",
                                  "partition.assignment.strategy",
                                  "queue.buffering.max.kbytes",
                                  "queue.buffering.max.messages",
                                  "request.required.acks",
                                  "transactional.id"};

/// A shorter value ("ssl", "1") is also a part of words.
constexpr size_t kTellingBytes = 4;

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

bool is_secret(std::string_view name) {
  for (const std::string_view part : {"password", "secret", "key.pem", "token", "oauthbearer.config"}) {
    if (name.find(part) != std::string_view::npos) return true;
  }
  return false;
}

Status within(std::string_view name, uint64_t value, uint64_t min, uint64_t max) {
  if (value >= min && value <= max) return {};
  return invalid_argument(fmt::format("kafka: {} is {}, must be {} to {}", name, value, min, max));
}

bool is_topic_name(std::string_view name) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= kTopicNameMax && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), allowed);
}

/// A frozen or lost broker is noticed after a few seconds and tried again every second, so that appends go to
/// its successor soon.
Properties common_properties(const KafkaLogOptions& options) {
  return {{"bootstrap.servers", options.brokers},
          {"client.id", "weir"},
          {"log.queue", "true"},
          {"allow.auto.create.topics", "false"},
          {"socket.timeout.ms", "6000"},
          {"socket.connection.setup.timeout.ms", "3000"},
          {"socket.keepalive.enable", "true"},
          {"socket.nagle.disable", "true"},
          {"reconnect.backoff.ms", "50"},
          {"reconnect.backoff.max.ms", "1000"},
          {"topic.metadata.refresh.interval.ms", "5000"}};
}

/// The bound of the queue is ours (see InFlight), so librdkafka's is out of the way.
Properties producer_properties(const KafkaLogOptions& options) {
  const uint64_t message_bytes = options.record_bytes_max + kFramingBytes;
  return {{"enable.idempotence", "true"},
          {"acks", "all"},
          {"compression.type", "zstd"},
          {"linger.ms", std::to_string(options.linger.count())},
          {"queue.buffering.max.messages", "0"},
          {"queue.buffering.max.kbytes", std::to_string(std::numeric_limits<int32_t>::max())},
          {"message.max.bytes", std::to_string(message_bytes)},
          {"batch.size", std::to_string(std::min(kBatchBytes, message_bytes))},
          {"message.timeout.ms", std::to_string(options.delivery_timeout.count())},
          {"request.timeout.ms", "5000"},
          {"statistics.interval.ms", "5000"}};
}

/// A fetch waits for 100 ms at most at the broker, because a partition that is started anew waits for the one
/// under way. The bound on what is fetched ahead is in bytes alone.
Properties consumer_properties(const KafkaLogOptions& options) {
  const uint64_t fetch_bytes = std::max<uint64_t>(options.fetch_bytes_max, 1 << 20);
  const uint64_t message_bytes = options.record_bytes_max + kFramingBytes;
  const uint64_t response_bytes = std::max(fetch_bytes, message_bytes);
  return {{"enable.auto.commit", "false"},
          {"auto.commit.enable", "false"},
          {"enable.auto.offset.store", "false"},
          {"auto.offset.reset", "error"},
          {"isolation.level", "read_committed"},
          {"check.crcs", "true"},
          {"fetch.wait.max.ms", "100"},
          {"fetch.error.backoff.ms", "100"},
          {"message.max.bytes", std::to_string(message_bytes)},
          {"fetch.message.max.bytes", std::to_string(std::min<uint64_t>(fetch_bytes, 4 << 20))},
          {"fetch.max.bytes", std::to_string(response_bytes)},
          {"receive.message.max.bytes", std::to_string(std::max<uint64_t>(100'000'000, 2 * response_bytes))},
          {"queued.min.messages", "1000000"},
          {"queued.max.messages.kbytes", std::to_string(fetch_bytes >> 10)}};
}

/// A dead member's partitions move after 6 s, the shortest that brokers allow by default. A member that lives
/// but does not give its partitions up holds the others for a minute at most.
Properties member_properties(const KafkaLogOptions& options) {
  return {{"group.id", options.group},          {"partition.assignment.strategy", "range"},
          {"session.timeout.ms", "6000"},       {"heartbeat.interval.ms", "1500"},
          {"max.poll.interval.ms", "60000"},    {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"}};
}

Properties own_properties(const KafkaLogOptions& options, ClientKind kind) {
  switch (kind) {
    case ClientKind::kProducer:
      return producer_properties(options);
    case ClientKind::kConsumer:
      return consumer_properties(options);
    case ClientKind::kMember:
      return member_properties(options);
  }
  return {};
}

int events_of(ClientKind kind) {
  const int events = RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_ERROR;
  if (kind == ClientKind::kProducer) return events | RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_STATS;
  return kind == ClientKind::kMember ? events | RD_KAFKA_EVENT_REBALANCE : events;
}

Status set_property(rd_kafka_conf_s& conf, const std::string& name, const std::string& value) {
  std::array<char, 256> text;  // holds the value, so it is thrown away
  switch (rd_kafka_conf_set(&conf, name.c_str(), value.c_str(), text.data(), text.size())) {
    case RD_KAFKA_CONF_OK:
      return {};
    case RD_KAFKA_CONF_UNKNOWN:
      return invalid_argument(
          fmt::format("kafka: librdkafka {} has no property \"{}\"", rd_kafka_version_str(), name));
    case RD_KAFKA_CONF_INVALID:
      break;
  }
  return invalid_argument(fmt::format("kafka: the value of property \"{}\" is not valid", name));
}

}  // namespace

Status check_options(const KafkaLogOptions& options) {
  if (options.brokers.empty()) return invalid_argument("kafka: brokers is empty, must be HOST:PORT,...");
  if (!is_topic_name(options.topic)) {
    return invalid_argument(fmt::format("kafka: topic \"{}\", must be 1 to {} of a-z A-Z 0-9 . _ -",
                                        options.topic, kTopicNameMax));
  }
  if (options.group.empty()) return invalid_argument("kafka: group is empty");
  RETURN_IF_ERROR(within("partition_count", options.partition_count, 1, kPartitionCountMax));
  RETURN_IF_ERROR(within("replication", options.replication, 1, 100));
  RETURN_IF_ERROR(within("in_sync_min", options.in_sync_min, 1, options.replication));
  RETURN_IF_ERROR(within("record_bytes_max", options.record_bytes_max, 1, kMessageBytesMax / 2));
  RETURN_IF_ERROR(within("queue_bytes_max", options.queue_bytes_max, options.record_bytes_max, 64ull << 30));
  RETURN_IF_ERROR(within("linger_ms", options.linger.count(), 0, 1'000));
  RETURN_IF_ERROR(within("delivery_timeout_ms", options.delivery_timeout.count(), 2'000, 300'000));
  RETURN_IF_ERROR(within("fetch_bytes_max", options.fetch_bytes_max, 64 << 10, kMessageBytesMax));
  return within("retention_ms", options.retention.count(), 0, std::numeric_limits<int64_t>::max());
}

Result<Handle<rd_kafka_conf_s>> client_conf(const KafkaLogOptions& options, ClientKind kind) {
  Handle<rd_kafka_conf_s> conf(rd_kafka_conf_new());
  for (const auto& [name, value] : common_properties(options))
    RETURN_IF_ERROR(set_property(*conf, name, value));
  for (const auto& [name, value] : own_properties(options, kind))
    RETURN_IF_ERROR(set_property(*conf, name, value));
  for (const auto& [name, value] : options.properties) {
    if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end())
      return invalid_argument(fmt::format("kafka: property \"{}\" is Weir's own to set", name));
    RETURN_IF_ERROR(set_property(*conf, name, value));
  }
  rd_kafka_conf_set_events(conf.get(), events_of(kind));
  return conf;
}

std::vector<std::string> secret_values(const KafkaLogOptions& options) {
  std::vector<std::string> values;
  for (const auto& [name, value] : options.properties) {
    if (is_secret(name) && !value.empty()) values.push_back(value);
  }
  return values;
}

std::string with_names_for_values(std::string_view text, const KafkaLogOptions& options) {
  std::string clean(text);
  for (const auto& [name, value] : options.properties) {
    if (value.size() >= kTellingBytes || is_secret(name)) replace_all(clean, value, "<" + name + ">");
  }
  return clean;
}

std::string without_secrets(std::string_view text, const std::vector<std::string>& secrets) {
  std::string clean(text);
  for (const std::string& secret : secrets) replace_all(clean, secret, "***");
  return clean;
}

}  // namespace weir::log::kafka
