#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/batch.h"

namespace weir::wire {

/// Decodes the simple JSON write of `POST /api/v1/metrics`, appending one series with one sample for each
/// element (so the index of a series in `batch`, less those there before, is the element's index in the
/// array). Pure; safe from any thread.
///
///   {"name": "temperature", "labels": {"room": "attic"}, "value": 21.5, "timestamp": 1700000000000}
///   [ {...}, {...} ]
///
/// - `name`: required, non-empty UTF-8. `labels`: optional object of strings. `value`: required, a number, or
/// one of the
///   strings "NaN", "+Inf", "-Inf". `timestamp`: optional, milliseconds since 1970 as an integer, or RFC 3339
///   text; absent means `now_ms`. Unknown keys are refused, with a suggestion.
/// - Nothing of a body that fails is kept.
/// Errors: kInvalidArgument naming the element's index, the field and what was expected; kResourceExhausted
/// beyond `elements_max`.
Status decode_json_write(std::string_view body, TimestampMs now_ms, size_t elements_max, Batch& batch);

}  // namespace weir::wire
