#include "gateway/router.h"
#include "gateway/routes/handlers.h"

namespace weir::gateway {

std::vector<Route> all_routes(const GatewayOptions& options) {
  using enum Surface;
  const uint64_t write_bytes = options.body_bytes_max;
  constexpr uint64_t kQueryBytes = 64 * 1024;  // a GET may have a body, which nobody reads
  constexpr uint64_t kFormBytes = 1 << 20;
  constexpr uint64_t kRulesBytes = 2 << 20;
  return {
      // Ways in.
      {kWrite, "POST", "/api/v1/write", handle_remote_write, write_bytes, false, write_error},
      {kWrite, "POST", "/api/v1/push", handle_remote_write, write_bytes, false, write_error},
      {kWrite, "POST", "/api/v1/metrics", handle_json_write, write_bytes},
      // Ways out.
      {kRead, "GET", "/api/v1/query", handle_query, kQueryBytes, false, prometheus_error},
      {kRead, "POST", "/api/v1/query", handle_query, kFormBytes, false, prometheus_error},
      {kRead, "GET", "/api/v1/query_range", handle_query_range, kQueryBytes, false, prometheus_error},
      {kRead, "POST", "/api/v1/query_range", handle_query_range, kFormBytes, false, prometheus_error},
      {kRead, "GET", "/api/v1/query_exemplars", handle_query_exemplars, kQueryBytes, false, prometheus_error},
      {kRead, "POST", "/api/v1/query_exemplars", handle_query_exemplars, kFormBytes, false, prometheus_error},
      {kRead, "GET", "/api/v1/format_query", handle_format_query, kQueryBytes, false, prometheus_error},
      {kRead, "POST", "/api/v1/format_query", handle_format_query, kFormBytes, false, prometheus_error},
      {kRead, "GET", "/api/v1/parse_query", handle_parse_query, kQueryBytes, false, prometheus_error},
      {kRead, "POST", "/api/v1/parse_query", handle_parse_query, kFormBytes, false, prometheus_error},
      {kRead, "GET", "/api/v1/series", handle_series, kQueryBytes, false, prometheus_error},
      {kRead, "POST", "/api/v1/series", handle_series, kFormBytes, false, prometheus_error},
      {kRead, "GET", "/api/v1/labels", handle_labels, kQueryBytes, false, prometheus_error},
      {kRead, "POST", "/api/v1/labels", handle_labels, kFormBytes, false, prometheus_error},
      {kRead, "GET", "/api/v1/label/*/values", handle_label_values, kQueryBytes, false, prometheus_error},
      {kRead, "GET", "/api/v1/metadata", handle_metric_metadata, kQueryBytes, false, prometheus_error},
      {kRead, "GET", "/api/v1/search/metric_names", handle_search_metric_names, kQueryBytes, false,
       prometheus_error},
      {kRead, "POST", "/api/v1/search/metric_names", handle_search_metric_names, kFormBytes, false,
       prometheus_error},
      {kRead, "GET", "/api/v1/search/label_names", handle_search_label_names, kQueryBytes, false,
       prometheus_error},
      {kRead, "POST", "/api/v1/search/label_names", handle_search_label_names, kFormBytes, false,
       prometheus_error},
      {kRead, "GET", "/api/v1/search/label_values", handle_search_label_values, kQueryBytes, false,
       prometheus_error},
      {kRead, "POST", "/api/v1/search/label_values", handle_search_label_values, kFormBytes, false,
       prometheus_error},
      {kRead, "POST", "/api/v1/read", handle_remote_read, kFormBytes, false, write_error},
      {kRead, "GET", "/federate", handle_federate, kQueryBytes, false, prometheus_error},
      {kRead, "GET", "/api/v2/explain", handle_explain, kQueryBytes, false, prometheus_error},
      {kRead, "POST", "/api/v2/explain", handle_explain, kFormBytes, false, prometheus_error},
      {kRead, "POST", "/api/v2/rules/backtest", handle_rules_backtest, kRulesBytes},
      {kRead, "GET", "/api/v2/queries", handle_queries},
      {kRead, "DELETE", "/api/v2/queries/*", handle_kill_query},
      {kRead, "GET", "/api/v2/live", handle_live, 0, true},
      // The process.
      {kRead, "GET", "/api/v1/status/tsdb", handle_status_tsdb, kQueryBytes, false, prometheus_error},
      {kProcess, "GET", "/api/v1/status/buildinfo", handle_buildinfo},
      {kProcess, "GET", "/api/v1/status/runtimeinfo", handle_runtimeinfo},
      {kProcess, "GET", "/api/v1/status/flags", handle_status_flags},
      {kProcess, "GET", "/api/v1/status/config", handle_status_config},
      {kProcess, "GET", "/api/v1/targets", handle_targets},
      {kProcess, "GET", "/api/v1/rules", handle_rules},
      {kProcess, "GET", "/api/v1/alerts", handle_alerts},
      {kProcess, "GET", "/api/v2/rules/explain", handle_rules_explain},
      {kProcess, "GET", "/api/v2/aggregations", handle_aggregations},
      {kProcess, "GET", "/api/v2/aggregations/*", handle_aggregation},
      {kProcess, "PUT", "/api/v2/aggregations/*", handle_store_aggregation, kRulesBytes},
      {kProcess, "DELETE", "/api/v2/aggregations/*", handle_erase_aggregation},
      {kProcess, "GET", "/config/v1/rules", handle_rule_namespaces},
      {kProcess, "GET", "/config/v1/rules/*", handle_rule_namespaces},
      {kProcess, "POST", "/config/v1/rules/*", handle_store_rules, kRulesBytes},
      {kProcess, "DELETE", "/config/v1/rules/*", handle_erase_rules},
      {kProcess, "GET", "/config/v1/rules/*/*", handle_rule_group},
      {kProcess, "DELETE", "/config/v1/rules/*/*", handle_erase_rules},
      {kProcess, "GET", "/api/v2/status", handle_status},
      {kProcess, "POST", "/api/v2/admin/compact", handle_compact},
      {kProcess, "POST", "/api/v1/admin/tsdb/snapshot", handle_snapshot},
      {kProcess, "POST", "/api/v1/admin/tsdb/clean_tombstones", handle_clean_tombstones, kQueryBytes, false,
       prometheus_error},
      {kProcess, "PUT", "/api/v1/admin/tsdb/clean_tombstones", handle_clean_tombstones, kQueryBytes, false,
       prometheus_error},
      {kProcess, "POST", "/api/v2/admin/read-only", handle_read_only},
      {kProcess, "GET", "/livez", handle_livez},
      {kProcess, "GET", "/readyz", handle_readyz},
      {kProcess, "GET", "/startupz", handle_startupz},
      {kProcess, "GET", "/metrics", handle_metrics},
      // For administrators.
      {kRead, "POST", "/api/v1/admin/tsdb/delete_series", handle_delete_series, kFormBytes, false,
       prometheus_error},
      {kRead, "PUT", "/api/v1/admin/tsdb/delete_series", handle_delete_series, kFormBytes, false,
       prometheus_error},
      {kRead, "GET", "/api/v2/admin/tenants", handle_tenants},
      {kRead, "GET", "/api/v2/admin/export", handle_export},
      {kWrite, "GET", "/api/v2/admin/export/log", handle_export_log},
      {kWrite, "GET", "/api/v2/admin/dead-letters", handle_dead_letters},
      {kWrite, "POST", "/api/v2/admin/dead-letters/replay", handle_dead_letters_replay},
      // The console: its pages are one document, its assets have hashed names.
      {kConsole, "GET", "/", handle_console},
      {kConsole, "GET", "/query", handle_console},
      {kConsole, "GET", "/status", handle_console},
      {kConsole, "GET", "/assets/*", handle_console_asset},
      {kConsole, "GET", "/*", handle_console_asset},
  };
}

}  // namespace weir::gateway
