#include "meta/sqlite/sqlite_meta_store.h"

#include <condition_variable>
#include <mutex>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "meta/limits.h"
#include "meta/sqlite/connection.h"
#include "meta/sqlite/documents.h"
#include "meta/sqlite/leases.h"
#include "meta/sqlite/schema.h"
#include "meta/sqlite/tenants.h"

namespace weir::meta::sqlite {
namespace {

constexpr os::milliseconds kOpenWait{10'000};

// Admits one caller at a time to the connection. A mutex with a deadline: the caller inside may be waiting
// for another process's lock, and those behind it have deadlines of their own.
class Gate {
 public:
  bool enter(os::milliseconds wait) {
    std::unique_lock lock(mutex_);
    const auto is_free = [this] { return !taken_; };
    if (wait == os::milliseconds::max()) {
      left_.wait(lock, is_free);
    } else if (!left_.wait_for(lock, wait, is_free)) {
      return false;
    }
    taken_ = true;
    return true;
  }
  void leave() {
    {
      std::lock_guard lock(mutex_);
      taken_ = false;
    }
    left_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  bool taken_ = false;
};

class SqliteMetaStore final : public MetaStore {
 public:
  SqliteMetaStore(std::unique_ptr<Connection> connection, os::Clock& clock)
      : connection_(std::move(connection)), clock_(clock) {}

  Result<Tenant> create_tenant(std::string_view name, Deadline deadline) override {
    RETURN_IF_ERROR(validate_tenant_name(name));
    return write(deadline, [&] { return insert_tenant(*connection_, name, clock_.wall_ms()); });
  }
  Result<Tenant> find_tenant(std::string_view name, Deadline deadline) override {
    RETURN_IF_ERROR(validate_tenant_name(name));
    return read(deadline, [&] { return select_tenant(*connection_, name); });
  }
  Result<std::vector<Tenant>> tenants(Deadline deadline) override {
    return read(deadline, [&] { return select_tenants(*connection_); });
  }

  Result<Document> get(TenantId tenant, std::string_view kind, std::string_view key,
                       Deadline deadline) override {
    RETURN_IF_ERROR(validate_document(kind, key));
    return read(deadline, [&] { return select_document(*connection_, {tenant, kind, key}); });
  }
  Result<std::vector<Document>> list(TenantId tenant, std::string_view kind, Deadline deadline) override {
    RETURN_IF_ERROR(validate_key("document kind", kind));
    return read(deadline, [&] { return select_documents(*connection_, tenant, kind); });
  }
  Result<uint64_t> put(TenantId tenant, std::string_view kind, std::string_view key, std::string_view body,
                       std::optional<uint64_t> if_version, Deadline deadline) override {
    RETURN_IF_ERROR(validate_document(kind, key));
    RETURN_IF_ERROR(validate_body(body));
    return write(deadline, [&] {
      return upsert_document(*connection_, {{tenant, kind, key}, body, if_version, clock_.wall_ms()});
    });
  }
  Status erase(TenantId tenant, std::string_view kind, std::string_view key,
               std::optional<uint64_t> if_version, Deadline deadline) override {
    RETURN_IF_ERROR(validate_document(kind, key));
    return write(deadline, [&] { return delete_document(*connection_, {tenant, kind, key}, if_version); });
  }
  Result<uint64_t> revision(std::string_view kind, Deadline deadline) override {
    RETURN_IF_ERROR(validate_key("document kind", kind));
    return read(deadline, [&] { return select_revision(*connection_, kind); });
  }

  Result<NamedLease> acquire_lease(std::string_view name, std::string_view holder, os::milliseconds ttl,
                                   Deadline deadline) override {
    const LeaseRequest request{name, holder, ttl};
    RETURN_IF_ERROR(validate_lease(request));
    return write(deadline, [&] { return upsert_lease(*connection_, request, clock_.wall_ms()); });
  }
  Status release_lease(std::string_view name, std::string_view holder, Deadline deadline) override {
    RETURN_IF_ERROR(validate_lease({name, holder, kLeaseTtlMax}));
    return write(deadline, [&] { return clear_lease(*connection_, name, holder); });
  }

 private:
  // Runs `body` alone on the connection, with what is left of the deadline for other processes' locks.
  template <typename Body>
  auto read(Deadline deadline, Body&& body) -> std::invoke_result_t<Body> {
    if (deadline.passed(clock_) || !gate_.enter(deadline.left(clock_))) return too_late();
    connection_->set_busy_wait(deadline.left(clock_));
    auto result = body();
    gate_.leave();
    return std::move(result).context("catalogue " + connection_->path());
  }

  // The same in a transaction that is committed when `body` succeeds, and durable then.
  template <typename Body>
  auto write(Deadline deadline, Body&& body) -> std::invoke_result_t<Body> {
    using R = std::invoke_result_t<Body>;
    return read(deadline, [&]() -> R {
      R result = internal("the transaction did not run");
      const Status status = in_transaction(*connection_, [&]() -> Status {
        result = body();
        return result.ok() ? Status() : Status(result.error());
      });
      if (!status.ok()) return status.error();
      return result;
    });
  }

  Error too_late() const {
    return deadline_exceeded(fmt::format("catalogue {}: busy until the deadline", connection_->path()));
  }

  const std::unique_ptr<Connection> connection_;
  os::Clock& clock_;
  Gate gate_;
};

// Write-ahead logging lets readers of other processes go on during a write. Processes that create the file
// together meet at this switch, and SQLite then refuses one of them at once; waiting for the other's write
// lock is how it takes its turn.
Status use_write_ahead_log(Connection& connection) {
  constexpr int kAttempts = 1'000;
  Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    status = connection.execute("PRAGMA journal_mode = WAL");
    if (status.ok() || status.error().code != Code::kDeadlineExceeded) return status;
    RETURN_IF_ERROR(connection.execute("BEGIN IMMEDIATE; COMMIT"));
  }
  return status;
}

// FULL syncs the log at every commit: an answer that was given is on stable storage.
Status configure(Connection& connection) {
  connection.set_busy_wait(kOpenWait);
  RETURN_IF_ERROR(use_write_ahead_log(connection));
  return connection.execute("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF");
}

}  // namespace

Result<std::unique_ptr<MetaStore>> open(const std::string& path, os::Clock& clock) {
  const std::string context = "catalogue " + path;
  ASSIGN_OR_RETURN(auto connection, Connection::open(path).context(context));
  RETURN_IF_ERROR(configure(*connection).context(context));
  RETURN_IF_ERROR(migrate(*connection).context(context));
  return std::unique_ptr<MetaStore>(std::make_unique<SqliteMetaStore>(std::move(connection), clock));
}

}  // namespace weir::meta::sqlite
