#pragma once

#include <cstddef>
#include <cstdint>

// What the encoder and the decoder of batch records agree on. docs/formats/batch-record.md has the whole
// layout.
namespace weir::wire {

inline constexpr uint8_t kBatchRecordVersion = 1;
/// A record that holds histograms. One without is written as version 1, which older builds read.
inline constexpr uint8_t kBatchRecordHistogramVersion = 2;
/// A record that holds exemplars, and histograms perhaps.
inline constexpr uint8_t kBatchRecordExemplarVersion = 3;
/// Flag: the body is a snappy block.
inline constexpr uint8_t kBatchRecordSnappy = 1;

/// Integers up to this magnitude are written as varints; it is the last below which every integer has its own
/// double.
inline constexpr double kBatchRecordIntegerMax = 9'007'199'254'740'992.0;  // 2^53
/// Token of a value that follows as its 8 bytes; larger tokens are integers.
inline constexpr uint64_t kBatchRecordRawValue = 0;

/// Bytes of the bitmap that says which labels of a series differ from the series of its shape before it.
constexpr size_t batch_record_bitmap_bytes(size_t label_count) {
  return (label_count + 7) / 8;
}

}  // namespace weir::wire
