#include "log/embedded/journal.h"

#include <algorithm>

#include "base/check.h"

namespace weir::log::embedded {

Journal::Journal(uint32_t partition_count, uint64_t tail_cache_bytes)
    : partitions_(partition_count), cache_(partition_count, tail_cache_bytes) {}

void Journal::add_recovered(PartitionId partition, Offset offset, FrameLocation location) {
  std::lock_guard lock(mutex_);
  partitions_[partition.value()].index.add(offset, location);
}

void Journal::add_group(FrameLocation begin) {
  std::lock_guard lock(mutex_);
  groups_[begin.segment].push_back(begin.position);
}

void Journal::set_end(PartitionId partition, Offset end) {
  std::lock_guard lock(mutex_);
  partitions_[partition.value()].end = end;
}

void Journal::add_segment(std::shared_ptr<Segment> segment) {
  std::lock_guard lock(mutex_);
  if (segments_.empty()) {
    for (size_t i = 0; i < partitions_.size(); ++i) partitions_[i].begin = segment->header().next_offsets[i];
  }
  segments_.insert_or_assign(segment->first_sequence(), segment);
}

void Journal::publish(const Commit& commit) {
  {
    std::lock_guard lock(mutex_);
    commit.segment->set_durable_end(commit.end);
    auto record = commit.records.begin();
    for (const PlacedFrame& frame : commit.frames) {
      if (frame.begins_group) groups_[commit.segment->first_sequence()].push_back(frame.position);
      for (size_t i = 0; i < frame.record_count; ++i, ++record) {
        Partition& partition = partitions_[record->partition.value()];
        partition.index.add(record->offset, {commit.segment->first_sequence(), frame.position});
        partition.end = Offset(record->offset.value() + 1);
      }
    }
    cache_.add(commit.bytes, commit.records, commit.decoded);
  }
  changed_.notify_all();
}

void Journal::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

void Journal::set_trim(PartitionId partition, Offset before) {
  std::lock_guard lock(mutex_);
  Offset& trim = partitions_[partition.value()].trim;
  trim = std::max(trim, before);
}

std::shared_ptr<Segment> Journal::oldest_if_trimmed() const {
  std::lock_guard lock(mutex_);
  if (segments_.size() < 2) return nullptr;
  const std::shared_ptr<Segment>& oldest = segments_.begin()->second;
  const std::vector<Offset>& kept_from = std::next(segments_.begin())->second->header().next_offsets;
  for (size_t i = 0; i < partitions_.size(); ++i) {
    const bool empty = oldest->header().next_offsets[i] == kept_from[i];
    if (!empty && partitions_[i].trim < kept_from[i]) return nullptr;
  }
  return oldest;
}

bool Journal::all_trimmed() const {
  std::lock_guard lock(mutex_);
  return std::ranges::all_of(partitions_, [](const Partition& one) { return one.trim >= one.end; });
}

void Journal::drop_oldest() {
  std::lock_guard lock(mutex_);
  CHECK(segments_.size() >= 2, "the newest segment stays: it knows the next offsets");
  groups_.erase(segments_.begin()->first);
  segments_.erase(segments_.begin());
  const Segment& oldest = *segments_.begin()->second;
  for (size_t i = 0; i < partitions_.size(); ++i) {
    partitions_[i].begin = oldest.header().next_offsets[i];
    partitions_[i].index.drop_before(oldest.first_sequence());
  }
}

PartitionStatus Journal::status(PartitionId partition) const {
  std::lock_guard lock(mutex_);
  const Partition& state = partitions_[partition.value()];
  return {state.begin, state.end};
}

uint64_t Journal::segment_count() const {
  std::lock_guard lock(mutex_);
  return segments_.size();
}

uint64_t Journal::disk_bytes() const {
  std::lock_guard lock(mutex_);
  uint64_t sum = 0;
  for (const auto& [sequence, segment] : segments_) sum += segment->durable_end();
  return sum;
}

uint64_t Journal::tail_cache_bytes() const {
  std::lock_guard lock(mutex_);
  return cache_.size_bytes();
}

Journal::View Journal::wait(const ReadRequest& request, Deadline deadline, const os::Clock& clock,
                            bool& woken) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] {
    return woken || closed_ || request.offset < partitions_[request.partition.value()].end;
  };
  // The wait is in real time, the deadline in the clock's, which tests may hold still: so it is asked again
  // after each wait.
  while (!ready() && !deadline.passed(clock)) {
    const os::milliseconds left = deadline.left(clock);
    if (left == os::milliseconds::max()) {
      changed_.wait(lock, ready);
    } else {
      changed_.wait_for(lock, std::max(left, os::milliseconds(1)), ready);
    }
  }
  const bool was_woken = std::exchange(woken, false);
  if (was_woken) return {};
  return view(request);
}

void Journal::wake(bool& woken) {
  {
    std::lock_guard lock(mutex_);
    woken = true;
  }
  changed_.notify_all();
}

std::shared_ptr<Segment> Journal::segment_after(const Segment& segment) const {
  std::lock_guard lock(mutex_);
  auto after = segments_.lower_bound(segment.first_sequence());
  if (after != segments_.end() && after->second.get() == &segment) ++after;
  return after == segments_.end() ? nullptr : after->second;
}

Journal::View Journal::view(const ReadRequest& request) {
  const Partition& partition = partitions_[request.partition.value()];
  View view;
  view.status = {partition.begin, partition.end};
  if (request.offset >= partition.end) {
    view.state = closed_ ? View::State::kClosed : View::State::kNothing;
    return view;
  }
  const Offset offset = std::max(request.offset, partition.begin);
  if (!request.from_disk && cache_.read(request.partition, offset, request.bytes_max, view.cached)) {
    view.state = View::State::kCached;
    return view;
  }
  view.state = View::State::kOnDisk;
  if (const std::optional<FrameLocation> found = partition.index.find(offset)) {
    auto segment = segments_.find(found->segment);
    CHECK(segment != segments_.end(), "the index forgets a segment when it goes");
    view.segment = segment->second;
    view.position = found->position;
    view.group_position = group_position(*view.segment, view.position);
  }
  return view;
}

/// Where the group begins that a frame at `position` may belong to; that place where there is none.
uint64_t Journal::group_position(const Segment& segment, uint64_t position) const {
  const auto groups = groups_.find(segment.first_sequence());
  if (groups == groups_.end()) return position;
  const auto after = std::ranges::upper_bound(groups->second, position);
  return after == groups->second.begin() ? position : *std::prev(after);
}

}  // namespace weir::log::embedded
