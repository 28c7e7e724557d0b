#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/ids.h"

namespace weir::log::embedded {

/// Where the frame lies that holds a record.
struct FrameLocation {
  uint64_t segment = 0;   ///< The segment's first sequence number.
  uint64_t position = 0;  ///< Of the frame, in the segment's file.
};

/// Sparse map from a partition's offsets to frames: about one entry for each kStrideBytes of journal, so that
/// a search ends with a short scan. Not thread safe; Journal guards it.
class PartitionIndex {
 public:
  static constexpr uint64_t kStrideBytes = 64 << 10;

  /// Notes that the record at `offset`, larger than all before, is in the frame at `location`.
  void add(Offset offset, FrameLocation location);
  /// A frame at or before the one that holds `offset` or, if there is none such, the first one known.
  std::optional<FrameLocation> find(Offset offset) const;
  /// Forgets the frames of segments before `segment`.
  void drop_before(uint64_t segment);
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Offset offset;
    FrameLocation location;
  };
  std::deque<Entry> entries_;
};

}  // namespace weir::log::embedded
