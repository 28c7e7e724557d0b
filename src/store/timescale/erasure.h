#pragma once

#include <span>

#include "pg/pool.h"
#include "store/store.h"
#include "store/timescale/schema.h"

namespace weir::store::timescale {

/// Store::erase on a server: one transaction of one snapshot, so that other transactions see all of it or
/// nothing. Rows of series stay, since a writer may know them; so their names do. Safe from any thread.
class Erasure {
 public:
  Erasure(const TimescaleStoreOptions& options, const StoredSettings& settings, pg::Pool& pool,
          os::Clock& clock)
      : options_(options), settings_(settings), pool_(pool), clock_(clock) {}

  Result<EraseReport> run(TenantId tenant, std::span<const Matcher> matchers, TimeRange range,
                          Deadline deadline);

 private:
  Status transaction(pg::Connection& connection, TenantId tenant, std::span<const Matcher> matchers,
                     TimeRange range, Deadline deadline, EraseReport& report);
  std::string sql(std::string_view text) const { return in_schema(text, options_.schema); }

  const TimescaleStoreOptions& options_;
  const StoredSettings settings_;
  pg::Pool& pool_;
  os::Clock& clock_;
};

}  // namespace weir::store::timescale
