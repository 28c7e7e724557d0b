#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "os/random.h"

namespace weir::os::sim {

/// The bytes of one simulated file: what programs see, what stable storage holds, and the changes between the
/// two. Not thread safe; FaultyFiles guards it.
class Inode {
 public:
  static constexpr uint64_t kSectorBytes = 512;  ///< What a disk writes whole or not at all.

  const std::string& live() const { return live_; }

  void write(uint64_t offset, std::string_view bytes);
  /// Cuts, or extends with zeros.
  void resize(uint64_t size_bytes);
  /// Everything written becomes durable.
  void sync();
  /// What a failed fsync leaves on ext4, XFS and Btrfs: programs still see the unsynced bytes, but they are
  /// marked clean, so no later sync writes them (Rebello et al., "Can Applications Recover from fsync
  /// Failures?", ATC 2020).
  void lose_unsynced();
  /// Power loss: each unsynced sector ends as one of the versions it has had, and the size as one of the
  /// sizes.
  void crash(Random& random);
  /// Decay of the medium: flips the bits of `mask`, seen now and after a crash.
  void corrupt(uint64_t offset, uint8_t mask);

 private:
  struct Change {
    uint64_t offset = 0;
    std::string bytes;  ///< Written at `offset`; empty: the size becomes `size_bytes`.
    uint64_t size_bytes_after = 0;
  };
  struct SectorRange {
    uint64_t begin;
    uint64_t end;
  };
  static void apply(const Change& change, std::string& image);
  static SectorRange touched(const Change& change, uint64_t size_bytes_before);

  std::string live_;
  std::string durable_;
  std::vector<Change> unsynced_;
};

}  // namespace weir::os::sim
