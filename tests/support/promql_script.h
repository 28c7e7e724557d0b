#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "base/duration.h"
#include "os/files.h"
#include "query/engine.h"
#include "query/label_sets.h"
#include "query/literals.h"

/// Runs the scripts of tests/promql, whose README has the notation, over any store.
namespace weir::query::test {

inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

/// A line of a script, and the indented lines below it.
struct Command {
  size_t line = 0;
  std::string_view text;
  std::vector<std::string_view> body;
};

inline std::vector<Command> commands_of(std::string_view script) {
  std::vector<Command> commands;
  size_t line = 0;
  while (!script.empty()) {
    const size_t end = std::min(script.find('\n'), script.size());
    const std::string_view text = script.substr(0, end);
    script.remove_prefix(std::min(end + 1, script.size()));
    ++line;
    if (text.empty() || text[0] == '#') continue;
    if (text[0] != ' ') {
      commands.push_back({line, text, {}});
    } else if (!commands.empty()) {
      commands.back().body.push_back(text.substr(text.find_first_not_of(' ')));
    }
  }
  return commands;
}

/// `metric{a="b"} rest`: the labels are everything before the space that is outside of braces and quotes.
struct LabelledLine {
  Labels labels;
  std::string_view rest;
};

inline LabelledLine split_labels(std::string_view line) {
  size_t end = 0;
  bool quoted = false;
  int braces = 0;
  for (; end < line.size() && (quoted || braces > 0 || line[end] != ' '); ++end) {
    if (line[end] == '"') quoted = !quoted;
    if (!quoted && line[end] == '{') ++braces;
    if (!quoted && line[end] == '}') --braces;
  }
  const std::string_view selector = line.substr(0, end);
  const std::string_view rest = line.substr(std::min(end + 1, line.size()));
  if (selector == "{}") return {Labels(), rest};
  const auto matchers = parse_selector(selector);
  EXPECT_TRUE(matchers.ok()) << line;
  Labels labels;
  if (!matchers.ok()) return {labels, rest};
  for (const Matcher& matcher : *matchers) labels = set_label(labels, matcher.name(), matcher.value());
  return {labels, rest};
}

inline double number(std::string_view text) {
  if (text == "stale") return stale_marker();
  return std::strtod(std::string(text).c_str(), nullptr);
}

inline bool equal(double expected, double actual) {
  if (std::isnan(expected) || std::isnan(actual)) return std::isnan(expected) && std::isnan(actual);
  if (expected == actual) return true;
  const double difference = std::fabs(expected - actual);
  return difference <= 1e-9 * std::max(std::fabs(expected), std::fabs(actual)) || difference < 1e-15;
}

/// Points by time, as expected or as answered.
using Points = std::map<TimestampMs, double>;

inline std::string describe(const Points& points) {
  std::vector<std::string> parts;
  for (const auto& [time, value] : points) parts.push_back(fmt::format("{}@{}", format_number(value), time));
  return fmt::format("{}", fmt::join(parts, " "));
}

inline bool equal(const Points& expected, const Points& actual) {
  return std::equal(
      expected.begin(), expected.end(), actual.begin(), actual.end(),
      [](const auto& a, const auto& b) { return a.first == b.first && equal(a.second, b.second); });
}

/// Runs one script as a tenant of its own.
class PromqlScript {
 public:
  /// `store` outlives the script; `compacts`: what was loaded is brought to its resting form before it is
  /// asked for.
  PromqlScript(store::Store& store, TenantId tenant, bool compacts)
      : store_(store),
        engine_(store, EngineOptions(), os::system_clock()),
        tenant_(tenant),
        compacts_(compacts) {}

  void run(std::string_view script) {
    lease_ = store_.acquire(PartitionId(0), Deadline::never()).value();
    next_ = lease_->resume.value();
    for (const Command& command : commands_of(script)) run(command);
    EXPECT_GT(evals_, 0U);
  }

 private:
  void run(const Command& command) {
    SCOPED_TRACE(fmt::format("line {}: {}", command.line, command.text));
    const std::vector<std::string_view> words = split(command.text, ' ');
    if (words[0] == "load") return load(command, parse_duration(words[1]).value());
    ++evals_;
    if (words[1] == "instant") {
      const TimestampMs at_ms = parse_duration(words[3]).value();
      const std::string_view text = after(command.text, 4);
      return check(command, {at_ms, at_ms, 1}, engine_.instant(context(), text, at_ms));
    }
    ASSERT_EQ(words[1], "range");
    const Engine::Range range{parse_duration(words[3]).value(), parse_duration(words[5]).value(),
                              parse_duration(words[7]).value()};
    check(command, range, engine_.range(context(), after(command.text, 8), range));
  }

  QueryContext context() const { return {tenant_, limits_, Deadline::never()}; }

  // What follows the first `count` words.
  static std::string_view after(std::string_view text, size_t count) {
    for (size_t i = 0; i < count; ++i) text.remove_prefix(text.find(' ') + 1);
    return text;
  }

  void load(const Command& command, int64_t step_ms) {
    Batch batch;
    for (const std::string_view line : command.body) {
      const LabelledLine series = split_labels(line);
      batch.begin_series(series.labels.view().bytes());
      TimestampMs at_ms = 0;
      for (const std::string_view item : split(series.rest, ' ')) append(batch, item, step_ms, at_ms);
    }
    const store::AppliedRecord record{tenant_, Offset(next_), &batch};
    std::promise<Result<store::CommitReport>> outcome;
    store_.commit({*lease_, {&record, 1}, Offset(++next_)}, Deadline::never(),
                  [&](Result<store::CommitReport> report) { outcome.set_value(std::move(report)); });
    const Result<store::CommitReport> report = outcome.get_future().get();
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(report->conflicts + report->too_old, 0u);
    if (!compacts_) return;
    EXPECT_TRUE(store_.compact(Deadline::never()).ok());
  }

  // `5`, `_`, `_x3`, `1+2x3`, `1x3`, `stale`.
  static void append(Batch& batch, std::string_view item, int64_t step_ms, TimestampMs& at_ms) {
    const size_t times_at = item.rfind('x');
    const bool repeats = times_at != std::string_view::npos;
    const std::string_view base = item.substr(0, times_at);
    const size_t sign_at = repeats ? base.find_first_of("+-", 1) : std::string_view::npos;
    const double change = sign_at == std::string_view::npos ? 0 : number(base.substr(sign_at));
    const auto count = static_cast<int64_t>(repeats ? number(item.substr(times_at + 1)) : 0);
    if (base == "_") {
      at_ms += step_ms * (repeats ? count : 1);
      return;
    }
    double value = number(base.substr(0, sign_at));
    for (int64_t i = 0; i <= count; ++i, at_ms += step_ms) {
      batch.add_sample(at_ms, value);
      if (repeats) value += change;
    }
  }

  void check(const Command& command, const Engine::Range& range, const Result<QueryResult>& result) {
    if (command.text.substr(0, 9) == "eval_fail") return check_failure(command, result);
    ASSERT_TRUE(result.ok()) << result.error().message;
    if (const Scalar* scalar = std::get_if<Scalar>(&result->value)) {
      ASSERT_EQ(command.body.size(), 1U);
      EXPECT_TRUE(equal(number(command.body[0]), scalar->value)) << "got " << format_number(scalar->value);
    } else if (const StringValue* text = std::get_if<StringValue>(&result->value)) {
      ASSERT_EQ(command.body.size(), 1U);
      EXPECT_EQ(unquote(command.body[0]).value(), text->value);
    } else if (const VectorValue* vector = std::get_if<VectorValue>(&result->value)) {
      check_series(command, range, vector->series);
    } else {
      check_series(command, range, std::get<MatrixValue>(result->value).series);
    }
  }

  void check_failure(const Command& command, const Result<QueryResult>& result) {
    ASSERT_FALSE(result.ok()) << "it did not fail";
    ASSERT_EQ(command.body.size(), 1U);
    EXPECT_NE(result.error().message.find(command.body[0]), std::string::npos) << result.error().message;
  }

  void check_series(const Command& command, const Engine::Range& range,
                    const std::vector<ResultSeries>& series) {
    std::map<Labels, Points> actual;
    for (const ResultSeries& one : series) {
      Points& points = actual[one.labels];
      for (size_t i = 0; i < one.points.size(); ++i)
        points[one.points.timestamps_ms[i]] = one.points.values[i];
    }
    EXPECT_EQ(actual.size(), series.size()) << "labels are not unique";
    EXPECT_EQ(command.body.size(), series.size());
    const bool ordered = command.text.substr(0, 12) == "eval_ordered";
    for (size_t i = 0; i < command.body.size(); ++i) {
      const LabelledLine line = split_labels(command.body[i]);
      const auto found = actual.find(line.labels);
      if (found == actual.end()) {
        ADD_FAILURE() << "missing " << command.body[i];
        continue;
      }
      EXPECT_TRUE(equal(expected_points(line.rest, range), found->second))
          << command.body[i] << "\n  got " << describe(found->second);
      if (ordered && i < series.size()) {
        EXPECT_EQ(label_text(series[i].labels), label_text(line.labels));
      }
      actual.erase(found);
    }
    for (const auto& [labels, points] : actual) {
      ADD_FAILURE() << "not expected " << label_text(labels) << " " << describe(points);
    }
  }

  static Points expected_points(std::string_view text, const Engine::Range& range) {
    Points points;
    TimestampMs at_ms = range.start_ms;
    for (const std::string_view item : split(text, ' ')) {
      const size_t at = item.find('@');
      if (at != std::string_view::npos) {
        points[static_cast<TimestampMs>(number(item.substr(at + 1)))] = number(item.substr(0, at));
      } else if (item != "_") {
        points[at_ms] = number(item);
      }
      at_ms += range.step_ms;
    }
    return points;
  }

  store::Store& store_;
  const Engine engine_;
  const TenantId tenant_;
  const bool compacts_;
  const Limits limits_;
  std::optional<store::Lease> lease_;
  int64_t next_ = 0;
  size_t evals_ = 0;
};

inline const std::filesystem::path kScripts = WEIR_PROMQL_SCRIPTS;

inline std::vector<std::string> script_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kScripts)) {
    if (entry.path().extension() == ".test") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Runs the script of that name as the tenant of its place among all of them.
inline void run_script(store::Store& store, const std::string& name, bool compacts = false) {
  const auto mapping = os::posix_files().map((kScripts / (name + ".test")).string());
  ASSERT_TRUE(mapping.ok()) << mapping.error().message;
  const std::vector<std::string> names = script_names();
  const auto place = static_cast<uint64_t>(std::ranges::find(names, name) - names.begin());
  PromqlScript(store, TenantId::from_stored(place + 1), compacts).run((*mapping)->bytes());
}

class PromqlScripts : public testing::TestWithParam<std::string> {};

#define INSTANTIATE_PROMQL_SCRIPTS(Suite)                                           \
  INSTANTIATE_TEST_SUITE_P(Scripts, Suite, testing::ValuesIn(test::script_names()), \
                           [](const auto& script) { return script.param; })

}  // namespace weir::query::test
