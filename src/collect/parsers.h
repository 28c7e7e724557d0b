#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/sample_sink.h"

/// One pure function for each text of /proc. Each adds the samples that node_exporter 1.5 makes of the text,
/// with its names, labels and units, and ignores fields that a newer kernel has added. A text that is not as
/// expected fails with kCorruption, which quotes the line; samples added before that are the caller's to
/// undo.
namespace weir::collect {

/// /proc/stat: processor time by mode, interrupts, context switches, forks, boot time.
Status parse_stat(std::string_view text, SampleSink& sink);
/// /proc/loadavg: load, and the number of threads, which node_exporter counts one by one.
Status parse_loadavg(std::string_view text, SampleSink& sink);
/// /proc/meminfo: every line.
Status parse_meminfo(std::string_view text, SampleSink& sink);
/// /proc/vmstat: paging, faults, swapping, kills.
Status parse_vmstat(std::string_view text, SampleSink& sink);
/// /proc/pressure/RESOURCE, `resource` one of cpu, io, memory.
Status parse_pressure(std::string_view text, std::string_view resource, SampleSink& sink);
/// /proc/diskstats, without partitions, loop and RAM devices.
Status parse_diskstats(std::string_view text, SampleSink& sink);
/// /proc/net/dev: every device.
Status parse_net_dev(std::string_view text, SampleSink& sink);
/// /proc/net/snmp and /proc/net/netstat: pairs of a line of names and a line of values.
Status parse_netstat(std::string_view text, SampleSink& sink);
/// /proc/net/snmp6: a name and a value a line.
Status parse_snmp6(std::string_view text, SampleSink& sink);
/// /proc/net/sockstat and sockstat6. Memory is counted in pages of `page_bytes`.
Status parse_sockstat(std::string_view text, size_t page_bytes, SampleSink& sink);
/// /proc/sys/fs/file-nr.
Status parse_file_nr(std::string_view text, SampleSink& sink);

/// A line of /proc/self/mounts.
struct Mount {
  std::string device;
  std::string mount_point;
  std::string type;
  bool read_only = false;
};
/// Appends the mounts whose usage is collected: node_exporter's defaults, less file systems behind a network,
/// whose driver can block the asking thread for ever.
Status parse_mounts(std::string_view text, std::vector<Mount>& out);

/// The state letter of /proc/PID/stat.
Result<char> parse_process_state(std::string_view text);

/// `file: expected what, found "line"`.
Error malformed(std::string_view file, std::string_view expected, std::string_view line);

}  // namespace weir::collect
