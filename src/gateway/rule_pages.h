#pragma once

#include <string>
#include <vector>

#include "gateway/rules_json.h"
#include "net/http.h"

namespace weir::gateway {

/// Some of the groups that are asked for, in order.
struct RulePage {
  std::vector<rules::GroupStatus> groups;
  std::string next_token;  ///< What the next page begins with; empty where there is none.
};

/// As Prometheus pages its groups: `group_limit` of them, from the one that `group_next_token` stands for;
/// without a limit all. Groups without a rule that is asked for count nowhere. kInvalidArgument for a limit
/// that is none, a token without one, and a token that stands for no group any more.
Result<RulePage> page_of(std::vector<rules::GroupStatus> groups, const RuleFilter& filter,
                         const net::Params& params);

}  // namespace weir::gateway
