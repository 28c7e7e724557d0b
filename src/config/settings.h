#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"

namespace weir::config {

/// How the text of a value is read.
enum class Kind {
  kText,
  kAddress,    ///< HOST:PORT
  kCount,      ///< A whole number.
  kSize,       ///< Bytes, as `parse_size` reads them.
  kDuration,   ///< As `parse_duration` reads it.
  kSwitch,     ///< on or off
  kChoice,     ///< One of `choices`.
  kRoles,      ///< Several of `choices`, separated by commas.
  kAddresses,  ///< HOST:PORT,HOST:PORT; may be empty.
  kDurations,  ///< NAME=DURATION,NAME=DURATION; may be empty.
};

/// All there is to know about one key. The file reader, the environment, the flags, the documentation and the
/// printed configuration are all driven by the table of these, so a key is described exactly once.
struct Setting {
  std::string_view key;  ///< "server.listen": group, dot, name.
  Kind kind = Kind::kText;
  std::string_view help;     ///< One or two sentences: what it does and what it costs to change.
  std::string_view example;  ///< A value other than the default.
  uint64_t min =
      0;  ///< Bounds, inclusive: of the number, the bytes, the milliseconds, or the length of text.
  uint64_t max = 0;
  std::span<const std::string_view> choices = {};
  bool secret = false;  ///< Its value is never printed, in messages neither.

  Status (*assign)(const Setting& setting, std::string_view text, Config& config) = nullptr;
  std::string (*show)(const Setting& setting, const Config& config) = nullptr;

  std::string_view group() const { return key.substr(0, key.find('.')); }
  std::string_view name() const { return key.substr(key.find('.') + 1); }
};

/// Every key, those of one group together.
std::span<const Setting> settings();

/// The setting of that key; null when there is none.
const Setting* find_setting(std::string_view key);

/// The variable of the environment that sets it: WEIR_SERVER_LISTEN.
std::string variable_name(const Setting& setting);

/// Reads `text` into the field. kInvalidArgument with key, text (not of a secret) and what is allowed.
Status assign(const Setting& setting, std::string_view text, Config& config);

/// The field's value as text that `assign` reads back, secret or not.
std::string show(const Setting& setting, const Config& config);

/// `show` for the eyes of people: a secret that is set becomes "********".
std::string show_redacted(const Setting& setting, const Config& config);

/// "a duration, 1s to 1h": what a value may be.
std::string describe_values(const Setting& setting);

/// The rules between fields, once all of them are set. kInvalidArgument naming the keys.
Status validate(const Config& config);

inline constexpr std::string_view kRoleNames[] = {"all", "gateway", "ingest", "processor", "query", "ruler"};
inline constexpr std::string_view kLevelNames[] = {"debug", "info", "warn", "error"};
inline constexpr std::string_view kLogEngineNames[] = {"embedded", "kafka"};
inline constexpr std::string_view kStorageEngineNames[] = {"embedded", "timescale"};
inline constexpr std::string_view kCacheEngineNames[] = {"memory", "redis"};
inline constexpr std::string_view kCatalogueEngineNames[] = {"sqlite", "postgres"};
inline constexpr std::string_view kFormatNames[] = {"json", "human"};

}  // namespace weir::config
