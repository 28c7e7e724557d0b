#include "notify/matcher_syntax.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "base/utf8.h"
#include "notify/alert.h"
#include "notify/matcher_scanner.h"

namespace weir::notify {
namespace {

constexpr std::string_view kSpace = " \t\n\v\f\r";

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}
bool is_name_char(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

std::optional<MatchOp> take_op(std::string_view& text) {
  constexpr std::pair<std::string_view, MatchOp> kOps[] = {{"=~", MatchOp::kRegex},
                                                           {"!~", MatchOp::kNotRegex},
                                                           {"!=", MatchOp::kNotEqual},
                                                           {"=", MatchOp::kEqual}};
  for (const auto& [word, op] : kOps) {
    if (!text.starts_with(word)) continue;
    text.remove_prefix(word.size());
    return op;
  }
  return std::nullopt;
}

// The parts between commas that stand outside of quotes. A last part that is empty is none. As in
// Alertmanager, a backslash keeps a quote behind it from being one, also when commas lie between them.
std::vector<std::string_view> classic_parts(std::string_view text) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  bool escaped = false;
  size_t begin = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ',') {
      if (quoted) continue;
      parts.push_back(text.substr(begin, at - begin));
      begin = at + 1;
    } else if (text[at] == '"') {
      quoted = quoted != !escaped;
      escaped = false;
    } else {
      escaped = text[at] == '\\' && !escaped;
    }
  }
  const std::string_view last = trimmed(text.substr(std::min(begin, text.size())));
  if (!last.empty()) parts.push_back(last);
  return parts;
}

// The value as it is meant: `\n`, `\"` and `\\` are escapes, other backslashes stand for themselves.
Result<std::string> classic_value(std::string_view text) {
  const bool quoted = text.starts_with('"');
  if (quoted) text.remove_prefix(1);
  std::string value;
  bool closed = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (closed) return invalid_argument("there is text behind the closing quote of a value");
    if (c == '"') {
      if (!quoted) return invalid_argument("a value holds a quote; write it as \\\" in quotes");
      closed = true;
    } else if (c == '\\' && at + 1 < text.size() &&
               std::string_view("n\"\\").find(text[at + 1]) != std::string_view::npos) {
      value += text[++at] == 'n' ? '\n' : text[at];
    } else {
      value += c;
    }
  }
  if (quoted && !closed) return invalid_argument("the closing quote of a value is missing");
  return value;
}

Result<Matcher> classic_matcher(std::string_view text) {
  std::string_view rest = trimmed(text);
  size_t size = 0;
  while (size < rest.size() && (size == 0 ? is_name_start(rest[0]) : is_name_char(rest[size]))) ++size;
  if (size == 0) return invalid_argument(fmt::format("\"{}\": expected a label name", text));
  std::string name(rest.substr(0, size));
  rest = trimmed(rest.substr(size));
  const auto op = take_op(rest);
  if (!op) return invalid_argument(fmt::format("\"{}\": expected =, !=, =~ or !~ after {}", text, name));
  ASSIGN_OR_RETURN(std::string value, classic_value(trimmed(rest)).context(fmt::format("\"{}\"", text)));
  return Matcher::create(*op, std::move(name), std::move(value));
}

Result<std::vector<Matcher>> parse_classic(std::string_view text) {
  if (text.starts_with('{')) text.remove_prefix(1);
  if (text.ends_with('}')) text.remove_suffix(1);
  std::vector<Matcher> matchers;
  for (const std::string_view part : classic_parts(text)) {
    ASSIGN_OR_RETURN(Matcher matcher, classic_matcher(part));
    matchers.push_back(std::move(matcher));
  }
  return matchers;
}

Result<std::vector<Matcher>> parse_newer(std::string_view text) {
  MatcherScanner scanner(text);
  const bool braces = scanner.take('{');
  std::vector<Matcher> matchers;
  while (!scanner.at_end() && !scanner.at('}')) {
    ASSIGN_OR_RETURN(std::string name, scanner.word("a label name"));
    std::string_view rest = scanner.rest();
    const auto op = take_op(rest);
    if (!op) return scanner.expected(fmt::format("=, !=, =~ or !~ after {}", name));
    scanner.skip_to(rest);
    ASSIGN_OR_RETURN(std::string value, scanner.word("a value"));
    ASSIGN_OR_RETURN(Matcher matcher, Matcher::create(*op, std::move(name), std::move(value)));
    matchers.push_back(std::move(matcher));
    if (!scanner.take(',')) break;
  }
  if (braces && !scanner.take('}')) return scanner.expected("a comma or the closing brace");
  if (!scanner.at_end()) return scanner.expected("a comma between matchers");
  return matchers;
}

}  // namespace

Result<std::vector<Matcher>> parse_matchers(std::string_view text) {
  if (!is_utf8(text)) return invalid_argument("a matcher that is not UTF-8");
  auto classic = parse_classic(text);
  if (classic.ok()) return classic;
  auto newer = parse_newer(text);
  if (newer.ok()) return newer;
  const bool has_quoted_name = trimmed(text).starts_with('"') || trimmed(text).starts_with("{\"");
  return has_quoted_name ? std::move(newer).error() : std::move(classic).error();
}

std::string matchers_text(const std::vector<Matcher>& matchers) {
  std::string out = "{";
  for (const Matcher& matcher : matchers) {
    if (out.size() > 1) out += ',';
    if (is_plain_word(matcher.name())) {
      out += matcher.to_string();
    } else {
      out +=
          fmt::format("{}{}{}", go_quoted(matcher.name()), op_text(matcher.op()), go_quoted(matcher.value()));
    }
  }
  return out + "}";
}

void sort_matchers(std::vector<Matcher>& matchers) {
  std::stable_sort(matchers.begin(), matchers.end(), [](const Matcher& a, const Matcher& b) {
    return std::tie(a.name(), a.value()) != std::tie(b.name(), b.value())
               ? std::tie(a.name(), a.value()) < std::tie(b.name(), b.value())
               : a.op() < b.op();
  });
}

}  // namespace weir::notify
