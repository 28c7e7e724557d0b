#include "collect/host_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/host_sampler.h"
#include "os/sim/manual_clock.h"

namespace weir::collect {
namespace {

using enum MetricType;

MetricType type_of(std::string_view metric) {
  return describe_host_metric(metric).type;
}

TEST(HostMetadata, HasTheTypesOfNodeExporter) {
  EXPECT_EQ(type_of("node_cpu_seconds_total"), kCounter);
  EXPECT_EQ(type_of("node_network_receive_bytes_total"), kCounter);
  EXPECT_EQ(type_of("node_disk_io_now"), kGauge);
  EXPECT_EQ(type_of("node_uname_info"), kGauge);
  EXPECT_EQ(type_of("node_sockstat_TCP_inuse"), kGauge);
  EXPECT_EQ(type_of("node_memory_MemTotal_bytes"), kGauge);
  EXPECT_EQ(type_of("node_vmstat_pgfault"), kUnknown);
  EXPECT_EQ(type_of("node_netstat_Tcp_CurrEstab"), kUnknown);
}

TEST(HostMetadata, HasUnitsAndHelp) {
  EXPECT_EQ(describe_host_metric("node_cpu_seconds_total").unit, "seconds");
  EXPECT_EQ(describe_host_metric("node_memory_MemTotal_bytes").unit, "bytes");
  EXPECT_EQ(describe_host_metric("node_load1").unit, "");
  EXPECT_EQ(describe_host_metric("node_memory_MemTotal_bytes").help,
            "The field MemTotal_bytes of /proc/meminfo.");
  EXPECT_EQ(describe_host_metric("node_vmstat_pgfault").help, "The field pgfault of /proc/vmstat.");
  EXPECT_EQ(describe_host_metric("another").help, "");
}

TEST(HostMetadata, TellsOfEveryMetricOfAReading) {
  os::sim::ManualClock clock;
  telemetry::Registry registry;
  HostSampler sampler({.instance = "here"}, os::posix_files(), clock, registry);
  Batch batch;
  sampler.sample(1'000, batch);
  size_t told = 0;
  tell_host_metadata(batch, [&](std::span<const MetricMetadata> metadata) {
    told = metadata.size();
    for (const MetricMetadata& one : metadata) EXPECT_FALSE(one.help.empty()) << one.metric;
    EXPECT_EQ(std::ranges::count(metadata, "node_cpu_seconds_total", &MetricMetadata::metric), 1);
  });
  EXPECT_GT(told, 50u);
}

}  // namespace
}  // namespace weir::collect
