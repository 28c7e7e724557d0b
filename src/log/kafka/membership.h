#pragma once

#include <memory>
#include <set>

#include "log/kafka/client.h"
#include "log/log.h"
#include "os/threads.h"

namespace weir::log::kafka {

/// A member of the consumer group. The group hands out partitions (range assignor: all are given back, then
/// handed out anew); nothing is read through it and no offset is committed. The listener is called by the
/// thread of this object. A process that dies is out of the group after 6 s, one that leaves at once.
class GroupMembership : public Membership {
 public:
  /// Returns before the group has handed out anything. `listener` outlives the result.
  static Result<std::unique_ptr<Membership>> join(std::shared_ptr<Shared> shared, uint32_t partition_count,
                                                  AssignmentListener& listener);
  /// For `join`.
  GroupMembership(std::unique_ptr<Client> client, uint32_t partition_count, AssignmentListener& listener);
  /// Leaves; every partition has been revoked when it returns. Waits for the brokers for a few seconds at
  /// most.
  ~GroupMembership() override;

 private:
  void run(std::stop_token stop);
  void serve(rd_kafka_op_s& event);
  void assign(rd_kafka_op_s& event);
  void revoke_all();
  void leave();

  const std::unique_ptr<Client> client_;
  const uint32_t partition_count_;
  AssignmentListener& listener_;
  std::set<PartitionId> owned_;  ///< Of the thread.
  os::Thread thread_;
};

}  // namespace weir::log::kafka
