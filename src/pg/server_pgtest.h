#pragma once

#include <cstdlib>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "os/random.h"
#include "pg/binary.h"
#include "pg/connection.h"

/// Skips the test without a server.
#define NEED_POSTGRES()                                                            \
  if (std::getenv("WEIR_TEST_POSTGRES") == nullptr) {                              \
    GTEST_SKIP() << "WEIR_TEST_POSTGRES is not set: run by tests/services/run.py"; \
  }                                                                                \
  static_assert(true)

namespace weir::pg {

inline std::string test_conninfo() {
  const char* conninfo = std::getenv("WEIR_TEST_POSTGRES");
  return conninfo != nullptr ? conninfo : "";
}

inline std::unique_ptr<Connection> test_connection(ConnectionOptions options = {}) {
  options.conninfo = test_conninfo();
  return Connection::open(options, os::system_clock(), Deadline::never()).value();
}

/// "prefix_1a2b3c": a name that no other run uses.
inline std::string unique_name(const std::string& prefix) {
  return prefix + "_" + std::to_string(os::random_seed() % 1'000'000'000'000);
}

inline Deadline in_ms(int64_t ms) {
  return Deadline::after(os::system_clock(), os::milliseconds(ms));
}

inline int64_t number(Connection& connection, const std::string& sql) {
  const auto rows = connection.execute("select (" + sql + ")::int8", {}, Deadline::never()).value();
  return as_int8(rows->bytes(0, 0)).value();
}

}  // namespace weir::pg
