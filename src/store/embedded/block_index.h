#pragma once

#include <cstring>
#include <string_view>

#include "base/bytes.h"
#include "model/tenant_id.h"
#include "store/embedded/block_format.h"

namespace weir::store::embedded {

/// One tenant's part of a block: a run of series and a run of label pairs.
struct BlockTenantEntry {
  TenantId tenant = TenantId::from_stored(0);
  uint32_t series_begin = 0;
  uint32_t series_count = 0;
  uint32_t pairs_begin = 0;
  uint32_t pair_count = 0;
};

/// The index sections of a mapped block, read where they lie. Only `verify_index` may look before it has
/// succeeded: after it, every number found inside is known to be in bounds.
struct BlockIndex {
  struct Pair {
    uint32_t name_symbol;
    uint32_t value_symbol;
    uint32_t postings_begin;
  };

  std::string_view series;
  std::string_view series_index;
  std::string_view tenants;
  std::string_view pairs;
  std::string_view postings;
  std::string_view symbols;
  std::string_view symbol_index;
  uint64_t chunks_end = 0;  ///< Chunks lie before this position of the file.
  bool has_lists = false;   ///< Series entries go on behind the chunks of samples.

  static BlockIndex of(std::string_view file, const BlockFooter& footer);

  static uint32_t u32(std::string_view array, size_t index) {
    uint32_t value;
    std::memcpy(&value, array.data() + index * sizeof(value), sizeof(value));
    return value;
  }

  size_t symbol_count() const { return symbol_index.size() / sizeof(uint32_t) - 1; }
  size_t series_count() const { return series_index.size() / sizeof(uint32_t); }
  size_t pair_count() const { return pairs.size() / kPairEntryBytes; }
  size_t tenant_count() const { return tenants.size() / kTenantEntryBytes; }

  std::string_view symbol(size_t index) const {
    const uint32_t begin = u32(symbol_index, index);
    return {symbols.data() + begin, u32(symbol_index, index + 1) - begin};
  }
  Pair pair(size_t index) const {
    return {u32(pairs, 3 * index), u32(pairs, 3 * index + 1), u32(pairs, 3 * index + 2)};
  }
  std::string_view name(size_t pair_index) const { return symbol(pair(pair_index).name_symbol); }
  std::string_view value(size_t pair_index) const { return symbol(pair(pair_index).value_symbol); }
  ByteReader entry(size_t series_number) const {
    return ByteReader(series.substr(u32(series_index, series_number)));
  }
  BlockTenantEntry tenant(size_t index) const;
};

/// Checks everything that BlockIndex and its readers rely on. kCorruption says what is wrong; the caller
/// names the file.
Status verify_index(const BlockIndex& index, const BlockFooter& footer);

}  // namespace weir::store::embedded
