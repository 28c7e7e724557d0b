#include <algorithm>

#include <librdkafka/rdkafka.h>

#include "log/kafka/errors.h"
#include "log/kafka/producer.h"
#include "telemetry/logger.h"

// What the producer does about a client that has failed for good.
namespace weir::log::kafka {
namespace {

constexpr os::milliseconds kReplaceDelayMin{100};
constexpr os::milliseconds kReplaceDelayMax{5'000};
/// A client that lived longer than this has not failed in a row with the one before.
constexpr os::milliseconds kLongLife{10'000};
/// How long a dying client may take to report on what it holds.
constexpr os::milliseconds kDrainMax{2'000};
constexpr os::milliseconds kDrainSlice{20};

}  // namespace

/// librdkafka ends an idempotent producer for good when it cannot tell any more what the broker has
/// (and 2.0.2 does so without need at times: "sequence desynchronization"). All that is not acknowledged is
/// sent again by another one, in order by partition, so that records may be there twice but not in another
/// order.
void Producer::replace(const std::string& why) {
  const os::SteadyTime now = shared_->clock.steady();
  const bool in_a_row = now - replace_at_ < kLongLife;
  replace_delay_ =
      in_a_row ? std::clamp(replace_delay_ * 2, kReplaceDelayMin, kReplaceDelayMax) : os::milliseconds(0);
  replace_at_ = now + replace_delay_;
  if (channel_.client) {
    telemetry::log_warn("log", "the Kafka producer failed for good; another one takes its place",
                        {{"error", why}});
    shared_->metrics.producers_replaced.add();
    drain();
  }
  Result<std::unique_ptr<Client>> client = new_client_();
  if (client.ok()) return send_again(open_channel(*std::move(client), shared_->options.topic));
  telemetry::log_error("log", "no Kafka producer could be made", {{"error", client.error().message}});
}

/// Takes the last acknowledgements and ends the client: after that it refers to no record.
void Producer::drain() {
  rd_kafka_purge(channel_.client->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const Deadline deadline = Deadline::after(shared_->clock, kDrainMax);
  while (rd_kafka_outq_len(channel_.client->handle()) > 0 && !deadline.passed(shared_->clock)) {
    if (Handle<rd_kafka_op_s> event = channel_.client->poll(kDrainSlice)) take_deliveries(*event);
    expire();
  }
  Channel old;
  {
    std::lock_guard lock(mutex_);
    sending_ = false;
    old = std::move(channel_);
    channel_ = {};
  }
}

/// What nobody waits for any more, or has been tried long enough, is dropped.
void Producer::send_again(Channel channel) {
  const os::SteadyTime oldest = shared_->clock.steady() - shared_->options.delivery_timeout;
  std::vector<Answer> answers;
  {
    std::lock_guard lock(mutex_);
    channel_ = std::move(channel);
    sending_ = true;
    in_flight_.for_each([&](Send& send) {
      if (!send.append->done || send.append->started < oldest) {
        return in_flight_.failed(send, append_error(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT), answers);
      }
      hand_over(send, answers);
    });
    if (in_flight_.empty()) landed_.notify_all();
  }
  answer(std::move(answers));
}

/// Ends the client and answers what is left. For the destructor, without the thread.
void Producer::give_up() {
  if (channel_.client) drain();
  std::vector<Answer> answers;
  {
    std::lock_guard lock(mutex_);
    in_flight_.for_each([&](Send& send) {
      in_flight_.failed(send, unavailable("kafka: append: the log was closed; the outcome is unknown"),
                        answers);
    });
  }
  answer(std::move(answers));
}

}  // namespace weir::log::kafka
