#include "config/settings.h"

#include <algorithm>
#include <cctype>
#include <limits>

#include <fmt/format.h>

#include "config/units.h"
#include "config/values.h"

namespace weir::config {
namespace {

constexpr uint64_t kKiB = 1ull << 10;
constexpr uint64_t kMiB = 1ull << 20;
constexpr uint64_t kGiB = 1ull << 30;
constexpr uint64_t kTiB = 1ull << 40;
constexpr uint64_t kSecond = 1'000;
constexpr uint64_t kMinute = 60 * kSecond;
constexpr uint64_t kHour = 60 * kMinute;
constexpr uint64_t kDay = 24 * kHour;
constexpr uint64_t kYear = 365 * kDay;
constexpr uint64_t kMillion = 1'000'000;

// Binds a description to the field `Config::*Group.*Member`.
template <auto Group, auto Member>
constexpr Setting bind(Setting setting) {
  setting.assign = [](const Setting& self, std::string_view text, Config& config) {
    return read_value(self, text, (config.*Group).*Member);
  };
  setting.show = [](const Setting& self, const Config& config) {
    return write_value(self, (config.*Group).*Member);
  };
  return setting;
}

constexpr Setting kSettings[] = {
    bind<&Config::server, &ServerConfig::listen>({.key = "server.listen",
                                                  .kind = Kind::kAddress,
                                                  .help =
                                                      "Address for all of HTTP and WebSocket. Port 0 picks a "
                                                      "free one. Beyond loopback anybody who reaches the "
                                                      "port may write and read.",
                                                  .example = "0.0.0.0:8080",
                                                  .min = 3,
                                                  .max = 300}),
    bind<&Config::server, &ServerConfig::roles>({.key = "server.roles",
                                                 .kind = Kind::kRoles,
                                                 .help = "What this process does; \"all\" is everything.",
                                                 .example = "gateway,ingest",
                                                 .choices = kRoleNames}),
    bind<&Config::server, &ServerConfig::threads>(
        {.key = "server.threads",
         .kind = Kind::kCount,
         .help = "Event loops for the sockets. 0 takes one for each processor.",
         .example = "2",
         .max = 64}),
    bind<&Config::server, &ServerConfig::workers>(
        {.key = "server.workers",
         .kind = Kind::kCount,
         .help =
             "Threads that decode requests and evaluate queries. 0 takes two for each processor, at least 4.",
         .example = "16",
         .max = 256}),
    bind<&Config::server, &ServerConfig::connections_max>(
        {.key = "server.connections_max",
         .kind = Kind::kCount,
         .help = "Open connections; beyond it new ones are closed at once. Each costs about 20 KiB.",
         .example = "50000",
         .min = 1,
         .max = kMillion}),
    bind<&Config::server, &ServerConfig::inflight_body_bytes_max>(
        {.key = "server.inflight_body_bytes_max",
         .kind = Kind::kSize,
         .help = "Bytes of all requests being read or handled. Beyond it the answer is 503 with Retry-After.",
         .example = "1GiB",
         .min = kMiB,
         .max = kTiB}),
    bind<&Config::server, &ServerConfig::header_timeout>(
        {.key = "server.header_timeout",
         .kind = Kind::kDuration,
         .help = "Time a client has to send the header of a request.",
         .example = "5s",
         .min = 100,
         .max = 10 * kMinute}),
    bind<&Config::server, &ServerConfig::idle_timeout>(
        {.key = "server.idle_timeout",
         .kind = Kind::kDuration,
         .help = "How long a connection without a request is kept.",
         .example = "5m",
         .min = kSecond,
         .max = kDay}),
    bind<&Config::server, &ServerConfig::stop_grace>(
        {.key = "server.stop_grace",
         .kind = Kind::kDuration,
         .help = "Time that requests in flight get to finish when the server is asked to stop.",
         .example = "30s",
         .max = 10 * kMinute}),
    bind<&Config::server, &ServerConfig::websocket_queue_bytes_max>(
        {.key = "server.websocket_queue_bytes_max",
         .kind = Kind::kSize,
         .help = "Bytes waiting for one live client. A slower client is disconnected.",
         .example = "4MiB",
         .min = 64 * kKiB,
         .max = kGiB}),

    bind<&Config::storage, &StorageConfig::path>(
        {.key = "storage.path",
         .kind = Kind::kText,
         .help = "Data directory; created if missing. One process at a time.",
         .example = "/var/lib/weir",
         .min = 1,
         .max = 4'000}),
    bind<&Config::storage, &StorageConfig::partitions>(
        {.key = "storage.partitions",
         .kind = Kind::kCount,
         .help = "Partitions of the log and the store; about one for each processor. Read when a data "
                 "directory is created, "
                 "which then keeps its own number.",
         .example = "8",
         .min = 1,
         .max = 256}),
    bind<&Config::storage, &StorageConfig::retention>(
        {.key = "storage.retention",
         .kind = Kind::kDuration,
         .help = "How long samples are kept. 0 keeps them for ever.",
         .example = "90d",
         .max = 100 * kYear}),
    bind<&Config::storage, &StorageConfig::out_of_order_window>(
        {.key = "storage.out_of_order_window",
         .kind = Kind::kDuration,
         .help = "How late a sample may come at no extra cost. Older ones are taken too, but rewrite blocks.",
         .example = "10m",
         .max = kDay}),
    bind<&Config::storage, &StorageConfig::block_window>(
        {.key = "storage.block_window",
         .kind = Kind::kDuration,
         .help = "Time range of a fresh block. Longer packs better and keeps more in memory.",
         .example = "1h",
         .min = kMinute,
         .max = kDay}),
    bind<&Config::storage, &StorageConfig::head_bytes_max>(
        {.key = "storage.head_bytes_max",
         .kind = Kind::kSize,
         .help = "Memory for samples that are not in blocks yet. Above it the oldest are written early.",
         .example = "4GiB",
         .min = 16 * kMiB,
         .max = kTiB}),

    bind<&Config::log, &LogConfig::segment_bytes>(
        {.key = "log.segment_bytes",
         .kind = Kind::kSize,
         .help = "Size of the files of the durable log. Files are preallocated, and deleted as a whole.",
         .example = "128MiB",
         .min = kMiB,
         .max = 4 * kGiB}),
    bind<&Config::log, &LogConfig::record_bytes_max>(
        {.key = "log.record_bytes_max",
         .kind = Kind::kSize,
         .help = "Largest record of the durable log: the part of one request that goes to one partition.",
         .example = "32MiB",
         .min = 64 * kKiB,
         .max = kGiB}),
    bind<&Config::log, &LogConfig::queue_bytes_max>(
        {.key = "log.queue_bytes_max",
         .kind = Kind::kSize,
         .help = "Bytes waiting for the disk. Beyond it writes are answered 503 with Retry-After.",
         .example = "256MiB",
         .min = kMiB,
         .max = 64 * kGiB}),
    bind<&Config::log, &LogConfig::tail_cache_bytes>(
        {.key = "log.tail_cache_bytes",
         .kind = Kind::kSize,
         .help = "Newest records kept in memory, so that processing does not read the disk.",
         .example = "256MiB",
         .max = 64 * kGiB}),
    bind<&Config::log, &LogConfig::free_bytes_min>(
        {.key = "log.free_bytes_min",
         .kind = Kind::kSize,
         .help = "With less free space on the disk writes are refused, and resume at 1.5 times as much.",
         .example = "10GiB",
         .max = kTiB}),

    bind<&Config::ingest, &IngestConfig::body_bytes_max>(
        {.key = "ingest.body_bytes_max",
         .kind = Kind::kSize,
         .help = "Largest write request as it comes over the wire; more is 413.",
         .example = "32MiB",
         .min = kKiB,
         .max = kGiB}),
    bind<&Config::ingest, &IngestConfig::decoded_bytes_max>({.key = "ingest.decoded_bytes_max",
                                                             .kind = Kind::kSize,
                                                             .help = "The same after decompression.",
                                                             .example = "128MiB",
                                                             .min = kKiB,
                                                             .max = 4 * kGiB}),
    bind<&Config::ingest, &IngestConfig::elements_max>({.key = "ingest.elements_max",
                                                        .kind = Kind::kCount,
                                                        .help = "Samples in one JSON write.",
                                                        .example = "10000",
                                                        .min = 1,
                                                        .max = 10 * kMillion}),
    bind<&Config::ingest, &IngestConfig::timeout>({.key = "ingest.timeout",
                                                   .kind = Kind::kDuration,
                                                   .help = "How long a write may wait to become durable.",
                                                   .example = "30s",
                                                   .min = 100,
                                                   .max = 10 * kMinute}),
    bind<&Config::ingest, &IngestConfig::future_max>(
        {.key = "ingest.future_max",
         .kind = Kind::kDuration,
         .help = "How far ahead of the clock a sample may be dated.",
         .example = "1m",
         .max = kYear}),
    bind<&Config::ingest, &IngestConfig::labels_per_series_max>(
        {.key = "ingest.labels_per_series_max",
         .kind = Kind::kCount,
         .help = "Labels of one series, the metric's name included.",
         .example = "30",
         .min = 1,
         .max = 1'000}),
    bind<&Config::ingest, &IngestConfig::label_name_bytes_max>({.key = "ingest.label_name_bytes_max",
                                                                .kind = Kind::kSize,
                                                                .help = "Length of a label's name.",
                                                                .example = "128B",
                                                                .min = 8,
                                                                .max = 64 * kKiB}),
    bind<&Config::ingest, &IngestConfig::label_value_bytes_max>({.key = "ingest.label_value_bytes_max",
                                                                 .kind = Kind::kSize,
                                                                 .help = "Length of a label's value.",
                                                                 .example = "1KiB",
                                                                 .min = 8,
                                                                 .max = 64 * kKiB}),

    bind<&Config::query, &QueryConfig::timeout>(
        {.key = "query.timeout",
         .kind = Kind::kDuration,
         .help = "How long one query may run. A request may ask for less.",
         .example = "2m",
         .min = 10,
         .max = kHour}),
    bind<&Config::query, &QueryConfig::lookback>(
        {.key = "query.lookback",
         .kind = Kind::kDuration,
         .help = "How old a sample may be and still be the current value of its series.",
         .example = "1m",
         .min = kSecond,
         .max = kDay}),
    bind<&Config::query, &QueryConfig::samples_max>(
        {.key = "query.samples_max",
         .kind = Kind::kCount,
         .help = "Samples that one query may read. Each costs 16 bytes while it runs.",
         .example = "100000000",
         .min = 1'000,
         .max = 100'000 * kMillion}),
    bind<&Config::query, &QueryConfig::series_max>({.key = "query.series_max",
                                                    .kind = Kind::kCount,
                                                    .help = "Series that one query may touch.",
                                                    .example = "100000",
                                                    .min = 10,
                                                    .max = 1'000 * kMillion}),
    bind<&Config::query, &QueryConfig::points_per_series_max>({.key = "query.points_per_series_max",
                                                               .kind = Kind::kCount,
                                                               .help = "Steps of one range query.",
                                                               .example = "50000",
                                                               .min = 10,
                                                               .max = 10 * kMillion}),

    bind<&Config::cache, &CacheConfig::bytes_max>({.key = "cache.bytes_max",
                                                   .kind = Kind::kSize,
                                                   .help = "Memory for cached query results.",
                                                   .example = "512MiB",
                                                   .max = kTiB}),

    bind<&Config::collect, &CollectConfig::enabled>(
        {.key = "collect.enabled",
         .kind = Kind::kSwitch,
         .help = "Collects the metrics of this machine into the tenant \"default\".",
         .example = "off"}),
    bind<&Config::collect, &CollectConfig::interval>({.key = "collect.interval",
                                                      .kind = Kind::kDuration,
                                                      .help = "How often.",
                                                      .example = "15s",
                                                      .min = 100,
                                                      .max = kHour}),
    bind<&Config::collect, &CollectConfig::instance>(
        {.key = "collect.instance",
         .kind = Kind::kText,
         .help = "Label \"instance\" of these metrics. Empty takes the host's name.",
         .example = "db-1",
         .max = 255}),

    bind<&Config::logger, &LoggerConfig::level>(
        {.key = "logger.level",
         .kind = Kind::kChoice,
         .help = "Diagnostics of this level and above go to standard error.",
         .example = "debug",
         .choices = kLevelNames}),
    bind<&Config::logger, &LoggerConfig::format>(
        {.key = "logger.format",
         .kind = Kind::kChoice,
         .help = "JSON lines for machines, or plain lines for people.",
         .example = "human",
         .choices = kFormatNames}),
};

std::string join(std::span<const std::string_view> words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

Status at_most(std::string_view key, uint64_t value, std::string_view limit_key, uint64_t limit) {
  if (value <= limit) return {};
  return invalid_argument(fmt::format("{} is {}, more than {}, which is {}", key, format_size(value),
                                      limit_key, format_size(limit)));
}

}  // namespace

std::span<const Setting> settings() {
  return kSettings;
}

const Setting* find_setting(std::string_view key) {
  const auto* found = std::find_if(std::begin(kSettings), std::end(kSettings),
                                   [&](const Setting& s) { return s.key == key; });
  return found == std::end(kSettings) ? nullptr : found;
}

std::string variable_name(const Setting& setting) {
  std::string name = "WEIR_";
  for (const char c : setting.key) name += c == '.' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

Status assign(const Setting& setting, std::string_view text, Config& config) {
  const Status status = setting.assign(setting, text, config);
  if (status.ok()) return {};
  constexpr size_t kShownMax = 100;
  const std::string found = setting.secret ? "this value" : fmt::format("\"{}\"", text.substr(0, kShownMax));
  return invalid_argument(fmt::format("{}: {}: {}", setting.key, found, status.error().message));
}

std::string show(const Setting& setting, const Config& config) {
  return setting.show(setting, config);
}

std::string show_redacted(const Setting& setting, const Config& config) {
  std::string text = show(setting, config);
  return setting.secret && !text.empty() ? "********" : text;
}

std::string describe_values(const Setting& setting) {
  const auto duration = [](uint64_t ms) { return format_duration(milliseconds(ms)); };
  switch (setting.kind) {
    case Kind::kText:
      return fmt::format("text, {} to {} bytes", setting.min, setting.max);
    case Kind::kAddress:
      return "HOST:PORT";
    case Kind::kCount:
      return fmt::format("a number, {} to {}", setting.min, setting.max);
    case Kind::kSize:
      return fmt::format("a size, {} to {}", format_size(setting.min), format_size(setting.max));
    case Kind::kDuration:
      return fmt::format("a duration, {} to {}", duration(setting.min), duration(setting.max));
    case Kind::kSwitch:
      return "on or off";
    case Kind::kChoice:
      return "one of " + join(setting.choices, ", ");
    case Kind::kRoles:
      return "a list of " + join(setting.choices, ", ");
  }
  return "";
}

Status validate(const Config& config) {
  RETURN_IF_ERROR(at_most("log.record_bytes_max", config.log.record_bytes_max, "log.segment_bytes",
                          config.log.segment_bytes));
  RETURN_IF_ERROR(at_most("log.record_bytes_max", config.log.record_bytes_max, "log.queue_bytes_max",
                          config.log.queue_bytes_max));
  RETURN_IF_ERROR(at_most("ingest.body_bytes_max", config.ingest.body_bytes_max,
                          "server.inflight_body_bytes_max", config.server.inflight_body_bytes_max));
  return at_most("ingest.body_bytes_max", config.ingest.body_bytes_max, "ingest.decoded_bytes_max",
                 config.ingest.decoded_bytes_max);
}

}  // namespace weir::config
