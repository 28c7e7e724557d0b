#include <utility>

#include <fmt/format.h>

#include "query/parser.h"
#include "rules/rule_file_reader.h"
#include "rules/template/template.h"
#include "yaml/scalar_position.h"

// What Prometheus' model/rulefmt checks of rules, with the place of each fault.
namespace weir::rules {

yaml::Mark RuleFileReader::place(const yaml::Node& scalar, size_t offset) const {
  return yaml::position_in(text_, scalar, offset);
}

void RuleFileReader::check_group(const RuleGroup& group, const yaml::Node& name) {
  if (group.name.empty()) {
    fields_.problem(name.mark, "group: it needs a name");
    return;
  }
  const auto [first, is_new] = group_lines_.try_emplace(group.name, name.mark.line);
  if (is_new) return;
  fields_.problem(name.mark,
                  fmt::format("group: the name \"{}\" is there twice in this file, first at line {}",
                              group.name, first->second));
}

void RuleFileReader::check_rule(const Rule& rule, const yaml::Node& node, const RuleNodes& nodes) {
  check_kind(rule, node, nodes);
  check_expression(rule, node, nodes);
  if (!rule.record.empty()) check_recording(rule, nodes);
  check_label_names(nodes.label_fields, "label");
  for (const Field& field : nodes.annotation_fields) {
    if (field.name.empty()) fields_.problem(field.key->mark, "annotation: it needs a name");
  }
  if (rule.alert.empty()) return;
  check_templates(rule, nodes.label_fields, "label");
  check_templates(rule, nodes.annotation_fields, "annotation");
}

void RuleFileReader::check_kind(const Rule& rule, const yaml::Node& node, const RuleNodes& nodes) {
  if (!rule.record.empty() && !rule.alert.empty()) {
    const yaml::Node& later = nodes.record->mark.line > nodes.alert->mark.line ? *nodes.record : *nodes.alert;
    fields_.problem(later.mark, "rule: it has both \"record\" and \"alert\"; a rule does one of them");
  }
  if (!rule.record.empty() || !rule.alert.empty()) return;
  const yaml::Node* empty = nodes.record != nullptr ? nodes.record : nodes.alert;
  fields_.problem(empty != nullptr ? empty->mark : node.mark,
                  "rule: it needs \"record\" with the name of a series, or \"alert\" with that of an alert");
}

void RuleFileReader::check_recording(const Rule& rule, const RuleNodes& nodes) {
  constexpr std::string_view kOnly = "which only alerting rules have";
  if (rule.for_ms != 0)
    fields_.problem(nodes.for_duration->mark, fmt::format("rule: it records, and has \"for\", {}", kOnly));
  if (rule.keep_firing_for_ms != 0) {
    fields_.problem(nodes.keep_firing_for->mark,
                    fmt::format("rule: it records, and has \"keep_firing_for\", {}", kOnly));
  }
  if (!rule.annotations.empty()) {
    fields_.problem(nodes.annotations->mark,
                    fmt::format("rule: it records, and has \"annotations\", {}", kOnly));
  }
  const size_t brace = rule.record.find_first_of("{}");
  if (brace == std::string::npos) return;
  fields_.problem(place(*nodes.record, brace),
                  fmt::format("record: the name \"{}\" has braces; an expression belongs to \"expr\", and "
                              "labels to \"labels\"",
                              rule.record));
}

void RuleFileReader::check_expression(const Rule& rule, const yaml::Node& node, const RuleNodes& nodes) {
  if (rule.expr.empty()) {
    const bool is_wrong = nodes.expr != nullptr && nodes.expr->kind != yaml::Kind::kNull &&
                          nodes.expr->kind != yaml::Kind::kScalar;
    if (is_wrong) return;  // that has been said
    fields_.problem(nodes.expr != nullptr ? nodes.expr->mark : node.mark,
                    "rule: it needs \"expr\" with a PromQL expression");
    return;
  }
  const auto parsed = query::parse(rule.expr, {});
  if (parsed.ok()) return;
  Problem problem = yaml::located_in(text_, *nodes.expr, "expr", parsed.error().message);
  fields_.problem(problem.mark, std::move(problem.message));
}

void RuleFileReader::check_label_names(const std::vector<Field>& labels, std::string_view what) {
  for (const Field& field : labels) {
    if (field.name.empty()) {
      fields_.problem(field.key->mark, fmt::format("{}: it needs a name", what));
    } else if (field.name == "__name__") {
      fields_.problem(field.key->mark,
                      fmt::format("{}: \"__name__\" cannot be set; the rule's name is the metric's", what));
    }
  }
}

void RuleFileReader::check_templates(const Rule& rule, const std::vector<Field>& fields,
                                     std::string_view what) {
  for (const Field& field : fields) {
    if (field.value->kind != yaml::Kind::kScalar) continue;
    const auto parsed = templates::Template::parse("__alert_" + rule.alert, field.value->value);
    const auto* fault = std::get_if<templates::TemplateFault>(&parsed);
    if (fault == nullptr) continue;
    fields_.problem(place(*field.value, fault->position),
                    fmt::format("{} \"{}\": template: {}", what, field.name, fault->message));
  }
}

}  // namespace weir::rules
