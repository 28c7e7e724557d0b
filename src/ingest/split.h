#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "ingest/judge.h"
#include "model/batch.h"
#include "model/tenant_id.h"
#include "wire/record_codec.h"

namespace weir::ingest {

/// The partition that a series belongs to, for ever: stable_hash of tenant and canonical labels, modulo the
/// count.
PartitionId partition_of(TenantId tenant, LabelsView labels, uint32_t partition_count);

struct SplitOptions {
  const wire::RecordCodec& codec;
  uint32_t partition_count = 1;
  size_t record_bytes_max = 0;
};

/// One log record to be.
struct EncodedRecord {
  PartitionId partition;
  std::string payload;
};

/// Encodes what `judgement` left of `batch` as records of one partition each, no larger than
/// `record_bytes_max` as long as a series' labels and one sample fit; a series with more samples is spread
/// over several records, in order. Pure.
std::vector<EncodedRecord> split(TenantId tenant, const Batch& batch, const Judgement& judgement,
                                 const SplitOptions& options);

}  // namespace weir::ingest
