#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "log/embedded/partition_index.h"
#include "log/embedded/segment.h"
#include "log/embedded/tail_cache.h"

namespace weir::log::embedded {

/// A placed frame, for the index.
struct PlacedFrame {
  uint64_t position = 0;
  size_t record_count = 0;
  bool begins_group = false;
};

/// Frames that one sync has made durable.
struct Commit {
  std::shared_ptr<Segment> segment;
  uint64_t end = 0;  ///< One past the last byte.
  std::vector<PlacedFrame> frames;
  std::vector<FrameRecord> records;    ///< Of all frames, in order.
  std::vector<BatchSlicePtr> decoded;  ///< One for each record.
  std::shared_ptr<const std::string> bytes;
};

/// What is durable, and where: the one thing that the writer and the readers share. Safe from any thread.
class Journal {
 public:
  Journal(uint32_t partition_count, uint64_t tail_cache_bytes);

  uint32_t partition_count() const { return static_cast<uint32_t>(partitions_.size()); }

  /// Building up, before threads exist: the segments in order, and the records in them.
  void add_recovered(PartitionId partition, Offset offset, FrameLocation location);
  void add_group(FrameLocation begin);
  void set_end(PartitionId partition, Offset end);

  /// The segment that commits will follow in. May take the place of an empty one with its number.
  void add_segment(std::shared_ptr<Segment> segment);
  /// Shows the commit's records to readers.
  void publish(const Commit& commit);
  /// No more records will come: waiting readers return.
  void close();

  /// Allows records of `partition` before `before` to go.
  void set_trim(PartitionId partition, Offset before);
  /// The oldest segment, if no partition needs a record in it any more and it is not the newest.
  std::shared_ptr<Segment> oldest_if_trimmed() const;
  /// No partition needs any of its records any more.
  bool all_trimmed() const;
  void drop_oldest();

  PartitionStatus status(PartitionId partition) const;
  uint64_t segment_count() const;
  /// Up to the last durable frame of each segment.
  uint64_t disk_bytes() const;
  uint64_t tail_cache_bytes() const;

  /// What a reader at an offset finds.
  struct View {
    enum class State {
      kNothing,  ///< The deadline passed, or the reader was woken.
      kClosed,
      kCached,  ///< `cached` holds the next records.
      kOnDisk,  ///< Scan from `segment` and `position` on.
    };
    State state = State::kNothing;
    PartitionStatus status;
    std::vector<CachedRecord> cached;
    std::shared_ptr<Segment> segment;  ///< Null when no segment holds a record of the partition.
    uint64_t position = 0;
    uint64_t group_position =
        0;  ///< Where to begin in order to decode what is at `position`: at it or before.
  };
  struct ReadRequest {
    PartitionId partition;
    Offset offset;
    size_t bytes_max;
    bool from_disk = false;  ///< Do not look into the cache.
  };
  /// Waits until a record at or after the offset is durable; `woken` is guarded by this object and cleared
  /// when it ends the wait.
  View wait(const ReadRequest& request, Deadline deadline, const os::Clock& clock, bool& woken);
  void wake(bool& woken);
  /// The segment that follows `segment`, or null.
  std::shared_ptr<Segment> segment_after(const Segment& segment) const;

 private:
  struct Partition {
    Offset begin{0};
    Offset end{0};
    Offset trim{0};
    PartitionIndex index;
  };
  View view(const ReadRequest& request);
  uint64_t group_position(const Segment& segment, uint64_t position) const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<uint64_t, std::shared_ptr<Segment>> segments_;
  std::map<uint64_t, std::vector<uint64_t>> groups_;  // by segment, the positions where groups begin
  std::vector<Partition> partitions_;
  TailCache cache_;
  bool closed_ = false;
};

}  // namespace weir::log::embedded
