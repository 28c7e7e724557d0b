#include "model/matcher.h"

#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

#include "model/regex_shape.h"

namespace weir {

struct Matcher::Program {
  explicit Program(const std::string& text, const re2::RE2::Options& options)
      : regex(text, options), shape(regex.ok() ? RegexShape::of(text) : std::nullopt) {}
  re2::RE2 regex;
  std::optional<RegexShape> shape;  // where it has one, nobody asks RE2

  bool matches(std::string_view text) const {
    return shape ? shape->matches(text) : re2::RE2::FullMatch(text, regex);
  }
};

namespace {

constexpr size_t kRegexBytesMax = 1'024;
constexpr int64_t kProgramBytesMax = int64_t{8} << 20;

// Every match lies between RE2's bounds, so it begins with the text that both bounds begin with. Asking RE2
// rather than reading the expression covers flags, escapes, groups and alternatives alike: `(?:db|dbx)-1`
// gives "db".
std::string leading_literal(const re2::RE2& regex) {
  constexpr int kPrefixBytesMax = 64;
  std::string least;
  std::string greatest;
  if (!regex.PossibleMatchRange(&least, &greatest, kPrefixBytesMax)) return {};
  const auto end = std::mismatch(least.begin(), least.end(), greatest.begin(), greatest.end()).first;
  return std::string(least.begin(), end);
}

}  // namespace

std::string_view op_text(MatchOp op) {
  switch (op) {
    case MatchOp::kEqual:
      return "=";
    case MatchOp::kNotEqual:
      return "!=";
    case MatchOp::kRegex:
      return "=~";
    case MatchOp::kNotRegex:
      return "!~";
  }
  return "=";
}

Result<Matcher> Matcher::create(MatchOp op, std::string name, std::string value) {
  Matcher matcher(op, std::move(name), std::move(value));
  if (op == MatchOp::kEqual || op == MatchOp::kNotEqual) return matcher;
  if (matcher.value_.size() > kRegexBytesMax) {
    return invalid_argument(fmt::format("{}: regular expression of {} bytes, limit {}", matcher.name_,
                                        matcher.value_.size(), kRegexBytesMax));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  options.set_max_mem(kProgramBytesMax);
  auto program = std::make_shared<const Program>(matcher.value_, options);
  if (!program->regex.ok()) {
    return invalid_argument(fmt::format("{}: {}", matcher.to_string(), program->regex.error()));
  }
  matcher.prefix_ = leading_literal(program->regex);
  matcher.program_ = std::move(program);
  return matcher;
}

Matcher Matcher::equal(std::string name, std::string value) {
  return Matcher(MatchOp::kEqual, std::move(name), std::move(value));
}

Matcher Matcher::any_metric() {
  return create(MatchOp::kRegex, std::string(kMetricName), ".+").value();
}

bool Matcher::matches(std::string_view label_value) const {
  switch (op_) {
    case MatchOp::kEqual:
      return label_value == value_;
    case MatchOp::kNotEqual:
      return label_value != value_;
    case MatchOp::kRegex:
      return program_->matches(label_value);
    case MatchOp::kNotRegex:
      return !program_->matches(label_value);
  }
  return false;
}

const std::vector<std::string>& Matcher::exact_texts() const {
  static const std::vector<std::string> kNone;
  return program_ != nullptr && program_->shape ? program_->shape->exact_texts() : kNone;
}

std::string Matcher::to_string() const {
  std::string out = fmt::format("{}{}", name_, op_text(op_));
  append_quoted(out, value_);
  return out;
}

bool all_match(std::span<const Matcher> matchers, LabelsView labels) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [&](const Matcher& matcher) { return matcher.matches(labels.get(matcher.name())); });
}

bool all_match_absent(std::span<const Matcher> matchers) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [](const Matcher& matcher) { return matcher.matches_absent(); });
}

}  // namespace weir
