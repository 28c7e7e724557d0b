#include "rules/rule_file_text.h"

#include <boost/json.hpp>

#include <fmt/format.h>

#include "base/duration.h"

namespace weir::rules {
namespace {

// A text of JSON is one of YAML.
std::string quoted(const std::string& text) {
  return boost::json::serialize(boost::json::string_view(text));
}

/// Lines of one item of a list: its first one begins with the dash.
class ItemText {
 public:
  explicit ItemText(size_t indent) : indent_(indent) {}

  void line(std::string_view text) {
    out_.append(indent_, ' ').append(first_ ? "- " : "  ").append(text).append("\n");
    first_ = false;
  }
  void text(std::string_view name, const std::string& value) {
    line(fmt::format("{}: {}", name, quoted(value)));
  }
  void duration(std::string_view name, int64_t ms) {
    if (ms > 0) line(fmt::format("{}: {}", name, format_duration(ms)));
  }
  void map(std::string_view name, const TextMap& texts) {
    if (texts.empty()) return;
    line(fmt::format("{}:", name));
    for (const auto& [key, value] : texts) line(fmt::format("  {}: {}", quoted(key), quoted(value)));
  }
  void append(std::string_view lines) { out_.append(lines); }
  std::string take() { return std::move(out_); }

 private:
  const size_t indent_;
  bool first_ = true;
  std::string out_;
};

std::string to_yaml(const Rule& rule, size_t indent) {
  ItemText out(indent);
  out.text(rule.alert.empty() ? "record" : "alert", rule.name());
  out.text("expr", rule.expr);
  out.duration("for", rule.for_ms);
  out.duration("keep_firing_for", rule.keep_firing_for_ms);
  out.map("labels", rule.labels);
  out.map("annotations", rule.annotations);
  return out.take();
}

}  // namespace

std::string to_yaml(const RuleGroup& group, size_t indent) {
  ItemText out(indent);
  out.text("name", group.name);
  out.duration("interval", group.interval_ms);
  if (group.query_offset_ms)
    out.line(fmt::format("query_offset: {}", format_duration(*group.query_offset_ms)));
  if (group.limit > 0) out.line(fmt::format("limit: {}", group.limit));
  out.map("labels", group.labels);
  out.line("rules:");
  for (const Rule& rule : group.rules) out.append(to_yaml(rule, indent + 4));
  return out.take();
}

bool same_rules(const RuleGroup& a, const RuleGroup& b) {
  return to_yaml(a, 0) == to_yaml(b, 0);
}

}  // namespace weir::rules
