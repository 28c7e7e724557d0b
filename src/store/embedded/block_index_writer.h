#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "model/labels.h"
#include "model/tenant_id.h"
#include "store/embedded/block_format.h"
#include "store/embedded/buffered_file.h"

namespace weir::store::embedded {

/// Collects the series of a block and writes its index sections. Memory grows with series, not with samples:
/// about 4 bytes a label and 16 a chunk, and each distinct text once. Owned by one thread.
class BlockIndexWriter {
 public:
  /// Series come in ascending order of tenant, then labels.
  void add_series(TenantId tenant, LabelsView labels);
  /// The next chunk of the series added last, first those of its samples, then list by list in ascending
  /// order; within a list times ascend. Chunks of a series follow each other in the file.
  void add_chunk(const ChunkRef& chunk);

  /// Appends all sections to `file` and fills in the footer. kResourceExhausted when a section exceeds 4 GiB.
  Status write(BufferedFile& file, BlockFooter& footer);

 private:
  using Pair = uint64_t;  // name symbol << 32 | value symbol, so that pairs of ranked symbols order by name,
                          // then value
  struct Tenant {
    TenantId tenant;
    uint32_t series_begin;
    std::vector<Pair> pairs;
  };
  struct Series {
    size_t pairs_begin;
    size_t chunks_begin;
    uint32_t chunk_count;
    size_t lists_begin;
    uint32_t list_count;
  };
  /// The list that chunks are added to.
  struct OpenList {
    ChunkList list = ChunkList::kSamples;
    uint32_t chunk_count = 0;
    TimestampMs maxt_ms = 0;
    std::string chunks;  // but those of samples go to `series_chunks_`
  };

  uint32_t symbol(std::string_view text);
  uint32_t pair_of(Pair pair);
  std::vector<uint32_t> write_symbols(std::string& symbols, std::string& index) const;
  void write_tenant(size_t tenant, const std::vector<uint32_t>& symbol_ranks);
  void write_pairs(const Tenant& tenant, const std::vector<Pair>& ranked, const std::vector<uint32_t>& order);
  void write_postings(std::span<const uint32_t> series_of_pair);
  void write_series(size_t series, const std::vector<uint32_t>& pair_ranks);
  void close_list();
  size_t series_end(size_t tenant) const;
  std::span<const uint32_t> pairs_of(size_t series) const;
  std::string_view chunks_of(size_t series) const;
  std::string_view lists_of(size_t series) const;

  std::deque<std::string> texts_;
  absl::flat_hash_map<std::string_view, uint32_t> symbols_;
  absl::flat_hash_map<Pair, uint32_t> pair_numbers_;  // of the current tenant
  std::vector<Tenant> tenants_;
  std::vector<Series> series_;
  std::vector<uint32_t> series_pairs_;  // numbers of pairs, series after series
  std::string series_chunks_;           // encoded chunk references, series after series
  std::string series_lists_;            // encoded further lists, series after series
  OpenList open_;

  std::string series_section_;
  std::string series_index_section_;
  std::string tenants_section_;
  std::string pairs_section_;
  std::string postings_section_;
};

}  // namespace weir::store::embedded
