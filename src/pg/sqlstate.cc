#include "pg/sqlstate.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::pg {
namespace {

struct Row {
  std::string_view prefix;
  Code code;
};

// The first row whose prefix fits decides. PostgreSQL's appendix A names the states.
constexpr Row kTable[] = {
    {"08", Code::kUnavailable},            // connection exception
    {"57P0", Code::kUnavailable},          // admin shutdown, crash, cannot connect now, idle timeout
    {"53300", Code::kUnavailable},         // too many connections
    {"25006", Code::kUnavailable},         // read only: a standby, until the failover is over
    {"57014", Code::kDeadlineExceeded},    // canceled
    {"55P03", Code::kDeadlineExceeded},    // lock timeout
    {"23505", Code::kAlreadyExists},       // unique violation
    {"23", Code::kFailedPrecondition},     // other integrity constraints
    {"40", Code::kFailedPrecondition},     // serialization failure, deadlock
    {"25P02", Code::kFailedPrecondition},  // in failed transaction
    {"3D000", Code::kFailedPrecondition},  // no such database
    {"3F000", Code::kFailedPrecondition},  // no such schema
    {"42P0", Code::kFailedPrecondition},   // a table, function, ... exists or does not
    {"28", Code::kPermissionDenied},       // who are you
    {"42501", Code::kPermissionDenied},    // insufficient privilege
    {"53", Code::kResourceExhausted},      // disk full, out of memory
    {"54", Code::kResourceExhausted},      // program limit
    {"22", Code::kInvalidArgument},        // data exception
    {"0A000", Code::kUnsupported},         // feature not supported
    {"58030", Code::kIo},                  // the server's disk
    {"XX001", Code::kCorruption},
    {"XX002", Code::kCorruption},
};

bool is_sqlstate(std::string_view text) {
  return text.size() == 5 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

Code code_of_sqlstate(std::string_view sqlstate) {
  for (const Row& row : kTable) {
    if (sqlstate.starts_with(row.prefix)) return row.code;
  }
  return Code::kInternal;
}

Error error_of_sqlstate(std::string_view sqlstate, std::string_view message) {
  return {code_of_sqlstate(sqlstate), fmt::format("postgres: {} (SQLSTATE {})", message, sqlstate)};
}

Error error_of_refusal(std::string_view text) {
  for (size_t at = text.find(":  "); at != std::string_view::npos; at = text.find(":  ", at + 1)) {
    const std::string_view state = text.substr(at + 3, 5);
    if (!is_sqlstate(state) || text.substr(at + 8, 2) != ": ") continue;
    return error_of_sqlstate(state, first_line(text.substr(at + 10)));
  }
  // "connection to server at ..., port ... failed: Connection refused": where to is not for our messages.
  const std::string_view line = first_line(text);
  const size_t cause = line.rfind(": ");
  return unavailable(fmt::format("postgres: no server answers: {}",
                                 cause == std::string_view::npos ? "?" : line.substr(cause + 2)));
}

}  // namespace weir::pg
