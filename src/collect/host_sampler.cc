#include "collect/host_sampler.h"

#include "collect/parsers.h"
#include "collect/text_fields.h"
#include "os/host.h"
#include "telemetry/logger.h"

namespace weir::collect {

namespace {

std::string instance_of(const HostCollectorOptions& options) {
  return options.instance.empty() ? os::uname_info().node : options.instance;
}

Result<double> number_in(ProcReader& reader, const std::string& path) {
  ASSIGN_OR_RETURN(std::string_view text, reader.read(path));
  const std::optional<double> number = next_number(text);
  if (!number) return malformed(path, "a number", text);
  return *number;
}

void add_usage(const Mount& mount, const Result<os::FileSystemUsage>& usage, SampleSink& sink) {
  const auto add = [&](std::string_view metric, double value) {
    sink.add(metric, {{"device", mount.device}, {"fstype", mount.type}, {"mountpoint", mount.mount_point}},
             value);
  };
  add("node_filesystem_device_error", usage.ok() ? 0 : 1);
  add("node_filesystem_readonly", mount.read_only ? 1 : 0);
  if (!usage.ok()) return;
  add("node_filesystem_size_bytes", static_cast<double>(usage->size_bytes));
  add("node_filesystem_free_bytes", static_cast<double>(usage->free_bytes));
  add("node_filesystem_avail_bytes", static_cast<double>(usage->available_bytes));
  add("node_filesystem_files", static_cast<double>(usage->files));
  add("node_filesystem_files_free", static_cast<double>(usage->files_free));
}

}  // namespace

HostSampler::HostSampler(const HostCollectorOptions& options, os::FileSystem& files, os::Clock& clock,
                         telemetry::Registry& registry)
    : options_(options),
      files_(files),
      clock_(clock),
      reader_(files),
      sink_({{"instance", instance_of(options)}, {"job", "weir-host"}}),
      processes_(options.proc, files, clock),
      dropped_(registry.counter("weir_host_collector_samples_dropped_total",
                                "Samples beyond the limit of one reading.")) {
  add_text_parts(registry);
  add_call_parts(registry);
}

void HostSampler::add_text_parts(telemetry::Registry& registry) {
  const auto required = [&](std::string_view name, std::string_view path, Parse parse) {
    add_text(name, path, std::move(parse), Presence::kRequired, registry);
  };
  const auto optional = [&](std::string_view name, std::string_view path, Parse parse) {
    add_text(name, path, std::move(parse), Presence::kOptional, registry);
  };
  const auto sockets = [](std::string_view text, SampleSink& sink) {
    return parse_sockstat(text, os::page_bytes(), sink);
  };
  required("stat", "stat", parse_stat);
  required("loadavg", "loadavg", parse_loadavg);
  required("meminfo", "meminfo", parse_meminfo);
  required("vmstat", "vmstat", parse_vmstat);
  required("diskstats", "diskstats", parse_diskstats);
  required("netdev", "net/dev", parse_net_dev);
  required("filefd", "sys/fs/file-nr", parse_file_nr);
  optional("netstat", "net/netstat", parse_netstat);
  optional("snmp", "net/snmp", parse_netstat);
  optional("snmp6", "net/snmp6", parse_snmp6);
  optional("sockstat", "net/sockstat", sockets);
  optional("sockstat6", "net/sockstat6", sockets);
  for (const std::string_view resource : {"cpu", "io", "memory"}) {
    optional(
        "pressure", os::join_path("pressure", resource),
        [resource](std::string_view text, SampleSink& sink) { return parse_pressure(text, resource, sink); });
  }
}

void HostSampler::add_call_parts(telemetry::Registry& registry) {
  add_part(
      "filesystem", [this] { return collect_file_systems(); }, registry);
  add_part(
      "netclass", [this] { return collect_devices(); }, registry);
  add_part(
      "processes", [this] { return collect_processes(); }, registry);
  add_part(
      "uname",
      [this] {
        collect_uname();
        return ok_status();
      },
      registry);
}

void HostSampler::add_text(std::string_view name, std::string_view path, Parse parse, Presence presence,
                           telemetry::Registry& registry) {
  const auto collect = [this, presence, path = os::join_path(options_.proc, path),
                        parse = std::move(parse)]() -> Status {
    const Result<std::string_view> text = reader_.read(path);
    if (text.ok()) return parse(*text, sink_);
    const bool absent = text.error().code == Code::kNotFound && presence == Presence::kOptional;
    return absent ? ok_status() : Status(text.error());
  };
  add_part(name, collect, registry);
}

void HostSampler::add_part(std::string_view name, std::function<Status()> collect,
                           telemetry::Registry& registry) {
  telemetry::Counter& errors =
      registry.counter("weir_collect_errors_total", "Readings of a part of the host that failed.",
                       {{"part", std::string(name)}});
  parts_.push_back({name, std::move(collect), &errors});
}

void HostSampler::sample(TimestampMs timestamp_ms, Batch& out) {
  sink_.begin();
  const uint64_t dropped_before = sink_.dropped();
  for (Part& part : parts_) run(part);
  dropped_.add(sink_.dropped() - dropped_before);
  sink_.append_to(out, timestamp_ms);
}

void HostSampler::run(Part& part) {
  const size_t before = sink_.size();
  const Status status = part.collect();
  if (!status.ok()) {
    sink_.truncate(before);
    part.errors->add();
    if (!part.failing) {
      telemetry::log_warn("collect", "a part of the host cannot be read",
                          {{"part", part.name}, {"error", status.error().message}});
    }
  }
  part.failing = !status.ok();
}

Status HostSampler::collect_file_systems() {
  // Process 1 sees the machine's own mounts even when this process has others; it may be hidden.
  Result<std::string_view> text = reader_.read(os::join_path(options_.proc, "1/mounts"));
  if (!text.ok()) text = reader_.read(os::join_path(options_.proc, "self/mounts"));
  if (!text.ok()) return text.error();
  std::vector<Mount> mounts;
  RETURN_IF_ERROR(parse_mounts(*text, mounts));
  for (const Mount& mount : mounts) add_usage(mount, os::file_system_usage(mount.mount_point), sink_);
  return ok_status();
}

Status HostSampler::collect_devices() {
  const std::string root = os::join_path(options_.sys, "class/net");
  ASSIGN_OR_RETURN(const std::vector<std::string> devices, files_.list(root));
  for (const std::string& device : devices) {
    const std::string directory = os::join_path(root, device);
    const Result<double> mtu = number_in(reader_, os::join_path(directory, "mtu"));
    if (!mtu.ok()) continue;  // a file beside the devices, or a device that has gone
    sink_.add("node_network_mtu_bytes", {{"device", device}}, *mtu);
    ASSIGN_OR_RETURN(const std::string_view state, reader_.read(os::join_path(directory, "operstate")));
    sink_.add("node_network_up", {{"device", device}}, state.starts_with("up") ? 1 : 0);
  }
  return ok_status();
}

Status HostSampler::collect_processes() {
  ASSIGN_OR_RETURN(const ProcessCounts counts, processes_.count());
  sink_.add("node_processes_pids", static_cast<double>(counts.processes));
  for (size_t i = 0; i < kProcessStates.size(); ++i) {
    sink_.add("node_processes_state", {{"state", kProcessStates.substr(i, 1)}},
              static_cast<double>(counts.by_state[i]));
  }
  ASSIGN_OR_RETURN(const double pid_max,
                   number_in(reader_, os::join_path(options_.proc, "sys/kernel/pid_max")));
  ASSIGN_OR_RETURN(const double threads_max,
                   number_in(reader_, os::join_path(options_.proc, "sys/kernel/threads-max")));
  sink_.add("node_processes_max_processes", pid_max);
  sink_.add("node_processes_max_threads", threads_max);
  return ok_status();
}

void HostSampler::collect_uname() {
  const os::UnameInfo info = os::uname_info();
  sink_.add("node_uname_info",
            {{"domainname", info.domain},
             {"machine", info.machine},
             {"nodename", info.node},
             {"release", info.release},
             {"sysname", info.system},
             {"version", info.version}},
            1);
  sink_.add("node_time_seconds", static_cast<double>(clock_.wall_ms()) / 1e3);
}

}  // namespace weir::collect
