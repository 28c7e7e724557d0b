#include "contract/log_contract.h"
#include "log/kafka/test_kafka.h"

namespace weir::log::kafka {
namespace {

/// On real brokers. A crash leaves the log of before as it is, as a process that stopped in its tracks: it
/// says no good-bye, and is cleared away after the test.
class KafkaHarness {
 public:
  static constexpr bool kAtomicAppend = false;
  static constexpr bool kAssignsLater = true;

  static const char* missing() { return test_brokers() == nullptr ? kNoBrokers : nullptr; }

  KafkaHarness() : options_(test_options(missing() == nullptr ? test_brokers() : "")) {
    if (missing() == nullptr) start();
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

  const KafkaLogOptions options_;
  std::vector<std::unique_ptr<telemetry::Registry>> registries_;
  std::vector<std::unique_ptr<Log>> dead_;
  std::unique_ptr<Log> log_;
};

}  // namespace
}  // namespace weir::log::kafka

namespace weir::log {

INSTANTIATE_TYPED_TEST_SUITE_P(Kafka, LogContract, kafka::KafkaHarness);

}  // namespace weir::log
