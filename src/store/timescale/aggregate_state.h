#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/time_range.h"
#include "pg/connection.h"

namespace weir::store::timescale {

/// What TimescaleDB notes about how far its continuous aggregates can be believed.
/// docs/decisions/0008-aggregates-in-queries.md says why that is enough. Immutable.
class AggregateState {
 public:
  /// On a connection of the login and to the version of TimescaleDB that will be asked.
  /// - returns nothing, and a sentence in `why_not`, when they cannot be asked. Errors: the connection's own.
  static Result<std::optional<AggregateState>> probe(pg::Connection& connection, std::string_view schema,
                                                     std::string_view timescale_version, Deadline deadline,
                                                     std::string& why_not);

  /// Times in `range` where `weir.sample_1h` may differ from what its samples would give, in no order, maybe
  /// overlapping. They hold for the transaction's snapshot if it is REPEATABLE READ.
  /// - returns nothing when there are too many of them to be worth it.
  Result<std::optional<std::vector<TimeRange>>> stale_times(pg::Connection& connection, TimeRange range,
                                                            Deadline deadline) const;

 private:
  AggregateState(std::string_view schema, std::string_view timescale_version, bool has_pending_ranges);

  std::string stale_sql_;
  std::string version_;
};

}  // namespace weir::store::timescale
