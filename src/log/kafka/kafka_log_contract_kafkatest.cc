#include "contract/log_contract.h"
#include "log/kafka/test_harness.h"

namespace weir::log::kafka {
namespace {

/// On real brokers.
class RealHarness : public KafkaHarness {
 public:
  static const char* missing() { return test_brokers() == nullptr ? kNoBrokers : nullptr; }

  RealHarness() : KafkaHarness(test_options(missing() == nullptr ? test_brokers() : "")) {
    if (missing() == nullptr) start();
  }
};

}  // namespace
}  // namespace weir::log::kafka

namespace weir::log {

INSTANTIATE_TYPED_TEST_SUITE_P(Kafka, LogContract, kafka::RealHarness);

}  // namespace weir::log
