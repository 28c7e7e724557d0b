#pragma once

#include <cstdint>

namespace weir {

/// Milliseconds since 1970-01-01T00:00:00Z, the time of samples. May be negative in arithmetic, never in
/// stored data.
using TimestampMs = int64_t;

}  // namespace weir
