#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "model/histogram.h"

/// weir.NativeHistogram, an item of weir.MetricBatch (docs/formats/metric-batch.md), in Avro's binary.
namespace weir::wire {

struct AvroHistogram {
  int64_t series_index = 0;  ///< Of the series in the record. As it was read: may be out of range.
  TimestampMs timestamp_ms = 0;
  Histogram histogram;
};

/// Appends the item.
void append_avro_histogram(uint32_t series_index, TimestampMs timestamp_ms, const Histogram& histogram,
                           ByteWriter& out);

/// Reads the item where `in` stands, over whatever `item` holds. The bytes may be hostile; the histogram is
/// valid (`validate`) after success. Errors: kCorruption.
Status read_avro_histogram(ByteReader& in, AvroHistogram& item);

/// Passes over an item; `in` fails when it is damaged.
void skip_avro_histogram(ByteReader& in);

}  // namespace weir::wire
