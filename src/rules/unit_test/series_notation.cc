#include "rules/unit_test/series_notation.h"

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "query/engine.h"
#include "query/histogram_math.h"
#include "query/literals.h"
#include "rules/unit_test/histogram_notation.h"

namespace weir::rules::unit_test {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool is_empty_set(std::string_view text) {
  text = trimmed(text);
  return text.empty() ||
         (text.front() == '{' && text.back() == '}' && trimmed(text.substr(1, text.size() - 2)).empty());
}

// What can stand before the braces: a name of labels with colons in it.
bool is_metric_name(std::string_view name) {
  std::string plain(name);
  std::erase(plain, ':');
  return query::is_plain_name(plain);
}

Histogram changed(const Histogram& histogram, const Histogram& change, bool subtracts) {
  query::PlainHistogramSum sum(histogram);
  subtracts ? sum.subtract(change) : sum.add(change);
  return sum.value();
}

// The repetitions behind an item: 0 where there are none. A value that is repeated stands once more.
Result<uint64_t> repetitions(NotationCursor& cursor, uint64_t values_max) {
  if (!cursor.accept("x")) return 0;
  const size_t begin = cursor.position();
  ASSIGN_OR_RETURN(const uint64_t count, cursor.count());
  if (count > values_max) return cursor.error(begin, fmt::format("{} values, limit {}", count, values_max));
  return count;
}

Result<ValueRun> parse_number_run(NotationCursor& cursor, uint64_t values_max) {
  ValueRun run{.kind = ValueRun::Kind::kNumber};
  if (cursor.peek() == 's') {
    const size_t begin = cursor.position();
    const std::string_view word = cursor.word();
    if (word != "stale")
      return cursor.error(begin, fmt::format("expected a number or stale, found \"{}\"", word));
    run.first = stale_marker();
  } else {
    ASSIGN_OR_RETURN(run.first, cursor.signed_number());
  }
  if (cursor.peek() == '+' || cursor.peek() == '-') {
    ASSIGN_OR_RETURN(run.change, cursor.signed_number());
    if (cursor.peek() != 'x') return cursor.unexpected("\"x\" and how often it changes");
  }
  ASSIGN_OR_RETURN(run.count, repetitions(cursor, values_max));
  ++run.count;
  return run;
}

Result<ValueRun> parse_histogram_run(NotationCursor& cursor, uint64_t values_max) {
  const size_t begin = cursor.position();
  ValueRun run{.kind = ValueRun::Kind::kHistogram};
  ASSIGN_OR_RETURN(run.first_histogram, parse_histogram(cursor));
  const Status valid = validate(run.first_histogram);
  if (!valid.ok()) return cursor.error(begin, valid.error().message);
  run.subtracts = cursor.peek() == '-';
  if (cursor.accept("+") || cursor.accept("-")) {
    const size_t change_begin = cursor.position();
    ASSIGN_OR_RETURN(run.histogram_change, parse_histogram(cursor));
    const Status change_valid = validate(*run.histogram_change);
    if (!change_valid.ok()) return cursor.error(change_begin, change_valid.error().message);
    query::PlainHistogramSum sum(run.first_histogram);
    const bool finer = run.first_histogram.layout.schema > run.histogram_change->layout.schema;
    if (finer || !sum.add(*run.histogram_change).compatible) {
      return cursor.error(
          change_begin, fmt::format("a histogram of schema {} cannot be changed by one of {}",
                                    run.first_histogram.layout.schema, run.histogram_change->layout.schema));
    }
    if (cursor.peek() != 'x') return cursor.unexpected("\"x\" and how often it changes");
  }
  ASSIGN_OR_RETURN(run.count, repetitions(cursor, values_max));
  ++run.count;
  return run;
}

Result<ValueRun> parse_run(NotationCursor& cursor, uint64_t values_max) {
  if (cursor.accept("_")) {
    const bool repeated = cursor.peek() == 'x';
    ASSIGN_OR_RETURN(const uint64_t count, repetitions(cursor, values_max));
    return ValueRun{.count = repeated ? count : 1};
  }
  return cursor.peek() == '{' ? parse_histogram_run(cursor, values_max)
                              : parse_number_run(cursor, values_max);
}

}  // namespace

Result<TextMap> parse_metric(std::string_view text) {
  if (is_empty_set(text)) return TextMap();
  const bool has_name_before = trimmed(text).front() != '{';
  ASSIGN_OR_RETURN(const std::vector<Matcher> matchers, query::parse_selector(text));
  TextMap out;
  for (const Matcher& matcher : matchers) {
    if (matcher.op() != MatchOp::kEqual)
      return invalid_argument(fmt::format("{}: the labels of a series have = alone", matcher.to_string()));
    if (!out.emplace(matcher.name(), matcher.value()).second)
      return invalid_argument(fmt::format("the label \"{}\" is there twice", matcher.name()));
  }
  if (has_name_before) std::erase_if(out, [](const auto& label) { return label.second.empty(); });
  return out;
}

std::string metric_notation(const TextMap& labels) {
  std::string name;
  std::vector<std::string> rest;
  for (const auto& [label, value] : labels) {
    if (label == kMetricName && is_metric_name(value)) {
      name = value;
    } else {
      rest.push_back(fmt::format("{}={}", query::is_plain_name(label) ? label : query::quote(label),
                                 query::quote(value)));
    }
  }
  return rest.empty() && !name.empty() ? name : fmt::format("{}{{{}}}", name, fmt::join(rest, ", "));
}

Result<std::vector<ValueRun>> parse_values(std::string_view text, uint64_t values_max) {
  std::vector<ValueRun> out;
  NotationCursor cursor(text);
  uint64_t values = 0;
  for (cursor.accept_space(); !cursor.at_end(); cursor.accept_space()) {
    const size_t begin = cursor.position();
    ASSIGN_OR_RETURN(ValueRun run, parse_run(cursor, values_max));
    if (!cursor.at_end() && !cursor.at_space()) return cursor.unexpected("a blank behind a value");
    values += run.count;
    if (values > values_max) return cursor.error(begin, fmt::format("more than {} values", values_max));
    if (run.count > 0) out.push_back(std::move(run));
  }
  return out;
}

ValueCursor::ValueCursor(const std::vector<ValueRun>& runs) : runs_(&runs) {
  begin_run();
}

void ValueCursor::begin_run() {
  index_ = 0;
  value_.reset();
  if (done()) return;
  const ValueRun& run = (*runs_)[run_];
  if (run.kind == ValueRun::Kind::kNumber) value_ = run.first;
  if (run.kind == ValueRun::Kind::kHistogram) value_ = std::make_shared<const Histogram>(run.first_histogram);
}

void ValueCursor::advance() {
  if (++index_ < (*runs_)[run_].count) {
    change();
  } else {
    ++run_;
    begin_run();
  }
}

// Each value is made of the one before, so that it is rounded as often as Prometheus rounds it.
void ValueCursor::change() {
  const ValueRun& run = (*runs_)[run_];
  if (run.change) value_ = std::get<double>(*value_) + *run.change;
  if (run.histogram_change) {
    value_ = std::make_shared<const Histogram>(
        changed(*std::get<HistogramPtr>(*value_), *run.histogram_change, run.subtracts));
  }
}

}  // namespace weir::rules::unit_test
