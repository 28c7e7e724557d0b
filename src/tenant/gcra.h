#pragma once

#include <cstdint>

#include "tenant/rate_limiter.h"

/// The generic cell rate algorithm (ITU-T I.371, annex A) on integer nanoseconds of a steady clock. Its only
/// state is the theoretical arrival time, `tat`: when the bucket will be full again. A time in the past means
/// a full bucket. All functions are pure; rates and bursts of 0 count as 1, rates above 10^9 as that.
namespace weir::tenant::gcra {

/// How far `cost` moves `tat`: at least 1 ns for a cost of 1 or more, at most 31 years.
int64_t duration_ns(const Rate& rate, uint64_t cost);

/// The tokens that `duration` is worth, at most the burst.
uint64_t tokens(const Rate& rate, int64_t duration_ns);

/// What is left of the burst at `now_ns`.
uint64_t remaining(const Rate& rate, int64_t tat_ns, int64_t now_ns);

/// The earliest time at which `cost`, not above the burst, can be allowed.
int64_t earliest_ns(const Rate& rate, int64_t tat_ns, uint64_t cost);

/// Takes `cost` from the bucket if it is there. `shares`, 1 or more: in how many equal parts the rate and the
/// burst are split, one of which is ours. A cost above our part of the burst, but not above the burst, is
/// allowed when our part is whole, and paid for afterwards: the rate is held on average.
Allowance take(int64_t& tat_ns, int64_t now_ns, const Rate& rate, uint64_t cost, uint64_t shares = 1);

/// `tat_ns`, but no emptier than an empty bucket of this rate and our share of it: the rate may have been
/// another one before.
int64_t at_most_empty(int64_t tat_ns, int64_t now_ns, const Rate& rate, uint64_t shares);

/// Up to the next millisecond, so that a caller who waits for it does not come too early.
os::milliseconds up_to_millis(int64_t duration_ns);

/// `clock`'s steady time as the functions above take it.
int64_t steady_ns(const os::Clock& clock);

}  // namespace weir::tenant::gcra
