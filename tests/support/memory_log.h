#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"

namespace weir::log {

/// A log in memory for tests of what stands above it: every append is durable at once. Readers wait for
/// records or `wake`, never for a deadline, so that a test with a manual clock cannot spin. Safe from any
/// thread.
class MemoryLog : public Log {
 public:
  explicit MemoryLog(uint32_t partition_count) : partitions_(partition_count) {}

  uint32_t partition_count() const override { return static_cast<uint32_t>(partitions_.size()); }
  size_t record_bytes_max() const override { return 1 << 20; }
  Durability durability() const override { return Durability::kPageCache; }

  void append(std::span<const NewRecord> records, Deadline, Completion<std::vector<Position>> done) override {
    std::vector<Position> positions;
    {
      std::lock_guard lock(mutex_);
      for (const NewRecord& record : records) {
        auto& partition = partitions_[record.partition.value()];
        positions.push_back({record.partition, Offset(static_cast<int64_t>(partition.size()))});
        partition.push_back({record.tenant, std::string(record.payload), record.decoded});
      }
    }
    changed_.notify_all();
    done(std::move(positions));
  }

  Result<std::unique_ptr<Reader>> open_reader(PartitionId partition) override {
    return std::unique_ptr<Reader>(std::make_unique<MemoryReader>(*this, partition));
  }

  Result<std::unique_ptr<Membership>> join(AssignmentListener& listener) override {
    for (uint32_t i = 0; i < partition_count(); ++i) listener.on_assigned(PartitionId(i));
    return std::unique_ptr<Membership>(std::make_unique<MemoryMembership>(*this, listener));
  }

  Status trim(PartitionId partition, Offset before) override {
    std::lock_guard lock(mutex_);
    trims_.emplace_back(partition, before);
    return {};
  }
  std::vector<std::pair<PartitionId, Offset>> trims() const {
    std::lock_guard lock(mutex_);
    return trims_;
  }

  Result<PartitionStatus> status(PartitionId partition) const override {
    std::lock_guard lock(mutex_);
    return PartitionStatus{Offset(0), Offset(static_cast<int64_t>(partitions_[partition.value()].size()))};
  }

  Status writable() const override { return {}; }

 private:
  struct Stored {
    TenantId tenant;
    std::string payload;
    BatchSlicePtr decoded;
  };

  class MemoryReader : public Reader {
   public:
    MemoryReader(MemoryLog& log, PartitionId partition) : log_(log), partition_(partition) {}

    Result<std::vector<Record>> poll(size_t, Deadline) override {
      std::unique_lock lock(log_.mutex_);
      auto& stored = log_.partitions_[partition_.value()];
      log_.changed_.wait(lock, [&] { return woken_ || next_ < stored.size(); });
      woken_ = false;
      payloads_.clear();
      std::vector<Record> records;
      const size_t first = next_;
      for (; next_ < stored.size(); ++next_) payloads_.push_back(stored[next_]);
      for (size_t i = 0; i < payloads_.size(); ++i) {
        records.push_back({.tenant = payloads_[i].tenant,
                           .offset = Offset(static_cast<int64_t>(first + i)),
                           .payload = payloads_[i].payload,
                           .decoded = payloads_[i].decoded});
      }
      return records;
    }

    Status seek(Offset offset) override {
      std::lock_guard lock(log_.mutex_);
      next_ = static_cast<size_t>(offset.value());
      return {};
    }

    void wake() override {
      {
        std::lock_guard lock(log_.mutex_);
        woken_ = true;
      }
      log_.changed_.notify_all();
    }

   private:
    MemoryLog& log_;
    const PartitionId partition_;
    size_t next_ = 0;
    bool woken_ = false;  // guarded by the log's mutex
    std::vector<Stored> payloads_;
  };

  class MemoryMembership : public Membership {
   public:
    MemoryMembership(MemoryLog& log, AssignmentListener& listener) : log_(log), listener_(listener) {}
    ~MemoryMembership() override {
      for (uint32_t i = 0; i < log_.partition_count(); ++i) listener_.on_revoked(PartitionId(i));
    }

   private:
    MemoryLog& log_;
    AssignmentListener& listener_;
  };

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::vector<Stored>> partitions_;        // guarded by mutex_
  std::vector<std::pair<PartitionId, Offset>> trims_;  // guarded by mutex_
};

}  // namespace weir::log
