#pragma once

#include <cstdint>

// What the encoder and the decoder of series records agree on. docs/formats/series-record.md has the whole
// layout.
namespace weir::wire {

/// No version of a batch record: the two are told apart by their first byte.
inline constexpr uint8_t kSeriesRecordVersion = 16;
/// Flag: the record begins with definitions.
inline constexpr uint8_t kSeriesRecordDefines = 1;
/// Flag: the record holds histograms.
inline constexpr uint8_t kSeriesRecordHistograms = 2;
/// Flag: the record holds exemplars.
inline constexpr uint8_t kSeriesRecordExemplars = 4;

}  // namespace weir::wire
