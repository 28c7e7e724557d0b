#include "meta/postgres/postgres_meta_store.h"

#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "meta/limits.h"
#include "meta/postgres/documents.h"
#include "meta/postgres/leases.h"
#include "meta/postgres/revision_watch.h"
#include "meta/postgres/revisions.h"
#include "meta/postgres/schema.h"
#include "meta/postgres/tenants.h"
#include "pg/migrations.h"
#include "pg/pool.h"

namespace weir::meta::postgres {
namespace {

// The codes that the catalogue's page knows. A full disk or a revoked right may be mended while we run; what
// else the server has against our statements is a defect between the two of us.
Error to_meta_error(Error error) {
  switch (error.code) {
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
    case Code::kCorruption:
      break;
    case Code::kResourceExhausted:
    case Code::kPermissionDenied:
      error.code = Code::kUnavailable;
      break;
    default:
      error.code = Code::kIo;
  }
  return std::move(error).context("catalogue");
}

pg::ConnectionOptions connection_options(const PostgresMetaOptions& options) {
  pg::ConnectionOptions connection;
  connection.conninfo = options.conninfo;
  connection.application_name = "weir catalogue";
  return connection;
}

pg::PoolOptions pool_options(const PostgresMetaOptions& options) {
  pg::PoolOptions pool;
  pool.connection = connection_options(options);
  pool.connections_max = options.connections_max;
  pool.on_connect = session_sql(options.schema);
  return pool;
}

Status validate(const PostgresMetaOptions& options) {
  if (options.connections_max == 0) return invalid_argument("catalogue connections: 0, at least 1");
  return validate_schema_name(options.schema);
}

class PostgresMetaStore final : public MetaStore {
 public:
  PostgresMetaStore(const PostgresMetaOptions& options, os::Clock& clock, telemetry::Registry& registry)
      : options_(options),
        clock_(clock),
        channel_(channel(options.schema)),
        pool_("catalogue", pool_options(options), {}, clock, registry) {
    if (options.breakers != nullptr) breaker_watch_ = options.breakers->watch(pool_.breaker());
  }

  Status start(Deadline deadline) {
    RETURN_IF_ERROR(pool_.with(deadline, [&](pg::Connection& connection) -> Status {
      RETURN_IF_ERROR(pg::check_schema(connection, options_.schema, migrations(), deadline));
      return refresh(connection, revisions_, clock_, deadline);
    }));
    watch_.emplace(RevisionWatchOptions{.connection = connection_options(options_),
                                        .session_sql = session_sql(options_.schema),
                                        .channel = channel_},
                   revisions_, clock_);
    return {};
  }

  Result<Tenant> create_tenant(std::string_view name, Deadline deadline) override {
    RETURN_IF_ERROR(validate_tenant_name(name));
    return with(deadline,
                [&](pg::Connection& c) { return insert_tenant(c, name, clock_.wall_ms(), deadline); });
  }
  Result<Tenant> find_tenant(std::string_view name, Deadline deadline) override {
    RETURN_IF_ERROR(validate_tenant_name(name));
    return with(deadline, [&](pg::Connection& c) { return select_tenant(c, name, deadline); });
  }
  Result<std::vector<Tenant>> tenants(Deadline deadline) override {
    return with(deadline, [&](pg::Connection& c) { return select_tenants(c, deadline); });
  }

  Result<Document> get(TenantId tenant, std::string_view kind, std::string_view key,
                       Deadline deadline) override {
    RETURN_IF_ERROR(validate_document(kind, key));
    return with(deadline, [&](pg::Connection& c) {
      return select_document(c, {tenant, kind, key}, deadline);
    });
  }
  Result<std::vector<Document>> list(TenantId tenant, std::string_view kind, Deadline deadline) override {
    RETURN_IF_ERROR(validate_key("document kind", kind));
    return with(deadline, [&](pg::Connection& c) { return select_documents(c, tenant, kind, deadline); });
  }
  Result<uint64_t> put(TenantId tenant, std::string_view kind, std::string_view key, std::string_view body,
                       std::optional<uint64_t> if_version, Deadline deadline) override {
    RETURN_IF_ERROR(validate_document(kind, key));
    RETURN_IF_ERROR(validate_body(body));
    return change(kind, deadline, [&](pg::Connection& c) {
      return upsert_document(c, {{tenant, kind, key}, body, if_version, clock_.wall_ms()}, deadline);
    });
  }
  Status erase(TenantId tenant, std::string_view kind, std::string_view key,
               std::optional<uint64_t> if_version, Deadline deadline) override {
    RETURN_IF_ERROR(validate_document(kind, key));
    RETURN_IF_ERROR(change(kind, deadline, [&](pg::Connection& c) {
      return delete_document(c, {tenant, kind, key}, if_version, deadline);
    }));
    return {};
  }
  Result<uint64_t> revision(std::string_view kind, Deadline deadline) override {
    RETURN_IF_ERROR(validate_key("document kind", kind));
    if (!revisions_.is_fresh(clock_.steady())) {
      ASSIGN_OR_RETURN(const uint64_t revision,
                       with(deadline, [&](pg::Connection& c) { return select_revision(c, kind, deadline); }));
      revisions_.learn(kind, revision);
    }
    return revisions_.known(kind);
  }

  Result<NamedLease> acquire_lease(std::string_view name, std::string_view holder, os::milliseconds ttl,
                                   Deadline deadline) override {
    const LeaseRequest request{name, holder, ttl};
    RETURN_IF_ERROR(validate_lease(request));
    return transaction(
        deadline, [&](pg::Connection& c) { return upsert_lease(c, request, clock_.wall_ms(), deadline); });
  }
  Status release_lease(std::string_view name, std::string_view holder, Deadline deadline) override {
    RETURN_IF_ERROR(validate_lease({name, holder, kLeaseTtlMax}));
    return with(deadline, [&](pg::Connection& c) { return clear_lease(c, name, holder, deadline); });
  }

 private:
  // Runs `body` with a connection, each of its statements durable for itself.
  template <typename Body>
  auto with(Deadline deadline, Body&& body) -> std::invoke_result_t<Body, pg::Connection&> {
    return run(deadline, body, [&](const auto& work) { return pool_.with(deadline, work); });
  }
  // The same in a transaction that is committed, and durable, when `body` succeeds.
  template <typename Body>
  auto transaction(Deadline deadline, Body&& body) -> std::invoke_result_t<Body, pg::Connection&> {
    return run(deadline, body, [&](const auto& work) { return pool_.transaction(deadline, work); });
  }
  template <typename Body, typename Runner>
  auto run(Deadline deadline, Body& body, Runner&& runner) -> std::invoke_result_t<Body, pg::Connection&> {
    if (deadline.passed(clock_)) return deadline_exceeded("catalogue: no time left for the call");
    std::invoke_result_t<Body, pg::Connection&> result = internal("the work did not run");
    const Status status = runner([&](pg::Connection& connection) -> Status {
      result = body(connection);
      return result.ok() ? Status() : Status(result.error());
    });
    if (!status.ok()) return to_meta_error(status.error());
    return result;
  }

  // A change of documents of `kind`: `body` returns the new revision, which others are told of when it is
  // committed, and we know at once.
  template <typename Body>
  Result<uint64_t> change(std::string_view kind, Deadline deadline, Body&& body) {
    ASSIGN_OR_RETURN(const uint64_t revision,
                     transaction(deadline, [&](pg::Connection& connection) -> Result<uint64_t> {
                       ASSIGN_OR_RETURN(const uint64_t next, body(connection));
                       RETURN_IF_ERROR(announce(connection, channel_, kind, next, deadline));
                       return next;
                     }));
    revisions_.learn(kind, revision);
    return revision;
  }

  const PostgresMetaOptions options_;
  os::Clock& clock_;
  const std::string channel_;
  Revisions revisions_;
  pg::Pool pool_;
  std::unique_ptr<resilience::Breakers::Watch> breaker_watch_;
  std::optional<RevisionWatch> watch_;
};

}  // namespace

Result<std::unique_ptr<MetaStore>> open(const PostgresMetaOptions& options, os::Clock& clock,
                                        telemetry::Registry& registry, Deadline deadline) {
  RETURN_IF_ERROR(validate(options));
  auto store = std::make_unique<PostgresMetaStore>(options, clock, registry);
  RETURN_IF_ERROR(store->start(deadline).context("catalogue"));
  return std::unique_ptr<MetaStore>(std::move(store));
}

Result<std::vector<std::string>> migrate(const PostgresMetaOptions& options, os::Clock& clock,
                                         Deadline deadline) {
  RETURN_IF_ERROR(validate(options));
  ASSIGN_OR_RETURN(const auto connection,
                   pg::Connection::open(connection_options(options), clock, deadline).context("catalogue"));
  RETURN_IF_ERROR(connection->run(schema_sql(options.schema), deadline).context("catalogue"));
  RETURN_IF_ERROR(connection->run(session_sql(options.schema), deadline).context("catalogue"));
  ASSIGN_OR_RETURN(pg::MigrationReport report,
                   pg::migrate(*connection, options.schema, migrations(), deadline).context("catalogue"));
  return std::move(report.applied);
}

}  // namespace weir::meta::postgres
