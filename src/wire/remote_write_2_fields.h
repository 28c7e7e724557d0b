#pragma once

#include <cstdint>

/// Numbers of the fields of remote write 2.0 (prometheus/prompb/io/prometheus/write/v2/types.proto). Those of
/// samples and histograms are the same as in 1.0.
namespace weir::wire::remote_write_2 {

enum RequestField : uint32_t { kSymbols = 4, kTimeSeries = 5 };
enum SeriesField : uint32_t {
  kLabelsRefs = 1,
  kSamples = 2,
  kHistograms = 3,
  kExemplars = 4,
  kMetadata = 5,
};
enum ExemplarField : uint32_t { kExemplarLabelsRefs = 1, kExemplarValue = 2, kExemplarTimestamp = 3 };
enum MetadataField : uint32_t { kMetadataType = 1, kMetadataHelpRef = 3, kMetadataUnitRef = 4 };

}  // namespace weir::wire::remote_write_2
