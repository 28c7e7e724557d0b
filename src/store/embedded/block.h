#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/exemplar.h"
#include "model/sample.h"
#include "os/files.h"
#include "store/embedded/block_mask.h"
#include "store/embedded/block_tenant.h"
#include "store/embedded/rollup.h"

namespace weir::store::embedded {

/// An immutable block file, mapped and checked: its index when it is opened, each chunk when it is read. Safe
/// from any thread; the mapping lives as long as the object, even when the file is removed meanwhile.
class Block {
 public:
  /// kCorruption names the file; other errors are those of mapping it.
  static Result<std::shared_ptr<const Block>> open(os::FileSystem& files, const std::string& path);
  /// The same for bytes already mapped; `path` is for messages.
  static Result<std::shared_ptr<const Block>> from(std::unique_ptr<os::Mapping> mapping, std::string path);

  const std::string& path() const { return path_; }
  /// Of samples and exemplars, exactly.
  const TimeRange& range() const { return footer_.range; }
  uint64_t sample_count() const { return footer_.sample_count; }
  uint32_t series_count() const { return footer_.series_count; }
  uint64_t size_bytes() const { return file_.size(); }
  const BlockFooter& footer() const { return footer_; }
  /// The footer's CRC-32C, which covers those of the sections: what the manifest knows the file by.
  uint32_t fingerprint() const { return fingerprint_; }

  const std::vector<BlockTenant>& tenants() const { return tenants_; }
  /// Null when the tenant has nothing here.
  const BlockTenant* tenant(TenantId tenant) const;

  /// A chunk of any list, checked and in the form of its own header: what it borrows (borrowed_chunk.h) is
  /// put together in `buffer`. The result lives as long as both. kCorruption when a checksum is wrong.
  Result<std::string_view> chunk_bytes(const ChunkRef& chunk, std::string& buffer) const;
  /// Appends the samples of a chunk. kCorruption when they are not those that the index promises; `out` is
  /// then unchanged.
  Status read_chunk(const ChunkRef& chunk, SampleColumns& out) const;

  /// Appends what a chunk of a rollup holds, later than what is in `out`. kCorruption as above; `out` is then
  /// worthless.
  Status read_rollup(const ChunkRef& chunk, Rollup& out) const;
  /// The same for a chunk of ChunkList::kExemplars.
  Status read_exemplars(const ChunkRef& chunk, ExemplarColumns& out) const;

  /// Checks a chunk of any list. kCorruption when it is not what the index promises.
  Status verify_chunk(const ChunkRef& chunk) const;

  /// What is deleted of it; nothing right after it was opened. Those who read samples leave that out.
  const BlockMask& mask() const { return mask_; }
  MaskedRanges masked(TenantId tenant, uint32_t series) const {
    return mask_.empty() ? MaskedRanges() : mask_.of(tenant, series);
  }
  /// The same block under another mask; both share the mapping.
  std::shared_ptr<const Block> with_mask(BlockMask mask) const;

  /// Checks every chunk, deleted samples too. kCorruption names the first one that is damaged.
  Status verify_chunks() const;

  Block(std::shared_ptr<const os::Mapping> mapping, std::string path, const BlockFooter& footer,
        BlockMask mask);
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

 private:
  const std::shared_ptr<const os::Mapping> mapping_;
  const std::string path_;
  const std::string_view file_;
  const BlockFooter footer_;
  const BlockIndex index_;
  const uint32_t fingerprint_;
  const BlockMask mask_;
  std::vector<BlockTenant> tenants_;
};

using BlockPtr = std::shared_ptr<const Block>;

}  // namespace weir::store::embedded
