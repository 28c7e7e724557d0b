#include "pg/migrations.h"

#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "pg/binary.h"
#include "telemetry/logger.h"

namespace weir::pg {
namespace {

void check_numbers(std::span<const Migration> migrations) {
  for (size_t i = 0; i < migrations.size(); ++i) {
    CHECK(migrations[i].number == i + 1, "migrations are numbered 1, 2, 3, ...");
  }
}

/// Held by the session, since not every migration runs in a transaction.
class AdvisoryLock {
 public:
  static Result<AdvisoryLock> take(Connection& connection, Deadline deadline) {
    // One for all components, since they share the table.
    const auto key = static_cast<int64_t>(stable_hash("weir migrate"));
    Params params;
    params.int8(key);
    while (true) {
      ASSIGN_OR_RETURN(const auto rows,
                       connection.execute("select pg_try_advisory_lock($1)", params.span(), deadline));
      ASSIGN_OR_RETURN(const bool taken, as_bool(rows->bytes(0, 0)));
      if (taken) break;
      // Waiting inside pg_advisory_lock would hold a snapshot, for which CREATE INDEX CONCURRENTLY waits in
      // turn.
      RETURN_IF_ERROR(connection.run("select pg_sleep(0.05)", deadline));
    }
    return AdvisoryLock(connection, key, deadline);
  }
  AdvisoryLock(AdvisoryLock&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)),
        key_(other.key_),
        deadline_(other.deadline_) {}
  AdvisoryLock& operator=(AdvisoryLock&&) = delete;
  ~AdvisoryLock() {
    if (connection_ == nullptr || !connection_->usable()) return;
    // Inside a transaction that failed the server refuses; the connection's end releases it then.
    if (connection_->in_transaction()) const Status ignored = connection_->run("rollback", deadline_);
    const auto ignored =
        connection_->execute("select pg_advisory_unlock($1)", Params().int8(key_).span(), deadline_);
  }

 private:
  AdvisoryLock(Connection& connection, int64_t key, Deadline deadline)
      : connection_(&connection), key_(key), deadline_(deadline) {}
  Connection* connection_;
  int64_t key_;
  Deadline deadline_;
};

Status make_table(Connection& connection, Deadline deadline) {
  return connection.run(
      "create table if not exists public.weir_migration (component text not null, number int not null, name "
      "text "
      "not null, sha256 text not null, applied_at timestamptz not null default now(), primary key "
      "(component, "
      "number))",
      deadline);
}

Result<bool> has_table(Connection& connection, Deadline deadline) {
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.execute("select to_regclass('public.weir_migration') is not null", {}, deadline));
  return as_bool(rows->bytes(0, 0));
}

Result<uint32_t> version_in_table(Connection& connection, std::string_view component, Deadline deadline) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.execute("select coalesce(max(number), 0) from public.weir_migration where "
                                      "component = $1",
                                      Params().text(component).span(), deadline));
  ASSIGN_OR_RETURN(const int32_t version, as_int4(rows->bytes(0, 0)));
  return static_cast<uint32_t>(version);
}

/// kFailedPrecondition when the text of a migration that ran has changed since.
Status check_text(Connection& connection, std::string_view component, const Migration& migration,
                  Deadline deadline) {
  constexpr std::string_view kSql =
      "select sha256 = encode(sha256($3), 'hex') from public.weir_migration where component = $1 and number "
      "= $2";
  Params params;
  params.text(component).int4(static_cast<int32_t>(migration.number)).bytea(migration.sql);
  ASSIGN_OR_RETURN(const auto rows, connection.execute(kSql, params.span(), deadline));
  if (rows->row_count() == 0) {
    return failed_precondition(fmt::format("schema {}: migration {} {} never ran, though later ones did",
                                           component, migration.number, migration.name));
  }
  ASSIGN_OR_RETURN(const bool same, as_bool(rows->bytes(0, 0)));
  if (same) return ok_status();
  return failed_precondition(fmt::format("schema {}: migration {} {} ran with another text", component,
                                         migration.number, migration.name));
}

/// Version found, after checks against what this binary knows.
Result<uint32_t> checked_version(Connection& connection, std::string_view component,
                                 std::span<const Migration> migrations, Deadline deadline) {
  ASSIGN_OR_RETURN(const uint32_t found, version_in_table(connection, component, deadline));
  if (found > migrations.size()) {
    return unsupported(fmt::format("schema {}: the database is at version {}, this binary knows up to {}",
                                   component, found, migrations.size()));
  }
  for (const Migration& migration : migrations.first(found)) {
    RETURN_IF_ERROR(check_text(connection, component, migration, deadline));
  }
  return found;
}

Status note(Connection& connection, std::string_view component, const Migration& migration,
            Deadline deadline) {
  constexpr std::string_view kSql =
      "insert into public.weir_migration (component, number, name, sha256) values ($1, $2, $3, "
      "encode(sha256($4), 'hex'))";
  Params params;
  params.text(component).int4(static_cast<int32_t>(migration.number));
  params.text(migration.name).bytea(migration.sql);
  RETURN_IF_ERROR(connection.execute(kSql, params.span(), deadline));
  return ok_status();
}

Status apply(Connection& connection, std::string_view component, const Migration& migration,
             Deadline deadline) {
  if (migration.transactional) RETURN_IF_ERROR(connection.run("begin", deadline));
  RETURN_IF_ERROR(connection.run(migration.sql, deadline));
  RETURN_IF_ERROR(note(connection, component, migration, deadline));
  if (migration.transactional) RETURN_IF_ERROR(connection.run("commit", deadline));
  return ok_status();
}

}  // namespace

Result<MigrationReport> migrate(Connection& connection, std::string_view component,
                                std::span<const Migration> migrations, Deadline deadline) {
  check_numbers(migrations);
  ASSIGN_OR_RETURN(const AdvisoryLock lock, AdvisoryLock::take(connection, deadline));
  RETURN_IF_ERROR(make_table(connection, deadline));
  MigrationReport report;
  ASSIGN_OR_RETURN(report.from, checked_version(connection, component, migrations, deadline));
  report.to = report.from;
  for (const Migration& migration : migrations.subspan(report.from)) {
    const std::string what = fmt::format("{} {}", migration.number, migration.name);
    RETURN_IF_ERROR(apply(connection, component, migration, deadline)
                        .context(fmt::format("schema {}: migration {}", component, what)));
    telemetry::log_info("pg", "migration applied", {{"schema", component}, {"migration", what}});
    report.applied.push_back(what);
    report.to = migration.number;
  }
  return report;
}

Result<uint32_t> schema_version(Connection& connection, std::string_view component, Deadline deadline) {
  ASSIGN_OR_RETURN(const bool there, has_table(connection, deadline));
  if (!there) return 0u;
  return version_in_table(connection, component, deadline);
}

Status check_schema(Connection& connection, std::string_view component, std::span<const Migration> migrations,
                    Deadline deadline) {
  check_numbers(migrations);
  ASSIGN_OR_RETURN(const bool there, has_table(connection, deadline));
  uint32_t found = 0;
  if (there) {
    ASSIGN_OR_RETURN(found, checked_version(connection, component, migrations, deadline));
  }
  if (found == migrations.size()) return ok_status();
  return failed_precondition(fmt::format("schema {}: version {} found, {} needed: run `weir migrate`",
                                         component, found, migrations.size()));
}

}  // namespace weir::pg
