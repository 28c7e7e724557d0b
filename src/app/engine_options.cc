#include "app/engine_options.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/tenant_retention.h"
#include "os/files.h"
#include "os/threads.h"
#include "wire/dead_letter.h"

namespace weir::app {
namespace {

constexpr std::string_view kDeadLetters = "dead-letters";

/// Values by the names that librdkafka gives them; an empty one is left to its default.
std::map<std::string, std::string> kafka_security(const config::KafkaConfig& kafka) {
  const std::pair<const char*, const std::string&> all[] = {
      {"security.protocol", kafka.security_protocol},
      {"ssl.ca.location", kafka.ca_file},
      {"ssl.certificate.location", kafka.certificate_file},
      {"ssl.key.location", kafka.key_file},
      {"sasl.mechanism", kafka.sasl_mechanism},
      {"sasl.username", kafka.sasl_username},
      {"sasl.password", kafka.sasl_password}};
  std::map<std::string, std::string> properties;
  for (const auto& [name, value] : all) {
    if (!value.empty()) properties[name] = value;
  }
  return properties;
}

// docs/decisions/0010-few-partitions.md has the reasons.
uint32_t journal_partitions(const config::StorageConfig& storage) {
  constexpr size_t kProcessorsPerPartition = 4;
  constexpr size_t kPartitionsMax = 64;
  if (storage.partitions > 0) return static_cast<uint32_t>(storage.partitions);
  return static_cast<uint32_t>(
      std::clamp<size_t>(os::processor_count() / kProcessorsPerPartition, 1, kPartitionsMax));
}

}  // namespace

log::embedded::EmbeddedLogOptions journal_options(const config::Config& config) {
  log::embedded::EmbeddedLogOptions options;
  options.directory = os::join_path(config.storage.path, "journal");
  options.partition_count = journal_partitions(config.storage);
  options.segment_bytes = config.log.segment_bytes;
  options.record_bytes_max = config.log.record_bytes_max;
  options.queue_bytes_max = config.log.queue_bytes_max;
  options.tail_cache_bytes = config.log.tail_cache_bytes;
  options.free_bytes_min = config.log.free_bytes_min;
  return options;
}

log::embedded::EmbeddedLogOptions dead_letter_journal_options(const config::Config& config) {
  log::embedded::EmbeddedLogOptions options = journal_options(config);
  options.directory = os::join_path(config.storage.path, kDeadLetters);
  options.partition_count = 1;
  options.record_bytes_max += wire::kDeadLetterHeadBytesMax;
  options.segment_bytes = std::max<uint64_t>(options.segment_bytes, options.record_bytes_max);
  options.queue_bytes_max = std::max<uint64_t>(options.queue_bytes_max, options.record_bytes_max);
  options.tail_cache_bytes = 0;
  return options;
}

log::kafka::KafkaLogOptions topic_options(const config::Config& config) {
  const config::KafkaConfig& kafka = config.kafka;
  log::kafka::KafkaLogOptions options;
  options.brokers = kafka.brokers;
  options.topic = kafka.topic;
  options.group = kafka.group;
  options.create_topic = kafka.create_topic;
  options.partition_count = static_cast<uint32_t>(kafka.partitions);
  options.replication = static_cast<uint16_t>(kafka.replication);
  options.in_sync_min = static_cast<uint16_t>(kafka.in_sync_min);
  options.retention = kafka.retention;
  options.linger = kafka.linger;
  options.queue_bytes_max = config.log.queue_bytes_max;
  options.properties = kafka_security(kafka);
  return options;
}

log::kafka::KafkaLogOptions dead_letter_topic_options(const config::Config& config) {
  log::kafka::KafkaLogOptions options = topic_options(config);
  options.topic += fmt::format("-{}", kDeadLetters);
  options.partition_count = 1;
  options.retention = os::milliseconds(0);
  options.record_bytes_max += wire::kDeadLetterHeadBytesMax;
  return options;
}

schema::RegistryOptions registry_options(const config::Config& config) {
  return {config.registry.url, config.registry.user, config.registry.password};
}

redis::ClientOptions redis_options(const config::Config& config) {
  redis::ClientOptions options;
  options.address = config.redis.address;
  options.user = config.redis.user;
  options.password = config.redis.password;
  options.database = static_cast<uint32_t>(config.redis.database);
  return options;
}

meta::postgres::PostgresMetaOptions catalogue_options(const config::Config& config) {
  meta::postgres::PostgresMetaOptions options;
  options.conninfo = config.catalogue.url;
  return options;
}

store::embedded::EmbeddedStoreOptions embedded_store_options(const config::Config& config,
                                                             uint32_t partitions) {
  store::embedded::EmbeddedStoreOptions options;
  options.directory = os::join_path(config.storage.path, "store");
  options.partition_count = partitions;
  options.window = config.storage.block_window;
  options.out_of_order_window = config.storage.out_of_order_window;
  options.head_bytes_max = config.storage.head_bytes_max;
  options.retention = longest_retention(config.storage);
  options.scrub_interval = config.storage.scrub_interval;
  return options;
}

store::timescale::TimescaleStoreOptions timescale_options(const config::Config& config) {
  using Writer = store::timescale::TimescaleStoreOptions::Writer;
  store::timescale::TimescaleStoreOptions options;
  options.conninfo = config.timescale.url;
  options.topic = config.kafka.topic;
  options.write_connections_max = config.timescale.write_connections_max;
  options.read_connections_max = config.timescale.read_connections_max;
  options.retention = longest_retention(config.storage);
  options.chunk_interval = config.timescale.chunk_interval;
  options.writer = config.timescale.writer == "unnest" ? Writer::kUnnest : Writer::kCopy;
  return options;
}

}  // namespace weir::app
