#pragma once

#include <string_view>

namespace weir::app {

/// What this binary was built from. All text is constant.
struct BuildInfo {
  std::string_view version;     ///< "0.1.0".
  std::string_view commit;      ///< Abbreviated git commit, "unknown" outside a checkout.
  std::string_view compiler;    ///< "gcc 12.2.0".
  std::string_view build_type;  ///< "release", "debug" or "sanitizer".
};

const BuildInfo& build_info();

}  // namespace weir::app
