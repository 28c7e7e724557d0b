#include "store/timescale/schema.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "pg/binary.h"
#include "store/timescale/cells.h"

namespace weir::store::timescale {
namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

std::string interval(os::milliseconds length) {
  return fmt::format("interval '{} milliseconds'", length.count());
}

/// `select name from weir.setting`; empty when it is not set.
Result<std::string> setting(pg::Connection& connection, std::string_view schema, std::string_view name,
                            Deadline deadline) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.execute(in_schema("select value from weir.setting where name = $1", schema),
                                      pg::Params().text(name).span(), deadline));
  if (rows->row_count() == 0) return std::string();
  return std::string(text_cell(*rows, 0, 0));
}

std::string policies(const TimescaleStoreOptions& options) {
  std::string sql =
      fmt::format("select set_chunk_time_interval('weir.sample', {});", interval(options.chunk_interval));
  sql += "select remove_retention_policy('weir.sample', if_exists => true);";
  os::milliseconds start = std::chrono::hours(3);
  if (options.retention.count() > 0) {
    sql += fmt::format("select add_retention_policy('weir.sample', {});", interval(options.retention));
    // A refresh of what raw retention has dropped would drop the aggregates as well.
    start = std::min(start, options.retention / 2);
  }
  sql += fmt::format(R"sql(
    select add_continuous_aggregate_policy('weir.sample_1m', {}, interval '1 minute', interval '30 seconds',
                                           if_not_exists => true);
    select add_continuous_aggregate_policy('weir.sample_1h', interval '6 hours', interval '1 hour', interval '10 minutes',
                                           if_not_exists => true);
    select add_continuous_aggregate_policy('weir.sample_1d', interval '4 days', interval '1 day', interval '1 hour',
                                           if_not_exists => true);
    call add_columnstore_policy('weir.sample', after => {}, if_not_exists => true);
    call add_columnstore_policy('weir.sample_1m', after => interval '14 days', if_not_exists => true);
    call add_columnstore_policy('weir.sample_1h', after => interval '60 days', if_not_exists => true);
  )sql",
                     interval(start), interval(options.chunk_interval));
  return sql;
}

}  // namespace

std::string in_schema(std::string_view sql, std::string_view schema) {
  std::string out;
  while (true) {
    const size_t at = sql.find("weir");
    if (at == std::string_view::npos) break;
    const std::string_view rest = sql.substr(at + 4);
    out.append(sql.substr(0, at));
    // weir.x, weir_api.x and the bare names of the two schemas; not weir_writer and its like.
    const bool api = rest.starts_with("_api");
    const std::string_view after = api ? rest.substr(4) : rest;
    const bool whole = (after.empty() || !is_name_char(after[0])) && (at == 0 || !is_name_char(sql[at - 1]));
    out.append(whole ? schema : std::string_view("weir"));
    sql.remove_prefix(at + 4);
  }
  out.append(sql);
  return out;
}

Status check_schema_name(std::string_view schema) {
  const bool good = !schema.empty() && schema.size() <= 40 &&
                    std::all_of(schema.begin(), schema.end(), is_name_char) &&
                    !(schema[0] >= '0' && schema[0] <= '9');
  if (good) return ok_status();
  return invalid_argument("timescale: a schema is named by lower case letters, digits and _, 40 at most");
}

MigrationSet::MigrationSet(std::string_view component, std::string_view schema,
                           const std::vector<SqlStep>& steps)
    : component_(schema == "weir" ? std::string(component) : fmt::format("{}_{}", component, schema)) {
  texts_.reserve(steps.size());  // Migrations hold views of the texts.
  for (const SqlStep& step : steps) {
    texts_.push_back(in_schema(step.sql, schema));
    migrations_.push_back({static_cast<uint32_t>(texts_.size()), step.name, texts_.back(), true});
  }
}

Result<Layout> read_layout(pg::Connection& connection, std::string_view schema, Deadline deadline) {
  ASSIGN_OR_RETURN(const std::string layout, setting(connection, schema, "layout", deadline));
  return layout == "hypertable" ? Layout::kHypertable : Layout::kNative;
}

Result<StoredSettings> read_settings(pg::Connection& connection, std::string_view schema, Deadline deadline) {
  StoredSettings settings;
  ASSIGN_OR_RETURN(settings.layout, read_layout(connection, schema, deadline));
  ASSIGN_OR_RETURN(const std::string chunk, setting(connection, schema, "chunk_ms", deadline));
  std::from_chars(chunk.data(), chunk.data() + chunk.size(), settings.chunk_ms);
  if (settings.chunk_ms > 0) return settings;
  return failed_precondition(fmt::format("timescale: schema {} is not finished: run `weir migrate`", schema));
}

Status apply_settings(pg::Connection& connection, const TimescaleStoreOptions& options, Layout layout,
                      Deadline deadline) {
  // Native partitions must not overlap, so the first interval stays.
  const std::string_view on_conflict =
      layout == Layout::kNative ? "nothing" : "update set value = excluded.value";
  RETURN_IF_ERROR(connection.run(
      in_schema(fmt::format("insert into weir.setting values ('chunk_ms', '{}') on conflict (name) do {}",
                            options.chunk_interval.count(), on_conflict),
                options.schema),
      deadline));
  if (layout == Layout::kNative) return ok_status();
  return connection.run(in_schema(policies(options), options.schema), deadline);
}

Result<ServerReport> inspect(pg::Connection& connection, std::string_view schema, Deadline deadline) {
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.execute(
          "select current_setting('server_version'), (select extversion from pg_extension where extname "
          "= 'timescaledb'), current_setting('timescaledb.license', true), "
          "exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 "
          "and c.relname = 'sample')",
          pg::Params().text(fmt::format("{}_api", schema)).span(), deadline));
  ServerReport report;
  const std::string version(text_cell(*rows, 0, 0));
  report.postgres = version.substr(0, version.find(' '));
  report.timescale = text_cell(*rows, 0, 1);
  if (!report.timescale.empty()) report.license = text_cell(*rows, 0, 2);
  if (report.timescale.empty()) {
    report.missing.push_back(
        "TimescaleDB is not installed in this database: samples lie in native partitions, without "
        "compression and "
        "without continuous aggregates.");
  } else if (report.license != "timescale") {
    report.missing.push_back(
        "TimescaleDB runs under its Apache license: samples lie in native partitions, without compression "
        "and "
        "without continuous aggregates.");
  }
  if (!bool_cell(*rows, 0, 3)) {
    report.missing.push_back("The login that migrated may not make roles: there are no views for analysts.");
  }
  return report;
}

}  // namespace weir::store::timescale
