#include "config/config.h"

#include <algorithm>

#include "config/settings.h"

namespace weir::config {

std::string_view role_name(Role role) {
  return kRoleNames[static_cast<size_t>(role)];
}

bool has_role(const Config& config, Role role) {
  return std::ranges::any_of(config.server.roles, [&](Role own) { return own == Role::kAll || own == role; });
}

}  // namespace weir::config
