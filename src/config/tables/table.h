#pragma once

#include <span>

#include "config/settings.h"
#include "config/values.h"

/// The table of settings in pieces, one file for those that an operator reads together.
namespace weir::config::tables {

std::span<const Setting> server();    ///< server, routing, collect, logger
std::span<const Setting> storage();   ///< storage, log, cache, catalogue: the engines and their embedded kind
std::span<const Setting> engines();   ///< kafka, registry, timescale, redis: the servers they can run on
std::span<const Setting> requests();  ///< ingest, influx, query
std::span<const Setting> rules();     ///< rules, alerting

inline constexpr uint64_t kKiB = 1ull << 10;
inline constexpr uint64_t kMiB = 1ull << 20;
inline constexpr uint64_t kGiB = 1ull << 30;
inline constexpr uint64_t kTiB = 1ull << 40;
inline constexpr uint64_t kSecond = 1'000;
inline constexpr uint64_t kMinute = 60 * kSecond;
inline constexpr uint64_t kHour = 60 * kMinute;
inline constexpr uint64_t kDay = 24 * kHour;
inline constexpr uint64_t kYear = 365 * kDay;
inline constexpr uint64_t kMillion = 1'000'000;

/// Binds a description to the field `Config::*Group.*Member`.
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

}  // namespace weir::config::tables
