#include "store/embedded/posting_list.h"

#include <algorithm>
#include <numeric>

#include "store/embedded/shared_block.h"

namespace weir::store::embedded {
namespace {

constexpr uint8_t kRun = 0;
constexpr uint32_t kShortRun = 2;  // takes no more room as it stands

uint32_t take(const uint8_t*& at) {
  uint32_t value = *at++;
  if (value < 0x80) return value;
  value &= 0x7f;
  for (int shift = 7;; shift += 7) {
    const uint8_t byte = *at++;
    value |= static_cast<uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

void append_run(uint32_t first, uint32_t count, Postings& out) {
  const size_t begin = out.size();
  out.resize(begin + count);
  std::iota(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), first);
}

}  // namespace

void PostingList::push_back(uint32_t number) {
  const uint32_t distance = number - last_;
  last_ = number;
  if (distance == 1) {
    ++run_;
    return;
  }
  put_run();
  put(distance);
}

void PostingList::put_run() {
  if (run_ > kShortRun) {
    bytes_.push_back(kRun);
    put(run_);
  } else {
    bytes_.insert(bytes_.end(), run_, 1);
  }
  run_ = 0;
}

void PostingList::put(uint32_t value) {
  for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<uint8_t>(value | 0x80));
  bytes_.push_back(static_cast<uint8_t>(value));
}

void PostingList::append_to(Postings& out) const {
  uint32_t last = UINT32_MAX;
  const uint8_t* at = bytes_.data();
  for (const uint8_t* const end = at + bytes_.size(); at < end;) {
    const uint32_t distance = take(at);
    if (distance == kRun) {
      const uint32_t count = take(at);
      append_run(last + 1, count, out);
      last += count;
    } else {
      out.push_back(last += distance);
    }
  }
  append_run(last + 1, run_, out);
}

size_t PostingList::about_size() const {
  constexpr std::ptrdiff_t kLookedAt = 64;
  size_t count = 0;
  const uint8_t* at = bytes_.data();
  const auto size = static_cast<std::ptrdiff_t>(bytes_.size());
  for (const uint8_t* const end = at + std::min(size, kLookedAt); at < end;) {
    count += take(at) == kRun ? take(at) : 1;
  }
  const std::ptrdiff_t looked_at = at - bytes_.data();
  if (looked_at < size) count = count * static_cast<size_t>(size) / static_cast<size_t>(looked_at);
  return count + run_;
}

bool PostingList::meets(const std::vector<bool>& wanted) const {
  uint32_t last = UINT32_MAX;
  const auto run_meets = [&](uint32_t count) {
    for (; count > 0; --count) {
      if (++last >= wanted.size()) return false;
      if (wanted[last]) return true;
    }
    return false;
  };
  const uint8_t* at = bytes_.data();
  for (const uint8_t* const end = at + bytes_.size(); at < end;) {
    const uint32_t distance = take(at);
    if (distance != kRun) last += distance - 1;
    if (run_meets(distance == kRun ? take(at) : 1)) return true;
    if (last >= wanted.size()) return false;
  }
  return run_meets(run_);
}

size_t PostingList::heap_bytes() const {
  return bytes_.capacity() <= kInlineBytes ? 0 : allocated_bytes(bytes_.capacity());
}

}  // namespace weir::store::embedded
