#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/limits.h"
#include "os/clock.h"

/// What a query is told that a limit stops: which limit, its value, and what the query would need as far as
/// that is known. Where Prometheus refuses the same, a text begins as its text does, since clients look for
/// that. Pure.
namespace weir::query {

/// 1234567 as "1,234,567".
std::string grouped(uint64_t count);

/// Of a range query with more steps than `query_points_per_series_max`: how many it asks for, and the
/// smallest step that fits.
std::string too_many_points(int64_t span_ms, int64_t step_ms, const Limits& limits);

/// `series` match, of which `before` were read by other selectors; `exact` unless there are more.
struct SeriesCount {
  uint64_t series = 0;
  bool exact = false;
  uint64_t before = 0;
};
Error too_many_series(const SeriesCount& count, const Limits& limits);

Error too_many_samples(const Limits& limits);
/// `bytes`: what the query would hold by its next step.
Error too_much_memory(uint64_t bytes, const Limits& limits);
/// After so long, when so much had been read from the store.
Error out_of_time(os::SteadyTime::duration after, uint64_t series, uint64_t samples);

/// How far the query was with the selector that it was reading.
struct ReadProgress {
  uint64_t series = 0;          ///< Read.
  std::optional<uint64_t> all;  ///< About, that it has; nullopt where the store cannot say it.
};
/// What a query would have needed, judged by what it took so far.
struct Need {
  uint64_t before = 0;    ///< When the selector began.
  uint64_t now = 0;       ///< When it was stopped.
  std::string_view unit;  ///< "samples"; empty when there is nothing to judge.
};
/// The error with what is known of both.
Error with_progress(Error error, const ReadProgress& progress, const Need& need);

}  // namespace weir::query
