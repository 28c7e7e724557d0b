#include <poll.h>
#include <postgresql/libpq-fe.h>

#include "pg/session.h"
#include "pg/socket_wait.h"

namespace weir::pg {
Error Session::lost() {
  broken_ = true;
  return unavailable("postgres: the connection was lost");
}

Status Session::wait(short events, Deadline deadline) {
  const int socket = PQsocket(conn_.get());
  if (socket < 0) return lost();
  return wait_socket(socket, events, -1, clock_, deadline);
}

Status Session::flush(Deadline deadline) {
  while (true) {
    const int left = PQflush(conn_.get());
    if (left == 0) return ok_status();
    // The server's last words ("terminating connection ...") may still wait to be read.
    if (left < 0) return PQconsumeInput(conn_.get()) == 1 ? ok_status() : Status(lost());
    RETURN_IF_ERROR(wait(POLLIN | POLLOUT, deadline));
    if (PQconsumeInput(conn_.get()) == 0) return lost();
  }
}

Result<ResultPtr> Session::next_result(Deadline deadline) {
  RETURN_IF_ERROR(flush(deadline));
  while (PQisBusy(conn_.get()) != 0) {
    RETURN_IF_ERROR(wait(POLLIN, deadline));
    // With the connection gone PQgetResult does not wait, and has the server's last words.
    if (PQconsumeInput(conn_.get()) == 0) break;
  }
  return ResultPtr(PQgetResult(conn_.get()));
}

/// Once the pool has closed the connection, the server ends the statement by itself, docs/decisions/0006.
Status Session::abandon(Error why) {
  broken_ = true;
  sqlstate_.clear();
  return why;
}

Status Session::drain(Deadline deadline) {
  Status first;
  while (true) {
    ASSIGN_OR_RETURN(const ResultPtr result, next_result(deadline));
    if (result == nullptr) return first;
    const Status status = check(*result);
    if (first.ok() && !status.ok()) first = status;
  }
}

}  // namespace weir::pg
