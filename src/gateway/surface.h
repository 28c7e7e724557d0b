#pragma once

#include <string_view>

namespace weir::gateway {

/// What a route speaks to, and so which role serves it.
enum class Surface {
  kWrite,    ///< Ways in: the role ingest.
  kRead,     ///< Ways out, live streams among them: the role query.
  kProcess,  ///< The process itself (health, status, metrics, ...): always served where it is asked.
  kConsole,  ///< The console's pages: every process has them.
};

/// "write", "read", "process", "console".
constexpr std::string_view surface_name(Surface surface) {
  switch (surface) {
    case Surface::kWrite:
      return "write";
    case Surface::kRead:
      return "read";
    case Surface::kProcess:
      return "process";
    case Surface::kConsole:
      return "console";
  }
  return "process";
}

}  // namespace weir::gateway
