#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "ingest/judge.h"
#include "model/batch_slice.h"
#include "model/tenant_id.h"
#include "wire/record_codec.h"

namespace weir::ingest {

/// The partition that a series belongs to, for ever. `hash`: its `series_hash`.
PartitionId partition_of(uint64_t hash, uint32_t partition_count);

struct SplitOptions {
  const wire::RecordCodec& codec;
  uint32_t partition_count = 1;
  size_t record_bytes_max = 0;
  bool encode = true;  ///< False for a log that encodes batches by itself.
};

/// One log record to be.
struct EncodedRecord {
  PartitionId partition;
  std::string payload;    ///< Empty without SplitOptions::encode.
  BatchSlicePtr decoded;  ///< What `payload` decodes to.
};

/// Encodes what `judgement` left of `batch` as records of one partition each, no larger than
/// `record_bytes_max` as long as a series' labels and one sample fit; a series with more samples is spread
/// over several records, in order. Pure; `batch` changes no more.
std::vector<EncodedRecord> split(TenantId tenant, const std::shared_ptr<const Batch>& batch,
                                 const Judgement& judgement, const SplitOptions& options);

}  // namespace weir::ingest
