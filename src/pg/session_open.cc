#include <array>

#include <fmt/format.h>
#include <poll.h>
#include <postgresql/libpq-fe.h>

#include "pg/session.h"
#include "pg/socket_wait.h"
#include "pg/sqlstate.h"
#include "telemetry/logger.h"

namespace weir::pg {
namespace {

/// Server notices ("relation exists, skipping") are of interest only to who debugs.
void log_notice(void*, const PGresult* result) {
  if (!telemetry::log_enabled(telemetry::Level::kDebug)) return;
  const char* text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  telemetry::log_debug(
      "pg", "notice of the server",
      {{"severity", severity != nullptr ? severity : ""}, {"text", text != nullptr ? text : ""}});
}

bool parses(const std::string& conninfo) {
  char* text = nullptr;  // May quote parts of the conninfo, so it is dropped.
  PQconninfoOption* parsed = PQconninfoParse(conninfo.c_str(), &text);
  PQfreemem(text);
  PQconninfoFree(parsed);
  return parsed != nullptr;
}

/// What stands before `dbname` can be changed by the conninfo, what stands after it cannot.
/// A server that still works for a session that we have closed notices within a second.
constexpr std::string_view kSessionSettings = "set client_connection_check_interval = '1s'";

ConnPtr start(const ConnectionOptions& options) {
  // A peer that has vanished is noticed within seconds.
  constexpr std::array kNames = {"tcp_user_timeout",
                                 "keepalives_idle",
                                 "keepalives_interval",
                                 "dbname",
                                 "fallback_application_name",
                                 "client_encoding",
                                 static_cast<const char*>(nullptr)};
  const std::array values = {"5000",
                             "15",
                             "5",
                             options.conninfo.c_str(),
                             options.application_name.c_str(),
                             "UTF8",
                             static_cast<const char*>(nullptr)};
  return ConnPtr(PQconnectStartParams(kNames.data(), values.data(), 1));
}

Status establish(PGconn* conn, os::Clock& clock, Deadline deadline) {
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (next != PGRES_POLLING_OK) {
    const short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    RETURN_IF_ERROR(wait_socket(PQsocket(conn), events, -1, clock, deadline));
    next = PQconnectPoll(conn);
    if (next == PGRES_POLLING_FAILED) return error_of_refusal(PQerrorMessage(conn));
  }
  return ok_status();
}

}  // namespace

void ConnCloser::operator()(pg_conn* conn) const {
  PQfinish(conn);
}

void ResultClearer::operator()(pg_result* result) const {
  PQclear(result);
}

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options, os::Clock& clock,
                                                     Deadline deadline) {
  if (!parses(options.conninfo)) return invalid_argument("postgres: the conninfo cannot be parsed");
  ASSIGN_OR_RETURN(Waker waker, Waker::create());
  ConnPtr conn = start(options);
  if (conn == nullptr) return resource_exhausted("postgres: out of memory");
  // Only the verbose text carries the SQLSTATE of a refusal.
  PQsetErrorVerbosity(conn.get(), PQERRORS_VERBOSE);
  if (PQstatus(conn.get()) == CONNECTION_BAD) return error_of_refusal(PQerrorMessage(conn.get()));
  PQsetNoticeReceiver(conn.get(), log_notice, nullptr);
  const Deadline own = Deadline::after(clock, options.connect_timeout);
  const bool ours = own.when() < deadline.when();
  const Status established = establish(conn.get(), clock, ours ? own : deadline);
  if (!established.ok() && established.error().code == Code::kDeadlineExceeded && ours) {
    return unavailable(
        fmt::format("postgres: no server answers within {} ms", options.connect_timeout.count()));
  }
  RETURN_IF_ERROR(established);
  if (PQsetnonblocking(conn.get(), 1) != 0) return unavailable("postgres: the connection was lost");
  auto session = std::make_unique<Session>(options, clock, std::move(waker), std::move(conn));
  // A server that does not know the setting goes on without it.
  const Status set = session->run(kSessionSettings, ours ? own : deadline);
  if (!session->usable()) {
    // It may have been lost after the answer.
    return set.ok() ? unavailable("postgres: the connection was lost") : set.error();
  }
  return std::unique_ptr<Connection>(std::move(session));
}

}  // namespace weir::pg
