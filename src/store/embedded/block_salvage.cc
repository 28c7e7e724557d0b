#include "store/embedded/block_salvage.h"

#include <algorithm>

#include <absl/functional/function_ref.h>

#include "store/embedded/block_writer.h"

namespace weir::store::embedded {
namespace {

/// Takes the good chunks of one series, in order; empty for a series that is lost.
using Take = absl::FunctionRef<Status(TenantId tenant, LabelsView labels, const std::vector<ChunkRef>& good)>;

// Those of samples and exemplars that are whole; what else a block holds is made anew from them.
std::vector<ChunkRef> good_chunks(const Block& block, const std::vector<ChunkRef>& chunks, Salvage& salvage) {
  std::vector<ChunkRef> good;
  for (const ChunkRef& chunk : chunks) {
    const bool whole = block.verify_chunk(chunk).ok();
    if (whole) good.push_back(chunk);
    if (chunk.list == ChunkList::kSamples)
      (whole ? salvage.samples_saved : salvage.samples_lost) += chunk.sample_count;
  }
  ++(good.empty() ? salvage.series_lost : salvage.series_saved);
  return good;
}

Result<Salvage> for_each_series(const Block& block, Take take) {
  Salvage salvage;
  std::vector<ChunkRef> chunks;
  std::string labels;
  for (const BlockTenant& tenant : block.tenants()) {
    for (uint32_t series = 0; series < tenant.series_count(); ++series) {
      chunks.clear();
      tenant.append_chunks(series, chunks);
      tenant.append_list(series, ChunkList::kExemplars, chunks);
      const std::vector<ChunkRef> good = good_chunks(block, chunks, salvage);
      labels.clear();
      tenant.append_labels(series, labels);
      if (!good.empty()) RETURN_IF_ERROR(take(tenant.tenant(), LabelsView(labels), good));
    }
  }
  return salvage;
}

Status copy_chunks(const Block& block, const std::vector<ChunkRef>& chunks, BlockWriter& writer) {
  ExemplarColumns exemplars;
  std::string buffer;
  for (const ChunkRef& chunk : chunks) {
    if (chunk.list == ChunkList::kExemplars) {
      RETURN_IF_ERROR(block.read_exemplars(chunk, exemplars));
      continue;
    }
    ASSIGN_OR_RETURN(const std::string_view bytes, block.chunk_bytes(chunk, buffer));
    RETURN_IF_ERROR(writer.add_chunk(chunk, bytes));
  }
  return writer.add_exemplars(exemplars);
}

}  // namespace

Salvage survey_chunks(const Block& block) {
  return for_each_series(block, [](TenantId, LabelsView, const std::vector<ChunkRef>&) { return Status(); })
      .value();
}

Result<Salvage> salvage_block(os::FileSystem& files, const Block& block, const std::string& path) {
  std::unique_ptr<BlockWriter> writer;  // made for the first good chunk: a block is never empty
  const auto copy = [&](TenantId tenant, LabelsView labels, const std::vector<ChunkRef>& good) -> Status {
    if (writer == nullptr) {
      ASSIGN_OR_RETURN(writer, BlockWriter::create(files, path, block.range().length_ms()));
    }
    RETURN_IF_ERROR(writer->begin_series(tenant, labels));
    return copy_chunks(block, good, *writer);
  };
  ASSIGN_OR_RETURN(const Salvage salvage, for_each_series(block, copy));
  if (writer != nullptr) RETURN_IF_ERROR(writer->finish());
  return salvage;
}

}  // namespace weir::store::embedded
