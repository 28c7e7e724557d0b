#include "contract/log_contract.h"
#include "log/kafka/mock_cluster.h"
#include "log/kafka/test_kafka.h"

// The contract on mock brokers, so that a machine without Kafka tests it as well. What they cannot show is in
// kafka_log_contract_kafkatest.cc.
namespace weir::log::kafka {
namespace {

class MockHarness {
 public:
  static constexpr bool kAtomicAppend = false;
  static constexpr bool kAssignsLater = true;

  MockHarness() {
    cluster_.create_topic(options_.topic, 3);
    start();
  }
  Log& log() { return *log_; }
  os::Clock& clock() { return os::system_clock(); }
  void reopen() {
    log_.reset();
    start();
  }
  void crash() {
    dead_.push_back(std::move(log_));
    start();
  }

 private:
  void start() {
    registries_.push_back(std::make_unique<telemetry::Registry>());
    log_ = open_log(options_, *registries_.back()).value();
  }

  MockCluster cluster_{2};
  const KafkaLogOptions options_ = test_options(cluster_.brokers());
  std::vector<std::unique_ptr<telemetry::Registry>> registries_;
  std::vector<std::unique_ptr<Log>> dead_;
  std::unique_ptr<Log> log_;
};

}  // namespace
}  // namespace weir::log::kafka

namespace weir::log {

INSTANTIATE_TYPED_TEST_SUITE_P(KafkaMock, LogContract, kafka::MockHarness);

}  // namespace weir::log
