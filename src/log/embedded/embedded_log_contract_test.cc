#include "contract/log_contract.h"
#include "log/embedded/embedded_log.h"
#include "os/sim/faulty_files.h"
#include "os/sim/temp_directory.h"

namespace weir::log::embedded {
namespace {

EmbeddedLogOptions small_options(std::string directory) {
  EmbeddedLogOptions options;
  options.directory = std::move(directory);
  options.partition_count = 3;
  options.segment_bytes = 32 << 10;
  options.record_bytes_max = 64 << 10;
  options.free_bytes_min = 0;
  return options;
}

/// On the machine's files: a crash is a process that ends without syncing what it has not acknowledged.
class PosixHarness {
 public:
  static constexpr bool kAtomicAppend = true;

  PosixHarness() { start(); }
  Log& log() { return *log_; }
  os::Clock& clock() { return os::system_clock(); }
  void reopen() {
    log_.reset();
    start();
  }
  void crash() { reopen(); }

 private:
  void start() {
    RecoveryReport report;
    log_ = open(small_options(directory_.path()), os::posix_files(), os::system_clock(), registry_, report)
               .value();
    EXPECT_EQ(report.corrupt_bytes, 0u);
  }

  os::sim::TempDirectory directory_;
  telemetry::Registry registry_;
  std::unique_ptr<Log> log_;
};

/// On the simulated disk: a crash is a power loss. The tail cache is tiny, so that reads come from the disk
/// as well.
class PowerLossHarness {
 public:
  static constexpr bool kAtomicAppend = true;

  PowerLossHarness() { start(); }
  Log& log() { return *log_; }
  os::Clock& clock() { return os::system_clock(); }
  void reopen() {
    log_.reset();
    start();
  }
  void crash() {
    files_.kill();
    log_.reset();
    files_.crash(random_);
    start();
  }

 private:
  void start() {
    EmbeddedLogOptions options = small_options("data/log");
    options.tail_cache_bytes = 4 << 10;
    RecoveryReport report;
    log_ = open(options, files_, os::system_clock(), registry_, report).value();
    EXPECT_EQ(report.corrupt_bytes, 0u);
  }

  os::sim::FaultyFiles files_;
  os::Random random_{20'240'229};
  telemetry::Registry registry_;
  std::unique_ptr<Log> log_;
};

}  // namespace
}  // namespace weir::log::embedded

namespace weir::log {

INSTANTIATE_TYPED_TEST_SUITE_P(Embedded, LogContract, embedded::PosixHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(EmbeddedPowerLoss, LogContract, embedded::PowerLossHarness);

}  // namespace weir::log
