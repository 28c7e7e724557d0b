#pragma once

#include <cstdlib>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "pg/binary.h"
#include "pg/connection.h"
#include "store/timescale/cells.h"
#include "store/timescale/schema.h"
#include "store/timescale/times.h"
#include "store/timescale/timescale_store.h"
#include "support/settable_retention.h"

namespace weir::store::timescale {

struct PlainServer {
  static constexpr const char* kVariable = "WEIR_TEST_POSTGRES";
  static constexpr bool kTerminates = true;
};
/// One backend for everybody: a terminated one would be the server's end.
struct TimescaleServer {
  static constexpr const char* kVariable = "WEIR_TEST_TIMESCALE";
  static constexpr bool kTerminates = false;
};

/// A schema of its own on a real server, dropped at the end.
template <typename Server>
class TestSchema {
 public:
  static const char* missing_server() {
    if (std::getenv(Server::kVariable) != nullptr) return nullptr;
    static const std::string text =
        fmt::format("{} is not set: run by tests/services/run.py", Server::kVariable);
    return text.c_str();
  }

  TestSchema() : name_(fmt::format("weir_t{}", os::random_seed() % 1'000'000'000'000)) {
    if (missing_server() == nullptr) connection_ = connect();
  }
  ~TestSchema() {
    if (connection_ == nullptr) return;
    run(fmt::format("set client_min_messages = error; drop schema if exists {0}_api cascade", name_));
    run(fmt::format("drop schema if exists {} cascade", name_));
    run(fmt::format("delete from public.weir_migration where component like '%_{}'", name_));
  }

  const std::string& name() const { return name_; }
  /// With an application name that is the schema's, so that its sessions can be told from others.
  std::string conninfo() const {
    return fmt::format("{} application_name={}", std::getenv(Server::kVariable), name_);
  }
  std::unique_ptr<pg::Connection> connect(const std::string& more = "") const {
    const std::string plain = fmt::format("{} {}", std::getenv(Server::kVariable), more);
    return pg::Connection::open({.conninfo = plain}, os::system_clock(), Deadline::never()).value();
  }
  void run(const std::string& sql) {
    const Status status = connection_->run(in_schema(sql, name_), Deadline::never());
    EXPECT_TRUE(status.ok()) << sql << ": " << status.error().message;
  }
  std::unique_ptr<pg::Rows> rows(const std::string& sql) {
    return connection_->execute(in_schema(sql, name_), {}, Deadline::never()).value();
  }
  int64_t number(const std::string& sql) { return int_cell(*rows("select (" + sql + ")::int8"), 0, 0); }
  /// Ends all sessions of stores on this schema, as a failover does.
  void terminate_sessions() {
    if (Server::kTerminates) {
      rows(fmt::format(
          "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = '{}'",
          name_));
    }
  }

  TimescaleStoreOptions options() const {
    TimescaleStoreOptions options;
    options.conninfo = conninfo();
    options.schema = name_;
    options.maintenance_interval = os::milliseconds(0);
    // Tests write samples of many years.
    options.chunk_interval = std::chrono::hours(24 * 30);
    return options;
  }

 private:
  const std::string name_;
  std::unique_ptr<pg::Connection> connection_;
};

/// As tests/contract/store_contract.h asks for it.
template <typename Server, TimescaleStoreOptions::Writer kWriter>
class ServerStoreHarness {
 public:
  static constexpr bool kKeepsHistograms = false;
  static constexpr bool kKeepsExemplars = false;
  static const char* missing_server() { return TestSchema<Server>::missing_server(); }
  static constexpr TimestampMs kLastTime = kTimeMaxMs;

  ServerStoreHarness() {
    if (missing_server() != nullptr) return;
    const auto applied = migrate(options(), os::system_clock(), Deadline::never());
    EXPECT_TRUE(applied.ok()) << applied.error().message;
    start();
  }
  Store& store() { return *store_; }
  SettableRetention& retention() { return retention_; }
  TimestampMs now_ms() const { return os::system_clock().wall_ms(); }
  void reopen() {
    store_.reset();
    start();
  }
  void crash() {
    schema_.terminate_sessions();
    reopen();
  }

 private:
  TimescaleStoreOptions options() {
    TimescaleStoreOptions options = schema_.options();
    options.writer = kWriter;
    options.tenant_retention = &retention_;
    return options;
  }
  void start() {
    ServerReport report;
    store_ = open(options(), os::system_clock(), registry_, Deadline::never(), report).value();
  }

  TestSchema<Server> schema_;
  SettableRetention retention_;
  telemetry::Registry registry_;
  std::unique_ptr<Store> store_;
};

}  // namespace weir::store::timescale
