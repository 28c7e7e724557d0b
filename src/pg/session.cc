#include "pg/session.h"

#include <charconv>

#include <fmt/format.h>
#include <poll.h>
#include <postgresql/libpq-fe.h>

#include "pg/socket_wait.h"
#include "pg/sqlstate.h"

namespace weir::pg {
namespace {

constexpr size_t kStatementsMax = 128;
constexpr size_t kBinary = 1;
constexpr size_t kRowsPerBatch = 256, kBytesPerBatch = 1u << 20;
constexpr size_t kCopyPiece = 128u << 10;

std::string_view field(const PGresult& result, int which) {
  const char* text = PQresultErrorField(&result, which);
  return text != nullptr ? text : "";
}

uint64_t affected_by(PGresult* result) {
  const std::string_view text = PQcmdTuples(result);
  uint64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

void copy_rows(const PGresult& result, RowBuffer& rows) {
  const int columns = PQnfields(&result);
  rows.set_columns(static_cast<size_t>(columns));
  for (int row = 0; row < PQntuples(&result); ++row) {
    for (int column = 0; column < columns; ++column) {
      if (PQgetisnull(&result, row, column) != 0) {
        rows.add_null();
      } else {
        const auto size = static_cast<size_t>(PQgetlength(&result, row, column));
        rows.add({PQgetvalue(&result, row, column), size});
      }
    }
    rows.end_row();
  }
}

/// Statements are told apart by their text and the types given with it.
std::string cache_key(std::string_view sql, std::span<const Param> params) {
  std::string key(sql);
  for (const Param& param : params) key += fmt::format(" {}", param.type);
  return key;
}

bool is_rolled_back_commit(std::string_view sql, const PGresult& result) {
  const std::string_view tag = PQcmdStatus(const_cast<PGresult*>(&result));
  return tag == "ROLLBACK" && (sql.starts_with("commit") || sql.starts_with("COMMIT"));
}

}  // namespace

Session::Session(const ConnectionOptions& options, os::Clock& clock, Waker waker, ConnPtr conn)
    : options_(options),
      clock_(clock),
      waker_(std::move(waker)),
      conn_(std::move(conn)),
      statements_(kStatementsMax) {}

bool Session::usable() const {
  if (broken_ || PQstatus(conn_.get()) != CONNECTION_OK) return false;
  // A server that has gone left its farewell in the socket, and then the end of the stream.
  while (PQtransactionStatus(conn_.get()) != PQTRANS_ACTIVE && is_readable(PQsocket(conn_.get()))) {
    if (PQconsumeInput(conn_.get()) == 0) return false;
  }
  return true;
}

bool Session::in_transaction() const {
  return PQtransactionStatus(conn_.get()) != PQTRANS_IDLE;
}

Status Session::begin() {
  sqlstate_.clear();
  if (broken_ || PQstatus(conn_.get()) != CONNECTION_OK) return lost();
  return ok_status();
}

Status Session::check(const PGresult& result) {
  const ExecStatusType status = PQresultStatus(&result);
  if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
    broken_ = true;
    return internal("postgres: a COPY where none is expected");
  }
  if (status != PGRES_FATAL_ERROR && status != PGRES_BAD_RESPONSE) return ok_status();
  sqlstate_ = field(result, PG_DIAG_SQLSTATE);
  // libpq makes results of its own for a connection that broke; they have no state.
  if (sqlstate_.empty()) return lost();
  const Error error = error_of_sqlstate(sqlstate_, field(result, PG_DIAG_MESSAGE_PRIMARY));
  if (field(result, PG_DIAG_SEVERITY_NONLOCALIZED) != "ERROR") broken_ = true;  // FATAL, PANIC
  return error;
}

Result<std::unique_ptr<Rows>> Session::execute(std::string_view sql, std::span<const Param> params,
                                               Deadline deadline) {
  auto rows = std::make_unique<RowBuffer>();
  RETURN_IF_ERROR(exchange(sql, params, deadline, [&](RowBuffer& read, bool last) -> Status {
    if (read.size_bytes() > options_.result_bytes_max) {
      return resource_exhausted(
          fmt::format("postgres: an answer of more than {} bytes", options_.result_bytes_max));
    }
    if (last) *rows = std::move(read);
    return ok_status();
  }));
  return std::unique_ptr<Rows>(std::move(rows));
}

Status Session::stream(std::string_view sql, std::span<const Param> params, Deadline deadline,
                       const std::function<Status(const Rows&)>& on_rows) {
  return exchange(sql, params, deadline, [&](RowBuffer& read, bool last) -> Status {
    const bool full = read.row_count() >= kRowsPerBatch || read.size_bytes() >= kBytesPerBatch;
    if (read.row_count() == 0 || (!full && !last)) return ok_status();
    RETURN_IF_ERROR(on_rows(read));
    read.clear();
    return ok_status();
  });
}

Status Session::exchange(std::string_view sql, std::span<const Param> params, Deadline deadline,
                         const OnRow& on_row) {
  RETURN_IF_ERROR(begin());
  ASSIGN_OR_RETURN(const std::string name, prepared(sql, params, deadline));
  RETURN_IF_ERROR(send_prepared(name, params));
  RowBuffer rows;
  Status status = read_rows(rows, deadline, on_row);
  // A statement that the server has lost (a pooler) or that no longer fits its tables is prepared anew.
  if (sqlstate_ == "26000" || sqlstate_ == "0A000") statements_.forget(cache_key(sql, params));
  return status;
}

Result<std::string> Session::prepared(std::string_view sql, std::span<const Param> params,
                                      Deadline deadline) {
  const std::string key = cache_key(sql, params);
  if (const std::string* name = statements_.find(key)) return *name;
  if (const std::optional<std::string> oldest = statements_.evict()) {
    RETURN_IF_ERROR(run("deallocate " + *oldest, deadline));
  }
  std::string name = statements_.next_name();
  std::vector<Oid> types;
  for (const Param& param : params) types.push_back(param.type);
  if (PQsendPrepare(conn_.get(), name.c_str(), std::string(sql).c_str(), static_cast<int>(types.size()),
                    types.data()) == 0) {
    return lost();
  }
  Status status = drain(deadline);
  if (!status.ok() && sqlstate_.empty()) return abandon(std::move(status).error()).error();
  RETURN_IF_ERROR(status);
  statements_.add(key, name);
  return name;
}

Status Session::send_prepared(const std::string& name, std::span<const Param> params) {
  std::vector<const char*> values;
  std::vector<int> sizes;
  const std::vector<int> formats(params.size(), kBinary);
  for (const Param& param : params) {
    values.push_back(param.bytes ? param.bytes->data() : nullptr);
    sizes.push_back(param.bytes ? static_cast<int>(param.bytes->size()) : 0);
  }
  if (PQsendQueryPrepared(conn_.get(), name.c_str(), static_cast<int>(params.size()), values.data(),
                          sizes.data(), formats.data(), kBinary) == 0) {
    return lost();
  }
  PQsetSingleRowMode(conn_.get());
  return ok_status();
}

Status Session::read_rows(RowBuffer& rows, Deadline deadline, const OnRow& on_row) {
  Status failed;
  while (true) {
    Result<ResultPtr> next = next_result(deadline);
    if (!next.ok()) return abandon(std::move(next).error());
    if (*next == nullptr) break;
    const Status status = check(**next);
    if (broken_) return status;
    if (!status.ok()) failed = status;
    if (!failed.ok()) continue;
    copy_rows(**next, rows);
    rows.set_affected(affected_by(next->get()));
    Status wanted = on_row(rows, false);
    if (!wanted.ok()) return abandon(std::move(wanted).error());
  }
  RETURN_IF_ERROR(failed);
  return on_row(rows, true);
}

Status Session::run(std::string_view sql, Deadline deadline) {
  RETURN_IF_ERROR(begin());
  if (PQsendQuery(conn_.get(), std::string(sql).c_str()) == 0) return lost();
  Status failed;
  while (true) {
    Result<ResultPtr> next = next_result(deadline);
    if (!next.ok()) return abandon(std::move(next).error());
    if (*next == nullptr) return failed;
    Status status = check(**next);
    if (broken_) return status;
    if (status.ok() && is_rolled_back_commit(sql, **next)) {
      status = failed_precondition("postgres: the transaction had failed and was rolled back");
    }
    if (failed.ok()) failed = status;
  }
}

Result<uint64_t> Session::copy_in(std::string_view sql, std::string_view rows, Deadline deadline) {
  RETURN_IF_ERROR(begin());
  if (PQsendQuery(conn_.get(), std::string(sql).c_str()) == 0) return lost();
  Result<ResultPtr> started = next_result(deadline);
  if (!started.ok()) return abandon(std::move(started).error()).error();
  if (*started == nullptr) return lost();
  if (PQresultStatus(started->get()) != PGRES_COPY_IN) {
    Status status = check(**started);
    const Status rest = drain(deadline);
    RETURN_IF_ERROR(status);
    RETURN_IF_ERROR(rest);
    return internal("postgres: copy_in of a statement that is no COPY FROM STDIN");
  }
  Status sent = send_copy(rows, deadline);
  if (!sent.ok()) return abandon(std::move(sent).error()).error();
  return end_copy(deadline);
}

Status Session::send_copy(std::string_view rows, Deadline deadline) {
  // In pieces, so that libpq's buffer stays small and a failure of the server is noticed on the way.
  for (; !rows.empty(); rows.remove_prefix(std::min(rows.size(), kCopyPiece))) {
    const std::string_view piece = rows.substr(0, kCopyPiece);
    const int queued = PQputCopyData(conn_.get(), piece.data(), static_cast<int>(piece.size()));
    if (queued == 0) return resource_exhausted("postgres: out of memory for COPY");
    if (queued < 0) return ok_status();  // The server has failed already: its answer says why.
    RETURN_IF_ERROR(flush(deadline));
  }
  PQputCopyEnd(conn_.get(), nullptr);
  return ok_status();
}

Result<uint64_t> Session::end_copy(Deadline deadline) {
  uint64_t copied = 0;
  Status failed;
  while (true) {
    Result<ResultPtr> next = next_result(deadline);
    if (!next.ok()) return abandon(std::move(next).error()).error();
    if (*next == nullptr) break;
    const Status status = check(**next);
    if (failed.ok()) failed = status;
    copied = affected_by(next->get());
  }
  RETURN_IF_ERROR(failed);
  return copied;
}

Result<std::optional<Connection::Notification>> Session::wait_notification(Deadline deadline) {
  RETURN_IF_ERROR(begin());
  struct Freer {
    void operator()(PGnotify* notify) const { PQfreemem(notify); }
  };
  while (true) {
    if (PQconsumeInput(conn_.get()) == 0) return lost();
    const std::unique_ptr<PGnotify, Freer> notify(PQnotifies(conn_.get()));
    if (notify != nullptr) {
      return std::optional(Notification{.channel = notify->relname, .payload = notify->extra});
    }
    if (waker_.drain()) return std::optional<Notification>();
    const Status ready = wait_socket(PQsocket(conn_.get()), POLLIN, waker_.descriptor(), clock_, deadline);
    if (ready.ok()) continue;
    if (ready.error().code == Code::kDeadlineExceeded) return std::optional<Notification>();
    return ready.error();
  }
}

}  // namespace weir::pg
