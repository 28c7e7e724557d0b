#pragma once

#include <string>
#include <system_error>

namespace weir::redis {

/// "Connection refused (111)". Safe from any thread, as strerror is not.
inline std::string errno_text(int error) {
  return std::generic_category().message(error) + " (" + std::to_string(error) + ")";
}

}  // namespace weir::redis
