#include "os/sim/inode.h"

#include <algorithm>
#include <map>

#include "base/check.h"

namespace weir::os::sim {

void Inode::write(uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  const uint64_t size_after = std::max<uint64_t>(live_.size(), offset + bytes.size());
  unsynced_.push_back({offset, std::string(bytes), size_after});
  apply(unsynced_.back(), live_);
}

void Inode::resize(uint64_t size_bytes) {
  if (size_bytes == live_.size()) return;
  unsynced_.push_back({0, {}, size_bytes});
  apply(unsynced_.back(), live_);
}

void Inode::sync() {
  for (const Change& change : unsynced_) apply(change, durable_);
  unsynced_.clear();
}

void Inode::lose_unsynced() {
  unsynced_.clear();
}

void Inode::crash(Random& random) {
  // Whole loss and no loss are likely enough to be met often; between them every sector decides for itself.
  const uint64_t manner = random.below(4);
  if (manner == 0) unsynced_.clear();
  if (manner == 1) sync();

  std::map<uint64_t, uint64_t> versions;
  std::string image = durable_;
  for (const Change& change : unsynced_) {
    const SectorRange range = touched(change, image.size());
    for (uint64_t sector = range.begin; sector < range.end; ++sector) ++versions[sector];
    image.resize(change.size_bytes_after);
  }
  for (auto& [sector, version] : versions) version = random.below(version + 1);

  std::string result = durable_;
  const uint64_t size_version = random.below(unsynced_.size() + 1);
  const uint64_t size = size_version == 0 ? durable_.size() : unsynced_[size_version - 1].size_bytes_after;
  image = durable_;
  std::map<uint64_t, uint64_t> seen;
  for (const Change& change : unsynced_) {
    const SectorRange range = touched(change, image.size());
    apply(change, image);
    for (uint64_t sector = range.begin; sector < range.end; ++sector) {
      if (++seen[sector] != versions[sector]) continue;
      std::string bytes = image.substr(std::min<uint64_t>(image.size(), sector * kSectorBytes), kSectorBytes);
      bytes.resize(kSectorBytes, '\0');
      result.resize(std::max<uint64_t>(result.size(), (sector + 1) * kSectorBytes), '\0');
      result.replace(sector * kSectorBytes, kSectorBytes, bytes);
    }
  }
  result.resize(size, '\0');
  live_ = result;
  durable_ = std::move(result);
  unsynced_.clear();
}

void Inode::corrupt(uint64_t offset, uint8_t mask) {
  CHECK(offset < live_.size(), "only bytes of the file can decay");
  live_[offset] = static_cast<char>(live_[offset] ^ mask);
  if (offset < durable_.size()) durable_[offset] = static_cast<char>(durable_[offset] ^ mask);
}

void Inode::apply(const Change& change, std::string& image) {
  image.resize(change.size_bytes_after);
  image.replace(change.offset, change.bytes.size(), change.bytes);
}

Inode::SectorRange Inode::touched(const Change& change, uint64_t size_bytes_before) {
  const uint64_t begin = change.bytes.empty() ? change.size_bytes_after : change.offset;
  const uint64_t end = change.bytes.empty() ? size_bytes_before : change.offset + change.bytes.size();
  return {begin / kSectorBytes, (end + kSectorBytes - 1) / kSectorBytes};
}

}  // namespace weir::os::sim
