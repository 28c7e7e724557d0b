#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "log/embedded/frame.h"
#include "log/embedded/writer.h"
#include "os/random.h"
#include "telemetry/logger.h"

// What the writer does to segment files.
namespace weir::log::embedded {
namespace {

/// A sync whose failure is final whatever its reason: what it leaves on disk is unknown, even when the disk
/// was full.
Status sync_or_fail(os::File& file) {
  Status synced = file.sync();
  if (synced.ok()) return synced;
  return io_error(std::move(synced).error().message);
}

}  // namespace

uint64_t Writer::empty_segment_bytes() const {
  return frames_begin(next_.offsets.size()) + kMarkerBytes;
}

Status Writer::start_segment(uint64_t file_bytes) {
  SegmentHeader header{os::secure_random_bytes(kUuidBytes), next_.sequence, clock_.wall_ms(), next_.offsets};
  Result<std::shared_ptr<Segment>> created =
      create_segment(files_, options_.directory, std::move(header), file_bytes);
  if (!created.ok()) {
    if (created.error().code == Code::kResourceExhausted) space_.shut(created.error());
    return std::move(created).error();
  }
  segment_ = std::move(created).value();
  segment_bytes_ = file_bytes;
  position_ = segment_->begin();
  journal_.add_segment(segment_);
  return {};
}

Status Writer::write_and_sync(std::string_view bytes) {
  if (Status written = segment_->file().write_at(position_, bytes); !written.ok()) {
    if (written.error().code != Code::kResourceExhausted) return written;
    return undo_write(std::move(written).error());
  }
  const os::SteadyTime start = clock_.steady();
  RETURN_IF_ERROR(sync_or_fail(segment_->file()));
  metrics_.sync_duration_seconds.observe(std::chrono::duration<double>(clock_.steady() - start).count());
  position_ += bytes.size();
  durable_sequence_ = next_.sequence - 1;
  marked_ = false;
  return {};
}

/// The disk filled up although the file is preallocated, as it can where files are copied on write. What the
/// write left is cut off again; then the journal is as if the write had never been tried, and a later append
/// starts a new segment.
Status Writer::undo_write(Error error) {
  if (Status sealed = seal(); !sealed.ok()) return io_error(std::move(sealed).error().message);
  segment_ = nullptr;
  space_.shut(error);
  return error;
}

/// Ends the current segment after its last frame.
Status Writer::seal() {
  RETURN_IF_ERROR(segment_->file().truncate(position_));
  return sync_or_fail(segment_->file());
}

/// Notes on disk that the last commit was synced, so that damage to it can be told from a write cut short.
/// Not synced itself.
void Writer::write_marker() {
  if (marked_ || segment_ == nullptr || queue_.refusal()) return;
  std::string marker = encode_marker();
  place_frame(marker, {segment_->seed(), position_, next_.sequence, durable_sequence_}, next_.offsets);
  if (Status written = segment_->file().write_at(position_, marker); !written.ok()) {
    if (written.error().code == Code::kResourceExhausted) written = undo_write(std::move(written).error());
    if (written.error().code != Code::kResourceExhausted) fail_for_ever(written.error());
    return;
  }
  ++next_.sequence;
  position_ += marker.size();
  marked_ = true;
}

/// When nobody needs a record of the current segment either, a segment of a few kilobytes takes its place, so
/// that a log at rest holds no preallocated space. The next append finds no room in it and starts a full one.
Status Writer::rest() {
  const bool at_rest = segment_ == nullptr || segment_bytes_ == empty_segment_bytes();
  if (at_rest || queue_.refusal() || !journal_.all_trimmed()) return {};
  RETURN_IF_ERROR(seal());
  segment_ = nullptr;
  return start_segment(empty_segment_bytes());
}

/// Oldest first, and each removal durable before the next: a power loss must not leave a hole.
void Writer::delete_trimmed() {
  if (Status rested = rest(); !rested.ok() && rested.error().code != Code::kResourceExhausted) {
    return fail_for_ever(rested.error());
  }
  while (std::shared_ptr<Segment> oldest = journal_.oldest_if_trimmed()) {
    Status removed = files_.remove(oldest->path());
    if (removed.ok() || removed.error().code == Code::kNotFound)
      removed = files_.sync_directory(options_.directory);
    if (!removed.ok()) {
      telemetry::log_warn("log", "a trimmed segment was not deleted; the next trim tries again",
                          {{"error", removed.error().message}});
      return;
    }
    journal_.drop_oldest();
  }
}

}  // namespace weir::log::embedded
