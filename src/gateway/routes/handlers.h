#pragma once

#include "gateway/call.h"

/// The handlers of the route table (routes.cc), one file each or one for a few that share their work.
namespace weir::gateway {

// write_remote.cc
void handle_remote_write(Services& services, Call call);
// write_json.cc
void handle_json_write(Services& services, Call call);
// write_influx.cc
void handle_influx_write(Services& services, Call call);
void handle_influx_write_v2(Services& services, Call call);
// query.cc
void handle_query(Services& services, Call call);
void handle_query_range(Services& services, Call call);
// explain.cc
void handle_explain(Services& services, Call call);
// expression.cc
void handle_format_query(Services& services, Call call);
void handle_parse_query(Services& services, Call call);
// query_exemplars.cc
void handle_query_exemplars(Services& services, Call call);
// queries.cc
void handle_queries(Services& services, Call call);
void handle_kill_query(Services& services, Call call);
// read_remote.cc
void handle_remote_read(Services& services, Call call);
// search.cc
void handle_search_metric_names(Services& services, Call call);
void handle_search_label_names(Services& services, Call call);
void handle_search_label_values(Services& services, Call call);
// federate.cc
void handle_federate(Services& services, Call call);
// metadata.cc
void handle_series(Services& services, Call call);
void handle_labels(Services& services, Call call);
void handle_label_values(Services& services, Call call);
// metric_metadata.cc
void handle_metric_metadata(Services& services, Call call);
// status.cc
void handle_status(Services& services, Call call);
void handle_buildinfo(Services& services, Call call);
// prometheus_status.cc
void handle_runtimeinfo(Services& services, Call call);
void handle_status_flags(Services& services, Call call);
void handle_status_config(Services& services, Call call);
void handle_status_tsdb(Services& services, Call call);
void handle_targets(Services& services, Call call);
// rules.cc
void handle_rules(Services& services, Call call);
void handle_alerts(Services& services, Call call);
// backtest.cc
void handle_rules_backtest(Services& services, Call call);
// explain_rules.cc
void handle_rules_explain(Services& services, Call call);
// rule_groups.cc
void handle_rule_namespaces(Services& services, Call call);
void handle_rule_group(Services& services, Call call);
void handle_store_rules(Services& services, Call call);
void handle_erase_rules(Services& services, Call call);
// aggregations.cc
void handle_aggregations(Services& services, Call call);
void handle_aggregation(Services& services, Call call);
void handle_store_aggregation(Services& services, Call call);
void handle_erase_aggregation(Services& services, Call call);
// silences.cc
/// kNotFound, saying how to configure who is told of alerts.
Error no_notifications();
void handle_silences(Services& services, Call call);
void handle_set_silence(Services& services, Call call);
void handle_silence(Services& services, Call call);
void handle_expire_silence(Services& services, Call call);
// receiver_check.cc
void handle_notifications_test(Services& services, Call call);
// compact.cc
void handle_compact(Services& services, Call call);
// delete_series.cc
void handle_delete_series(Services& services, Call call);
void handle_clean_tombstones(Services& services, Call call);
// snapshot.cc
void handle_snapshot(Services& services, Call call);
// export.cc
void handle_tenants(Services& services, Call call);
void handle_export(Services& services, Call call);
void handle_export_log(Services& services, Call call);
void handle_read_only(Services& services, Call call);
// dead_letters.cc
void handle_dead_letters(Services& services, Call call);
void handle_dead_letters_replay(Services& services, Call call);
// health.cc
void handle_livez(Services& services, Call call);
void handle_readyz(Services& services, Call call);
void handle_startupz(Services& services, Call call);
void handle_metrics(Services& services, Call call);
// live.cc
void handle_live(Services& services, Call call);
// console.cc
void handle_console(Services& services, Call call);
void handle_console_asset(Services& services, Call call);
// influx.cc
void handle_influx_ping(Services& services, Call call);
void handle_influx_query(Services& services, Call call);
void handle_influx_health(Services& services, Call call);
/// The console's page, or with `q` a query of InfluxDB's version 1: both have this path.
void handle_query_page(Services& services, Call call);

}  // namespace weir::gateway
