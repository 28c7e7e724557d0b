#include <cstddef>
#include <cstdint>
#include <string>

#include "base/crc32c.h"
#include "store/embedded/block.h"
#include "store/embedded/block_set.h"
#include "store/embedded/manifest.h"
#include "store/embedded/test_mapping.h"

namespace weir::store::embedded {
namespace {

// Makes the checksums right where there is a footer, so that the fuzzer gets past them.
std::string with_checksums(std::string file) {
  if (file.size() < kBlockFooterBytes + kBlockMagic.size()) return file;
  file.replace(0, kBlockMagic.size(), kBlockMagic);
  if (!has_block_end(file)) file.replace(file.size() - kBlockMagic.size(), kBlockMagic.size(), kBlockMagic);
  const size_t footer_begin = file.size() - kBlockFooterBytes;
  const size_t crc_at = file.size() - kBlockMagic.size() - sizeof(uint32_t);
  const auto put_footer_crc = [&] {
    std::string crc;
    ByteWriter(crc).u32(crc32c(std::string_view(file).substr(footer_begin, crc_at - footer_begin)));
    file.replace(crc_at, crc.size(), crc);
  };
  put_footer_crc();
  auto footer = decode_footer(file);
  if (!footer.ok()) return file;
  for (BlockSection& section : footer->sections) {
    section.crc = crc32c(std::string_view(file).substr(section.offset, section.size_bytes));
  }
  file.replace(footer_begin, kBlockFooterBytes, encode_footer(*footer));
  return file;
}

// Everything that a store asks of a block.
void use(const BlockPtr& block) {
  static_cast<void>(block->verify_chunks().ok());
  const Matcher some = Matcher::create(MatchOp::kRegex, "a", "b.*|c").value();
  for (const BlockTenant& tenant : block->tenants()) {
    CHECK(match_series(tenant, {&some, 1}).size() <= tenant.series_count(), "no more series than there are");
    for (uint32_t series = 0; series < tenant.series_count(); ++series) {
      std::string labels;
      tenant.append_labels(series, labels);
      CHECK(LabelsView::validate(labels).ok(), "a checked block has canonical labels");
      CHECK(tenant.find(LabelsView(labels)) == series, "a series is found by its labels");
      static_cast<void>(find_in_blocks({block}, tenant.tenant(), LabelsView(labels), block->range().mint_ms));
    }
  }
}

}  // namespace
}  // namespace weir::store::embedded

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir::store::embedded;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(decode_manifest(bytes).ok());
  const auto block = Block::from(std::make_unique<StringMapping>(with_checksums(bytes)), "fuzz.block");
  if (block.ok()) use(*block);
  return 0;
}
