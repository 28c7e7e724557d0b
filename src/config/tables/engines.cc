#include "config/tables/table.h"

namespace weir::config::tables {
namespace {

constexpr std::string_view kSecurityProtocols[] = {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};
constexpr std::string_view kWriters[] = {"copy", "unnest"};

constexpr Setting kSettings[] = {
    bind<&Config::kafka, &KafkaConfig::brokers>({.key = "kafka.brokers",
                                                 .help = "Brokers to begin with, HOST:PORT,HOST:PORT.",
                                                 .example = "kafka-1:9092,kafka-2:9092",
                                                 .min = 3,
                                                 .max = 4'000}),
    bind<&Config::kafka, &KafkaConfig::topic>(
        {.key = "kafka.topic", .help = "Topic of the samples.", .example = "metrics", .min = 1, .max = 200}),
    bind<&Config::kafka, &KafkaConfig::group>({.key = "kafka.group",
                                               .help = "Consumer group of the processors.",
                                               .example = "metrics-processors",
                                               .min = 1,
                                               .max = 200}),
    bind<&Config::kafka, &KafkaConfig::create_topic>(
        {.key = "kafka.create_topic",
         .kind = Kind::kSwitch,
         .help = "Create the topic when it is missing. Off: its absence is an error.",
         .example = "off"}),
    bind<&Config::kafka, &KafkaConfig::partitions>({.key = "kafka.partitions",
                                                    .kind = Kind::kCount,
                                                    .help =
                                                        "Partitions of a new topic: how many processors can "
                                                        "share the work. An existing topic keeps its own "
                                                        "number, which must never change.",
                                                    .example = "32",
                                                    .min = 1,
                                                    .max = 4'096}),
    bind<&Config::kafka, &KafkaConfig::replication>({.key = "kafka.replication",
                                                     .kind = Kind::kCount,
                                                     .help = "Copies of each record of a new topic.",
                                                     .example = "1",
                                                     .min = 1,
                                                     .max = 15}),
    bind<&Config::kafka, &KafkaConfig::in_sync_min>(
        {.key = "kafka.in_sync_min",
         .kind = Kind::kCount,
         .help =
             "Copies that must have a record before it is acknowledged (min.insync.replicas of a new topic).",
         .example = "1",
         .min = 1,
         .max = 15}),
    bind<&Config::kafka, &KafkaConfig::retention>(
        {.key = "kafka.retention",
         .kind = Kind::kDuration,
         .help =
             "How long Kafka keeps records of a new topic: how far processors may fall behind. 0: for ever.",
         .example = "2d",
         .max = 10 * kYear}),
    bind<&Config::kafka, &KafkaConfig::linger>(
        {.key = "kafka.linger",
         .kind = Kind::kDuration,
         .help = "How long the producer collects records before it sends them. Longer is cheaper and slower.",
         .example = "20ms",
         .max = kSecond}),
    bind<&Config::kafka, &KafkaConfig::security_protocol>(
        {.key = "kafka.security_protocol",
         .kind = Kind::kChoice,
         .help = "How connections to brokers are protected.",
         .example = "sasl_ssl",
         .choices = kSecurityProtocols}),
    bind<&Config::kafka, &KafkaConfig::ca_file>(
        {.key = "kafka.ca_file",
         .help = "Certificates of the authorities that the brokers are checked against. Empty: the system's.",
         .example = "/etc/weir/kafka-ca.pem",
         .max = 4'000}),
    bind<&Config::kafka, &KafkaConfig::certificate_file>(
        {.key = "kafka.certificate_file",
         .help = "Certificate that this process shows brokers.",
         .example = "/etc/weir/kafka-client.pem",
         .max = 4'000}),
    bind<&Config::kafka, &KafkaConfig::key_file>({.key = "kafka.key_file",
                                                  .help = "Private key of kafka.certificate_file.",
                                                  .example = "/etc/weir/kafka-client.key",
                                                  .max = 4'000}),
    bind<&Config::kafka, &KafkaConfig::sasl_mechanism>({.key = "kafka.sasl_mechanism",
                                                        .help = "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.",
                                                        .example = "SCRAM-SHA-512",
                                                        .max = 100}),
    bind<&Config::kafka, &KafkaConfig::sasl_username>(
        {.key = "kafka.sasl_username", .help = "User at the brokers.", .example = "weir", .max = 1'000}),
    bind<&Config::kafka, &KafkaConfig::sasl_password>({.key = "kafka.sasl_password",
                                                       .help = "Password of kafka.sasl_username.",
                                                       .example = "${KAFKA_PASSWORD}",
                                                       .max = 1'000,
                                                       .secret = true}),

    bind<&Config::registry, &RegistryConfig::url>(
        {.key = "registry.url",
         .help = "Schema Registry with Confluent's REST API, used with Kafka.",
         .example = "http://registry:8081",
         .min = 8,
         .max = 4'000}),
    bind<&Config::registry, &RegistryConfig::user>({.key = "registry.user",
                                                    .help = "User at the registry. Empty: none.",
                                                    .example = "weir",
                                                    .max = 1'000}),
    bind<&Config::registry, &RegistryConfig::password>({.key = "registry.password",
                                                        .help = "Password of registry.user.",
                                                        .example = "${REGISTRY_PASSWORD}",
                                                        .max = 1'000,
                                                        .secret = true}),

    bind<&Config::timescale, &TimescaleConfig::url>(
        {.key = "timescale.url",
         .help = "How to reach TimescaleDB, as a URL or key=value pairs. \"weir migrate\" makes its tables.",
         .example = "postgresql://weir:secret@db.example/metrics",
         .min = 1,
         .max = 4'000,
         .secret = true}),
    bind<&Config::timescale, &TimescaleConfig::write_connections_max>(
        {.key = "timescale.write_connections_max",
         .kind = Kind::kCount,
         .help = "Connections that write: partitions committed at the same time.",
         .example = "8",
         .min = 1,
         .max = 256}),
    bind<&Config::timescale, &TimescaleConfig::read_connections_max>(
        {.key = "timescale.read_connections_max",
         .kind = Kind::kCount,
         .help = "Connections that read: queries that can run at the same time.",
         .example = "16",
         .min = 1,
         .max = 256}),
    bind<&Config::timescale, &TimescaleConfig::writer>(
        {.key = "timescale.writer",
         .kind = Kind::kChoice,
         .help = "How rows are sent: COPY is faster; unnest also works behind poolers that break COPY.",
         .example = "unnest",
         .choices = kWriters}),
    bind<&Config::timescale, &TimescaleConfig::chunk_interval>(
        {.key = "timescale.chunk_interval",
         .kind = Kind::kDuration,
         .help = "Time range of a chunk of a new hypertable: its indexes should fit a quarter of the "
                 "server's memory.",
         .example = "1h",
         .min = kHour,
         .max = kYear}),

    bind<&Config::redis, &RedisConfig::address>({.key = "redis.address",
                                                 .kind = Kind::kAddress,
                                                 .help = "Where Redis listens.",
                                                 .example = "redis:6379",
                                                 .min = 3,
                                                 .max = 300}),
    bind<&Config::redis, &RedisConfig::user>({.key = "redis.user",
                                              .help = "User at Redis. Empty: the default one.",
                                              .example = "weir",
                                              .max = 1'000}),
    bind<&Config::redis, &RedisConfig::password>({.key = "redis.password",
                                                  .help = "Password at Redis. Empty: none.",
                                                  .example = "${REDIS_PASSWORD}",
                                                  .max = 1'000,
                                                  .secret = true}),
    bind<&Config::redis, &RedisConfig::database>({.key = "redis.database",
                                                  .kind = Kind::kCount,
                                                  .help = "Number of the database at Redis.",
                                                  .example = "1",
                                                  .max = 1'000'000}),
};

}  // namespace

std::span<const Setting> engines() {
  return kSettings;
}

}  // namespace weir::config::tables
