#include <algorithm>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <re2/re2.h>

#include "rules/template/functions.h"
#include "rules/template/go_text.h"

// Texts, addresses and regular expressions; after Prometheus' template/template.go.
namespace weir::rules::templates {
namespace {

// Compiling an expression takes up to a few milliseconds, so an expansion cannot do it as often as it likes.
constexpr size_t kPatternBytesMax = 1'024;
constexpr int64_t kProgramBytesMax = 1 << 20;
constexpr size_t kRegexSteps = 100;

Result<std::shared_ptr<re2::RE2>> compiled(const std::string& pattern) {
  if (pattern.size() > kPatternBytesMax)
    return resource_exhausted(
        fmt::format("a regular expression of {} bytes, limit {}", pattern.size(), kPatternBytesMax));
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kProgramBytesMax);
  auto regex = std::make_shared<re2::RE2>(pattern, options);
  if (!regex->ok()) return invalid_argument(fmt::format("error parsing regexp: {}", regex->error()));
  return regex;
}

bool is_word(char c) {
  return c == '_' || ('0' <= c && c <= '9') || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
}

// The number of the group that a replacement names; -1 when there is none.
int group_number(const std::string& name, const re2::RE2& regex) {
  const bool digits = std::all_of(name.begin(), name.end(), [](char c) { return '0' <= c && c <= '9'; });
  if (digits && name.size() <= 8 && (name.size() == 1 || name[0] != '0')) return std::stoi(name);
  const auto found = regex.NamedCapturingGroups().find(name);
  return found == regex.NamedCapturingGroups().end() ? -1 : found->second;
}

// Appends a replacement with `$1`, `${1}`, `$name` and `${name}` in place; `$$` is a dollar.
void expand(std::string_view text, const re2::RE2& regex, std::span<const re2::StringPiece> groups,
            std::string& out) {
  while (!text.empty()) {
    const size_t dollar = std::min(text.find('$'), text.size());
    out += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.empty()) return;
    if (text.starts_with("$$")) {
      out += '$';
      text.remove_prefix(2);
      continue;
    }
    const bool braces = text.starts_with("${");
    const std::string_view rest = text.substr(braces ? 2 : 1);
    const auto end = static_cast<size_t>(std::find_if_not(rest.begin(), rest.end(), is_word) - rest.begin());
    if (end == 0 || (braces && rest.substr(end, 1) != "}")) {
      out += '$';
      text.remove_prefix(1);
      continue;
    }
    const int group = group_number(std::string(rest.substr(0, end)), regex);
    if (group >= 0 && static_cast<size_t>(group) < groups.size()) {
      const re2::StringPiece& found = groups[static_cast<size_t>(group)];
      if (found.data() != nullptr) out.append(found.data(), found.size());
    }
    text.remove_prefix(end + (braces ? 3 : 1));
  }
}

// After regexp.ReplaceAllString: an empty match right behind a match counts for nothing.
Result<std::string> replaced(const re2::RE2& regex, std::string_view text, std::string_view replacement,
                             size_t bytes_max) {
  std::vector<re2::StringPiece> groups(static_cast<size_t>(regex.NumberOfCapturingGroups()) + 1);
  const re2::StringPiece input(text.data(), text.size());
  std::string out;
  size_t last_end = 0;
  for (size_t at = 0; at <= text.size();) {
    const bool found = regex.Match(input, at, text.size(), re2::RE2::UNANCHORED, groups.data(),
                                   static_cast<int>(groups.size()));
    if (!found) break;
    const auto begin = static_cast<size_t>(groups[0].data() - text.data());
    const size_t end = begin + groups[0].size();
    out += text.substr(last_end, begin - last_end);
    if (end > last_end || begin == 0) expand(replacement, regex, groups, out);
    if (out.size() > bytes_max)
      return resource_exhausted(fmt::format("a text of more than {} bytes", bytes_max));
    last_end = end;
    const size_t width = at < text.size() ? first_rune(text.substr(at)).size : 1;
    at = at + width > end ? at + width : end;
  }
  return out += text.substr(last_end);
}

Result<Value> replace_all(const Call& call) {
  ASSIGN_OR_RETURN(const auto regex, compiled(call.text(0)));
  ASSIGN_OR_RETURN(std::string text,
                   replaced(*regex, call.text(2), call.text(1), call.limits.output_bytes_max));
  return text_value(std::move(text));
}

Result<Value> match(const Call& call) {
  ASSIGN_OR_RETURN(const auto regex, compiled(call.text(0)));
  return Value{re2::RE2::PartialMatch(call.text(1), *regex)};
}

struct HostPort {
  std::string_view host;
  std::string_view port;
};

// After net.SplitHostPort; nothing where that fails.
std::optional<HostPort> split_host_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  size_t open_from = 0;
  size_t close_from = 0;
  HostPort out{text.substr(0, colon), text.substr(colon + 1)};
  if (text[0] == '[') {
    const size_t end = text.find(']');
    if (end == std::string_view::npos || end + 1 != colon) return std::nullopt;
    out.host = text.substr(1, end - 1);
    open_from = 1;
    close_from = end + 1;
  } else if (out.host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  if (text.find('[', open_from) != std::string_view::npos) return std::nullopt;
  if (text.find(']', close_from) != std::string_view::npos) return std::nullopt;
  return out;
}

bool is_address(std::string_view host) {
  const size_t zone = host.find('%');
  const std::string address(host.substr(0, zone));
  unsigned char bytes[16];
  if (zone == std::string_view::npos && inet_pton(AF_INET, address.c_str(), bytes) == 1) return true;
  return zone + 1 != host.size() && inet_pton(AF_INET6, address.c_str(), bytes) == 1;
}

Result<Value> strip_port(const Call& call) {
  const auto split = split_host_port(call.text(0));
  return split ? text_value(std::string(split->host)) : call.arguments[0];
}

Result<Value> strip_domain(const Call& call) {
  const auto split = split_host_port(call.text(0)).value_or(HostPort{call.text(0), {}});
  if (is_address(split.host)) return call.arguments[0];
  const std::string_view host = split.host.substr(0, split.host.find('.'));
  if (split.port.empty()) return text_value(std::string(host));
  const bool colons = host.find(':') != std::string_view::npos;
  return text_value(colons ? fmt::format("[{}]:{}", host, split.port)
                           : fmt::format("{}:{}", host, split.port));
}

template <std::string (*change)(std::string_view)>
Result<Value> changed(const Call& call) {
  return text_value(change(call.text(0)));
}

Result<Value> external_url(const Call& call) {
  return text_value(call.surroundings.external_url);
}

// "/weir" of "https://host/weir?x".
Result<Value> path_prefix(const Call& call) {
  std::string_view url = call.surroundings.external_url;
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("?#"));
  const size_t slash = url.find('/');
  return text_value(std::string(slash == std::string_view::npos ? "" : url.substr(slash)));
}

}  // namespace

std::vector<Function> text_functions() {
  using enum Parameter;
  return {
      {"reReplaceAll", {kString, kString, kString}, {}, replace_all, kRegexSteps},
      {"match", {kString, kString}, {}, match, kRegexSteps},
      {"title", {kString}, {}, changed<to_title>},
      {"toUpper", {kString}, {}, changed<to_upper>},
      {"toLower", {kString}, {}, changed<to_lower>},
      {"stripPort", {kString}, {}, strip_port},
      {"stripDomain", {kString}, {}, strip_domain},
      {"externalURL", {}, {}, external_url},
      {"pathPrefix", {}, {}, path_prefix},
  };
}

}  // namespace weir::rules::templates
