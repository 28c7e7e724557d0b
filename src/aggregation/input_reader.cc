#include "aggregation/input_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "query/parser.h"
#include "query/printer.h"

namespace weir::aggregation {
namespace {

// `at` is a byte of `text`.
Error refusal(std::string_view text, size_t at, std::string_view why) {
  const std::string_view before = text.substr(0, at);
  const size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return invalid_argument(
      fmt::format("{}:{}: {}", 1 + std::count(before.begin(), before.end(), '\n'), at - line_begin + 1, why));
}

Status check(std::string_view text, const query::Expr& expr) {
  if (expr.as<query::MatrixSelector>() != nullptr) {
    // Ranges have no brackets of their own, so the last one is that of the range.
    return refusal(text, text.rfind('['), "a selector without a range is wanted; \"window\" says how long");
  }
  const auto* selector = expr.as<query::VectorSelector>();
  if (selector == nullptr) {
    return refusal(text, expr.range.begin,
                   "a selector such as http_requests_total{env=\"prod\"} is wanted, not an expression");
  }
  const bool is_plain = !selector->shift.has_offset && selector->shift.at == query::TimeShift::At::kNone &&
                        selector->edges == query::Edges::kPlain;
  if (is_plain) return {};
  return refusal(text, expr.range.begin,
                 "a selector alone is wanted, without \"offset\", \"@\" and their like");
}

Result<query::ExprPtr> parse_selector(std::string_view text) {
  ASSIGN_OR_RETURN(query::ExprPtr expr, query::parse(text, {}));
  RETURN_IF_ERROR(check(text, *expr));
  return expr;
}

}  // namespace

Result<Input> parse_input(std::string_view text) {
  ASSIGN_OR_RETURN(const query::ExprPtr written, parse_selector(text));
  // Read again, as the canonical text has the matchers in an order of its own.
  Input input{{}, query::print(*written)};
  ASSIGN_OR_RETURN(const query::ExprPtr canonical, parse_selector(input.text));
  input.matchers = std::move(canonical->as<query::VectorSelector>()->matchers);
  return input;
}

std::vector<Input> read_inputs(const yaml::Node& node, BoundedReader& reader) {
  const std::vector<const yaml::Node*> items = node.kind == yaml::Kind::kScalar
                                                   ? std::vector<const yaml::Node*>{&node}
                                                   : reader.items(node, "match", reader.limits().inputs_max);
  std::vector<Input> inputs;
  for (const yaml::Node* item : items) {
    const auto text = reader.text(*item, "match", query::ParseLimits().text_bytes_max);
    if (!text) continue;
    auto input = parse_input(*text);
    if (!input.ok()) {
      reader.problem_in(*item, "match", input.error().message);
    } else if (std::any_of(inputs.begin(), inputs.end(),
                           [&](const Input& one) { return one.text == input->text; })) {
      reader.problem(item->mark, fmt::format("match: {} is there twice", input->text));
    } else {
      inputs.push_back(*std::move(input));
    }
  }
  return inputs;
}

}  // namespace weir::aggregation
