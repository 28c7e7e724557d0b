#include "yaml/field_reader.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <limits>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

#include "base/duration.h"
#include "base/suggest.h"

namespace weir::yaml {
namespace {

// What Prometheus' nanoseconds can hold: 292 years and 171 days.
constexpr int64_t kDurationMaxMs = std::numeric_limits<int64_t>::max() / 1'000'000;

std::string_view kind_text(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar:
      return "text";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "keys";
  }
  return "";
}

// Tags that say no more than what is there anyway.
bool is_plain_tag(std::string_view tag) {
  constexpr std::string_view kPrefix = "tag:yaml.org,2002:";
  constexpr std::string_view kTypes[] = {"str", "int", "float", "bool", "map", "seq"};
  if (!tag.starts_with(kPrefix)) return false;
  return std::find(std::begin(kTypes), std::end(kTypes), tag.substr(kPrefix.size())) != std::end(kTypes);
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

template <typename T>
std::optional<T> parsed(std::string_view text, auto... form) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, form...);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Without a sign: `0x1F`, `0b11`, `0o17`, `017`, and decimal.
std::optional<double> parse_unsigned(std::string_view digits) {
  if (digits.empty() || (digits[0] != '.' && (digits[0] < '0' || digits[0] > '9'))) return std::nullopt;
  const std::string_view prefix = digits.substr(0, 2);
  std::optional<uint64_t> whole;
  if (is_one_of(prefix, {"0x", "0X"})) {
    whole = parsed<uint64_t>(digits.substr(2), 16);
  } else if (is_one_of(prefix, {"0b", "0B"})) {
    whole = parsed<uint64_t>(digits.substr(2), 2);
  } else if (is_one_of(prefix, {"0o", "0O"})) {
    whole = parsed<uint64_t>(digits.substr(2), 8);
  } else if (digits.size() > 1 && digits[0] == '0') {
    whole = parsed<uint64_t>(digits, 8);
  }
  if (whole) return static_cast<double>(*whole);
  return parsed<double>(digits);
}

// As go-yaml resolves plain text.
std::optional<double> parse_number(std::string_view text) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (is_one_of(text, {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"})) return kInfinity;
  if (is_one_of(text, {"-.inf", "-.Inf", "-.INF"})) return -kInfinity;
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  std::string digits(text);
  std::erase(digits, '_');
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.erase(0, 1);
  const std::optional<double> value = parse_unsigned(digits);
  return value && negative ? -*value : value;
}

// Quoted, or said to be text.
bool is_text(const Node& node) {
  return node.tag == "!" || node.tag == "tag:yaml.org,2002:str";
}

std::string joined(std::span<const std::string_view> names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::vector<Field> FieldReader::fields(const Node& node, std::string_view what,
                                       std::optional<std::span<const std::string_view>> known) {
  std::vector<Field> all;
  if (node.kind == Kind::kNull) return all;
  if (node.kind != Kind::kMap) {
    problem(node.mark, fmt::format("{}: expected keys with values, found {}", what, kind_text(node.kind)));
    return all;
  }
  add(node, what, all);
  if (!known) return all;
  std::erase_if(all, [&](const Field& field) {
    if (std::find(known->begin(), known->end(), field.name) != known->end()) return false;
    if (unknown_ == UnknownFields::kPassOver) return true;
    const std::string similar = did_you_mean(field.name, *known);
    problem(field.key->mark, fmt::format("{}: unknown field \"{}\"{}", what, field.name,
                                         similar.empty() ? "; allowed are " + joined(*known) : similar));
    return true;
  });
  return all;
}

// The map's own keys first: they win over what is merged.
void FieldReader::add(const Node& node, std::string_view what, std::vector<Field>& out) {
  absl::flat_hash_map<std::string_view, const Node*> seen;
  for (const auto& [key, value] : node.entries) {
    if (key->kind != Kind::kScalar) {
      problem(key->mark, fmt::format("{}: expected a name as key, found {}", what, kind_text(key->kind)));
    } else if (key->value == "<<" && key->tag == "?") {
      continue;
    } else if (const auto [first, is_new] = seen.try_emplace(key->value, key); is_new) {
      out.push_back({key->value, key, value});
    } else {
      problem(key->mark, fmt::format("{}: \"{}\" is there twice, first at line {}", what, key->value,
                                     first->second->mark.line));
    }
  }
  for (const auto& [key, value] : node.entries) {
    if (key->kind == Kind::kScalar && key->value == "<<" && key->tag == "?") merge(*value, what, out);
  }
}

void FieldReader::merge(const Node& value, std::string_view what, std::vector<Field>& out) {
  const bool is_list = value.kind == Kind::kList;
  if (!is_list && value.kind != Kind::kMap) {
    problem(value.mark, fmt::format("{}: \"<<\" needs keys to merge, or a list of such", what));
    return;
  }
  absl::flat_hash_set<std::string> present;
  for (const Field& field : out) present.insert(field.name);
  for (const Node* each : is_list ? value.items : std::vector<const Node*>{&value}) {
    std::vector<Field> merged;
    if (each->kind == Kind::kMap) {
      add(*each, what, merged);
    } else {
      problem(each->mark, fmt::format("{}: \"<<\" needs keys to merge", what));
    }
    for (Field& field : merged) {
      if (present.insert(field.name).second) out.push_back(std::move(field));
    }
  }
}

std::vector<const Node*> FieldReader::items(const Node& node, std::string_view what) {
  if (node.kind == Kind::kList) return node.items;
  if (node.kind != Kind::kNull)
    problem(node.mark, fmt::format("{}: expected a list, found {}", what, kind_text(node.kind)));
  return {};
}

bool FieldReader::is_scalar(const Node& node, std::string_view what, std::string_view expected) {
  if (node.kind == Kind::kNull) return false;
  if (node.has_tag() && !is_plain_tag(node.tag)) {
    problem(node.mark, fmt::format("{}: the tag {} has no meaning here", what, node.tag));
    return false;
  }
  if (node.kind == Kind::kScalar) return true;
  problem(node.mark, fmt::format("{}: expected {}, found {}", what, expected, kind_text(node.kind)));
  return false;
}

std::string FieldReader::text(const Node& node, std::string_view what) {
  return is_scalar(node, what, "text") ? node.value : std::string();
}

int64_t FieldReader::integer(const Node& node, std::string_view what) {
  if (!is_scalar(node, what, "a whole number")) return 0;
  int64_t value = 0;
  const char* end = node.value.data() + node.value.size();
  const auto [stop, error] = std::from_chars(node.value.data(), end, value);
  if (error != std::errc() || stop != end)
    problem(node.mark, fmt::format("{}: expected a whole number, found \"{}\"", what, node.value));
  return value;
}

bool FieldReader::boolean(const Node& node, std::string_view what) {
  if (!is_scalar(node, what, "true or false")) return false;
  if (node.value != "true" && node.value != "false")
    problem(node.mark, fmt::format("{}: expected true or false, found \"{}\"", what, node.value));
  return node.value == "true";
}

bool FieldReader::loose_boolean(const Node& node, std::string_view what) {
  if (!is_scalar(node, what, "true or false")) return false;
  const std::string_view word = node.value;
  const bool is_true =
      is_one_of(word, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"});
  const bool is_false =
      is_one_of(word, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"});
  if (is_text(node) || (!is_true && !is_false))
    problem(node.mark, fmt::format("{}: expected true or false, found \"{}\"", what, node.value));
  return is_true;
}

double FieldReader::number(const Node& node, std::string_view what) {
  if (!is_scalar(node, what, "a number")) return 0;
  const std::optional<double> value = is_text(node) ? std::nullopt : parse_number(node.value);
  if (!value) problem(node.mark, fmt::format("{}: expected a number, found \"{}\"", what, node.value));
  return value.value_or(0);
}

int64_t FieldReader::duration_ms(const Node& node, std::string_view what) {
  if (!is_scalar(node, what, "a duration such as 5m")) return 0;
  const auto duration = parse_duration(node.value);
  if (!duration.ok()) {
    problem(node.mark, fmt::format("{}: {}", what, duration.error().message));
    return 0;
  }
  if (*duration > kDurationMaxMs)
    problem(node.mark, fmt::format("{}: {} is longer than 292 years", what, node.value));
  return *duration;
}

}  // namespace weir::yaml
