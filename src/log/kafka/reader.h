#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "base/guarded.h"
#include "log/kafka/consumers.h"
#include "log/log.h"

namespace weir::log::kafka {

/// Reads one partition up to its high watermark, which is where Kafka lets consumers see. librdkafka fetches
/// ahead until fetch_bytes_max wait here, so a reader that is not polled stops fetching by itself.
/// - A record that Weir did not append (no tenant) is kCorruption, once, and passed over.
/// - Records that retention removed before they were read are kCorruption, once, naming the range.
/// - A position beyond the partition's end (its topic was made anew, or its leader lost records) is
///   kUnavailable for as long as it lasts: only people can say what is right.
/// - A poll that had to wait until its deadline because fetches fail, or no broker answers, is kUnavailable.
/// May outlive the log.
class PartitionReader : public Reader {
 public:
  explicit PartitionReader(std::unique_ptr<Consumers::Lease> lease);
  ~PartitionReader() override;

  Result<std::vector<Record>> poll(size_t bytes_max, Deadline deadline) override;
  Status seek(Offset offset) override;
  void wake() override;

 private:
  using Message = Handle<rd_kafka_message_s>;
  using Queue = std::shared_ptr<rd_kafka_queue_s>;

  Status start();
  void stop();
  Message next(Deadline deadline);
  Status explain(const rd_kafka_message_s& message);
  Status explain_out_of_range();
  Result<PartitionStatus> ask_for_range();
  Status trouble();

  const std::unique_ptr<Consumers::Lease> lease_;
  Shared& shared_;
  std::optional<Offset> position_;  ///< Of the next record; none: the first that is left.
  Message stash_;                   ///< Taken from the queue, but for the next poll.
  std::vector<Message> held_;       ///< What the records of the last poll point to.
  std::optional<Error> trouble_;    ///< What librdkafka reported since the last record.
  Guarded<Queue> queue_;            ///< Set while fetching; for `wake`.
  std::atomic<bool> woken_ = false;
};

}  // namespace weir::log::kafka
