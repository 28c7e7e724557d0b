#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/histogram.h"

/// The message `prometheus.Histogram` of remote write 1.0 (prometheus/prompb/types.proto).
namespace weir::wire {

struct HistogramSample {
  TimestampMs timestamp_ms = 0;
  Histogram histogram;
};

/// Reads a message, of integer or of float counts. Integers become doubles as in Prometheus: exact up to
/// 2^53, rounded above. `sample` is written over; after an error it is not to be used, but for its time.
/// Errors: kInvalidArgument for a histogram that breaks the rules of `validate`, or whose integer counts do
/// not add up. Throws protozero::exception when the bytes are no message, so the body around them is damaged.
Status read_histogram_message(std::string_view message, HistogramSample& sample);

/// Appends the message, with float counts.
void append_histogram_message(TimestampMs timestamp_ms, const Histogram& histogram, std::string& out);

}  // namespace weir::wire
