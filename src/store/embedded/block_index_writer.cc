#include "store/embedded/block_index_writer.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace weir::store::embedded {
namespace {

constexpr uint64_t kSectionBytesMax = std::numeric_limits<uint32_t>::max();

uint32_t narrow(size_t value) {
  return static_cast<uint32_t>(value);
}

Status append_section(BufferedFile& file, std::string_view bytes, BlockSection& section) {
  if (bytes.size() > kSectionBytesMax) {
    return resource_exhausted(
        fmt::format("block: a section of {} bytes, limit {}", bytes.size(), kSectionBytesMax));
  }
  section = {file.size_bytes(), bytes.size(), crc32c(bytes)};
  return file.append(bytes);
}

template <typename T>
std::vector<uint32_t> order_of(const T& items) {
  std::vector<uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return items[a] < items[b]; });
  return order;
}

std::vector<uint32_t> ranks_of(const std::vector<uint32_t>& order) {
  std::vector<uint32_t> ranks(order.size());
  for (size_t rank = 0; rank < order.size(); ++rank) ranks[order[rank]] = narrow(rank);
  return ranks;
}

}  // namespace

void BlockIndexWriter::add_series(TenantId tenant, LabelsView labels) {
  if (tenants_.empty() || tenants_.back().tenant != tenant) {
    tenants_.push_back({tenant, narrow(series_.size()), {}});
    pair_numbers_.clear();
  }
  close_list();
  open_.list = ChunkList::kSamples;
  series_.push_back({series_pairs_.size(), series_chunks_.size(), 0, series_lists_.size(), 0});
  for (const Label& label : labels) {
    const Pair name = symbol(label.name);
    series_pairs_.push_back(pair_of(name << 32 | symbol(label.value)));
  }
}

uint32_t BlockIndexWriter::symbol(std::string_view text) {
  if (const auto at = symbols_.find(text); at != symbols_.end()) return at->second;
  const uint32_t number = narrow(texts_.size());
  texts_.emplace_back(text);
  symbols_.emplace(texts_.back(), number);
  return number;
}

uint32_t BlockIndexWriter::pair_of(Pair pair) {
  std::vector<Pair>& pairs = tenants_.back().pairs;
  const auto [at, added] = pair_numbers_.try_emplace(pair, narrow(pairs.size()));
  if (added) pairs.push_back(pair);
  return at->second;
}

void BlockIndexWriter::add_chunk(const ChunkRef& chunk) {
  if (chunk.list != open_.list) {
    CHECK(chunk.list > open_.list, "the lists of a series come in order");
    close_list();
    open_.list = chunk.list;
  }
  const bool is_sample = chunk.list == ChunkList::kSamples;
  ByteWriter writer(is_sample ? series_chunks_ : open_.chunks);
  if (open_.chunk_count == 0) {
    writer.varint(chunk.offset);
    writer.svarint(chunk.range.mint_ms);
  } else {
    writer.varint(static_cast<uint64_t>(chunk.range.mint_ms) - static_cast<uint64_t>(open_.maxt_ms));
  }
  writer.varint(static_cast<uint64_t>(chunk.range.maxt_ms) - static_cast<uint64_t>(chunk.range.mint_ms));
  writer.varint(chunk.sample_count);
  writer.varint(chunk.size_bytes);
  open_.maxt_ms = chunk.range.maxt_ms;
  ++open_.chunk_count;
  if (is_sample) ++series_.back().chunk_count;
}

void BlockIndexWriter::close_list() {
  if (open_.list != ChunkList::kSamples) {
    ByteWriter writer(series_lists_);
    writer.u8(static_cast<uint8_t>(open_.list));
    writer.varint(open_.chunk_count);
    writer.raw(open_.chunks);
    ++series_.back().list_count;
  }
  open_.chunk_count = 0;
  open_.chunks.clear();
}

Status BlockIndexWriter::write(BufferedFile& file, BlockFooter& footer) {
  close_list();
  footer.has_lists = !series_lists_.empty();
  std::string symbols;
  std::string symbol_index;
  const std::vector<uint32_t> symbol_ranks = write_symbols(symbols, symbol_index);
  for (size_t tenant = 0; tenant < tenants_.size(); ++tenant) write_tenant(tenant, symbol_ranks);

  footer.series_count = narrow(series_.size());
  const std::pair<BlockSectionId, std::string_view> sections[] = {
      {BlockSectionId::kSeries, series_section_},     {BlockSectionId::kSeriesIndex, series_index_section_},
      {BlockSectionId::kTenants, tenants_section_},   {BlockSectionId::kPairs, pairs_section_},
      {BlockSectionId::kPostings, postings_section_}, {BlockSectionId::kSymbols, symbols},
      {BlockSectionId::kSymbolIndex, symbol_index}};
  for (const auto& [id, bytes] : sections) RETURN_IF_ERROR(append_section(file, bytes, footer.section(id)));
  return {};
}

std::vector<uint32_t> BlockIndexWriter::write_symbols(std::string& symbols, std::string& index) const {
  const std::vector<uint32_t> order = order_of(texts_);
  ByteWriter index_writer(index);
  for (const uint32_t number : order) {
    index_writer.u32(narrow(symbols.size()));
    symbols.append(texts_[number]);
  }
  index_writer.u32(narrow(symbols.size()));
  return ranks_of(order);
}

void BlockIndexWriter::write_tenant(size_t tenant, const std::vector<uint32_t>& symbol_ranks) {
  const Tenant& state = tenants_[tenant];
  std::vector<Pair> ranked(state.pairs.size());
  std::transform(state.pairs.begin(), state.pairs.end(), ranked.begin(), [&](Pair pair) {
    return Pair{symbol_ranks[pair >> 32]} << 32 | symbol_ranks[pair & kSectionBytesMax];
  });
  const std::vector<uint32_t> order = order_of(ranked);

  ByteWriter writer(tenants_section_);
  writer.u64(state.tenant.value());
  writer.u32(state.series_begin);
  writer.u32(narrow(series_end(tenant) - state.series_begin));
  writer.u32(narrow(pairs_section_.size() / kPairEntryBytes));
  writer.u32(narrow(ranked.size()));

  const std::vector<uint32_t> pair_ranks = ranks_of(order);
  write_pairs(state, ranked, order);
  for (size_t series = state.series_begin; series < series_end(tenant); ++series)
    write_series(series, pair_ranks);
}

// Lists are made by counting: first how many series each pair has, then each series is put into the lists of
// its pairs, in order, so that the lists ascend.
void BlockIndexWriter::write_pairs(const Tenant& tenant, const std::vector<Pair>& ranked,
                                   const std::vector<uint32_t>& order) {
  const size_t series_end_number = series_end(static_cast<size_t>(&tenant - tenants_.data()));
  std::vector<size_t> ends(ranked.size() + 1, 0);
  for (size_t series = tenant.series_begin; series < series_end_number; ++series) {
    for (const uint32_t pair : pairs_of(series)) ++ends[pair + 1];
  }
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<uint32_t> lists(ends.back());
  std::vector<size_t> at(ends.begin(), ends.end() - 1);
  for (size_t series = tenant.series_begin; series < series_end_number; ++series) {
    for (const uint32_t pair : pairs_of(series)) lists[at[pair]++] = narrow(series - tenant.series_begin);
  }

  ByteWriter writer(pairs_section_);
  for (const uint32_t pair : order) {
    writer.u32(narrow(ranked[pair] >> 32));
    writer.u32(narrow(ranked[pair] & kSectionBytesMax));
    writer.u32(narrow(postings_section_.size()));
    write_postings(std::span(lists).subspan(ends[pair], ends[pair + 1] - ends[pair]));
  }
}

void BlockIndexWriter::write_postings(std::span<const uint32_t> series_of_pair) {
  ByteWriter writer(postings_section_);
  writer.varint(series_of_pair.size());
  uint32_t previous = 0;
  for (const uint32_t series : series_of_pair) {
    writer.varint(series - previous);
    previous = series;
  }
}

void BlockIndexWriter::write_series(size_t series, const std::vector<uint32_t>& pair_ranks) {
  ByteWriter(series_index_section_).u32(narrow(series_section_.size()));
  ByteWriter writer(series_section_);
  const std::span<const uint32_t> pairs = pairs_of(series);
  writer.varint(pairs.size());
  uint32_t previous = 0;
  for (const uint32_t pair : pairs) {
    writer.varint(pair_ranks[pair] - previous);
    previous = pair_ranks[pair];
  }
  writer.varint(series_[series].chunk_count);
  writer.raw(chunks_of(series));
  if (series_lists_.empty()) return;
  writer.varint(series_[series].list_count);
  writer.raw(lists_of(series));
}

size_t BlockIndexWriter::series_end(size_t tenant) const {
  return tenant + 1 < tenants_.size() ? tenants_[tenant + 1].series_begin : series_.size();
}

std::span<const uint32_t> BlockIndexWriter::pairs_of(size_t series) const {
  const size_t begin = series_[series].pairs_begin;
  const size_t end = series + 1 < series_.size() ? series_[series + 1].pairs_begin : series_pairs_.size();
  return std::span(series_pairs_).subspan(begin, end - begin);
}

std::string_view BlockIndexWriter::chunks_of(size_t series) const {
  const size_t begin = series_[series].chunks_begin;
  const size_t end = series + 1 < series_.size() ? series_[series + 1].chunks_begin : series_chunks_.size();
  return std::string_view(series_chunks_).substr(begin, end - begin);
}

std::string_view BlockIndexWriter::lists_of(size_t series) const {
  const size_t begin = series_[series].lists_begin;
  const size_t end = series + 1 < series_.size() ? series_[series + 1].lists_begin : series_lists_.size();
  return std::string_view(series_lists_).substr(begin, end - begin);
}

}  // namespace weir::store::embedded
