#pragma once

#include <cstdint>
#include <memory>

#include "log/embedded/segment.h"

namespace weir::log::embedded {

/// What of the newest segment counts. An earlier process has left it at any point of a write.
struct Tail {
  uint64_t end = 0;  ///< Good frames, and damage between them, end here.
  uint64_t untrusted_begin =
      0;                    ///< Frames from here on may never have reached the disk, though we can read them.
  uint64_t torn_bytes = 0;  ///< After `end`: parts of frames that were never acknowledged.
};

/// Tells the torn end of the newest segment, which no one was told is durable, from damage to records that
/// were. A bad frame is torn when no later frame says that it was durable and it looks unfinished.
/// `file_bytes`: the size of the file.
Result<Tail> find_tail(const std::shared_ptr<Segment>& segment, uint64_t file_bytes);

/// Makes the segment end at `tail.end` and everything in it durable, by writing the untrusted frames again:
/// after a failed sync the page cache shows bytes that the disk does not have. Safe to be cut short and
/// repeated.
Status repair_tail(Segment& segment, const Tail& tail, uint64_t file_bytes);

}  // namespace weir::log::embedded
