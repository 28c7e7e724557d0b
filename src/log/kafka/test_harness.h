#pragma once

#include <memory>
#include <vector>

#include "log/kafka/test_kafka.h"

namespace weir::log::kafka {

/// A log on some brokers as contract/log_contract.h wants it. A crash leaves the log of before as it is, as a
/// process that stopped in its tracks: it says no good-bye, and is cleared away after the test.
class KafkaHarness {
 public:
  static constexpr bool kAtomicAppend = false;
  static constexpr bool kAssignsLater = true;

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

 protected:
  explicit KafkaHarness(KafkaLogOptions options) : options_(std::move(options)) {}

  void start() {
    registries_.push_back(std::make_unique<telemetry::Registry>());
    log_ = open_log(options_, *registries_.back()).value();
  }
  const KafkaLogOptions& options() const { return options_; }

 private:
  const KafkaLogOptions options_;
  std::vector<std::unique_ptr<telemetry::Registry>> registries_;
  std::vector<std::unique_ptr<Log>> dead_;
  std::unique_ptr<Log> log_;
};

}  // namespace weir::log::kafka
