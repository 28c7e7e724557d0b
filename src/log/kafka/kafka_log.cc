#include "log/kafka/kafka_log.h"

#include <functional>
#include <utility>

#include "log/append_check.h"
#include "log/kafka/consumers.h"
#include "log/kafka/membership.h"
#include "log/kafka/producer.h"
#include "log/kafka/reader.h"
#include "log/kafka/topic.h"
#include "log/kafka/watermarks.h"

namespace weir::log::kafka {
namespace {

class KafkaLog : public Log {
 public:
  KafkaLog(std::shared_ptr<Shared> shared, TopicFacts facts, std::shared_ptr<Consumers> consumers,
           std::unique_ptr<Watermarks> watermarks, std::unique_ptr<Producer> producer,
           telemetry::Registry& registry)
      : shared_(std::move(shared)),
        facts_(std::move(facts)),
        consumers_(std::move(consumers)),
        watermarks_(std::move(watermarks)),
        producer_(std::move(producer)) {
    if (shared_->options.breakers != nullptr) watch_ = shared_->options.breakers->watch(producer_->breaker());
    observe(registry);
  }

  uint32_t partition_count() const override { return facts_.partition_count; }
  size_t record_bytes_max() const override { return shared_->options.record_bytes_max; }
  Durability durability() const override { return durability_of(facts_); }

  void append(std::span<const NewRecord> records, Deadline deadline,
              Completion<std::vector<Position>> done) override {
    if (Status valid = check(records); !valid.ok()) return done(std::move(valid).error());
    producer_->append(records, deadline, std::move(done));
  }

  Result<std::unique_ptr<Reader>> open_reader(PartitionId partition) override {
    RETURN_IF_ERROR(check(partition));
    ASSIGN_OR_RETURN(std::unique_ptr<Consumers::Lease> lease, consumers_->acquire(partition));
    return std::unique_ptr<Reader>(std::make_unique<PartitionReader>(std::move(lease)));
  }

  Result<std::unique_ptr<Membership>> join(AssignmentListener& listener) override {
    return GroupMembership::join(shared_, partition_count(), listener);
  }

  /// Kafka deletes by its own retention.
  Status trim(PartitionId partition, Offset) override { return check(partition); }

  Result<PartitionStatus> status(PartitionId partition) const override {
    RETURN_IF_ERROR(check(partition));
    return watermarks_->get(partition);
  }

  Status writable() const override {
    RETURN_IF_ERROR(shared_->connection.status());
    return producer_->writable();
  }

 private:
  Status check(PartitionId partition) const { return check_partition(partition, partition_count()); }

  Status check(std::span<const NewRecord> records) const {
    return check_append(records, InFlight::charge(records),
                        {partition_count(), record_bytes_max(), shared_->options.queue_bytes_max});
  }

  void observe(telemetry::Registry& registry) {
    const auto gauge = [&](std::string_view name, std::string_view help, std::function<double()> read) {
      gauges_.push_back(registry.observe_gauge(name, help, {}, std::move(read)));
    };
    gauge("weir_log_queue_bytes", "Bytes of appends that wait for an acknowledgement.",
          [this] { return static_cast<double>(producer_->queue_bytes()); });
    gauge("weir_log_writable", "1 while appends are accepted.",
          [this] { return writable().ok() ? 1.0 : 0.0; });
    gauges_.push_back(registry.observe_counter(
        "weir_kafka_breaker_opened_total", "Times the breaker of appends has opened.", {},
        [this] { return static_cast<double>(producer_->breaker().status().opened_total); }));
  }

  const std::shared_ptr<Shared> shared_;
  const TopicFacts facts_;
  const std::shared_ptr<Consumers> consumers_;
  const std::unique_ptr<Watermarks> watermarks_;
  const std::unique_ptr<Producer> producer_;
  std::unique_ptr<resilience::Breakers::Watch> watch_;
  std::vector<std::unique_ptr<telemetry::Registry::Handle>> gauges_;
};

}  // namespace

Result<std::unique_ptr<Log>> open(const KafkaLogOptions& options, os::Clock& clock,
                                  telemetry::Registry& registry, Deadline deadline, TopicReport& report) {
  RETURN_IF_ERROR(check_options(options));
  auto shared = std::make_shared<Shared>(options, clock, registry);
  ASSIGN_OR_RETURN(std::shared_ptr<Consumers> consumers, Consumers::create(shared));
  ASSIGN_OR_RETURN(TopicFacts facts, prepare_topic(consumers->control(), deadline, report.created));
  report.partition_count = facts.partition_count;
  report.replication = facts.replication;
  report.deviations = deviations(facts, options);
  RETURN_IF_ERROR(check_topic(facts, options));
  ASSIGN_OR_RETURN(auto watermarks, Watermarks::open(consumers->control(), facts.partition_count, deadline));
  ASSIGN_OR_RETURN(auto producer, Producer::create(
                                      shared, facts.partition_count,
                                      [shared] { return Client::create(shared, ClientKind::kProducer); },
                                      [&marks = *watermarks](Position position) { marks.note(position); }));
  auto log = std::make_unique<KafkaLog>(std::move(shared), std::move(facts), std::move(consumers),
                                        std::move(watermarks), std::move(producer), registry);
  return std::unique_ptr<Log>(std::move(log));
}

}  // namespace weir::log::kafka
