#include "gateway/parameters.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "query/engine.h"

namespace weir::gateway {
namespace {

std::string prefix(std::string_view name) {
  return fmt::format("invalid parameter \"{}\"", name);
}

}  // namespace

Result<TimestampMs> time_parameter(const net::Params& params, std::string_view name,
                                   std::optional<TimestampMs> otherwise) {
  const auto text = params.get(name);
  if (text && !text->empty()) return parse_time(*text).context(prefix(name));
  if (otherwise) return *otherwise;
  return invalid_argument(prefix(name) + ": is missing");
}

Result<std::optional<int64_t>> duration_parameter(const net::Params& params, std::string_view name) {
  const auto text = params.get(name);
  if (!text || text->empty()) return std::optional<int64_t>();
  if (auto seconds = parse_time(*text); seconds.ok()) return std::optional<int64_t>(*seconds);
  ASSIGN_OR_RETURN(const int64_t duration_ms, parse_duration(*text).context(prefix(name)));
  return std::optional<int64_t>(duration_ms);
}

Result<uint64_t> count_parameter(const net::Params& params, std::string_view name, uint64_t otherwise) {
  const auto text = params.get(name);
  if (!text || text->empty()) return otherwise;
  uint64_t count = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count);
  if (error != std::errc() || end != text->data() + text->size()) {
    return invalid_argument(
        fmt::format("{}: \"{}\" is not a whole number of 0 or more", prefix(name), *text));
  }
  return count;
}

Result<uint64_t> limit_parameter(const net::Params& params, uint64_t otherwise) {
  ASSIGN_OR_RETURN(const uint64_t limit, count_parameter(params, "limit", otherwise));
  return limit == 0 ? otherwise : std::min(limit, otherwise);
}

Result<std::vector<std::vector<Matcher>>> selectors_parameter(const net::Params& params) {
  constexpr std::string_view kMatch = "match[]";
  std::vector<std::vector<Matcher>> selectors;
  for (const std::string_view text : params.all(kMatch)) {
    ASSIGN_OR_RETURN(auto matchers, query::parse_selector(text).context(prefix(kMatch)));
    selectors.push_back(std::move(matchers));
  }
  return selectors;
}

Result<Deadline> deadline_parameter(const net::Params& params, const os::Clock& clock, int64_t longest_ms) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> asked_ms, duration_parameter(params, "timeout"));
  if (asked_ms && *asked_ms <= 0) return invalid_argument(prefix("timeout") + ": must be positive");
  return Deadline::after(clock, os::milliseconds(std::min(longest_ms, asked_ms.value_or(longest_ms))));
}

}  // namespace weir::gateway
