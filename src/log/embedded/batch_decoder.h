#pragma once

#include <memory>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "log/embedded/frame.h"
#include "model/batch_pool.h"
#include "wire/series_definitions.h"

namespace weir::log::embedded {

/// Decodes the records of a journal of samples, in the order of their offsets: those that name series by
/// numbers need the definitions of those before them, from the beginning of their group on. Keeps the labels
/// of all series of the current group. Owned by one thread.
class BatchDecoder {
 public:
  /// Bounds what one record decodes to.
  explicit BatchDecoder(size_t decoded_bytes_max) : decoded_bytes_max_(decoded_bytes_max) {}

  /// Notes the definitions of a record that is not asked for. Its damage is that of the records that need it.
  void learn(const FrameRecord& record);
  /// What a record holds. Errors: kCorruption, kUnsupported, kResourceExhausted; they concern this record
  /// alone.
  Result<BatchSlicePtr> decode(const FrameRecord& record);

 private:
  wire::SeriesDefinitions& definitions_of(const FrameRecord& record);

  const size_t decoded_bytes_max_;
  absl::flat_hash_map<std::pair<uint32_t, TenantId>, std::unique_ptr<wire::SeriesDefinitions>> definitions_;
  BatchPool pool_{{.idle_max = 64}};
};

}  // namespace weir::log::embedded
