#include "store/embedded/block_format.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace weir::store::embedded {
namespace {

constexpr size_t kFooterTailBytes = 4 + 8;  // CRC and magic

Status check_sections(const BlockFooter& footer, size_t file_bytes) {
  const uint64_t end = file_bytes - kBlockFooterBytes;
  for (const BlockSection& section : footer.sections) {
    if (section.offset < kBlockMagic.size() || section.offset > end ||
        section.size_bytes > end - section.offset) {
      return corruption(fmt::format("section at {} of {} bytes lies outside the file of {}", section.offset,
                                    section.size_bytes, file_bytes));
    }
  }
  return {};
}

}  // namespace

std::string encode_footer(const BlockFooter& footer) {
  std::string bytes;
  ByteWriter writer(bytes);
  for (const BlockSection& section : footer.sections) {
    writer.u64(section.offset);
    writer.u64(section.size_bytes);
    writer.u32(section.crc);
  }
  writer.u64(static_cast<uint64_t>(footer.range.mint_ms));
  writer.u64(static_cast<uint64_t>(footer.range.maxt_ms));
  writer.u64(footer.sample_count);
  writer.u32(footer.series_count);
  writer.u32(crc32c(bytes));
  writer.raw(footer.has_lists ? kBlockMagicLists : kBlockMagic);
  return bytes;
}

bool has_block_end(std::string_view file) {
  return file.ends_with(kBlockMagic) || file.ends_with(kBlockMagicLists);
}

Result<BlockFooter> decode_footer(std::string_view file) {
  if (file.size() < kBlockMagic.size() + kBlockFooterBytes) {
    return corruption(fmt::format("{} bytes, a block has at least {}", file.size(),
                                  kBlockMagic.size() + kBlockFooterBytes));
  }
  if (!file.starts_with(kBlockMagic) || !has_block_end(file))
    return corruption("not a block of version 1 or 2");
  const std::string_view bytes = file.substr(file.size() - kBlockFooterBytes);
  ByteReader reader(bytes);
  BlockFooter footer;
  for (BlockSection& section : footer.sections) {
    section.offset = reader.u64();
    section.size_bytes = reader.u64();
    section.crc = reader.u32();
  }
  footer.range.mint_ms = static_cast<TimestampMs>(reader.u64());
  footer.range.maxt_ms = static_cast<TimestampMs>(reader.u64());
  footer.sample_count = reader.u64();
  footer.series_count = reader.u32();
  footer.has_lists = file.ends_with(kBlockMagicLists);
  if (reader.u32() != crc32c(bytes.substr(0, kBlockFooterBytes - kFooterTailBytes))) {
    return corruption("the footer's checksum is wrong");
  }
  RETURN_IF_ERROR(check_sections(footer, file.size()));
  return footer;
}

uint32_t footer_crc(std::string_view file) {
  return ByteReader(file.substr(file.size() - kFooterTailBytes)).u32();
}

}  // namespace weir::store::embedded
