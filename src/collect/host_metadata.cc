#include "collect/host_metadata.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace weir::collect {
namespace {

struct Help {
  std::string_view metric;
  std::string_view text;
};

constexpr Help kHelps[] = {
    {"node_boot_time_seconds", "When the machine was started, in seconds since 1970."},
    {"node_context_switches_total", "Switches of a processor from one task to another."},
    {"node_cpu_guest_seconds_total", "Time that processors have spent on virtual machines, by mode."},
    {"node_cpu_seconds_total", "Time that processors have spent, by mode."},
    {"node_disk_discard_time_seconds_total", "Time spent on discards, all of them added up."},
    {"node_disk_discarded_sectors_total", "Sectors of 512 bytes discarded."},
    {"node_disk_discards_completed_total", "Discards done."},
    {"node_disk_discards_merged_total", "Discards that became part of another one."},
    {"node_disk_flush_requests_time_seconds_total", "Time spent on flushes, all of them added up."},
    {"node_disk_flush_requests_total", "Flushes done."},
    {"node_disk_info", "Always 1; the labels say which device it is."},
    {"node_disk_io_now", "Requests on their way."},
    {"node_disk_io_time_seconds_total", "Time with at least one request on its way."},
    {"node_disk_io_time_weighted_seconds_total", "Time of all requests on their way, added up."},
    {"node_disk_read_bytes_total", "Bytes read."},
    {"node_disk_read_time_seconds_total", "Time spent on reads, all of them added up."},
    {"node_disk_reads_completed_total", "Reads done."},
    {"node_disk_reads_merged_total", "Reads that became part of another one."},
    {"node_disk_write_time_seconds_total", "Time spent on writes, all of them added up."},
    {"node_disk_writes_completed_total", "Writes done."},
    {"node_disk_writes_merged_total", "Writes that became part of another one."},
    {"node_disk_written_bytes_total", "Bytes written."},
    {"node_filefd_allocated", "Open files of all processes."},
    {"node_filefd_maximum", "Open files that all processes may have."},
    {"node_filesystem_avail_bytes", "Room that users other than root may still use."},
    {"node_filesystem_device_error", "1 when the file system could not be asked, else 0."},
    {"node_filesystem_files", "Files for which there are inodes, used or free."},
    {"node_filesystem_files_free", "Free inodes."},
    {"node_filesystem_free_bytes", "Free room, with what is kept for root."},
    {"node_filesystem_readonly", "1 when it is mounted read-only, else 0."},
    {"node_filesystem_size_bytes", "Size of the file system."},
    {"node_forks_total", "Processes and threads started."},
    {"node_intr_total", "Interrupts served."},
    {"node_load1", "Tasks that run or wait for a processor or a disk, on average over 1 minute."},
    {"node_load5", "Tasks that run or wait for a processor or a disk, on average over 5 minutes."},
    {"node_load15", "Tasks that run or wait for a processor or a disk, on average over 15 minutes."},
    {"node_network_mtu_bytes", "The longest packet that the device takes."},
    {"node_network_up", "1 when the device is up, else 0."},
    {"node_pressure_cpu_waiting_seconds_total", "Time in which some task waited for a processor."},
    {"node_pressure_io_stalled_seconds_total", "Time in which all tasks waited for a disk."},
    {"node_pressure_io_waiting_seconds_total", "Time in which some task waited for a disk."},
    {"node_pressure_memory_stalled_seconds_total", "Time in which all tasks waited for memory."},
    {"node_pressure_memory_waiting_seconds_total", "Time in which some task waited for memory."},
    {"node_processes_max_processes", "Process numbers that there may be."},
    {"node_processes_max_threads", "Threads that there may be."},
    {"node_processes_pids", "Processes."},
    {"node_processes_state", "Processes by state, with the letters of ps."},
    {"node_processes_threads", "Threads of all processes."},
    {"node_procs_blocked", "Tasks that wait for a disk."},
    {"node_procs_running", "Tasks that run or could run."},
    {"node_sockstat_sockets_used", "Sockets in use."},
    {"node_time_seconds", "The machine's clock, in seconds since 1970."},
    {"node_uname_info", "Always 1; the labels say which machine and kernel it is."},
};

/// Metrics named after a field of a text of the kernel's, whose meaning the kernel's documentation tells.
constexpr Help kFamilies[] = {
    {"node_memory_", "The field {} of /proc/meminfo."},
    {"node_netstat_", "The counter {} of /proc/net/netstat, snmp or snmp6."},
    {"node_network_", "The network device's {} of /proc/net/dev."},
    {"node_sockstat_", "Sockets: {} of /proc/net/sockstat or sockstat6."},
    {"node_vmstat_", "The field {} of /proc/vmstat."},
};

std::string help_of(std::string_view metric) {
  const auto* known = std::ranges::find(kHelps, metric, &Help::metric);
  if (known != std::end(kHelps)) return std::string(known->text);
  for (const Help& family : kFamilies) {
    if (metric.starts_with(family.metric))
      return fmt::format(fmt::runtime(family.text), metric.substr(family.metric.size()));
  }
  return {};
}

MetricType type_of(std::string_view metric) {
  // Counters and others, which the kernel's texts do not tell apart.
  if (metric.starts_with("node_netstat_") || metric.starts_with("node_vmstat_")) return MetricType::kUnknown;
  return metric.ends_with("_total") ? MetricType::kCounter : MetricType::kGauge;
}

std::string_view unit_of(std::string_view metric) {
  if (metric.ends_with("_total")) metric.remove_suffix(std::string_view("_total").size());
  for (const std::string_view unit : {"bytes", "seconds"}) {
    if (metric.ends_with(unit)) return unit;
  }
  return {};
}

}  // namespace

MetricDescription describe_host_metric(std::string_view metric) {
  return {type_of(metric), std::string(unit_of(metric)), help_of(metric)};
}

void tell_host_metadata(const Batch& batch,
                        const std::function<void(std::span<const MetricMetadata>)>& tell) {
  std::map<std::string_view, MetricDescription> found;
  for (const Batch::Series& series : batch.series()) {
    const auto [at, added] = found.try_emplace(batch.labels(series).metric());
    if (added) at->second = describe_host_metric(at->first);
  }
  std::vector<MetricMetadata> metadata;
  for (const auto& [metric, one] : found) metadata.push_back({metric, one.type, one.unit, one.help});
  tell(metadata);
}

}  // namespace weir::collect
