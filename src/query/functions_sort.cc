#include <algorithm>
#include <compare>

#include "query/characters.h"
#include "query/function_list.h"

namespace weir::query {
namespace {

// Takes the digits, or what is none, off the beginning of a text.
std::string_view take_chunk(std::string_view& text) {
  const bool digits = is_digit(text[0]);
  size_t size = 1;
  while (size < text.size() && is_digit(text[size]) == digits) ++size;
  const std::string_view chunk = text.substr(0, size);
  text.remove_prefix(size);
  return chunk;
}

// Digits by what they count, of any length: the longer counts more.
std::strong_ordering compare_digits(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  return a.size() != b.size() ? a.size() <=> b.size() : a <=> b;
}

// Numbers inside of texts by what they count: "node9" is before "node10".
std::strong_ordering natural_order(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const std::string_view left = take_chunk(a);
    const std::string_view right = take_chunk(b);
    const bool numbers = is_digit(left[0]) && is_digit(right[0]);
    const auto order = numbers ? compare_digits(left, right) : left <=> right;
    if (order != 0) return order;
  }
  return a.size() <=> b.size();
}

Result<Value> sorted(Evaluation& evaluation, const Call& call, const Steps& steps, bool descending) {
  ASSIGN_OR_RETURN(Vector vector, evaluation.vector(*call.args[0], steps));
  const auto before = [&](const Series& a, const Series& b) {
    for (size_t i = 1; i < call.args.size(); ++i) {
      const std::string& label = Evaluation::string(*call.args[i]);
      const auto order = natural_order(a.labels.view().get(label), b.labels.view().get(label));
      if (order != 0) return order < 0;
    }
    return a.labels < b.labels;
  };
  std::sort(vector.begin(), vector.end(),
            [&](const Series& a, const Series& b) { return descending ? before(b, a) : before(a, b); });
  return Value(std::move(vector));
}

}  // namespace

Result<Value> call_sort_by_label(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return sorted(evaluation, call, steps, false);
}

Result<Value> call_sort_by_label_desc(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return sorted(evaluation, call, steps, true);
}

}  // namespace weir::query
