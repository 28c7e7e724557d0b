#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/embedded/append_queue.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/journal.h"
#include "log/embedded/log_metrics.h"
#include "log/embedded/series_frames.h"
#include "log/embedded/space_gate.h"
#include "os/threads.h"

namespace weir::log::embedded {

/// The numbers that the next frame and records get.
struct NextNumbers {
  uint64_t sequence = 1;
  std::vector<Offset> offsets;  ///< One a partition.
};

/// The one thread that writes: commits appends in groups, one fdatasync each, while the next group gathers;
/// creates segments and deletes trimmed ones. A lone append is written at once.
///
/// After a failed write or sync nothing on disk is certain (the kernel forgets what it could not write), so
/// that failure is final: all waiting appends fail and later ones are refused. A full disk is not: it is met
/// when a segment is created, before anything is written, and appends are accepted again when there is space.
class Writer {
 public:
  /// Goes on in a segment of its own, never in one that an earlier process has written.
  Writer(const EmbeddedLogOptions& options, os::FileSystem& files, os::Clock& clock, Journal& journal,
         LogMetrics& metrics, NextNumbers next);
  ~Writer() { stop(); }
  /// Commits what is queued and refuses the rest. Idempotent.
  void stop();

  /// Any thread.
  void append(PendingAppend append);
  uint64_t queue_bytes() const { return queue_.size_bytes(); }
  Status writable();
  /// Has trimmed segments deleted soon.
  void delete_trimmed_soon() { queue_.poke(); }

 private:
  using Placed = std::vector<std::vector<Position>>;
  /// Encoded, one after the other.
  struct Frames {
    std::string bytes;
    std::vector<uint64_t> sizes;
  };

  void run();
  void commit(std::vector<PendingAppend> appends);
  Result<Placed> store(std::vector<PendingAppend>& appends);
  void encode(const std::vector<PendingAppend>& appends, Frames& out);
  Status encode_into_segment(const std::vector<PendingAppend>& appends, Frames& out);
  Status start_segment(uint64_t file_bytes);
  Status rest();
  uint64_t empty_segment_bytes() const;
  Placed place(Frames& frames, Commit& commit);
  Status write_and_sync(std::string_view bytes);
  Status undo_write(Error error);
  Status seal();
  void write_marker();
  void delete_trimmed();
  void fail_for_ever(const Error& error);

  const EmbeddedLogOptions options_;
  os::FileSystem& files_;
  os::Clock& clock_;
  Journal& journal_;
  LogMetrics& metrics_;
  AppendQueue queue_;
  SpaceGate space_;
  // Owned by the thread.
  SeriesFrames series_frames_;
  NextNumbers next_;
  uint64_t durable_sequence_;
  std::shared_ptr<Segment> segment_;  ///< Where frames go; null when the next append has to create it.
  uint64_t segment_bytes_ = 0;        ///< Size of its file.
  uint64_t position_ = 0;             ///< Of the next frame in it.
  bool marked_ = true;                ///< The last frame written says that all before it is durable.
  os::Thread thread_;
};

}  // namespace weir::log::embedded
