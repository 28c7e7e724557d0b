#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pg/migrations.h"
#include "store/timescale/timescale_store.h"

/// The tables, in two sets of migrations: what any PostgreSQL can do, and what needs TimescaleDB.
namespace weir::store::timescale {

/// The text with `weir.` and `weir_api.` in place of which stand `schema` and `schema`_api: statements are
/// written with the names that everybody has.
std::string in_schema(std::string_view sql, std::string_view schema);

/// kInvalidArgument unless it is lower case letters, digits and `_`, 40 bytes at most.
Status check_schema_name(std::string_view schema);

struct SqlStep {
  std::string_view name;
  std::string_view sql;
};
std::vector<SqlStep> base_steps();       ///< schema_base.cc
std::vector<SqlStep> timescale_steps();  ///< schema_timescale.cc

/// One set, with texts for one schema.
class MigrationSet {
 public:
  MigrationSet(std::string_view component, std::string_view schema, const std::vector<SqlStep>& steps);
  MigrationSet(const MigrationSet&) = delete;

  const std::string& component() const { return component_; }
  const std::vector<pg::Migration>& migrations() const { return migrations_; }

 private:
  std::string component_;
  std::vector<std::string> texts_;
  std::vector<pg::Migration> migrations_;
};

/// How samples lie: decided once, when the table was made.
enum class Layout { kNative, kHypertable };

/// What the tables were made with.
struct StoredSettings {
  Layout layout = Layout::kNative;
  int64_t chunk_ms = 0;
};
Result<Layout> read_layout(pg::Connection& connection, std::string_view schema, Deadline deadline);
/// kFailedPrecondition before `apply_settings` has run.
Result<StoredSettings> read_settings(pg::Connection& connection, std::string_view schema, Deadline deadline);

/// Brings intervals and policies in line with the options; may be repeated.
Status apply_settings(pg::Connection& connection, const TimescaleStoreOptions& options, Layout layout,
                      Deadline deadline);

/// What the server is, and what is missing.
Result<ServerReport> inspect(pg::Connection& connection, std::string_view schema, Deadline deadline);

}  // namespace weir::store::timescale
