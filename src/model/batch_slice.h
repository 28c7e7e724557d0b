#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/hash.h"
#include "model/batch.h"
#include "model/tenant_id.h"

namespace weir {

/// The hash of a series of a tenant: decides its partition, for ever, and finds it in memory.
inline uint64_t series_hash(TenantId tenant, LabelsView labels) {
  return stable_hash(labels.bytes(), tenant.value());
}

/// Some series of a batch, in the order of a log record. A value.
struct SeriesSelection {
  std::vector<uint32_t> indexes;
  std::vector<uint64_t> hashes;  ///< `series_hash` of each, so that it is computed once on a sample's way.
};

/// What a log record holds, as it was before it was encoded. Immutable; shared by whoever still needs it.
struct BatchSlice {
  std::shared_ptr<const Batch> batch;
  SeriesSelection selection;

  /// Its share of the batch's memory, for ledgers.
  size_t size_bytes() const {
    const size_t share = batch->series_count() == 0
                             ? 0
                             : batch->size_bytes() * selection.indexes.size() / batch->series_count();
    return share + selection.indexes.size() * (sizeof(uint32_t) + sizeof(uint64_t));
  }
};
using BatchSlicePtr = std::shared_ptr<const BatchSlice>;

/// All series of a batch, as a record of the tenant.
BatchSlice whole_slice(TenantId tenant, std::shared_ptr<const Batch> batch);

/// Copies the selected series to the end of `out`.
void append_slice(const BatchSlice& slice, Batch& out);

}  // namespace weir
