#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "notify/delivery_metrics.h"
#include "notify/delivery_queue.h"
#include "notify/sender.h"
#include "os/clock.h"
#include "os/threads.h"
#include "telemetry/metrics.h"

namespace weir::notify {

struct DeliveryOptions {
  /// Integrations that are told at the same time. Each is told by one thread at a time, so one that is slow
  /// delays itself alone, unless as many are slow as there are threads.
  size_t threads = 8;
  DeliveryQueueOptions queue;
};

/// Sends notifications, each until it has arrived or its time is over. Safe from any thread.
class Delivery {
 public:
  /// Called once for each notification that was pushed and not superseded, from a thread of this or from that
  /// of `push`; never with a lock held.
  using Settled = std::function<void(const Notification& notification, bool delivered)>;
  using Senders = std::map<Lane, std::shared_ptr<Sender>>;

  /// `registry` outlives it. Time is the machine's.
  Delivery(DeliveryOptions options, telemetry::Registry& registry, Settled settled);
  /// Ends the attempts that run, which takes as long as a sender's timeout, and makes no others: what was not
  /// delivered is not settled.
  ~Delivery();

  /// Whom there is to tell from now on.
  void set_senders(Senders senders);
  void push(Notification notification);

 private:
  void run(std::stop_token stop);
  void attempt(const DeliveryQueue::Work& work);
  void settle(const DeliveryQueue::Work& work, DeliveryQueue::End end, const SendOutcome& outcome);

  const DeliveryOptions options_;
  DeliveryMetrics metrics_;
  const Settled settled_;
  os::Clock& clock_ = os::system_clock();
  std::mutex mutex_;
  std::condition_variable_any changed_;
  DeliveryQueue queue_;  // as senders_, and changes_, guarded by mutex_
  Senders senders_;
  uint64_t changes_ = 0;  // of queue_, so that those who wait know that they have been called
  std::vector<os::Thread> threads_;
};

}  // namespace weir::notify
