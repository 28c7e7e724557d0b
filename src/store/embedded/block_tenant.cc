#include "store/embedded/block_tenant.h"

#include <algorithm>
#include <numeric>

namespace weir::store::embedded {
namespace {

// Reads the label pairs at the front of a series entry one by one.
class PairReader {
 public:
  explicit PairReader(ByteReader& entry) : entry_(entry), left_(entry.varint()) {}
  bool next() {
    if (left_ == 0) return false;
    --left_;
    pair_ += static_cast<uint32_t>(entry_.varint());
    return true;
  }
  uint32_t pair() const { return pair_; }

 private:
  ByteReader& entry_;
  uint64_t left_;
  uint32_t pair_ = 0;
};

// The first number in [low, high) for which `is_before` is false; true values come first.
template <typename F>
uint32_t partition_point(uint32_t low, uint32_t high, F is_before) {
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (is_before(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void read_chunks(ByteReader& entry, ChunkList list, std::vector<ChunkRef>& out) {
  const uint64_t count = entry.varint();
  if (count == 0) return;
  ChunkRef chunk;
  chunk.list = list;
  chunk.offset = entry.varint();
  chunk.range.maxt_ms = entry.svarint();
  for (uint64_t i = 0; i < count; ++i) {
    chunk.range.mint_ms = chunk.range.maxt_ms + (i == 0 ? 0 : static_cast<TimestampMs>(entry.varint()));
    chunk.range.maxt_ms = chunk.range.mint_ms + static_cast<TimestampMs>(entry.varint());
    chunk.sample_count = static_cast<uint32_t>(entry.varint());
    chunk.size_bytes = static_cast<uint32_t>(entry.varint());
    out.push_back(chunk);
    chunk.offset += chunk.size_bytes + kChunkCrcBytes;
  }
}

}  // namespace

void BlockTenant::append_labels(uint32_t series, std::string& out) const {
  ByteReader entry = index_->entry(entry_.series_begin + series);
  for (PairReader pairs(entry); pairs.next();) append_label(out, name(pairs.pair()), value(pairs.pair()));
}

void BlockTenant::append_chunks(uint32_t series, std::vector<ChunkRef>& out) const {
  ByteReader entry = behind_pairs(series);
  read_chunks(entry, ChunkList::kSamples, out);
}

void BlockTenant::append_list(uint32_t series, ChunkList list, std::vector<ChunkRef>& out) const {
  if (!index_->has_lists) return;
  const size_t before = out.size();
  append_all_chunks(series, out);
  const auto others = [&](const ChunkRef& chunk) { return chunk.list != list; };
  out.erase(std::remove_if(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(), others), out.end());
}

void BlockTenant::append_all_chunks(uint32_t series, std::vector<ChunkRef>& out) const {
  ByteReader entry = behind_pairs(series);
  read_chunks(entry, ChunkList::kSamples, out);
  if (!index_->has_lists) return;
  for (uint64_t lists = entry.varint(); lists > 0; --lists) {
    const auto list = static_cast<ChunkList>(entry.u8());
    read_chunks(entry, list, out);
  }
}

// The series' entry from its chunks on.
ByteReader BlockTenant::behind_pairs(uint32_t series) const {
  ByteReader entry = index_->entry(entry_.series_begin + series);
  for (PairReader pairs(entry); pairs.next();) {
  }
  return entry;
}

std::optional<uint32_t> BlockTenant::find(LabelsView labels) const {
  const auto pairs = pairs_of(labels);
  if (!pairs) return std::nullopt;
  const uint32_t series =
      partition_point(0, entry_.series_count, [&](uint32_t number) { return before(number, *pairs); });
  if (series == entry_.series_count || !has_pairs(series, *pairs)) return std::nullopt;
  return series;
}

std::optional<std::vector<uint32_t>> BlockTenant::pairs_of(LabelsView labels) const {
  std::vector<uint32_t> pairs;
  for (const Label& label : labels) {
    const auto pair = find_pair(label);
    if (!pair) return std::nullopt;
    pairs.push_back(*pair);
  }
  return pairs;
}

// Pairs are numbered in the order of labels, so label sets compare as their sequences of numbers do.
bool BlockTenant::before(uint32_t series, const std::vector<uint32_t>& pairs) const {
  ByteReader entry = index_->entry(entry_.series_begin + series);
  PairReader reader(entry);
  for (const uint32_t pair : pairs) {
    if (!reader.next()) return true;
    if (reader.pair() != pair) return reader.pair() < pair;
  }
  return false;
}

bool BlockTenant::has_pairs(uint32_t series, const std::vector<uint32_t>& pairs) const {
  ByteReader entry = index_->entry(entry_.series_begin + series);
  PairReader reader(entry);
  for (const uint32_t pair : pairs) {
    if (!reader.next() || reader.pair() != pair) return false;
  }
  return !reader.next();
}

uint32_t BlockTenant::lower_bound(Label label) const {
  return partition_point(0, entry_.pair_count, [&](uint32_t pair) {
    const int order = name(pair).compare(label.name);
    return order != 0 ? order < 0 : value(pair) < label.value;
  });
}

std::optional<uint32_t> BlockTenant::find_pair(Label label) const {
  const uint32_t pair = lower_bound(label);
  if (pair == entry_.pair_count || name(pair) != label.name || value(pair) != label.value)
    return std::nullopt;
  return pair;
}

uint32_t BlockTenant::end_of_name(uint32_t pair) const {
  const auto symbol = [&](uint32_t at) { return index_->pair(entry_.pairs_begin + at).name_symbol; };
  const uint32_t name_symbol = symbol(pair);
  return partition_point(pair, entry_.pair_count, [&](uint32_t at) { return symbol(at) <= name_symbol; });
}

// Begins with the number of its series.
ByteReader BlockTenant::postings_of(uint32_t pair) const {
  return ByteReader(index_->postings.substr(index_->pair(entry_.pairs_begin + pair).postings_begin));
}

void BlockTenant::append_postings(uint32_t pair, Postings& out) const {
  ByteReader reader = postings_of(pair);
  uint32_t series = 0;
  for (uint64_t left = reader.varint(); left > 0; --left) {
    series += static_cast<uint32_t>(reader.varint());
    out.push_back(series);
  }
}

void BlockTenant::append_all(Postings& out) const {
  const size_t begin = out.size();
  out.resize(begin + entry_.series_count);
  std::iota(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), 0u);
}

size_t BlockTenant::series_count(Label label) const {
  const auto pair = find_pair(label);
  return pair ? postings_of(*pair).varint() : 0;
}

void BlockTenant::append_equal(Label label, Postings& out) const {
  if (const auto pair = find_pair(label)) append_postings(*pair, out);
}

void BlockTenant::append_values(std::string_view label_name, std::string_view prefix,
                                absl::FunctionRef<bool(std::string_view)> wanted, Postings& out) const {
  uint32_t pair = lower_bound({label_name, prefix});
  if (pair == entry_.pair_count || name(pair) != label_name) return;
  for (const uint32_t end = end_of_name(pair); pair < end && value(pair).starts_with(prefix); ++pair) {
    if (wanted(value(pair))) append_postings(pair, out);
  }
}

size_t BlockTenant::value_count(std::string_view label_name) const {
  const uint32_t pair = lower_bound({label_name, {}});
  return pair == entry_.pair_count || name(pair) != label_name ? 0 : end_of_name(pair) - pair;
}

std::string_view BlockTenant::value_of(uint32_t series, std::string_view label_name) const {
  ByteReader entry = index_->entry(entry_.series_begin + series);
  for (PairReader pairs(entry); pairs.next();) {
    if (name(pairs.pair()) == label_name) return value(pairs.pair());
  }
  return {};
}

void BlockTenant::visit_names(absl::FunctionRef<bool(std::string_view)> visit) const {
  for (uint32_t pair = 0; pair < entry_.pair_count; pair = end_of_name(pair)) {
    if (!visit(name(pair))) return;
  }
}

void BlockTenant::visit_values(std::string_view label_name,
                               absl::FunctionRef<bool(std::string_view)> visit) const {
  uint32_t pair = lower_bound({label_name, {}});
  if (pair == entry_.pair_count || name(pair) != label_name) return;
  for (const uint32_t end = end_of_name(pair); pair < end; ++pair) {
    if (!visit(value(pair))) return;
  }
}

void BlockTenant::visit_values_of(const std::vector<bool>& wanted, std::string_view label_name,
                                  absl::FunctionRef<bool(std::string_view)> visit) const {
  uint32_t pair = lower_bound({label_name, {}});
  if (pair == entry_.pair_count || name(pair) != label_name) return;
  for (const uint32_t end = end_of_name(pair); pair < end; ++pair) {
    if (meets(pair, wanted) && !visit(value(pair))) return;
  }
}

// Whether one of the pair's series is wanted.
bool BlockTenant::meets(uint32_t pair, const std::vector<bool>& wanted) const {
  ByteReader reader = postings_of(pair);
  size_t series = 0;
  for (uint64_t left = reader.varint(); left > 0; --left) {
    series += reader.varint();
    if (series >= wanted.size()) return false;
    if (wanted[series]) return true;
  }
  return false;
}

}  // namespace weir::store::embedded
