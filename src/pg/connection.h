#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/clock.h"

/// A client of PostgreSQL for the engines that stand on it. libpq stays behind this folder.
namespace weir::pg {

/// One parameter of a statement, in PostgreSQL's binary form. `bytes` lives for the call.
struct Param {
  uint32_t type = 0;                      ///< OID; 0 lets the server infer it.
  std::optional<std::string_view> bytes;  ///< Absent: NULL.
};

/// The rows of an answer, in binary form. Views live as long as the result.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual size_t row_count() const = 0;
  virtual size_t column_count() const = 0;
  /// Nothing for NULL.
  virtual std::optional<std::string_view> bytes(size_t row, size_t column) const = 0;
  /// Rows that an INSERT, UPDATE, DELETE or COPY touched.
  virtual uint64_t affected() const = 0;
};

struct ConnectionOptions {
  std::string conninfo{};  ///< libpq's: a URL or `key=value` pairs. Never logged: it may hold a password.
  std::string application_name = "weir";
  os::milliseconds connect_timeout{1'000};
  uint64_t result_bytes_max = 256u << 20;  ///< Of one answer that is not streamed.
};

/// One session. Every call has a deadline that covers its whole exchange. When it passes, the session is
/// unusable and must be dropped; the server notices within a second and ends the statement. (libpq 15 can ask
/// the server to cancel it, but waits for that without a limit, docs/decisions/0006.) Owned by one thread at
/// a time; calls block it.
///
/// Errors of every call, by SQLSTATE: kUnavailable (connection lost or refused, server starting or stopping,
/// too many connections; 08*, 57P0*, 53300), kDeadlineExceeded (57014 and our own), kAlreadyExists (23505),
/// kFailedPrecondition (40001, 40P01: the transaction can be repeated; 23*, 42P0*), kPermissionDenied (28*,
/// 42501), kResourceExhausted (53*, 54*), kInvalidArgument (22*), kUnsupported (0A000), kCorruption (XX001,
/// XX002), kInternal (the rest, 42601 among them: our SQL is wrong). The message holds the server's primary
/// message and SQLSTATE, never parameters or the conninfo. `sqlstate()` tells the last one.
class Connection {
 public:
  /// Connects. kUnavailable, kDeadlineExceeded, kPermissionDenied, kInvalidArgument (conninfo).
  static Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options, os::Clock& clock,
                                                  Deadline deadline);
  virtual ~Connection() = default;

  /// Runs one statement with parameters; prepared once per session and text, then reused by name.
  virtual Result<std::unique_ptr<Rows>> execute(std::string_view sql, std::span<const Param> params,
                                                Deadline deadline) = 0;
  /// Runs SQL without parameters or results, several statements allowed (DDL, BEGIN, COMMIT, SET LOCAL).
  virtual Status run(std::string_view sql, Deadline deadline) = 0;

  /// Streams a SELECT: `on_rows` is called with a few hundred rows at a time, in order, so that memory stays
  /// bounded; what it returns other than ok ends the session and is returned.
  virtual Status stream(std::string_view sql, std::span<const Param> params, Deadline deadline,
                        const std::function<Status(const Rows&)>& on_rows) = 0;

  /// `COPY ... FROM STDIN (FORMAT binary)` with `rows` in the COPY binary format, header and trailer
  /// included. Returns the number of rows.
  virtual Result<uint64_t> copy_in(std::string_view sql, std::string_view rows, Deadline deadline) = 0;

  /// Waits for a NOTIFY of the channels that this session LISTENs to; nothing when the deadline passes first.
  struct Notification {
    std::string channel;
    std::string payload;
  };
  virtual Result<std::optional<Notification>> wait_notification(Deadline deadline) = 0;
  /// Makes a waiting `wait_notification` return early with nothing. Any thread.
  virtual void wake() = 0;

  /// False once the session is unusable: it must be dropped.
  virtual bool usable() const = 0;
  /// A transaction is open.
  virtual bool in_transaction() const = 0;
  /// Of the last error; empty when it did not come from the server.
  virtual std::string_view sqlstate() const = 0;
};

}  // namespace weir::pg
