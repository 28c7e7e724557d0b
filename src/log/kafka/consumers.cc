#include "log/kafka/consumers.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace weir::log::kafka {
namespace {

constexpr os::milliseconds kPollWait{1'000};
/// Clients, and with them readers of one partition.
constexpr size_t kConsumersMax = 16;

}  // namespace

Result<std::shared_ptr<Consumer>> Consumer::create(std::shared_ptr<Shared> shared) {
  ASSIGN_OR_RETURN(std::unique_ptr<Client> client, Client::create(std::move(shared), ClientKind::kConsumer));
  return std::make_shared<Consumer>(std::move(client));
}

Consumer::Consumer(std::unique_ptr<Client> client)
    : client_(std::move(client)),
      topic_(rd_kafka_topic_new(client_->handle(), client_->shared().options.topic.c_str(), nullptr)),
      thread_("kafka-consumer", [this](std::stop_token stop) {
        while (!stop.stop_requested()) client_->poll(kPollWait);
      }) {}

Consumer::~Consumer() {
  thread_.request_stop();
  client_->wake();
  thread_.join();
}

Result<std::shared_ptr<Consumers>> Consumers::create(std::shared_ptr<Shared> shared) {
  ASSIGN_OR_RETURN(std::shared_ptr<Consumer> first, Consumer::create(shared));
  return std::make_shared<Consumers>(std::move(shared), std::move(first));
}

Consumers::Consumers(std::shared_ptr<Shared> shared, std::shared_ptr<Consumer> first)
    : shared_(std::move(shared)), first_(std::move(first)) {
  slots_.push_back({first_, {}});
}

Consumers::Lease::~Lease() {
  pool->release(*this);
}

Result<std::unique_ptr<Consumers::Lease>> Consumers::acquire(PartitionId partition) {
  std::lock_guard lock(mutex_);
  for (Slot& slot : slots_) {
    if (!slot.taken.insert(partition).second) continue;
    return std::make_unique<Lease>(shared_from_this(), slot.consumer, partition);
  }
  if (slots_.size() == kConsumersMax) {
    return resource_exhausted(fmt::format("kafka: {} readers of partition {}, limit {}", slots_.size(),
                                          partition.value(), kConsumersMax));
  }
  ASSIGN_OR_RETURN(std::shared_ptr<Consumer> consumer, Consumer::create(shared_));
  slots_.push_back({consumer, {partition}});
  return std::make_unique<Lease>(shared_from_this(), std::move(consumer), partition);
}

void Consumers::release(const Lease& lease) {
  std::lock_guard lock(mutex_);
  for (Slot& slot : slots_) {
    if (slot.consumer == lease.consumer) slot.taken.erase(lease.partition);
  }
}

}  // namespace weir::log::kafka
