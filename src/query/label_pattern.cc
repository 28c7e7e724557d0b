#include "query/label_pattern.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

namespace weir::query {
namespace {

constexpr size_t kRegexBytesMax = 1'024;
constexpr int64_t kProgramBytesMax = int64_t{8} << 20;
constexpr int kGroupsMax = 64;

re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  options.set_max_mem(kProgramBytesMax);
  return options;
}

bool is_word(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Takes the name behind a `$` off the front of `rest`; nothing when there is none, and `rest` stays.
std::optional<std::string_view> take_name(std::string_view& rest) {
  const bool braced = !rest.empty() && rest[0] == '{';
  const std::string_view from = rest.substr(braced ? 1 : 0);
  const auto end = std::find_if_not(from.begin(), from.end(), is_word);
  const auto size = static_cast<size_t>(end - from.begin());
  if (size == 0 || (braced && (size == from.size() || from[size] != '}'))) return std::nullopt;
  rest = from.substr(size + (braced ? 1 : 0));
  return from.substr(0, size);
}

}  // namespace

struct LabelPattern::Program {
  Program(const std::string& regex, std::string with)
      : compiled(regex, options()), replacement(std::move(with)) {}

  // The group that a name or number means; out of range for one that is not there.
  int group(std::string_view name) const {
    int number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size()) return number;
    const auto& names = compiled.NamedCapturingGroups();
    const auto at = names.find(std::string(name));
    return at == names.end() ? -1 : at->second;
  }

  re2::RE2 compiled;
  std::string replacement;
};

LabelPattern::LabelPattern() = default;
LabelPattern::LabelPattern(LabelPattern&&) noexcept = default;
LabelPattern& LabelPattern::operator=(LabelPattern&&) noexcept = default;
LabelPattern::~LabelPattern() = default;

Result<LabelPattern> LabelPattern::create(std::string_view regex, std::string replacement) {
  if (regex.size() > kRegexBytesMax) {
    return failed_precondition(
        fmt::format("regular expression of {} bytes, limit {}", regex.size(), kRegexBytesMax));
  }
  LabelPattern pattern;
  auto program = std::make_unique<const Program>(std::string(regex), std::move(replacement));
  if (!program->compiled.ok()) return failed_precondition(program->compiled.error());
  if (program->compiled.NumberOfCapturingGroups() >= kGroupsMax) {
    return failed_precondition(fmt::format("regular expression with more than {} groups", kGroupsMax));
  }
  pattern.program_ = std::move(program);
  return pattern;
}

std::optional<std::string> LabelPattern::replace(std::string_view value) const {
  const re2::RE2& regex = program_->compiled;
  const int groups = regex.NumberOfCapturingGroups() + 1;
  std::vector<re2::StringPiece> matched(static_cast<size_t>(groups));
  if (!regex.Match(re2::StringPiece(value.data(), value.size()), 0, value.size(), re2::RE2::ANCHOR_BOTH,
                   matched.data(), groups)) {
    return std::nullopt;
  }
  std::string out;
  for (std::string_view rest = program_->replacement; !rest.empty();) {
    const size_t dollar = std::min(rest.find('$'), rest.size());
    out.append(rest.substr(0, dollar));
    rest.remove_prefix(dollar);
    if (rest.empty()) break;
    rest.remove_prefix(1);
    if (!rest.empty() && rest[0] == '$') {
      out.push_back('$');
      rest.remove_prefix(1);
    } else if (const auto name = take_name(rest)) {
      const int group = program_->group(*name);
      if (group < 0 || group >= groups) continue;
      const re2::StringPiece& text = matched[static_cast<size_t>(group)];
      out.append(text.data() == nullptr ? std::string_view() : std::string_view(text.data(), text.size()));
    } else {
      out.push_back('$');
    }
  }
  return out;
}

}  // namespace weir::query
