#pragma once

#include <atomic>
#include <cstdint>
#include <latch>
#include <string>
#include <vector>

namespace weir::bench {

/// What to send where. Steps [first_step, first_step + steps) of a workload that its other fields name: two
/// plans that differ in the steps alone are two phases of one load.
struct Plan {
  std::string url;
  uint32_t hosts = 100;
  /// The hosts are divided among so many tenants, which requests name in X-Scope-OrgID; 0 names none.
  uint32_t tenants = 0;
  uint32_t first_step = 0;
  uint32_t steps = 360;
  int64_t start_ms = 0;  ///< Time of step 0.
  int64_t step_ms = 10'000;
  double churn_percent = 0;
  uint64_t samples_per_second = 0;  ///< Over all connections; 0 is as fast as it goes.
  uint32_t samples_per_request = 2'000;
  uint32_t connections = 2;
};

/// What became of it.
struct Tally {
  uint64_t samples = 0;     ///< Acknowledged.
  uint64_t new_series = 0;  ///< That the steps sent for the first time.
  uint64_t requests = 0;
  uint64_t retries = 0;
  double first_step_seconds = 0;
  double seconds = 0;
  std::vector<double> latencies_ms;  ///< One a request, retries included; waiting for the rate is not.
  std::string failure;               ///< Empty when all was acknowledged.
};

/// Sends the share of one connection, every step in order so that each series' samples ascend. What has to be
/// made before the first request is made first, then it waits at `ready` for the other connections. Ends
/// early, after the request that it is at, once `stop` is set.
Tally run_connection(const Plan& plan, uint32_t connection, std::latch& ready, const std::atomic<bool>& stop);

}  // namespace weir::bench
