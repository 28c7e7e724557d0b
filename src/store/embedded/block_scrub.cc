#include "store/embedded/block_scrub.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace weir::store::embedded {
namespace {

constexpr uint64_t kPieceBytes = 256 << 10;

}  // namespace

Result<BlockScrub> BlockScrub::begin(os::FileSystem& files, BlockPtr block) {
  ASSIGN_OR_RETURN(auto file, files.open(block->path(), os::OpenMode::kRead));
  ASSIGN_OR_RETURN(const uint64_t size, file->size());
  if (size != block->size_bytes()) {
    return corruption(
        fmt::format("{}: {} bytes, it was made with {}", block->path(), size, block->size_bytes()));
  }
  return BlockScrub(std::move(block), std::move(file));
}

Result<uint64_t> BlockScrub::advance(uint64_t bytes) {
  const uint64_t before = bytes_read_;
  while (!done() && bytes_read_ - before < bytes) RETURN_IF_ERROR(check_piece());
  return bytes_read_ - before;
}

/// In the order of the file, so that it is read once and forward.
Status BlockScrub::check_piece() {
  if (!head_checked_) return check_head();
  if (find_chunk()) return check_chunk();
  return section_ < block_->footer().sections.size() ? check_section_piece() : check_footer();
}

Status BlockScrub::check_head() {
  ASSIGN_OR_RETURN(const std::string_view head, bytes_at(0, kBlockMagic.size()));
  if (head != kBlockMagic) return corruption(fmt::format("{}: does not begin as a block", block_->path()));
  head_checked_ = true;
  return {};
}

Status BlockScrub::check_section_piece() {
  const BlockSection& section = block_->footer().sections[section_];
  const uint64_t size = std::min(kPieceBytes, section.size_bytes - section_bytes_);
  ASSIGN_OR_RETURN(const std::string_view bytes, bytes_at(section.offset + section_bytes_, size));
  section_crc_ = crc32c(bytes, section_crc_);
  section_bytes_ += size;
  if (section_bytes_ < section.size_bytes) return {};
  if (section_crc_ != section.crc)
    return corruption(fmt::format("{}: the checksum of section {} is wrong", block_->path(), section_));
  ++section_;
  section_bytes_ = section_crc_ = 0;
  return {};
}

/// Moves on to the next series that has a chunk; false after the last.
bool BlockScrub::find_chunk() {
  while (chunk_ == chunks_.size()) {
    if (tenant_ == block_->tenants().size()) return false;
    const BlockTenant& tenant = block_->tenants()[tenant_];
    if (series_ == tenant.series_count()) {
      ++tenant_;
      series_ = 0;
      continue;
    }
    chunks_.clear();
    chunk_ = 0;
    tenant.append_all_chunks(series_++, chunks_);
  }
  return true;
}

Status BlockScrub::check_chunk() {
  const ChunkRef& chunk = chunks_[chunk_++];
  ASSIGN_OR_RETURN(const std::string_view bytes,
                   bytes_at(chunk.offset, uint64_t{chunk.size_bytes} + kChunkCrcBytes));
  if (crc32c(bytes.substr(0, chunk.size_bytes)) == ByteReader(bytes.substr(chunk.size_bytes)).u32())
    return {};
  return corruption(
      fmt::format("{}: the checksum of the chunk at {} is wrong", block_->path(), chunk.offset));
}

Status BlockScrub::check_footer() {
  ASSIGN_OR_RETURN(const std::string_view footer,
                   bytes_at(block_->size_bytes() - kBlockFooterBytes, kBlockFooterBytes));
  if (footer != encode_footer(block_->footer()))
    return corruption(fmt::format("{}: the footer is not the one that it was opened with", block_->path()));
  done_ = true;
  return {};
}

Result<std::string_view> BlockScrub::bytes_at(uint64_t offset, uint64_t size) {
  const bool inside = offset >= buffer_begin_ && offset + size <= buffer_begin_ + buffer_.size();
  if (!inside) {
    buffer_.resize(std::min(std::max(size, kPieceBytes), block_->size_bytes() - offset));
    buffer_begin_ = offset;
    ASSIGN_OR_RETURN(const size_t got, file_->read_at(offset, buffer_.data(), buffer_.size()));
    buffer_.resize(got);
    bytes_read_ += got;
    if (got < size) return corruption(fmt::format("{}: the file has shrunk", block_->path()));
  }
  return std::string_view(buffer_).substr(offset - buffer_begin_, size);
}

}  // namespace weir::store::embedded
