#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

/// Reading and writing one value, by the type of its field; `setting` gives kind, bounds and choices.
/// `read_value` leaves the field alone when it fails.
namespace weir::config {

Status read_value(const Setting& setting, std::string_view text, std::string& field);
Status read_value(const Setting& setting, std::string_view text, uint64_t& field);
Status read_value(const Setting& setting, std::string_view text, std::chrono::milliseconds& field);
Status read_value(const Setting& setting, std::string_view text, bool& field);
Status read_value(const Setting& setting, std::string_view text, telemetry::Level& field);
Status read_value(const Setting& setting, std::string_view text, telemetry::LoggerOptions::Format& field);
Status read_value(const Setting& setting, std::string_view text, std::vector<Role>& field);

std::string write_value(const Setting& setting, const std::string& field);
std::string write_value(const Setting& setting, uint64_t field);
std::string write_value(const Setting& setting, std::chrono::milliseconds field);
std::string write_value(const Setting& setting, bool field);
std::string write_value(const Setting& setting, telemetry::Level field);
std::string write_value(const Setting& setting, telemetry::LoggerOptions::Format field);
std::string write_value(const Setting& setting, const std::vector<Role>& field);

}  // namespace weir::config
