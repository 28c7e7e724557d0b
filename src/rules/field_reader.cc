#include "rules/field_reader.h"

#include <algorithm>
#include <charconv>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

#include "base/duration.h"
#include "base/suggest.h"

namespace weir::rules {
namespace {

// What Prometheus' nanoseconds can hold.
constexpr int64_t kDurationMaxMs = 292ll * 365 * 24 * 3'600'000;

std::string_view kind_text(yaml::Kind kind) {
  switch (kind) {
    case yaml::Kind::kNull:
      return "nothing";
    case yaml::Kind::kScalar:
      return "text";
    case yaml::Kind::kList:
      return "a list";
    case yaml::Kind::kMap:
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

std::string joined(std::span<const std::string_view> names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::vector<Field> FieldReader::fields(const yaml::Node& node, std::string_view what,
                                       std::optional<std::span<const std::string_view>> known) {
  std::vector<Field> all;
  if (node.kind == yaml::Kind::kNull) return all;
  if (node.kind != yaml::Kind::kMap) {
    problem(node.mark, fmt::format("{}: expected keys with values, found {}", what, kind_text(node.kind)));
    return all;
  }
  add(node, what, all);
  if (!known) return all;
  std::erase_if(all, [&](const Field& field) {
    if (std::find(known->begin(), known->end(), field.name) != known->end()) return false;
    const std::string similar = did_you_mean(field.name, *known);
    problem(field.key->mark, fmt::format("{}: unknown field \"{}\"{}", what, field.name,
                                         similar.empty() ? "; allowed are " + joined(*known) : similar));
    return true;
  });
  return all;
}

// The map's own keys first: they win over what is merged.
void FieldReader::add(const yaml::Node& node, std::string_view what, std::vector<Field>& out) {
  absl::flat_hash_map<std::string_view, const yaml::Node*> seen;
  for (const auto& [key, value] : node.entries) {
    if (key->kind != yaml::Kind::kScalar) {
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
    if (key->kind == yaml::Kind::kScalar && key->value == "<<" && key->tag == "?") merge(*value, what, out);
  }
}

void FieldReader::merge(const yaml::Node& value, std::string_view what, std::vector<Field>& out) {
  const bool is_list = value.kind == yaml::Kind::kList;
  if (!is_list && value.kind != yaml::Kind::kMap) {
    problem(value.mark, fmt::format("{}: \"<<\" needs keys to merge, or a list of such", what));
    return;
  }
  absl::flat_hash_set<std::string> present;
  for (const Field& field : out) present.insert(field.name);
  for (const yaml::Node* each : is_list ? value.items : std::vector<const yaml::Node*>{&value}) {
    std::vector<Field> merged;
    if (each->kind == yaml::Kind::kMap) {
      add(*each, what, merged);
    } else {
      problem(each->mark, fmt::format("{}: \"<<\" needs keys to merge", what));
    }
    for (Field& field : merged) {
      if (present.insert(field.name).second) out.push_back(std::move(field));
    }
  }
}

std::vector<const yaml::Node*> FieldReader::items(const yaml::Node& node, std::string_view what) {
  if (node.kind == yaml::Kind::kList) return node.items;
  if (node.kind != yaml::Kind::kNull)
    problem(node.mark, fmt::format("{}: expected a list, found {}", what, kind_text(node.kind)));
  return {};
}

bool FieldReader::is_scalar(const yaml::Node& node, std::string_view what, std::string_view expected) {
  if (node.kind == yaml::Kind::kNull) return false;
  if (node.has_tag() && !is_plain_tag(node.tag)) {
    problem(node.mark, fmt::format("{}: the tag {} has no meaning here", what, node.tag));
    return false;
  }
  if (node.kind == yaml::Kind::kScalar) return true;
  problem(node.mark, fmt::format("{}: expected {}, found {}", what, expected, kind_text(node.kind)));
  return false;
}

std::string FieldReader::text(const yaml::Node& node, std::string_view what) {
  return is_scalar(node, what, "text") ? node.value : std::string();
}

int64_t FieldReader::integer(const yaml::Node& node, std::string_view what) {
  if (!is_scalar(node, what, "a whole number")) return 0;
  int64_t value = 0;
  const char* end = node.value.data() + node.value.size();
  const auto [stop, error] = std::from_chars(node.value.data(), end, value);
  if (error != std::errc() || stop != end)
    problem(node.mark, fmt::format("{}: expected a whole number, found \"{}\"", what, node.value));
  return value;
}

int64_t FieldReader::duration_ms(const yaml::Node& node, std::string_view what) {
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

}  // namespace weir::rules
