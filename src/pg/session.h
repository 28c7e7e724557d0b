#pragma once

#include <memory>
#include <string>

#include "pg/connection.h"
#include "pg/rows.h"
#include "pg/statement_cache.h"
#include "pg/waker.h"

struct pg_conn;    // libpq's PGconn
struct pg_result;  // and PGresult

namespace weir::pg {

struct ConnCloser {
  void operator()(pg_conn* conn) const;
};
struct ResultClearer {
  void operator()(pg_result* result) const;
};
using ConnPtr = std::unique_ptr<pg_conn, ConnCloser>;
using ResultPtr = std::unique_ptr<pg_result, ResultClearer>;

/// The one implementation of Connection: libpq without blocking, and poll(). What a call does is in
/// session.cc, how it waits in session_wait.cc, how it begins in session_open.cc.
class Session final : public Connection {
 public:
  Session(const ConnectionOptions& options, os::Clock& clock, Waker waker, ConnPtr conn);

  Result<std::unique_ptr<Rows>> execute(std::string_view sql, std::span<const Param> params,
                                        Deadline deadline) override;
  Status run(std::string_view sql, Deadline deadline) override;
  Status stream(std::string_view sql, std::span<const Param> params, Deadline deadline,
                const std::function<Status(const Rows&)>& on_rows) override;
  Result<uint64_t> copy_in(std::string_view sql, std::string_view rows, Deadline deadline) override;
  Result<std::optional<Notification>> wait_notification(Deadline deadline) override;
  void wake() override { waker_.wake(); }
  bool usable() const override;
  bool in_transaction() const override;
  std::string_view sqlstate() const override { return sqlstate_; }

 private:
  /// Called with the buffer after each row, and at the end.
  using OnRow = std::function<Status(RowBuffer&, bool last)>;

  /// A statement that is sent, and its answer read to the end; else the session is given up.
  Status exchange(std::string_view sql, std::span<const Param> params, Deadline deadline,
                  const OnRow& on_row);
  Result<std::string> prepared(std::string_view sql, std::span<const Param> params, Deadline deadline);
  Status send_prepared(const std::string& name, std::span<const Param> params);
  Status read_rows(RowBuffer& rows, Deadline deadline, const OnRow& on_row);
  Status begin();
  /// Reads results until the session is idle again; the first error, if there was one.
  Status drain(Deadline deadline);
  Status check(const pg_result& result);
  Status send_copy(std::string_view rows, Deadline deadline);
  Result<uint64_t> end_copy(Deadline deadline);

  // session_wait.cc
  /// The next result, null at the end of the answer.
  Result<ResultPtr> next_result(Deadline deadline);
  Status flush(Deadline deadline);
  Status wait(short events, Deadline deadline);
  /// Gives the session up with the statement under way. Returns `why`.
  Status abandon(Error why);
  Error lost();

  const ConnectionOptions options_;
  os::Clock& clock_;
  Waker waker_;
  ConnPtr conn_;
  StatementCache statements_;
  std::string sqlstate_;
  bool broken_ = false;
};

}  // namespace weir::pg
