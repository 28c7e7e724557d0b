#include "collect/host_sampler.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "os/sim/manual_clock.h"

namespace weir::collect {
namespace {

using Reading = std::map<std::string, double>;

/// A /proc and a /sys of our own in a temporary directory.
class HostSamplerTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = os::join_path(testing::TempDir(), "host_sampler_test_" + std::to_string(os::random_seed()));
    ASSERT_TRUE(files_.remove_all(root_).ok());
    for (const char* directory : {"proc/net", "proc/sys/fs", "proc/sys/kernel", "proc/self", "proc/1",
                                  "proc/22", "proc/pressure", "sys/class/net/eth0"}) {
      ASSERT_TRUE(files_.create_directories(os::join_path(root_, directory)).ok());
    }
    put("proc/stat", "cpu0 100 0 0 0\nctxt 5\n");
    put("proc/loadavg", "0.1 0.2 0.3 1/77 9\n");
    put("proc/meminfo", "MemTotal: 1 kB\n");
    put("proc/vmstat", "pgfault 1\n");
    put("proc/diskstats", "");
    put("proc/net/dev", "a|b\nc|d\n");
    put("proc/sys/fs/file-nr", "1 0 2\n");
    put("proc/sys/kernel/pid_max", "32768\n");
    put("proc/sys/kernel/threads-max", "999\n");
    put("proc/self/mounts", "/dev/x / ext4 rw 0 0\n/dev/y /no/such/place ext4 ro 0 0\n");
    put("proc/1/stat", "1 (init) S 0\n");
    put("proc/22/stat", "22 (x) D 0\n");
    put("sys/class/net/eth0/mtu", "1500\n");
    put("sys/class/net/eth0/operstate", "up\n");
    put("sys/class/net/bonding_masters", "\n");
  }
  void TearDown() override { EXPECT_TRUE(files_.remove_all(root_).ok()); }

  void put(const std::string& name, std::string_view text) {
    const std::string path = os::join_path(root_, name);
    (void)files_.remove(path).ok();
    const auto file = files_.open(path, os::OpenMode::kCreate);
    ASSERT_TRUE(file.ok()) << name;
    ASSERT_TRUE((*file)->write_at(0, text).ok()) << name;
  }
  void remove(const std::string& name) { ASSERT_TRUE(files_.remove(os::join_path(root_, name)).ok()); }

  HostCollectorOptions options() const {
    return {.proc = os::join_path(root_, "proc"), .sys = os::join_path(root_, "sys"), .instance = "i"};
  }
  Reading sample(HostSampler& sampler) {
    Batch batch;
    sampler.sample(1'000, batch);
    Reading reading;
    for (const Batch::Series& series : batch.series()) {
      reading[batch.labels(series).to_string()] = batch.values(series)[0];
    }
    return reading;
  }
  uint64_t errors(std::string_view part) {
    return registry_
        .counter("weir_collect_errors_total", "Readings of a part of the host that failed.",
                 {{"part", std::string(part)}})
        .value();
  }

  os::FileSystem& files_ = os::posix_files();
  os::sim::ManualClock clock_;
  telemetry::Registry registry_;
  std::string root_;
};

TEST_F(HostSamplerTest, PutsAllPartsIntoOneReading) {
  HostSampler sampler(options(), files_, clock_, registry_);
  const Reading reading = sample(sampler);
  const auto value = [&reading](const std::string& name, const std::string& before,
                                const std::string& after) {
    const auto found = reading.find(name + "{" + before + R"(instance="i",job="weir-host")" + after + "}");
    EXPECT_NE(found, reading.end()) << name;
    return found == reading.end() ? -1 : found->second;
  };
  EXPECT_EQ(value("node_cpu_seconds_total", R"(cpu="0",)", R"(,mode="user")"), 1);
  EXPECT_EQ(value("node_load15", "", ""), 0.3);
  EXPECT_EQ(value("node_memory_MemTotal_bytes", "", ""), 1024);
  EXPECT_EQ(value("node_network_mtu_bytes", R"(device="eth0",)", ""), 1500);
  EXPECT_EQ(value("node_network_up", R"(device="eth0",)", ""), 1);
  EXPECT_EQ(value("node_processes_pids", "", ""), 2);
  EXPECT_EQ(value("node_processes_threads", "", ""), 77);
  EXPECT_EQ(value("node_processes_max_processes", "", ""), 32768);
  EXPECT_EQ(value("node_processes_state", "", R"(,state="S")"), 1);
  EXPECT_EQ(value("node_processes_state", "", R"(,state="D")"), 1);
  EXPECT_EQ(value("node_processes_state", "", R"(,state="Z")"), 0);
  EXPECT_EQ(value("node_time_seconds", "", ""), 1'700'000'000);
  EXPECT_GT(value("node_filesystem_size_bytes", R"(device="/dev/x",fstype="ext4",)", R"(,mountpoint="/")"),
            0);
  EXPECT_EQ(value("node_filesystem_device_error", R"(device="/dev/y",fstype="ext4",)",
                  R"(,mountpoint="/no/such/place")"),
            1);
  EXPECT_EQ(value("node_filesystem_readonly", R"(device="/dev/y",fstype="ext4",)",
                  R"(,mountpoint="/no/such/place")"),
            1);
  for (const char* part :
       {"stat", "pressure", "snmp6", "netdev", "filesystem", "processes", "netclass", "uname"}) {
    EXPECT_EQ(errors(part), 0u) << part;
  }
}

TEST_F(HostSamplerTest, ABadPartIsLeftOutWholeAndCountedWhileTheOthersGoOn) {
  HostSampler sampler(options(), files_, clock_, registry_);
  const size_t all = sample(sampler).size();
  put("proc/stat", "cpu0 100 0 0 0\nctxt five\n");
  remove("proc/meminfo");
  const Reading reading = sample(sampler);
  EXPECT_EQ(reading.size(), all - 4 - 1 - 1);
  EXPECT_EQ(errors("stat"), 1u);
  EXPECT_EQ(errors("meminfo"), 1u);
  EXPECT_EQ(errors("vmstat"), 0u);

  put("proc/stat", "cpu0 100 0 0 0\nctxt 5\n");
  EXPECT_EQ(sample(sampler).size(), all - 1);
  EXPECT_EQ(errors("stat"), 1u);
  EXPECT_EQ(errors("meminfo"), 2u);
}

TEST_F(HostSamplerTest, PressureIsReadWhereTheKernelHasIt) {
  put("proc/pressure/memory", "some avg10=0.00 total=2000000\n");
  HostSampler sampler(options(), files_, clock_, registry_);
  const Reading reading = sample(sampler);
  EXPECT_EQ(reading.at(R"(node_pressure_memory_waiting_seconds_total{instance="i",job="weir-host"})"), 2);
  put("proc/pressure/io", "none\n");
  sample(sampler);
  EXPECT_EQ(errors("pressure"), 1u);
}

TEST_F(HostSamplerTest, TheMountsOfProcessOneComeFirst) {
  put("proc/1/mounts", "/dev/z / xfs rw 0 0\n");
  HostSampler sampler(options(), files_, clock_, registry_);
  const Reading reading = sample(sampler);
  EXPECT_EQ(
      reading.count(
          R"(node_filesystem_readonly{device="/dev/z",fstype="xfs",instance="i",job="weir-host",mountpoint="/"})"),
      1u);
  EXPECT_EQ(
      reading.count(
          R"(node_filesystem_readonly{device="/dev/x",fstype="ext4",instance="i",job="weir-host",mountpoint="/"})"),
      0u);
}

TEST_F(HostSamplerTest, LargeTextsAreReadWhole) {
  std::string text;
  for (int i = 0; i < 2'000; ++i) text += "cpu" + std::to_string(i) + " 1 2 3 4 5 6 7 8 9 10\n";
  put("proc/stat", text);
  HostSampler sampler(options(), files_, clock_, registry_);
  EXPECT_GE(sample(sampler).size(), 20'000u);
  EXPECT_EQ(errors("stat"), 0u);
}

TEST_F(HostSamplerTest, ATextOverTheLimitIsAnErrorOfItsPart) {
  put("proc/stat", std::string(ProcReader::kTextBytesMax + 1, ' '));
  HostSampler sampler(options(), files_, clock_, registry_);
  sample(sampler);
  EXPECT_EQ(errors("stat"), 1u);
}

TEST(HostSampler, ReadsTheMachineItRunsOn) {
  telemetry::Registry registry;
  HostSampler sampler({}, os::posix_files(), os::system_clock(), registry);
  Batch batch;
  sampler.sample(1'000, batch);
  std::map<std::string, int, std::less<>> metrics;
  for (const Batch::Series& series : batch.series()) {
    EXPECT_TRUE(LabelsView::validate(batch.labels(series).bytes()).ok());
    ++metrics[std::string(batch.labels(series).metric())];
  }
  for (const char* metric :
       {"node_cpu_seconds_total", "node_load1", "node_memory_MemTotal_bytes", "node_uname_info",
        "node_processes_pids", "node_time_seconds", "node_filefd_maximum"}) {
    EXPECT_GE(metrics[metric], 1) << metric;
  }
}

}  // namespace
}  // namespace weir::collect
