#pragma once

#include <memory>
#include <string>

#include "base/damage.h"
#include "log/embedded/segment_scanner.h"
#include "log/embedded/tail_repair.h"

namespace weir::log::embedded {

/// A segment file as a walk comes to it.
struct WalkedSegment {
  std::string path;
  uint64_t file_bytes = 0;
  std::shared_ptr<Segment> segment;  ///< Null when both copies of its header are damaged.
  Tail tail;                         ///< Of the newest segment; of others the end is that of the file.
};

/// Told what a walk finds, in the order of the journal. An error ends the walk and is its result.
class JournalVisitor {
 public:
  virtual ~JournalVisitor() = default;
  virtual Status on_segment(const WalkedSegment&) { return {}; }
  /// A good frame that continues the ones before; the scanner shows its header, place and records.
  virtual Status on_frame(const SegmentScanner& scanner) = 0;
  virtual void on_damage(Damage damage) = 0;
  /// Another `bytes` of segment files have been read.
  virtual void on_progress(uint64_t bytes) { static_cast<void>(bytes); }
};

/// Reads all segments of a stopped journal as recovery would, and changes nothing: every frame is verified,
/// and damage, gaps in the sequence and gaps in a partition's offsets are told. A torn tail is no damage (see
/// `Tail`), nor is the rest of an unfinished segment. A missing directory is an empty journal. Memory: one
/// frame. Errors: kIo of the directory, kUnsupported (another version), and the visitor's.
Status walk_journal(os::FileSystem& files, const std::string& directory, JournalVisitor& visitor);

}  // namespace weir::log::embedded
