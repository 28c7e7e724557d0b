#include "collect/process_counts.h"

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"

namespace weir::collect {
namespace {

/// Lets the clock pass while a directory is listed, as a scan of many processes does.
class SlowFiles : public os::FileSystem {
 public:
  SlowFiles(os::sim::ManualClock& clock, os::milliseconds delay) : clock_(clock), delay_(delay) {}

  Result<std::vector<std::string>> list(const std::string&) override {
    ++lists;
    clock_.advance(delay_);
    return std::vector<std::string>{"1", "2", "self", "uptime"};
  }
  Result<std::unique_ptr<os::File>> open(const std::string&, os::OpenMode) override {
    return not_found("ended");
  }
  Result<std::unique_ptr<os::Mapping>> map(const std::string&) override { return unsupported("map"); }
  Status rename(const std::string&, const std::string&) override { return unsupported("rename"); }
  Status link(const std::string&, const std::string&) override { return unsupported("link"); }
  Status remove(const std::string&) override { return unsupported("remove"); }
  Status remove_all(const std::string&) override { return unsupported("remove_all"); }
  Status create_directories(const std::string&) override { return unsupported("create_directories"); }
  Status sync_directory(const std::string&) override { return unsupported("sync_directory"); }
  Result<bool> exists(const std::string&) override { return false; }
  Result<uint64_t> free_bytes(const std::string&) override { return uint64_t{0}; }
  Result<std::unique_ptr<os::DirectoryLock>> lock(const std::string&) override { return unsupported("lock"); }

  int lists = 0;

 private:
  os::sim::ManualClock& clock_;
  const os::milliseconds delay_;
};

TEST(ProcessCounter, ProcessesThatHaveEndedAreNotCounted) {
  os::sim::ManualClock clock;
  SlowFiles files(clock, os::milliseconds(0));
  ProcessCounter counter("/proc", files, clock);
  const Result<ProcessCounts> counts = counter.count();
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(counts->processes, 0u);
}

TEST(ProcessCounter, ASlowScanIsFollowedByALongPause) {
  os::sim::ManualClock clock;
  SlowFiles files(clock, os::milliseconds(4));
  ProcessCounter counter("/proc", files, clock);
  ASSERT_TRUE(counter.count().ok());
  clock.advance(os::milliseconds(4 * ProcessCounter::kPausePerScan - 1));
  ASSERT_TRUE(counter.count().ok());
  EXPECT_EQ(files.lists, 1);
  clock.advance(os::milliseconds(1));
  ASSERT_TRUE(counter.count().ok());
  EXPECT_EQ(files.lists, 2);
}

}  // namespace
}  // namespace weir::collect
