#include "log/embedded/writer.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <numeric>

#include <fmt/format.h>

#include "log/embedded/frame.h"
#include "telemetry/logger.h"

namespace weir::log::embedded {
namespace {

/// Of one commit, as they count in the queue.
constexpr uint64_t kBatchBytesMax = 16 << 20;
// How long the journal rests before a marker notes that its last commit is durable.
constexpr os::milliseconds kIdleBeforeMarker{100};

uint64_t queued_bytes_of(const std::vector<PendingAppend>& appends) {
  return std::accumulate(appends.begin(), appends.end(), uint64_t{0},
                         [](uint64_t sum, const PendingAppend& append) { return sum + append.size_bytes; });
}

/// Moves the appends whose deadline has passed out of `appends`.
std::vector<PendingAppend> take_expired(std::vector<PendingAppend>& appends, const os::Clock& clock) {
  auto expired = std::stable_partition(appends.begin(), appends.end(), [&](const PendingAppend& append) {
    return !append.deadline.passed(clock);
  });
  std::vector<PendingAppend> out(std::make_move_iterator(expired), std::make_move_iterator(appends.end()));
  appends.erase(expired, appends.end());
  return out;
}

}  // namespace

Writer::Writer(const EmbeddedLogOptions& options, os::FileSystem& files, os::Clock& clock, Journal& journal,
               LogMetrics& metrics, NextNumbers next)
    : options_(options),
      files_(files),
      clock_(clock),
      journal_(journal),
      metrics_(metrics),
      queue_(options.queue_bytes_max),
      space_({options.directory, options.free_bytes_min, options.segment_bytes}, files),
      series_frames_(options.group_bytes_min),
      next_(std::move(next)),
      durable_sequence_(next_.sequence - 1),
      thread_("log-writer", [this](std::stop_token) { run(); }) {}

void Writer::stop() {
  queue_.close();
  thread_.join();
}

void Writer::append(PendingAppend append) {
  Status pushed = queue_.push(append);
  if (pushed.ok()) return;
  const bool full = pushed.error().code == Code::kResourceExhausted;
  (full ? metrics_.refused_queue_full : metrics_.refused_failed).add();
  append.done(std::move(pushed).error());
}

Status Writer::writable() {
  if (std::optional<Error> refusal = queue_.refusal()) return *std::move(refusal);
  return space_.check();
}

void Writer::run() {
  for (;;) {
    const std::optional<os::milliseconds> idle_after =
        marked_ ? std::nullopt : std::optional(kIdleBeforeMarker);
    AppendQueue::Work work = queue_.take(kBatchBytesMax, idle_after);
    if (!work.appends.empty()) commit(std::move(work.appends));
    if (work.poked) delete_trimmed();
    if (work.idle || work.closed) write_marker();
    if (work.closed) break;
  }
  if (segment_ == nullptr || queue_.refusal()) return;
  if (Status sealed = seal(); !sealed.ok()) fail_for_ever(sealed.error());
}

void Writer::commit(std::vector<PendingAppend> appends) {
  const uint64_t queued_bytes = queued_bytes_of(appends);
  std::vector<PendingAppend> expired = take_expired(appends, clock_);
  Result<Placed> placed = appends.empty() ? Placed() : store(appends);
  // Room first: whoever is told of an outcome may append again.
  queue_.release(queued_bytes);
  for (PendingAppend& append : expired)
    append.done(deadline_exceeded("log: the disk was too slow to take the append"));
  for (size_t i = 0; i < appends.size(); ++i) {
    if (placed.ok()) {
      appends[i].done(std::move((*placed)[i]));
    } else {
      appends[i].done(placed.error());
    }
  }
  if (placed.ok()) return;
  const bool full = placed.error().code == Code::kResourceExhausted;
  (full ? metrics_.refused_disk_full : metrics_.refused_failed).add(appends.size());
}

/// Makes the appends durable and shows them to readers. kResourceExhausted: nothing of them is on disk.
Result<Writer::Placed> Writer::store(std::vector<PendingAppend>& appends) {
  if (std::optional<Error> refusal = queue_.refusal()) return *std::move(refusal);
  const NextNumbers before = next_;
  auto frames = std::make_shared<Frames>();
  Status stored = encode_into_segment(appends, *frames);
  Commit commit;
  Placed placed;
  if (stored.ok()) {
    commit.bytes = std::shared_ptr<const std::string>(frames, &frames->bytes);
    placed = place(*frames, commit);
    stored = write_and_sync(frames->bytes);
  }
  if (!stored.ok()) {
    next_ = before;
    if (stored.error().code != Code::kResourceExhausted) fail_for_ever(stored.error());
    return std::move(stored).error();
  }
  metrics_.appended_bytes.add(commit.bytes->size());
  metrics_.appended_records.add(commit.records.size());
  commit.end = position_;
  for (PendingAppend& append : appends) std::ranges::move(append.decoded, std::back_inserter(commit.decoded));
  journal_.publish(commit);
  return placed;
}

/// All frames of a commit in one piece, so that one call writes them and one reference caches them.
void Writer::encode(const std::vector<PendingAppend>& appends, Frames& out) {
  out = {};
  for (const PendingAppend& append : appends) {
    const size_t begin = out.bytes.size();
    if (append.batches.empty()) {
      out.bytes += append.frame;
    } else {
      series_frames_.encode(append.batches, next_.sequence + out.sizes.size(), out.bytes);
    }
    out.sizes.push_back(out.bytes.size() - begin);
  }
}

/// Encodes the appends for the current segment, or for a new one where they do not fit.
Status Writer::encode_into_segment(const std::vector<PendingAppend>& appends, Frames& out) {
  RETURN_IF_ERROR(space_.check());
  if (segment_ != nullptr) {
    encode(appends, out);
    if (position_ + out.bytes.size() + kMarkerBytes <= segment_bytes_) return {};
    // The old segment is finished first: the existence of a newer one says that all before it is durable.
    RETURN_IF_ERROR(seal());
    segment_ = nullptr;
  }
  series_frames_.begin_group();
  encode(appends, out);
  return start_segment(std::max(options_.segment_bytes, empty_segment_bytes() + out.bytes.size()));
}

/// Numbers and seals the frames, and describes them in `commit`.
Writer::Placed Writer::place(Frames& frames, Commit& commit) {
  Placed placed;
  commit.segment = segment_;
  uint64_t begin = 0;
  for (const uint64_t size : frames.sizes) {
    const std::span<char> frame(frames.bytes.data() + begin, size);
    place_frame(frame, {segment_->seed(), position_ + begin, next_.sequence++, durable_sequence_},
                next_.offsets);
    const size_t before = commit.records.size();
    list_records({frame.data(), frame.size()}, commit.records);
    std::vector<Position> positions;
    for (size_t i = before; i < commit.records.size(); ++i) {
      positions.push_back({commit.records[i].partition, commit.records[i].offset});
    }
    commit.frames.push_back(
        {position_ + begin, positions.size(), begins_group({frame.data(), frame.size()})});
    placed.push_back(std::move(positions));
    begin += size;
  }
  return placed;
}

void Writer::fail_for_ever(const Error& error) {
  queue_.refuse_from_now(io_error(fmt::format("the log is read-only until the restart: {}", error.message)));
  telemetry::log_error("log", "write failed, the log is read-only", {{"error", error.message}});
}

}  // namespace weir::log::embedded
