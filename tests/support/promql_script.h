#pragma once

#include <algorithm>
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
#include "support/promql_values.h"

/// Runs the scripts of tests/promql, whose README has the notation, over any store.
namespace weir::query::test {

/// A line of a script, and the indented lines below it.
struct Command {
  size_t line = 0;
  std::string_view text;
  std::vector<std::string_view> body;
  std::vector<std::string_view> expectations;  ///< Lines of the body that begin with `expect`.
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
      commands.push_back({line, text, {}, {}});
    } else if (!commands.empty()) {
      const std::string_view content = text.substr(text.find_first_not_of(' '));
      const bool expects = content.starts_with("expect ");
      (expects ? commands.back().expectations : commands.back().body).push_back(content);
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
      for (const std::string_view item : items_of(series.rest)) append(batch, item, step_ms, at_ms);
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

  static void append(Batch& batch, std::string_view item, int64_t step_ms, TimestampMs& at_ms) {
    for (const std::optional<Value>& value : expand(item)) {
      if (value && value->histogram) batch.add_histogram(at_ms, *value->histogram);
      if (value && !value->histogram) batch.add_sample(at_ms, value->number);
      at_ms += step_ms;
    }
  }

  void check(const Command& command, const Engine::Range& range, const Result<QueryResult>& result) {
    if (command.text.substr(0, 9) == "eval_fail") return check_failure(command, result);
    ASSERT_TRUE(result.ok()) << result.error().message;
    check_notes(command, "warn", result->warnings);
    check_notes(command, "info", result->infos);
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

  // `expect warn TEXT`, `expect no_warn`; where nothing is said of them there may be any.
  static void check_notes(const Command& command, std::string_view kind,
                          const std::vector<std::string>& notes) {
    for (const std::string_view line : command.expectations) {
      const bool wants_none = line == fmt::format("expect no_{}", kind);
      EXPECT_TRUE(!wants_none || notes.empty()) << notes.front();
      const std::string prefix = fmt::format("expect {} ", kind);
      if (!line.starts_with(prefix)) continue;
      EXPECT_TRUE(std::ranges::any_of(notes,
                                      [&](const std::string& note) {
                                        return note.find(line.substr(prefix.size())) != std::string::npos;
                                      }))
          << line << "\n  got " << fmt::format("{}", fmt::join(notes, ", "));
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
      for (size_t i = 0; i < one.points.size(); ++i) {
        Value value{one.points.values[i]};
        if (const HistogramPtr histogram = one.points.histogram(i)) value.histogram = *histogram;
        points[one.points.timestamps_ms[i]] = std::move(value);
      }
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
    for (const std::string_view item : items_of(text)) {
      const size_t at = item.rfind('@');
      if (at != std::string_view::npos) {
        points[static_cast<TimestampMs>(number(item.substr(at + 1)))] = value_of(item.substr(0, at));
        continue;
      }
      for (const std::optional<Value>& value : expand(item)) {
        if (value) points[at_ms] = *value;
        at_ms += range.step_ms;
      }
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
  const std::string_view script = (*mapping)->bytes();
  if (!store.keeps_histograms() && script.find("{{") != std::string_view::npos)
    GTEST_SKIP() << "the store keeps no histograms";
  const std::vector<std::string> names = script_names();
  const auto place = static_cast<uint64_t>(std::ranges::find(names, name) - names.begin());
  PromqlScript(store, TenantId::from_stored(place + 1), compacts).run(script);
}

class PromqlScripts : public testing::TestWithParam<std::string> {};

#define INSTANTIATE_PROMQL_SCRIPTS(Suite)                                           \
  INSTANTIATE_TEST_SUITE_P(Scripts, Suite, testing::ValuesIn(test::script_names()), \
                           [](const auto& script) { return script.param; })

}  // namespace weir::query::test
