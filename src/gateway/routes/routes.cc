#include "gateway/router.h"
#include "gateway/routes/handlers.h"

namespace weir::gateway {

std::vector<Route> all_routes(const GatewayOptions& options) {
  const uint64_t write_bytes = options.body_bytes_max;
  constexpr uint64_t kFormBytes = 1 << 20;
  return {
      // Ways in.
      {"POST", "/api/v1/write", handle_remote_write, write_bytes},
      {"POST", "/api/v1/push", handle_remote_write, write_bytes},
      {"POST", "/api/v1/metrics", handle_json_write, write_bytes},
      // Ways out.
      {"GET", "/api/v1/query", handle_query},
      {"POST", "/api/v1/query", handle_query, kFormBytes},
      {"GET", "/api/v1/query_range", handle_query_range},
      {"POST", "/api/v1/query_range", handle_query_range, kFormBytes},
      {"GET", "/api/v1/series", handle_series},
      {"POST", "/api/v1/series", handle_series, kFormBytes},
      {"GET", "/api/v1/labels", handle_labels},
      {"POST", "/api/v1/labels", handle_labels, kFormBytes},
      {"GET", "/api/v1/label/*/values", handle_label_values},
      {"GET", "/api/v2/live", handle_live_without_upgrade, 0, true},
      // The process.
      {"GET", "/api/v1/status/buildinfo", handle_buildinfo},
      {"GET", "/api/v2/status", handle_status},
      {"POST", "/api/v2/admin/compact", handle_compact},
      {"GET", "/livez", handle_livez},
      {"GET", "/readyz", handle_readyz},
      {"GET", "/startupz", handle_startupz},
      {"GET", "/metrics", handle_metrics},
      // The console: its pages are one document, its assets have hashed names.
      {"GET", "/", handle_console},
      {"GET", "/query", handle_console},
      {"GET", "/status", handle_console},
      {"GET", "/assets/*", handle_console_asset},
      {"GET", "/*", handle_console_asset},
  };
}

}  // namespace weir::gateway
