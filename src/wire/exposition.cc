#include "wire/exposition.h"

#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "wire/json_writer.h"

namespace weir::wire {
namespace {

bool is_name_byte(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
         (!first && c >= '0' && c <= '9');
}

bool is_plain(std::string_view name) {
  for (size_t i = 0; i < name.size(); ++i) {
    if (!is_name_byte(name[i], i == 0)) return false;
  }
  return !name.empty();
}

/// A character of several bytes becomes one underscore.
void append_underscored(std::string_view name, std::string& out) {
  const auto continues = [](char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; };
  for (size_t i = 0; i < name.size(); ++i) {
    if (!continues(name[i])) out += is_name_byte(name[i], i == 0) ? name[i] : '_';
  }
}

void append_name(std::string_view name, NameEscaping escaping, std::string& out) {
  if (is_plain(name)) {
    out += name;
  } else if (escaping == NameEscaping::kQuote) {
    append_quoted(out, name);
  } else {
    append_underscored(name, out);
  }
}

}  // namespace

void append_untyped_family(std::string_view metric, NameEscaping escaping, std::string& out) {
  out += "# TYPE ";
  append_name(metric, escaping, out);
  out += " untyped\n";
}

void append_exposition(LabelsView labels, TimestampMs timestamp_ms, double value, NameEscaping escaping,
                       std::string& out) {
  // A quoted name of a metric stands among the labels.
  const bool name_inside = escaping == NameEscaping::kQuote && !is_plain(labels.metric());
  if (!name_inside) append_name(labels.metric(), escaping, out);
  bool open = false;
  const auto next = [&] { out += std::exchange(open, true) ? ',' : '{'; };
  if (name_inside && !labels.metric().empty()) {
    next();
    append_quoted(out, labels.metric());
  }
  for (const Label& label : labels) {
    if (label.name == kMetricName) continue;
    next();
    append_name(label.name, escaping, out);
    out += '=';
    append_quoted(out, label.value);
  }
  if (open) out += '}';
  out += ' ';
  append_prometheus_value(out, value);
  out += fmt::format(" {}\n", timestamp_ms);
}

}  // namespace weir::wire
