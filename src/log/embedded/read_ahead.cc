#include "log/embedded/read_ahead.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace weir::log::embedded {

ReadAhead::ReadAhead(std::unique_ptr<JournalReader> reader, std::shared_ptr<const Journal> journal,
                     PartitionId partition, const Options& options)
    : reader_(std::move(reader)), journal_(std::move(journal)), partition_(partition), options_(options) {}

ReadAhead::~ReadAhead() {
  end();
}

Result<std::vector<Record>> ReadAhead::poll(size_t bytes_max, Deadline deadline) {
  held_.clear();
  if (std::exchange(placed_, false)) start_if_behind(bytes_max);
  if (ahead_) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return woken_ || finished_ || !queue_.empty(); });
    if (std::exchange(woken_, false)) return std::vector<Record>();
    if (!queue_.empty()) {
      Portion portion = std::move(queue_.front());
      queue_.pop_front();
      queue_bytes_ -= portion.size_bytes;
      changed_.notify_all();
      held_ = std::move(portion.held);
      return std::move(portion.records);
    }
    lock.unlock();
    end();
  }
  return reader_->poll(bytes_max, deadline);
}

Status ReadAhead::seek(Offset offset) {
  end();
  placed_ = true;
  return reader_->seek(offset);
}

void ReadAhead::wake() {
  {
    std::lock_guard lock(mutex_);
    if (ahead_) {
      woken_ = true;
      changed_.notify_all();
      return;
    }
  }
  reader_->wake();
}

size_t ReadAhead::queue_bytes() const {
  std::lock_guard lock(mutex_);
  return queue_bytes_;
}

void ReadAhead::start_if_behind(size_t bytes_max) {
  const Offset end = journal_->status(partition_).end;
  if (end.value() - reader_->next().value() < options_.records_min) return;
  {
    std::lock_guard lock(mutex_);
    ahead_ = true;
    finished_ = false;
  }
  thread_ = os::Thread(fmt::format("read-ahead-{}", partition_.value()),
                       [this, end, bytes_max = std::min(bytes_max, options_.portion_bytes)](
                           std::stop_token stop) { run(end, bytes_max, std::move(stop)); });
}

/// Ends the thread, wherever it is. What it has read and nobody has taken is forgotten.
void ReadAhead::end() {
  thread_.request_stop();
  thread_.join();
  std::lock_guard lock(mutex_);
  queue_.clear();
  queue_bytes_ = 0;
  ahead_ = false;
  // Who was to be woken is not waiting, and is about to ask the journal, which may wait: it has to return.
  if (std::exchange(woken_, false)) reader_->wake();
}

void ReadAhead::run(Offset end, size_t bytes_max, std::stop_token stop) {
  bool goes_on = true;
  while (goes_on && !stop.stop_requested() && reader_->next() < end) {
    Portion portion = read(bytes_max);
    // After damage a reader goes on; what else it meets is the owner's to judge.
    goes_on = portion.records.ok() || portion.records.error().code == Code::kCorruption;
    if (!portion.records.ok() || !portion.records->empty())
      goes_on = put(std::move(portion), stop) && goes_on;
  }
  std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

ReadAhead::Portion ReadAhead::read(size_t bytes_max) {
  Portion portion{reader_->poll(bytes_max, Deadline::never()), reader_->release_held()};
  if (!portion.records.ok()) return portion;
  for (const Record& record : *portion.records) {
    portion.size_bytes +=
        std::max(record.payload.size(), record.decoded != nullptr ? record.decoded->size_bytes() : 0);
  }
  return portion;
}

bool ReadAhead::put(Portion portion, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, std::move(stop), [&] { return queue_bytes_ < options_.queue_bytes_max; }))
    return false;
  queue_bytes_ += portion.size_bytes;
  queue_.push_back(std::move(portion));
  changed_.notify_all();
  return true;
}

}  // namespace weir::log::embedded
