#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "log/kafka/client.h"
#include "os/threads.h"

namespace weir::log::kafka {

/// First and last offsets of the partitions, asked for every second by a thread, and moved on by what the
/// producer delivers meanwhile. That the brokers answer is what the log's connection state rests on. Safe
/// from any thread.
class Watermarks {
 public:
  /// Asks once, until `deadline`; then keeps asking. `client` outlives this. kUnavailable: no answer came.
  static Result<std::unique_ptr<Watermarks>> open(Client& client, uint32_t partition_count,
                                                  Deadline deadline);
  /// For `open`.
  Watermarks(Client& client, uint32_t partition_count);

  /// A record lies at `position`, so the partition ends behind it.
  void note(Position position);

  /// At most a few seconds old; kUnavailable when the brokers have not told for longer.
  Result<PartitionStatus> get(PartitionId partition) const;

 private:
  struct Known {
    PartitionStatus status;
    os::SteadyTime at{};
  };
  Status refresh(std::span<const PartitionId> partitions, os::milliseconds wait);
  bool refresh_each(std::stop_token stop);
  void run(std::stop_token stop);

  Client& client_;
  std::vector<PartitionId> all_;
  mutable std::mutex mutex_;
  std::vector<Known> known_;
  os::Thread thread_;
};

}  // namespace weir::log::kafka
