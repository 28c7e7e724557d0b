#include "store/embedded/label_pool.h"

#include <algorithm>
#include <cstring>

#include "store/embedded/shared_block.h"

namespace weir::store::embedded {
namespace {

// Bytes of one allocation: a fraction of what is there, so that small tenants take little and large ones
// waste little.
constexpr size_t kBlockBytesMin = 504;
constexpr size_t kBlockBytesMax = 65'528;

uint64_t load(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

// As memcmp == 0, but short texts without a call: each append of a sample compares a label or two.
inline bool same_bytes(const char* a, const char* b, size_t size) {
  if (size > 32) return std::memcmp(a, b, size) == 0;
  if (size < 8) {
    for (size_t i = 0; i < size; ++i) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }
  for (size_t i = 0; i + 8 < size; i += 8) {
    if (load(a + i) != load(b + i)) return false;
  }
  return load(a + size - 8) == load(b + size - 8);
}

using Numbers = std::span<const uint32_t>;

inline bool are_bytes_of(const LabelPool& pool, Numbers labels, const char* at, const char* end) {
  for (const uint32_t label : labels) {
    const std::string_view text = pool.label_bytes(label);
    if (static_cast<size_t>(end - at) < text.size() || !same_bytes(at, text.data(), text.size()))
      return false;
    at += text.size();
  }
  return at == end;
}

}  // namespace

template <typename T>
T* LabelPool::take(Arena<T>& arena, size_t count) {
  if (arena.left < count) {
    const size_t bytes = std::clamp(size_bytes_ / 8, kBlockBytesMin, kBlockBytesMax);
    arena.left = std::max(count, bytes / sizeof(T));
    arena.next = arena.blocks.emplace_back(std::make_unique_for_overwrite<T[]>(arena.left)).get();
    size_bytes_ += allocated_bytes(arena.left * sizeof(T));
  }
  arena.left -= count;
  return std::exchange(arena.next, arena.next + count);
}

uint32_t LabelPool::add_label(std::string_view bytes) {
  const uint64_t shifted = uint64_t{label_count_} + kFirstTexts;
  const int block = block_of(shifted);
  const uint64_t block_size = uint64_t{kFirstTexts} << block;
  std::unique_ptr<Text[]>& texts = texts_[static_cast<size_t>(block)];
  if (texts == nullptr) {
    texts = std::make_unique_for_overwrite<Text[]>(block_size);
    size_bytes_ += allocated_bytes(block_size * sizeof(Text));
  }
  char* const data = take(bytes_, bytes.size());
  std::copy(bytes.begin(), bytes.end(), data);
  texts[shifted - block_size] = {data, static_cast<uint32_t>(bytes.size())};
  return label_count_++;
}

LabelPool::Set LabelPool::add_set(std::span<const uint32_t> labels) {
  uint32_t* const at = take(sets_, labels.size() + 1);
  *at = static_cast<uint32_t>(labels.size());
  std::copy(labels.begin(), labels.end(), at + 1);
  return Set(at);
}

std::string_view PooledLabels::get(std::string_view name) const {
  for (const uint32_t number : set_.labels()) {
    const Label label = pool_->label(number);
    if (label.name == name) return label.value;
    if (label.name > name) break;
  }
  return {};
}

void PooledLabels::append_to(std::string& bytes) const {
  for (const uint32_t label : set_.labels()) bytes.append(pool_->label_bytes(label));
}

bool operator==(const PooledLabels& a, LabelsView b) {
  const std::string_view bytes = b.bytes();
  return are_bytes_of(*a.pool_, a.set_.labels(), bytes.data(), bytes.data() + bytes.size());
}

PooledLabels::Tail PooledLabels::tail_shared_with(const PooledLabels& other) const {
  const Numbers a = set_.labels();
  const Numbers b = other.set_.labels();
  Tail tail;
  while (tail.labels < std::min({a.size(), b.size(), size_t{UINT8_MAX}})) {
    const uint32_t label = a[a.size() - 1 - tail.labels];
    const size_t bytes = tail.bytes + pool_->label_bytes(label).size();
    if (label != b[b.size() - 1 - tail.labels] || bytes > UINT16_MAX) break;
    tail.bytes = static_cast<uint16_t>(bytes);
    ++tail.labels;
  }
  return tail;
}

bool PooledLabels::equals_with_tail(LabelsView labels, Tail tail, LabelsView known) const {
  const std::string_view bytes = labels.bytes();
  const std::string_view known_bytes = known.bytes();
  if (bytes.size() < tail.bytes) return false;
  const char* const end = bytes.data() + bytes.size();
  const char* const known_end = known_bytes.data() + known_bytes.size();
  return same_bytes(end - tail.bytes, known_end - tail.bytes, tail.bytes) &&
         are_bytes_of(*pool_, {set_.labels().data(), set_.labels().size() - tail.labels}, bytes.data(),
                      end - tail.bytes);
}

std::strong_ordering operator<=>(const PooledLabels& a, const PooledLabels& b) {
  const std::span<const uint32_t> left = a.set_.labels();
  const std::span<const uint32_t> right = b.set_.labels();
  const bool one_pool = a.pool_ == b.pool_;
  for (size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (one_pool && left[i] == right[i]) continue;
    if (const auto order = a.pool_->label(left[i]) <=> b.pool_->label(right[i]); order != 0) return order;
  }
  return left.size() <=> right.size();
}

}  // namespace weir::store::embedded
