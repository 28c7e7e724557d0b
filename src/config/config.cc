#include "config/config.h"

#include "config/settings.h"

namespace weir::config {

std::string_view role_name(Role role) {
  return kRoleNames[static_cast<size_t>(role)];
}

}  // namespace weir::config
