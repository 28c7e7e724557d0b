#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/exemplar.h"
#include "model/metric_metadata.h"

namespace weir::wire {

/// A native histogram of a body that breaks the rules, so it is not in the batch.
struct InvalidHistogram {
  uint32_t series_index = 0;  ///< Of the series in the batch.
  std::string message;        ///< The series, and what was found.
};
/// Invalid histograms beyond these are only counted.
inline constexpr size_t kInvalidHistogramsKept = 100;

/// What a remote-write body, of either version, held besides what is in the batch.
struct RemoteWriteExtras {
  std::vector<MetricMetadata> metadata;  ///< As it came; repeats may be among it. Views of `scratch`.
  MetadataFaults invalid_metadata{};
  ExemplarFaults invalid_exemplars{};
  uint64_t invalid_histograms = 0;
  std::vector<InvalidHistogram> invalid;  ///< The first kInvalidHistogramsKept, in order of series.
};

}  // namespace weir::wire
