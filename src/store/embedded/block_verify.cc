#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "store/embedded/block_index.h"
#include "store/embedded/chunk.h"

namespace weir::store::embedded {
namespace {

Status verify_sizes(const BlockIndex& index, const BlockFooter& footer) {
  if (index.symbol_index.size() % sizeof(uint32_t) != 0 || index.symbol_index.empty()) {
    return corruption(fmt::format("symbol index of {} bytes", index.symbol_index.size()));
  }
  if (index.series_index.size() != uint64_t{footer.series_count} * sizeof(uint32_t)) {
    return corruption(fmt::format("series index of {} bytes for {} series", index.series_index.size(),
                                  footer.series_count));
  }
  if (index.pairs.size() % kPairEntryBytes != 0)
    return corruption(fmt::format("pairs of {} bytes", index.pairs.size()));
  if (index.tenants.size() % kTenantEntryBytes != 0) {
    return corruption(fmt::format("tenants of {} bytes", index.tenants.size()));
  }
  return {};
}

Status verify_symbols(const BlockIndex& index) {
  const size_t count = index.symbol_count();
  if (BlockIndex::u32(index.symbol_index, 0) != 0 ||
      BlockIndex::u32(index.symbol_index, count) != index.symbols.size()) {
    return corruption("the symbol index does not cover the symbols");
  }
  std::string_view previous;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t begin = BlockIndex::u32(index.symbol_index, i);
    const uint32_t end = BlockIndex::u32(index.symbol_index, i + 1);
    if (begin >= end || end > index.symbols.size())
      return corruption(fmt::format("symbol {} is empty or out of bounds", i));
    if (index.symbol(i) <= previous)
      return corruption(fmt::format("symbol {} is not after the one before", i));
    previous = index.symbol(i);
  }
  return {};
}

bool ascending(const BlockIndex::Pair& a, const BlockIndex::Pair& b) {
  return a.name_symbol != b.name_symbol ? a.name_symbol < b.name_symbol : a.value_symbol < b.value_symbol;
}

// One pair's list; `position` is where it must begin, and becomes where the next one must.
Status verify_postings(const BlockIndex& index, const BlockTenantEntry& tenant, size_t pair,
                       size_t& position) {
  if (index.pair(pair).postings_begin != position)
    return corruption(fmt::format("postings of pair {} are misplaced", pair));
  ByteReader reader(index.postings.substr(position));
  const uint64_t count = reader.varint();
  if (count == 0 || count > tenant.series_count)
    return corruption(fmt::format("pair {} has {} postings", pair, count));
  uint64_t series = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t step = reader.varint();
    if ((i > 0 && step == 0) || step >= tenant.series_count)
      return corruption(fmt::format("postings of pair {}", pair));
    series += step;
    if (series >= tenant.series_count)
      return corruption(fmt::format("postings of pair {} leave the tenant", pair));
  }
  if (!reader.ok()) return corruption(fmt::format("postings of pair {} are cut short", pair));
  position += reader.position();
  return {};
}

Status verify_pairs(const BlockIndex& index, const BlockTenantEntry& tenant, size_t& postings_position) {
  for (size_t i = 0; i < tenant.pair_count; ++i) {
    const size_t pair = tenant.pairs_begin + i;
    const BlockIndex::Pair entry = index.pair(pair);
    if (std::max(entry.name_symbol, entry.value_symbol) >= index.symbol_count()) {
      return corruption(fmt::format("pair {} names a symbol of {}", pair, index.symbol_count()));
    }
    if (i > 0 && !ascending(index.pair(pair - 1), entry))
      return corruption(fmt::format("pair {} is out of order", pair));
    RETURN_IF_ERROR(verify_postings(index, tenant, pair, postings_position));
  }
  return {};
}

// The pairs of one series: of different names, ascending. `ranks` receives them.
Status verify_series_pairs(const BlockIndex& index, const BlockTenantEntry& tenant, ByteReader& reader,
                           std::vector<uint32_t>& ranks) {
  ranks.clear();
  const uint64_t count = reader.varint();
  if (count > tenant.pair_count) return corruption(fmt::format("{} labels", count));
  uint64_t rank = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t step = reader.varint();
    if (step >= tenant.pair_count) return corruption("a label pair is out of bounds");
    rank += step;
    if (rank >= tenant.pair_count) return corruption("a label pair is out of bounds");
    const uint32_t name = index.pair(tenant.pairs_begin + rank).name_symbol;
    if (i > 0 && index.pair(tenant.pairs_begin + ranks.back()).name_symbol >= name) {
      return corruption("label names do not ascend");
    }
    ranks.push_back(static_cast<uint32_t>(rank));
  }
  return {};
}

// The chunks of one list; `sample_count` grows by what they hold.
Status verify_chunks(const BlockIndex& index, const TimeRange& range, ByteReader& reader, uint64_t count,
                     uint64_t& sample_count) {
  if (count == 0 || count > reader.remaining()) return corruption(fmt::format("{} chunks", count));
  uint64_t offset = reader.varint();
  TimestampMs mint_ms = reader.svarint();
  for (uint64_t i = 0; i < count; ++i) {
    if (i > 0) {
      const uint64_t step = reader.varint();  // mint_ms still holds the newest time of the chunk before
      if (step == 0 || step > static_cast<uint64_t>(range.maxt_ms) - static_cast<uint64_t>(mint_ms)) {
        return corruption("chunk times do not ascend inside the block's range");
      }
      mint_ms += static_cast<TimestampMs>(step);
    }
    const uint64_t length = reader.varint();
    const uint64_t samples = reader.varint();
    const uint64_t size_bytes = reader.varint();
    if (!range.contains(mint_ms) ||
        length > static_cast<uint64_t>(range.maxt_ms) - static_cast<uint64_t>(mint_ms)) {
      return corruption("chunk times lie outside the block's range");
    }
    mint_ms += static_cast<TimestampMs>(length);
    if (samples == 0 || samples > kChunkSamplesMax)
      return corruption(fmt::format("a chunk of {} samples", samples));
    if (offset < kBlockMagic.size() || offset > index.chunks_end || size_bytes > index.chunks_end - offset ||
        index.chunks_end - offset - size_bytes < kChunkCrcBytes) {
      return corruption(fmt::format("a chunk at {} of {} bytes lies outside the chunks", offset, size_bytes));
    }
    offset += size_bytes + kChunkCrcBytes;
    sample_count += samples;
  }
  return {};
}

// The lists behind the samples. Of kinds that this version does not know too: they are passed over.
Status verify_lists(const BlockIndex& index, const TimeRange& range, ByteReader& reader) {
  uint8_t previous = static_cast<uint8_t>(ChunkList::kSamples);
  for (uint64_t lists = reader.varint(); lists > 0; --lists) {
    const uint8_t list = reader.u8();
    if (list <= previous) return corruption(fmt::format("list {} stands behind list {}", list, previous));
    uint64_t entries = 0;
    RETURN_IF_ERROR(verify_chunks(index, range, reader, reader.varint(), entries));
    previous = list;
  }
  return {};
}

// What a series has in all: samples, or further lists, or both.
Status verify_series_lists(const BlockIndex& index, const TimeRange& range, ByteReader& reader,
                           uint64_t& sample_count) {
  const uint64_t count = reader.varint();
  if (count > 0 || !index.has_lists)
    RETURN_IF_ERROR(verify_chunks(index, range, reader, count, sample_count));
  if (!index.has_lists) return {};
  if (count == 0 && ByteReader(reader).varint() == 0) return corruption("it has nothing");
  return verify_lists(index, range, reader);
}

// All entries of one tenant: back to back, in ascending order of labels.
Status verify_series(const BlockIndex& index, const BlockFooter& footer, const BlockTenantEntry& tenant,
                     size_t& position, uint64_t& sample_count) {
  std::vector<uint32_t> ranks;
  std::vector<uint32_t> previous;
  for (size_t i = 0; i < tenant.series_count; ++i) {
    const size_t series = tenant.series_begin + i;
    if (BlockIndex::u32(index.series_index, series) != position) {
      return corruption(fmt::format("series {} is misplaced", series));
    }
    ByteReader reader(index.series.substr(position));
    Status entry = verify_series_pairs(index, tenant, reader, ranks);
    if (entry.ok()) entry = verify_series_lists(index, footer.range, reader, sample_count);
    if (!entry.ok()) return std::move(entry).error().context(fmt::format("series {}", series));
    if (!reader.ok()) return corruption(fmt::format("series {} is cut short", series));
    if (i > 0 && ranks <= previous) return corruption(fmt::format("series {} is out of order", series));
    position += reader.position();
    std::swap(ranks, previous);
  }
  return {};
}

}  // namespace

Status verify_index(const BlockIndex& index, const BlockFooter& footer) {
  RETURN_IF_ERROR(verify_sizes(index, footer));
  RETURN_IF_ERROR(verify_symbols(index));
  uint64_t series = 0;
  uint64_t pairs = 0;
  uint64_t samples = 0;
  size_t postings_position = 0;
  size_t series_position = 0;
  for (size_t i = 0; i < index.tenant_count(); ++i) {
    const BlockTenantEntry tenant = index.tenant(i);
    if (tenant.series_begin != series || tenant.pairs_begin != pairs || tenant.series_count == 0 ||
        (i > 0 && index.tenant(i - 1).tenant >= tenant.tenant)) {
      return corruption(fmt::format("tenant entry {} is out of order", i));
    }
    series += tenant.series_count;
    pairs += tenant.pair_count;
    if (series > index.series_count() || pairs > index.pair_count()) {
      return corruption(fmt::format("tenant entry {} is out of bounds", i));
    }
    RETURN_IF_ERROR(verify_pairs(index, tenant, postings_position));
    RETURN_IF_ERROR(verify_series(index, footer, tenant, series_position, samples));
  }
  if (series != index.series_count() || pairs != index.pair_count() || samples != footer.sample_count ||
      series_position != index.series.size() || postings_position != index.postings.size()) {
    return corruption("the sections do not add up to the footer");
  }
  return {};
}

}  // namespace weir::store::embedded
