#include "store/embedded/block.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/crc32c.h"
#include "store/embedded/borrowed_chunk.h"
#include "store/embedded/chunk.h"
#include "store/embedded/exemplar_chunk.h"
#include "store/embedded/rollup_chunk.h"

namespace weir::store::embedded {
namespace {

Status verify_checksums(std::string_view file, const BlockFooter& footer) {
  for (size_t i = 0; i < footer.sections.size(); ++i) {
    const BlockSection& section = footer.sections[i];
    if (crc32c(file.substr(section.offset, section.size_bytes)) != section.crc) {
      return corruption(fmt::format("the checksum of section {} is wrong", i));
    }
  }
  return {};
}

Result<BlockFooter> verify_file(std::string_view file) {
  ASSIGN_OR_RETURN(const BlockFooter footer, decode_footer(file));
  RETURN_IF_ERROR(verify_checksums(file, footer));
  RETURN_IF_ERROR(verify_index(BlockIndex::of(file, footer), footer));
  return footer;
}

/// Appends what `decode` makes of the chunk, and holds it against what the index promises.
template <typename Out, typename Decode, typename TimeAt>
Status read_indexed(const Block& block, const ChunkRef& chunk, Out& out, Decode decode, TimeAt time_at) {
  std::string buffer;
  ASSIGN_OR_RETURN(const std::string_view bytes, block.chunk_bytes(chunk, buffer));
  const size_t before = out.size();
  if (Status decoded = decode(bytes, out); !decoded.ok())
    return std::move(decoded).error().context(fmt::format("{}: chunk at {}", block.path(), chunk.offset));
  if (out.size() - before != chunk.sample_count || time_at(before) != chunk.range.mint_ms ||
      time_at(out.size() - 1) != chunk.range.maxt_ms) {
    return corruption(fmt::format("{}: the chunk at {} is not the one indexed", block.path(), chunk.offset));
  }
  return {};
}

}  // namespace

Result<BlockPtr> Block::open(os::FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(auto mapping, files.map(path));
  return from(std::move(mapping), path);
}

Result<BlockPtr> Block::from(std::unique_ptr<os::Mapping> mapping, std::string path) {
  ASSIGN_OR_RETURN(const BlockFooter footer, verify_file(mapping->bytes()).context(path));
  return std::make_shared<const Block>(std::move(mapping), std::move(path), footer, BlockMask());
}

BlockPtr Block::with_mask(BlockMask mask) const {
  return std::make_shared<const Block>(mapping_, path_, footer_, std::move(mask));
}

Block::Block(std::shared_ptr<const os::Mapping> mapping, std::string path, const BlockFooter& footer,
             BlockMask mask)
    : mapping_(std::move(mapping)),
      path_(std::move(path)),
      file_(mapping_->bytes()),
      footer_(footer),
      index_(BlockIndex::of(file_, footer_)),
      fingerprint_(footer_crc(file_)),
      mask_(std::move(mask)) {
  for (size_t i = 0; i < index_.tenant_count(); ++i) tenants_.emplace_back(index_, index_.tenant(i));
}

const BlockTenant* Block::tenant(TenantId tenant) const {
  const auto at = std::lower_bound(tenants_.begin(), tenants_.end(), tenant,
                                   [](const BlockTenant& entry, TenantId id) { return entry.tenant() < id; });
  return at == tenants_.end() || at->tenant() != tenant ? nullptr : &*at;
}

Result<std::string_view> Block::chunk_bytes(const ChunkRef& chunk, std::string& buffer) const {
  return load_chunk(file_, chunk, buffer).context(path_);
}

Status Block::read_chunk(const ChunkRef& chunk, SampleColumns& out) const {
  const size_t before = out.size();
  Status read =
      read_indexed(*this, chunk, out, &decode_chunk, [&](size_t i) { return out.timestamps_ms[i]; });
  if (!read.ok()) out.truncate(before);
  return read;
}

Status Block::read_exemplars(const ChunkRef& chunk, ExemplarColumns& out) const {
  const size_t before = out.size();
  Status read =
      read_indexed(*this, chunk, out, &decode_exemplar_chunk, [&](size_t i) { return out[i].timestamp_ms; });
  if (!read.ok()) out.truncate(before);
  return read;
}

Status Block::read_rollup(const ChunkRef& chunk, Rollup& out) const {
  const auto decode = [&](std::string_view bytes, Rollup& rollup) {
    return decode_rollup_chunk(bytes, bucket_width_ms(chunk.list), rollup);
  };
  return read_indexed(*this, chunk, out, decode, [&](size_t i) { return out.timestamps_ms[i]; });
}

Status Block::verify_chunk(const ChunkRef& chunk) const {
  if (chunk.list == ChunkList::kSamples) {
    SampleColumns samples;
    return read_chunk(chunk, samples);
  }
  if (chunk.list == ChunkList::kMinuteRollup || chunk.list == ChunkList::kHourRollup) {
    Rollup rollup;
    return read_rollup(chunk, rollup);
  }
  if (chunk.list == ChunkList::kExemplars) {
    ExemplarColumns exemplars;
    return read_exemplars(chunk, exemplars);
  }
  std::string buffer;
  const auto bytes = chunk_bytes(chunk, buffer);
  return bytes.ok() ? Status() : Status(bytes.error());
}

Status Block::verify_chunks() const {
  std::vector<ChunkRef> chunks;
  for (const BlockTenant& tenant : tenants_) {
    for (uint32_t series = 0; series < tenant.series_count(); ++series) {
      chunks.clear();
      tenant.append_all_chunks(series, chunks);
      for (const ChunkRef& chunk : chunks) RETURN_IF_ERROR(verify_chunk(chunk));
    }
  }
  return {};
}

}  // namespace weir::store::embedded
