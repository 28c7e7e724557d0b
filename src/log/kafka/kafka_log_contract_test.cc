#include "contract/log_contract.h"
#include "log/kafka/mock_cluster.h"
#include "log/kafka/test_harness.h"

// The contract on mock brokers, so that a machine without Kafka tests it as well. What they cannot show is in
// kafka_log_contract_kafkatest.cc.
namespace weir::log::kafka {
namespace {

/// A base, so that the brokers outlive the logs.
struct MockBrokers {
  MockCluster cluster{2};
};

class MockHarness : private MockBrokers, public KafkaHarness {
 public:
  MockHarness() : KafkaHarness(test_options(cluster.brokers())) {
    cluster.create_topic(options().topic, 3);
    start();
  }
};

}  // namespace
}  // namespace weir::log::kafka

namespace weir::log {

INSTANTIATE_TYPED_TEST_SUITE_P(KafkaMock, LogContract, kafka::MockHarness);

}  // namespace weir::log
