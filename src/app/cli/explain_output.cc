#include "app/cli/explain_output.h"

#include <fmt/format.h>

#include "app/cli/json_part.h"
#include "app/cli/number_text.h"
#include "app/cli/table.h"

namespace weir::app::cli {
namespace {

namespace json = boost::json;

struct Branches {
  std::string_view child, last, open, closed;
};
constexpr Branches kDrawn = {"├─ ", "└─ ", "│  ", "   "};
constexpr Branches kAscii = {"|- ", "`- ", "|  ", "   "};

std::string count_text(const JsonPart& part) {
  return readable_count(part.number());
}

// What stands for itself, rather than for what it does with others.
std::string title_of(const JsonPart& node) {
  const std::string name = node["node"].text();
  return name == "selector" || name == "number" || name == "string" ? node["text"].text() : name;
}

std::string matching_text(const JsonPart& node) {
  if (!node["matching_series"].present()) return "";
  const bool cut = node["matching_cut"].is_true();
  return fmt::format("{}{}", cut ? "more than " : "", count_text(node["matching_series"]));
}

/// Lays the nodes out as rows of a table, each with its branches before it. Lives for one call.
class Tree {
 public:
  Tree(bool analyzed, double total_us, const Terminal& terminal)
      : analyzed_(analyzed),
        total_us_(total_us),
        branches_(terminal.utf8 ? kDrawn : kAscii),
        table_(analyzed ? costs() : matches()) {}

  void add(const JsonPart& node, const std::string& before, const std::string& below) {
    table_.add_row(row(before + title_of(node), node));
    const std::vector<JsonPart> children = node["children"].items();
    for (size_t i = 0; i < children.size(); ++i) {
      const bool last = i + 1 == children.size();
      add(children[i], below + std::string(last ? branches_.last : branches_.child),
          below + std::string(last ? branches_.closed : branches_.open));
    }
  }

  std::string to_string(const Terminal& terminal) const { return table_.to_string(terminal); }

 private:
  static std::vector<Column> costs() {
    return {{"NODE", Align::kLeft},   {"TIME", Align::kRight},   {"SELF", Align::kRight},
            {"SHARE", Align::kRight}, {"SERIES", Align::kRight}, {"SAMPLES READ", Align::kRight}};
  }
  static std::vector<Column> matches() {
    return {{"NODE", Align::kLeft}, {"MATCHING SERIES", Align::kRight}};
  }

  std::vector<std::string> row(std::string title, const JsonPart& node) const {
    if (!analyzed_) return {std::move(title), matching_text(node)};
    const double self_us = node["self_us"].number();
    const double share = total_us_ > 0 ? self_us / total_us_ * 100 : 0;
    const bool reads = node["read_series"].number() > 0;
    return {std::move(title),           readable_micros(node["time_us"].number()),
            readable_micros(self_us),   fmt::format("{:.0f}%", share),
            count_text(node["series"]), reads ? count_text(node["read_samples"]) : ""};
  }

  const bool analyzed_;
  const double total_us_;
  const Branches& branches_;
  Table table_;
};

std::string totals_line(const JsonPart& totals) {
  const auto time = [&](std::string_view name) { return readable_micros(totals[name].number()); };
  return fmt::format(
      "waited {}, parsed in {}, evaluated in {}; read {} series, {} samples; held {} at most; result {} "
      "series, {} "
      "points",
      time("queued_us"), time("parse_us"), time("evaluate_us"), count_text(totals["read_series"]),
      count_text(totals["read_samples"]), readable_bytes(totals["peak_bytes"].number()),
      count_text(totals["result_series"]), count_text(totals["result_points"]));
}

}  // namespace

Result<std::string> to_explanation(std::string_view body, const Terminal& terminal) {
  json::parse_options options;
  options.max_depth = 4'096;  // two a node, and an expression may be a chain of a thousand
  json::error_code failed;
  const json::value value =
      json::parse(json::string_view(body.data(), body.size()), failed, json::storage_ptr(), options);
  const JsonPart root(failed ? nullptr : &value);
  if (!root["tree"]["node"].present())
    return invalid_argument("the server's answer is not that of an explanation");
  std::string out;
  for (const JsonPart& warning : root["warnings"].items()) out += "warning: " + warning.text() + "\n";
  for (const JsonPart& info : root["infos"].items()) out += "info: " + info.text() + "\n";
  const bool analyzed = root["analyzed"].is_true();
  if (analyzed) out += styled(terminal, Style::kDim, totals_line(root["totals"])) + "\n";
  Tree tree(analyzed, root["tree"]["time_us"].number(), terminal);
  tree.add(root["tree"], "", "");
  return out + tree.to_string(terminal);
}

}  // namespace weir::app::cli
