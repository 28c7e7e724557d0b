#include "wire/tsdb/tombstones.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "wire/tsdb/big_endian.h"

namespace weir::wire::tsdb {
namespace {

constexpr uint32_t kMagic = 0x0130BA30;
constexpr uint8_t kVersion = 1;
constexpr size_t kHeaderBytes = 5;

void make_apart(std::vector<TimeRange>& ranges) {
  std::ranges::sort(ranges, {}, &TimeRange::mint_ms);
  size_t kept = 0;
  for (const TimeRange& range : ranges) {
    if (kept > 0 && range.mint_ms <= ranges[kept - 1].maxt_ms) {
      ranges[kept - 1].maxt_ms = std::max(ranges[kept - 1].maxt_ms, range.maxt_ms);
    } else {
      ranges[kept++] = range;
    }
  }
  ranges.resize(kept);
}

}  // namespace

Result<Tombstones> Tombstones::parse(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes + kChecksumBytes || load_big_endian<uint32_t>(bytes) != kMagic)
    return corruption("tombstones: its first bytes are others");
  const auto version = static_cast<uint8_t>(bytes[sizeof(uint32_t)]);
  if (version != kVersion) return unsupported(fmt::format("tombstones: version {}", version));
  const std::string_view body = bytes.substr(kHeaderBytes, bytes.size() - kHeaderBytes - kChecksumBytes);
  if (crc32c(body) != load_big_endian<uint32_t>(bytes.substr(bytes.size() - kChecksumBytes)))
    return corruption("tombstones: wrong checksum");

  Tombstones tombstones;
  ByteReader in(body);
  while (!in.at_end()) {
    const uint64_t reference = in.varint();
    TimeRange range;
    range.mint_ms = in.svarint();
    range.maxt_ms = in.svarint();
    if (!in.ok()) return corruption("tombstones: cut short");
    if (range.mint_ms <= range.maxt_ms) tombstones.ranges_[reference].push_back(range);
  }
  for (auto& [reference, ranges] : tombstones.ranges_) make_apart(ranges);
  return tombstones;
}

const std::vector<TimeRange>& Tombstones::of(uint64_t series_reference) const {
  static const std::vector<TimeRange> kNone;
  const auto found = ranges_.find(series_reference);
  return found == ranges_.end() ? kNone : found->second;
}

bool is_deleted(const std::vector<TimeRange>& ranges, TimestampMs time_ms) {
  const auto later = std::ranges::upper_bound(ranges, time_ms, {}, &TimeRange::mint_ms);
  return later != ranges.begin() && time_ms <= std::prev(later)->maxt_ms;
}

}  // namespace weir::wire::tsdb
