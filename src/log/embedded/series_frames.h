#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "log/embedded/append_queue.h"
#include "wire/series_record.h"

namespace weir::log::embedded {

/// Writes appends of batches as frames of series records. Frames come in groups: the records of a group name
/// series by numbers that records of the same group define, so a reader begins at a group's first frame. A
/// group ends when its definitions have become a small part of it, and with its segment. Owned by the
/// writer's thread.
class SeriesFrames {
 public:
  /// `group_bytes_min`: a group that is smaller goes on.
  explicit SeriesFrames(uint64_t group_bytes_min) : group_bytes_min_(group_bytes_min) {}

  /// The next frame begins a group. To be called where it cannot lean on those before: in a new segment, and
  /// when frames were encoded and not stored.
  void begin_group() { begin_ = true; }

  /// Appends a frame without a place to `out`. `sequence`: the number that the frame will have.
  void encode(std::span<const BatchRecord> records, uint64_t sequence, std::string& out);

 private:
  wire::SeriesNumbers& numbers_of(const BatchRecord& record);

  const uint64_t group_bytes_min_;
  wire::SeriesRecordEncoder encoder_;
  absl::flat_hash_map<std::pair<uint32_t, TenantId>, std::unique_ptr<wire::SeriesNumbers>> numbers_;
  bool begin_ = true;
  uint64_t group_ = 0;  ///< The sequence number of its first frame, so no two of a journal are equal.
  uint64_t group_bytes_ = 0;
  uint64_t definition_bytes_ = 0;
};

}  // namespace weir::log::embedded
