#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "log/kafka/client.h"
#include "os/threads.h"

namespace weir::log::kafka {

/// A client that reads, and the thread that serves its events.
class Consumer {
 public:
  static Result<std::shared_ptr<Consumer>> create(std::shared_ptr<Shared> shared);
  /// For `create`.
  explicit Consumer(std::unique_ptr<Client> client);
  ~Consumer();

  Client& client() { return *client_; }
  rd_kafka_topic_s* topic() { return topic_.get(); }

 private:
  const std::unique_ptr<Client> client_;
  const Handle<rd_kafka_topic_s> topic_;
  os::Thread thread_;
};

/// The clients that readers share. A client reads a partition once, so the second reader of a partition gets
/// another client. Safe from any thread; lives as long as the last reader.
class Consumers : public std::enable_shared_from_this<Consumers> {
 public:
  static Result<std::shared_ptr<Consumers>> create(std::shared_ptr<Shared> shared);
  /// For `create`.
  Consumers(std::shared_ptr<Shared> shared, std::shared_ptr<Consumer> first);

  /// The right to read one partition by one client. Its last owner gives it back.
  struct Lease {
    std::shared_ptr<Consumers> pool;
    std::shared_ptr<Consumer> consumer;
    PartitionId partition;
    ~Lease();
  };
  /// kResourceExhausted: too many readers of one partition.
  Result<std::unique_ptr<Lease>> acquire(PartitionId partition);

  /// For metadata and watermarks.
  Client& control() { return first_->client(); }
  Shared& shared() { return *shared_; }

 private:
  struct Slot {
    std::shared_ptr<Consumer> consumer;
    std::set<PartitionId> taken;
  };
  void release(const Lease& lease);

  const std::shared_ptr<Shared> shared_;
  const std::shared_ptr<Consumer> first_;
  std::mutex mutex_;
  std::vector<Slot> slots_;
};

}  // namespace weir::log::kafka
