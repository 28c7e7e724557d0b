#include "gateway/rule_pages.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/hash.h"

namespace weir::gateway {
namespace {

std::string token_of(const rules::GroupStatus& group) {
  return fmt::format("{:016x}", stable_hash(fmt::format("{};{}", group.name_space, group.name)));
}

/// 0 for none.
Result<size_t> limit_parameter(const net::Params& params) {
  const auto text = params.get("group_limit");
  if (!text || text->empty()) return size_t{0};
  size_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc() || end != text->data() + text->size() || limit == 0) {
    return invalid_argument(
        fmt::format("invalid parameter \"group_limit\": \"{}\" is not a number from 1 on", *text));
  }
  return limit;
}

}  // namespace

Result<RulePage> page_of(std::vector<rules::GroupStatus> groups, const RuleFilter& filter,
                         const net::Params& params) {
  ASSIGN_OR_RETURN(const size_t limit, limit_parameter(params));
  const std::string token(params.get("group_next_token").value_or(""));
  if (!token.empty() && limit == 0)
    return invalid_argument("invalid parameter \"group_next_token\": it needs \"group_limit\" beside it");
  auto at = groups.begin();
  if (!token.empty()) at = std::ranges::find(groups, token, token_of);
  if (!token.empty() && at == groups.end()) {
    return invalid_argument(
        fmt::format("invalid parameter \"group_next_token\": \"{}\" stands for no group; begin again without "
                    "it, groups may "
                    "have changed",
                    token));
  }
  RulePage page;
  for (; at != groups.end(); ++at) {
    if (!filter.group(*at) || std::ranges::none_of(at->rules, filter.rule)) continue;
    if (limit > 0 && page.groups.size() == limit) {
      page.next_token = token_of(*at);
      break;
    }
    page.groups.push_back(std::move(*at));
  }
  return page;
}

}  // namespace weir::gateway
