#include "app/cli/sample_line.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/rfc3339.h"
#include "wire/json_writer.h"

namespace weir::app::cli {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

class Parser {
 public:
  explicit Parser(std::string_view line) : line_(line) {}

  Result<SampleLine> parse() {
    SampleLine sample;
    skip_blanks();
    ASSIGN_OR_RETURN(sample.name, read_name("a metric's name", /*colons=*/true));
    skip_blanks();
    if (peek() == '{') RETURN_IF_ERROR(read_labels(sample));
    ASSIGN_OR_RETURN(sample.value, read_value());
    ASSIGN_OR_RETURN(sample.time_ms, read_time());
    return sample;
  }

 private:
  char peek() const { return at_ < line_.size() ? line_[at_] : '\0'; }
  bool at_end() const { return at_ == line_.size(); }
  void skip_blanks() {
    while (is_blank(peek())) ++at_;
  }
  Error expected(std::string_view what) const { return expected_at(at_, what); }
  Error expected_at(size_t at, std::string_view what) const {
    return invalid_argument(fmt::format("column {}: expected {}", at + 1, what));
  }
  std::string_view word() {
    skip_blanks();
    const size_t begin = at_;
    while (!at_end() && !is_blank(peek())) ++at_;
    return line_.substr(begin, at_ - begin);
  }

  Result<std::string> read_name(std::string_view what, bool colons) {
    const size_t begin = at_;
    const auto fits = [&](char c) {
      return is_letter(c) || (colons && c == ':') || (at_ > begin && is_digit(c));
    };
    while (!at_end() && fits(peek())) ++at_;
    if (at_ == begin) return expected(what);
    return std::string(line_.substr(begin, at_ - begin));
  }

  Status read_labels(SampleLine& sample) {
    ++at_;  // the brace
    while (true) {
      skip_blanks();
      if (peek() == '}') break;
      RETURN_IF_ERROR(read_label(sample));
      skip_blanks();
      if (peek() == '}') break;
      if (peek() != ',') return expected("\",\" or \"}\"");
      ++at_;
    }
    ++at_;
    return {};
  }

  Status read_label(SampleLine& sample) {
    const size_t begin = at_;
    ASSIGN_OR_RETURN(std::string name, read_name("a label's name", /*colons=*/false));
    const auto same = [&](const auto& label) { return label.first == name; };
    if (std::any_of(sample.labels.begin(), sample.labels.end(), same)) {
      return expected_at(begin, fmt::format("another label than {}, which is there already", name));
    }
    skip_blanks();
    if (peek() != '=') return expected("\"=\"");
    ++at_;
    skip_blanks();
    ASSIGN_OR_RETURN(std::string value, read_quoted());
    sample.labels.emplace_back(std::move(name), std::move(value));
    return {};
  }

  Result<std::string> read_quoted() {
    if (peek() != '"') return expected("a value in double quotes");
    ++at_;
    std::string value;
    for (; !at_end() && peek() != '"'; ++at_) {
      if (peek() != '\\') {
        value += peek();
        continue;
      }
      ++at_;
      if (peek() != '\\' && peek() != '"' && peek() != 'n')
        return expected("\\\\, \\\" or \\n after a backslash");
      value += peek() == 'n' ? '\n' : peek();
    }
    if (at_end()) return expected("the closing quote");
    ++at_;
    return value;
  }

  Result<double> read_value() {
    std::string_view text = word();
    const Error error = expected_at(at_ - text.size(), "a number, NaN, +Inf or -Inf");
    // from_chars reads "NaN" and "Inf" in any case, but no plus sign.
    const bool has_plus = text.starts_with('+');
    if (has_plus) text.remove_prefix(1);
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool two_signs = has_plus && text.starts_with('-');
    if (code != std::errc() || end != text.data() + text.size() || two_signs) return error;
    return value;
  }

  Result<std::optional<TimestampMs>> read_time() {
    const std::string_view text = word();
    if (text.empty()) return std::optional<TimestampMs>();
    const size_t begin = at_ - text.size();
    skip_blanks();
    if (!at_end()) return expected("the end of the line");
    TimestampMs time_ms = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time_ms);
    if (error == std::errc() && end == text.data() + text.size()) return std::optional(time_ms);
    const auto time = parse_rfc3339(text);
    if (time.ok()) return std::optional(*time);
    return expected_at(begin, "milliseconds since 1970, or a time such as 2024-05-01T12:00:00Z");
  }

  std::string_view line_;
  size_t at_ = 0;
};

void write_json_value(wire::JsonWriter& json, double value) {
  if (std::isfinite(value)) return json.number(value);
  if (std::isnan(value)) return json.text("NaN");
  json.text(value > 0 ? "+Inf" : "-Inf");
}

}  // namespace

Result<SampleLine> parse_sample_line(std::string_view line) {
  return Parser(line).parse();
}

std::string to_json_element(const SampleLine& sample) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.text("name", sample.name);
  if (!sample.labels.empty()) {
    json.key("labels");
    json.begin_object();
    for (const auto& [name, value] : sample.labels) {
      json.key(name);
      json.text(value);
    }
    json.end_object();
  }
  json.key("value");
  write_json_value(json, sample.value);
  if (sample.time_ms) {
    json.integer("timestamp", *sample.time_ms);
  }
  json.end_object();
  return out;
}

}  // namespace weir::app::cli
