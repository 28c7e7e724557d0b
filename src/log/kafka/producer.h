#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "log/kafka/client.h"
#include "log/kafka/in_flight.h"
#include "os/threads.h"

namespace weir::log::kafka {

/// Sends appends to the brokers and answers them. One thread of its own takes acknowledgements, keeps
/// deadlines, and puts another client in the place of one that has failed for good. Safe from any thread.
class Producer {
 public:
  using ClientSource = std::function<Result<std::unique_ptr<Client>>()>;

  /// `new_client` makes clients of kind kProducer; it is called here and, after a fatal error, by the thread.
  static Result<std::unique_ptr<Producer>> create(std::shared_ptr<Shared> shared, uint32_t partition_count,
                                                  ClientSource new_client,
                                                  std::function<void(Position)> on_delivered);
  /// For `create`.
  Producer(std::shared_ptr<Shared> shared, uint32_t partition_count, ClientSource new_client,
           std::unique_ptr<Client> client, std::function<void(Position)> on_delivered);
  /// Waits a few seconds for what is in flight; what then is not acknowledged is answered with kUnavailable.
  ~Producer();

  /// As Log::append, for records that were checked.
  void append(std::span<const NewRecord> records, Deadline deadline, Completion<std::vector<Position>> done);

  uint64_t queue_bytes() const;
  /// kUnavailable while the breaker is open and not yet due for a probe.
  Status writable() const;
  const resilience::CircuitBreaker& breaker() const { return breaker_; }

 private:
  /// A client and its view of the topic.
  struct Channel {
    std::unique_ptr<Client> client;
    Handle<rd_kafka_topic_s> topic;
  };
  static Channel open_channel(std::unique_ptr<Client> client, const std::string& topic);

  Status launch(const std::shared_ptr<Append>& append, std::span<const NewRecord> records,
                std::vector<Answer>& answers);
  void hand_over(Send& send, std::vector<Answer>& answers);
  int produce(Send& send);
  void run(std::stop_token stop);
  os::milliseconds until_next_expiry();
  void take_deliveries(rd_kafka_op_s& event);
  void expire();
  void answer(std::vector<Answer> answers);
  void replace(const std::string& why);
  void drain();
  void send_again(Channel channel);
  void give_up();

  const std::shared_ptr<Shared> shared_;
  const ClientSource new_client_;
  const std::function<void(Position)> on_delivered_;
  resilience::CircuitBreaker breaker_;

  mutable std::mutex mutex_;
  std::condition_variable landed_;  ///< in_flight_ became empty.
  InFlight in_flight_;              ///< Guarded by mutex_, as the next.
  bool closing_ = false;
  bool sending_ = true;       ///< Off while the client is being replaced: records wait in in_flight_.
  os::SteadyTime next_look_;  ///< When the thread looks at deadlines again.
  Channel channel_;           ///< Changed by the thread alone, under mutex_.

  // Of the thread.
  os::SteadyTime replace_at_{};  ///< Not before, so that fatal errors in a row do not spin.
  os::milliseconds replace_delay_{0};
  os::Thread thread_;
};

}  // namespace weir::log::kafka
