#include "config/settings.h"

#include <algorithm>
#include <cctype>
#include <limits>

#include <fmt/format.h>

#include "config/tables/table.h"
#include "config/units.h"
#include "model/labels.h"

namespace weir::config {
namespace {

std::vector<Setting> all_tables() {
  std::vector<Setting> all;
  for (const auto table :
       {tables::server(), tables::storage(), tables::engines(), tables::requests(), tables::rules()}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  return all;
}

std::string join(std::span<const std::string_view> words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

Status at_most(std::string_view key, uint64_t value, std::string_view limit_key, uint64_t limit) {
  if (value <= limit) return {};
  return invalid_argument(fmt::format("{} is {}, more than {}, which is {}", key, format_size(value),
                                      limit_key, format_size(limit)));
}

/// Roles in processes of their own share nothing but engines that are servers.
Status check_engines(const Config& config) {
  const bool shares = !has_role(config, Role::kAll);
  const bool gateway_only = config.server.roles == std::vector{Role::kGateway};
  const auto needed = [&](std::string_view key, std::string_view value) {
    return invalid_argument(fmt::format(
        "server.roles: a process that does not do everything shares its data with others, which needs {}: {}",
        key, value));
  };
  if (shares && !gateway_only) {
    if (config.catalogue.engine == CatalogueEngine::kSqlite) return needed("catalogue.engine", "postgres");
    if (config.log.engine == LogEngine::kEmbedded) return needed("log.engine", "kafka");
    if (config.storage.engine == StorageEngine::kEmbedded) return needed("storage.engine", "timescale");
  }
  const auto unrouted = [](std::string_view key, std::string_view role) {
    return invalid_argument(
        fmt::format("{}: a gateway that does not have the role {} itself must know who has", key, role));
  };
  if (!has_role(config, Role::kGateway)) return {};
  if (!has_role(config, Role::kIngest) && config.routing.write.empty())
    return unrouted("routing.write", "ingest");
  if (!has_role(config, Role::kQuery) && config.routing.read.empty())
    return unrouted("routing.read", "query");
  return {};
}

/// Settings that protect nothing because another one is missing must not look as if they did.
Status check_kafka_security(const KafkaConfig& kafka) {
  const bool tls = kafka.security_protocol == "ssl" || kafka.security_protocol == "sasl_ssl";
  const bool logs_in = kafka.security_protocol.starts_with("sasl_");
  const auto unused = [&](std::string_view key, const std::string& value, bool used) -> Status {
    if (value.empty() || used) return {};
    return invalid_argument(fmt::format("{} is set, but kafka.security_protocol: {} makes no use of it", key,
                                        kafka.security_protocol));
  };
  const auto missing = [&](std::string_view key, const std::string& value, bool needed,
                           std::string_view because) -> Status {
    if (!value.empty() || !needed) return {};
    return invalid_argument(fmt::format("{} is empty, but {} needs it", key, because));
  };
  RETURN_IF_ERROR(unused("kafka.ca_file", kafka.ca_file, tls));
  RETURN_IF_ERROR(unused("kafka.certificate_file", kafka.certificate_file, tls));
  RETURN_IF_ERROR(unused("kafka.key_file", kafka.key_file, tls));
  RETURN_IF_ERROR(unused("kafka.sasl_mechanism", kafka.sasl_mechanism, logs_in));
  RETURN_IF_ERROR(unused("kafka.sasl_username", kafka.sasl_username, logs_in));
  RETURN_IF_ERROR(unused("kafka.sasl_password", kafka.sasl_password, logs_in));
  const std::string protocol = "kafka.security_protocol: " + kafka.security_protocol;
  RETURN_IF_ERROR(missing("kafka.sasl_mechanism", kafka.sasl_mechanism, logs_in, protocol));
  const bool by_password = kafka.sasl_mechanism == "PLAIN" || kafka.sasl_mechanism.starts_with("SCRAM-");
  const std::string mechanism = "kafka.sasl_mechanism: " + kafka.sasl_mechanism;
  RETURN_IF_ERROR(missing("kafka.sasl_username", kafka.sasl_username, by_password, mechanism));
  RETURN_IF_ERROR(missing("kafka.sasl_password", kafka.sasl_password, by_password, mechanism));
  RETURN_IF_ERROR(
      missing("kafka.key_file", kafka.key_file, !kafka.certificate_file.empty(), "kafka.certificate_file"));
  return missing("kafka.certificate_file", kafka.certificate_file, !kafka.key_file.empty(), "kafka.key_file");
}

}  // namespace

std::span<const Setting> settings() {
  static const std::vector<Setting> all = all_tables();
  return all;
}

const Setting* find_setting(std::string_view key) {
  const std::span<const Setting> all = settings();
  const auto found = std::ranges::find(all, key, &Setting::key);
  return found == all.end() ? nullptr : &*found;
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
    case Kind::kAddresses:
      return fmt::format("HOST:PORT,HOST:PORT,..., at most {}", setting.max);
    case Kind::kDurations:
      return fmt::format("NAME=DURATION,NAME=DURATION,..., each {} to {}", duration(setting.min),
                         duration(setting.max));
  }
  return "";
}

Status validate(const Config& config) {
  RETURN_IF_ERROR(check_engines(config));
  if (config.influx.db_label == kMetricName)
    return invalid_argument("influx.db_label: the label __name__ holds the names of series");
  RETURN_IF_ERROR(check_kafka_security(config.kafka));
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
