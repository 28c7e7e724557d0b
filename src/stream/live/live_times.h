#pragma once

#include <functional>
#include <optional>

#include "base/time.h"
#include "model/tenant_id.h"
#include "os/clock.h"

namespace weir::stream {

/// Up to which event time the samples of a tenant can be expected to be there; nullopt while that is not
/// known. Safe from any thread; may wait.
using WatermarkFunction = std::function<std::optional<TimestampMs>(TenantId tenant)>;

/// Which time of a grid of intervals can be evaluated: one that the tenant's watermark has reached, or that
/// it has not reached within a bound. Without a watermark it is a fixed time after. Immutable; safe from any
/// thread.
class LiveTimes {
 public:
  struct Options {
    os::milliseconds settle{150};         ///< Without a watermark: time t is evaluated this long after t.
    os::milliseconds wait_max{2'000};     ///< With one: this long after t, t is evaluated all the same.
    WatermarkFunction watermark_ms = {};  ///< May be empty.
  };
  struct Time {
    TimestampMs at_ms = 0;
    bool complete = true;  ///< False: its samples may not all be there.
  };

  /// `clock` outlives it.
  LiveTimes(Options options, const os::Clock& clock) : options_(std::move(options)), clock_(clock) {}

  /// The newest multiple of `interval_ms` that can be evaluated now; not below 0.
  Time newest(TenantId tenant, int64_t interval_ms) const;
  /// How long to wait before it is worth asking whether `at_ms` can be evaluated: at least 1 ms.
  os::milliseconds wait_for(TenantId tenant, TimestampMs at_ms) const;

 private:
  const Options options_;
  const os::Clock& clock_;
};

}  // namespace weir::stream
