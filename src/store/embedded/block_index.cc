#include "store/embedded/block_index.h"

namespace weir::store::embedded {

BlockIndex BlockIndex::of(std::string_view file, const BlockFooter& footer) {
  const auto bytes = [&](BlockSectionId id) {
    const BlockSection& section = footer.section(id);
    return file.substr(section.offset, section.size_bytes);
  };
  BlockIndex index;
  index.series = bytes(BlockSectionId::kSeries);
  index.series_index = bytes(BlockSectionId::kSeriesIndex);
  index.tenants = bytes(BlockSectionId::kTenants);
  index.pairs = bytes(BlockSectionId::kPairs);
  index.postings = bytes(BlockSectionId::kPostings);
  index.symbols = bytes(BlockSectionId::kSymbols);
  index.symbol_index = bytes(BlockSectionId::kSymbolIndex);
  index.chunks_end = footer.section(BlockSectionId::kSeries).offset;
  index.has_lists = footer.has_lists;
  return index;
}

BlockTenantEntry BlockIndex::tenant(size_t index) const {
  ByteReader reader(tenants.substr(index * kTenantEntryBytes, kTenantEntryBytes));
  BlockTenantEntry entry;
  entry.tenant = TenantId::from_stored(reader.u64());
  entry.series_begin = reader.u32();
  entry.series_count = reader.u32();
  entry.pairs_begin = reader.u32();
  entry.pair_count = reader.u32();
  return entry;
}

}  // namespace weir::store::embedded
