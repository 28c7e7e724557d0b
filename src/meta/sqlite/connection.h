#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "base/result.h"
#include "os/clock.h"

struct sqlite3;
struct sqlite3_stmt;

namespace weir::meta::sqlite {

/// One run of a prepared statement: bind in order, then step. Resets the statement when it goes out of scope.
/// Bound text is not copied and must live until then.
class Query {
 public:
  Query(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  Query& bind(int64_t value);
  Query& bind(uint64_t value) { return bind(static_cast<int64_t>(value)); }
  Query& bind_text(std::string_view value);
  Query& bind_blob(std::string_view value);

  /// True when a row is there to be read.
  Result<bool> step();
  /// Steps a statement that returns no rows.
  Status run();

  int64_t integer(int column) const;
  uint64_t unsigned_integer(int column) const { return static_cast<uint64_t>(integer(column)); }
  std::string bytes(int column) const;

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_;  // null after a move
  int bound_ = 0;
  int bind_code_ = 0;  // the first failure of a bind; reported by `step`
};

/// An open database with its prepared statements. Owned by one thread at a time.
class Connection {
 public:
  /// Opens or creates the file. Errors: kIo, kCorruption.
  static Result<std::unique_ptr<Connection>> open(const std::string& path);
  /// Takes `db` over.
  Connection(std::string path, sqlite3* db) : path_(std::move(path)), db_(db) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// How long the calls that follow may wait for another process's lock.
  void set_busy_wait(os::milliseconds wait);
  /// Statements that run when `stop` says true, which is asked often, fail with kDeadlineExceeded.
  void stop_when(std::function<bool()> stop);
  /// Runs SQL text without results, several statements separated by semicolons.
  Status execute(const char* sql);
  /// A run of `sql`, which must be a string literal: it is prepared once and kept by its address.
  Result<Query> query(const char* sql);
  /// Rows changed by the statement run last.
  int64_t changes() const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  sqlite3* db_;
  std::function<bool()> stop_;
  absl::flat_hash_map<const char*, sqlite3_stmt*> statements_;
};

/// Runs `body` (a callable returning a Status) in a transaction that excludes other writers from its start:
/// commits its success, rolls back its failure.
template <typename Body>
Status in_transaction(Connection& connection, Body&& body) {
  RETURN_IF_ERROR(connection.execute("BEGIN IMMEDIATE"));
  Status status = body();
  if (status.ok()) status = connection.execute("COMMIT");
  // A failed COMMIT leaves the transaction open; a failed statement may have closed it already, hence no
  // complaint here.
  if (!status.ok()) static_cast<void>(connection.execute("ROLLBACK"));
  return status;
}

}  // namespace weir::meta::sqlite
