#include "rules/rule_file_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "rules/duplicate_rules.h"
#include "yaml/file_document.h"

namespace weir::rules {
namespace {

constexpr std::string_view kFileFields[] = {"groups"};
constexpr std::string_view kGroupFields[] = {"name",   "interval", "query_offset", "limit",
                                             "labels", "rules",    "concurrency",  "debug"};
constexpr std::string_view kRuleFields[] = {"record",      "alert",           "expr",
                                            "for",         "keep_firing_for", "labels",
                                            "annotations", "debug",           "update_entries_limit"};
/// Of those, how vmalert is to go about its work: what the rules say is the same without them.
constexpr std::string_view kOfVmalert[] = {"concurrency", "debug", "update_entries_limit"};

// "groups", "rules" and the maps of labels, in lists and maps of their own; more is no rule file.
constexpr size_t kDepthMax = 16;

RuleFile parse(std::string_view text, const RuleFileLimits& limits, UnknownFields unknown,
               void (RuleFileReader::*read)(const yaml::Document&)) {
  RuleFile out;
  const auto document = yaml::parse_file(
      text, limits.bytes_max, {.depth_max = kDepthMax, .aliases = true, .first_only = true}, out.problems);
  if (!document) return out;
  RuleFileReader reader(text, limits, unknown, out);
  (reader.*read)(*document);
  for (Problem& duplicate : duplicate_rules(out.groups)) out.warnings.push_back(std::move(duplicate));
  yaml::sort_by_place(out.problems);
  yaml::sort_by_place(out.warnings);
  return out;
}

}  // namespace

size_t RuleFile::rule_count() const {
  size_t count = 0;
  for (const RuleGroup& group : groups) count += group.rules.size();
  return count;
}

RuleFile parse_rule_file(std::string_view text, const RuleFileLimits& limits, UnknownFields unknown) {
  return parse(text, limits, unknown, &RuleFileReader::read);
}

RuleFile parse_rule_group(std::string_view text, const RuleFileLimits& limits) {
  return parse(text, limits, UnknownFields::kRefuse, &RuleFileReader::read_group);
}

void RuleFileReader::read(const yaml::Document& document) {
  check_second(document);
  if (document.root == nullptr) return;
  for (const Field& field : fields_.fields(*document.root, "rule file", kFileFields)) {
    for (const yaml::Node* node : fields_.items(*field.value, "groups")) {
      if (full()) return;
      if (is_empty(*node, "group")) continue;
      if (out_.groups.size() >= limits_.groups_max) {
        fields_.problem(node->mark, fmt::format("more than {} groups", limits_.groups_max));
        return;
      }
      group(*node);
    }
  }
}

void RuleFileReader::read_group(const yaml::Document& document) {
  check_second(document);
  if (document.root == nullptr) return fields_.problem({}, "group: there is nothing in it");
  group(*document.root);
}

void RuleFileReader::check_second(const yaml::Document& document) {
  if (!document.second) return;
  out_.warnings.push_back(
      {*document.second, "a second YAML document, which is passed over; put its groups into the first one"});
}

bool RuleFileReader::is_empty(const yaml::Node& item, std::string_view what) {
  if (item.kind != yaml::Kind::kNull) return false;
  out_.warnings.push_back({item.mark, fmt::format("{}: there is nothing in it; it is passed over", what)});
  return true;
}

bool RuleFileReader::is_passed_over(const Field& field, std::string_view what) {
  if (std::ranges::find(kOfVmalert, field.name) == std::end(kOfVmalert)) return false;
  out_.warnings.push_back(
      {field.key->mark, fmt::format("{}: \"{}\" is passed over: it tells vmalert how to "
                                    "evaluate, and changes nothing of what the rules find",
                                    what, field.name)});
  return true;
}

void RuleFileReader::group(const yaml::Node& node) {
  RuleGroup group;
  group.mark = node.mark;
  const yaml::Node* name = nullptr;
  const yaml::Node* rules = nullptr;
  for (const Field& field : fields_.fields(node, "group", kGroupFields)) {
    if (is_passed_over(field, "group")) continue;
    const yaml::Node& value = *field.value;
    if (field.name == "name") {
      name = &value;
      group.name = fields_.text(value, field.name);
    } else if (field.name == "interval") {
      group.interval_ms = fields_.duration_ms(value, field.name);
    } else if (field.name == "query_offset") {
      if (value.kind != yaml::Kind::kNull) group.query_offset_ms = fields_.duration_ms(value, field.name);
    } else if (field.name == "limit") {
      group.limit = fields_.integer(value, field.name);
    } else if (field.name == "labels") {
      const std::vector<Field> labels = fields_.fields(value, "labels", {});
      group.labels = texts(labels, "label");
      check_label_names(labels, "label");
    } else {
      rules = &value;
    }
  }
  check_group(group, name == nullptr ? node : *name);
  const std::vector<const yaml::Node*> items =
      rules == nullptr ? std::vector<const yaml::Node*>() : fields_.items(*rules, "rules");
  for (const yaml::Node* item : items) {
    if (full()) break;
    if (is_empty(*item, "rule")) continue;
    if (++rules_ > limits_.rules_max) {
      fields_.problem(item->mark, fmt::format("more than {} rules", limits_.rules_max));
      break;
    }
    group.rules.push_back(rule(*item));
  }
  out_.groups.push_back(std::move(group));
}

Rule RuleFileReader::rule(const yaml::Node& node) {
  Rule rule;
  rule.mark = node.mark;
  RuleNodes nodes;
  for (const Field& field : fields_.fields(node, "rule", kRuleFields)) {
    if (is_passed_over(field, "rule")) continue;
    const yaml::Node& value = *field.value;
    if (field.name == "record") {
      nodes.record = &value;
      rule.record = fields_.text(value, field.name);
    } else if (field.name == "alert") {
      nodes.alert = &value;
      rule.alert = fields_.text(value, field.name);
    } else if (field.name == "expr") {
      nodes.expr = &value;
      rule.expr = fields_.text(value, field.name);
    } else if (field.name == "for") {
      nodes.for_duration = field.key;
      rule.for_ms = fields_.duration_ms(value, field.name);
    } else if (field.name == "keep_firing_for") {
      nodes.keep_firing_for = field.key;
      rule.keep_firing_for_ms = fields_.duration_ms(value, field.name);
    } else if (field.name == "labels") {
      nodes.label_fields = fields_.fields(value, "labels", {});
      rule.labels = texts(nodes.label_fields, "label");
    } else {
      nodes.annotations = field.key;
      nodes.annotation_fields = fields_.fields(value, "annotations", {});
      rule.annotations = texts(nodes.annotation_fields, "annotation");
    }
  }
  check_rule(rule, node, nodes);
  return rule;
}

TextMap RuleFileReader::texts(const std::vector<Field>& fields, std::string_view what) {
  TextMap out;
  for (const Field& field : fields) {
    out.emplace(field.name, fields_.text(*field.value, fmt::format("{} \"{}\"", what, field.name)));
  }
  return out;
}

}  // namespace weir::rules
