#include <fmt/format.h>

#include "query/function_list.h"
#include "query/label_pattern.h"
#include "query/label_sets.h"
#include "query/literals.h"

namespace weir::query {
namespace {

Status check_name(std::string_view name, std::string_view kind, const Call& call) {
  if (is_label_name(name)) return {};
  return failed_precondition(
      fmt::format("invalid {} label name in {}(): {}", kind, call.function->name, name));
}

}  // namespace

Result<Value> call_label_replace(Evaluation& evaluation, const Call& call, const Steps& steps) {
  const std::string& target = Evaluation::string(*call.args[1]);
  const std::string& source = Evaluation::string(*call.args[3]);
  const std::string& regex = Evaluation::string(*call.args[4]);
  const auto pattern = LabelPattern::create(regex, Evaluation::string(*call.args[2]));
  if (!pattern.ok()) {
    return failed_precondition(
        fmt::format("invalid regular expression in label_replace(): {}: {}", regex, pattern.error().message));
  }
  RETURN_IF_ERROR(check_name(target, "destination", call));
  ASSIGN_OR_RETURN(Vector vector, evaluation.vector(*call.args[0], steps));
  for (Series& series : vector) {
    const auto replaced = pattern->replace(series.labels.view().get(source));
    if (replaced) series.labels = set_label(series.labels, target, *replaced);
  }
  RETURN_IF_ERROR(merge_equal_labels(vector));
  return Value(std::move(vector));
}

Result<Value> call_label_join(Evaluation& evaluation, const Call& call, const Steps& steps) {
  const std::string& target = Evaluation::string(*call.args[1]);
  const std::string& separator = Evaluation::string(*call.args[2]);
  for (size_t i = 3; i < call.args.size(); ++i) {
    RETURN_IF_ERROR(check_name(Evaluation::string(*call.args[i]), "source", call));
  }
  RETURN_IF_ERROR(check_name(target, "destination", call));
  ASSIGN_OR_RETURN(Vector vector, evaluation.vector(*call.args[0], steps));
  for (Series& series : vector) {
    std::string joined;
    for (size_t i = 3; i < call.args.size(); ++i) {
      if (i > 3) joined.append(separator);
      joined.append(series.labels.view().get(Evaluation::string(*call.args[i])));
    }
    series.labels = set_label(series.labels, target, joined);
  }
  RETURN_IF_ERROR(merge_equal_labels(vector));
  return Value(std::move(vector));
}

}  // namespace weir::query
