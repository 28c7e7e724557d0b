#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "base/guarded.h"
#include "base/result.h"
#include "model/tenant_id.h"
#include "os/clock.h"

namespace weir::query {

/// What is asked, and by whom.
struct QueryDescription {
  TenantId tenant;
  std::string text;
  TimestampMs start_ms = 0;
  TimestampMs end_ms = 0;  ///< Of an instant query the same.
  int64_t step_ms = 0;     ///< 0 for an instant query.
};

/// A query, how far it came and for how long.
struct QueryReport {
  uint64_t id = 0;  ///< Unique in this process.
  QueryDescription asked;
  TimestampMs began_ms = 0;
  os::milliseconds took{0};
  uint64_t series_read = 0;
  uint64_t samples_read = 0;
  std::string outcome;  ///< "success", or the name of an error's code; empty while it runs.
};

/// One query while it runs: its thread counts and asks whether to go on, others look and may stop it. Safe
/// from any thread.
class RunningQuery {
 public:
  /// `client_gone` may be null.
  explicit RunningQuery(std::shared_ptr<const Cancellation> client_gone)
      : client_gone_(std::move(client_gone)) {}

  void read_so_far(uint64_t series, uint64_t samples) {
    series_read_.store(series, std::memory_order_relaxed);
    samples_read_.store(samples, std::memory_order_relaxed);
  }
  uint64_t series_read() const { return series_read_.load(std::memory_order_relaxed); }
  uint64_t samples_read() const { return samples_read_.load(std::memory_order_relaxed); }

  void kill() { killed_.cancel(); }
  /// kCancelled when it was killed, or when nobody waits for its answer any more.
  Status proceed() const;

 private:
  std::atomic<uint64_t> series_read_{0};
  std::atomic<uint64_t> samples_read_{0};
  Cancellation killed_;
  const std::shared_ptr<const Cancellation> client_gone_;
};

/// The queries of a process that run now, and the last slow ones. Safe from any thread.
class RunningQueries {
 public:
  static constexpr size_t kSlowMax = 100;  ///< Remembered, of all tenants together.

  /// Queries that take longer than `slow` are remembered and logged.
  RunningQueries(os::milliseconds slow, const os::Clock& clock) : slow_(slow), clock_(clock) {}

  /// Notes a query for as long as it runs. It ends with `finish`, or as "internal" with the object.
  class Entry {
   public:
    Entry(RunningQueries& queries, QueryDescription asked, std::shared_ptr<const Cancellation> client_gone);
    ~Entry() { finish("internal"); }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    RunningQuery& query() { return *query_; }
    void finish(std::string_view outcome);

   private:
    RunningQueries& queries_;
    uint64_t id_;
    std::shared_ptr<RunningQuery> query_;
    bool finished_ = false;
  };

  // TenantId::nobody() is each name that has no data: nobody sees its queries, as others may ask under it.

  /// A tenant's, the longest running first.
  std::vector<QueryReport> running(TenantId tenant) const;
  /// A tenant's, the latest first.
  std::vector<QueryReport> slow(TenantId tenant) const;
  /// Asks a query of the tenant to stop; false when it has none of this number.
  bool kill(TenantId tenant, uint64_t id);

 private:
  struct Known {
    QueryDescription asked;
    TimestampMs began_ms;
    os::SteadyTime began;
    std::shared_ptr<RunningQuery> query;
  };
  struct State {
    uint64_t next_id = 1;
    std::map<uint64_t, Known> running;
    std::deque<QueryReport> slow;
  };
  static bool may_see(TenantId tenant, const QueryDescription& asked) {
    return asked.tenant == tenant && tenant != TenantId::nobody();
  }
  QueryReport report(uint64_t id, const Known& known) const;
  void remove(uint64_t id, std::string_view outcome);

  const os::milliseconds slow_;
  const os::Clock& clock_;
  Guarded<State> state_;
};

}  // namespace weir::query
