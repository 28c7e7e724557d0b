#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "ingest/ingester.h"
#include "model/metric_metadata.h"
#include "os/clock.h"

namespace weir::collect {

struct HostCollectorOptions {
  os::milliseconds interval{1'000};  ///< 100 ms to 1 h.
  std::string proc = "/proc";        ///< Another root for tests and containers.
  std::string sys = "/sys";
  std::string instance;  ///< Label `instance`; empty takes the host's name.
  /// Told once a minute what the metrics are, on the collector's thread. Empty: nobody is.
  std::function<void(std::span<const MetricMetadata>)> on_metadata = nullptr;
};

/// Samples this machine (CPU by mode, load, memory, disks, file systems, network, pressure, processes) from
/// /proc and /sys and writes the samples as any client would, through the ingester. Metrics are named and
/// typed as node_exporter's, with labels `job="weir-host"` and `instance`. Runs on a thread of its own
/// between `start` and `stop`.
class HostCollector {
 public:
  /// `ingester` and `clock` outlive the collector.
  HostCollector(HostCollectorOptions options, TenantId tenant, ingest::Ingester& ingester, os::Clock& clock,
                telemetry::Registry& registry);
  ~HostCollector();
  void start();
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::collect
