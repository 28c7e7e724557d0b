#include <algorithm>
#include <array>

#include "collect/parsers.h"
#include "collect/text_fields.h"

namespace weir::collect {

namespace {

/// What the fields after a device's name count, in the kernel's order
/// (Documentation/admin-guide/iostats.rst).
struct DiskField {
  std::string_view metric;
  double divisor = 1;  ///< A divisor, since thousandths are exact doubles no more than 0.001 is.
};
constexpr double kMilliseconds = 1e3;
constexpr double kSectors = 1.0 / 512;
constexpr std::array<DiskField, 17> kFields = {
    {{"node_disk_reads_completed_total"},
     {"node_disk_reads_merged_total"},
     {"node_disk_read_bytes_total", kSectors},
     {"node_disk_read_time_seconds_total", kMilliseconds},
     {"node_disk_writes_completed_total"},
     {"node_disk_writes_merged_total"},
     {"node_disk_written_bytes_total", kSectors},
     {"node_disk_write_time_seconds_total", kMilliseconds},
     {"node_disk_io_now"},
     {"node_disk_io_time_seconds_total", kMilliseconds},
     {"node_disk_io_time_weighted_seconds_total", kMilliseconds},
     {"node_disk_discards_completed_total"},
     {"node_disk_discards_merged_total"},
     {"node_disk_discarded_sectors_total"},
     {"node_disk_discard_time_seconds_total", kMilliseconds},
     {"node_disk_flush_requests_total"},
     {"node_disk_flush_requests_time_seconds_total", kMilliseconds}}};
constexpr size_t kFieldsMin = 11;  // before Linux 4.18

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

/// True for partitions, RAM, loop and floppy devices: node_exporter's
/// ^(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$.
bool excluded(std::string_view device) {
  const size_t letters = device.find_last_not_of("0123456789") + 1;
  if (letters == device.size() || letters == 0) return false;
  const std::string_view stem = device.substr(0, letters);
  for (const std::string_view name : {"ram", "loop", "fd"}) {
    if (stem == name) return true;
  }
  for (const std::string_view name : {"hd", "sd", "vd", "xvd"}) {
    if (stem.size() == name.size() + 1 && stem.starts_with(name) && is_letter(stem.back())) return true;
  }
  return stem.starts_with("nvme") && stem.size() > 4 && is_digit(stem[4]) && stem.ends_with('p') &&
         stem.find('n', 5) != std::string_view::npos;
}

bool parse_device(std::string_view device, std::string_view fields, SampleSink& sink) {
  for (size_t i = 0; i < kFields.size(); ++i) {
    if (at_end(fields)) return i >= kFieldsMin;
    const std::optional<double> value = next_number(fields);
    if (!value) return false;
    sink.add(kFields[i].metric, {{"device", device}}, *value / kFields[i].divisor);
  }
  return true;
}

}  // namespace

Status parse_diskstats(std::string_view text, SampleSink& sink) {
  for (std::string_view line; next_line(text, line);) {
    std::string_view fields = line;
    const std::string_view major = next_field(fields);
    const std::string_view minor = next_field(fields);
    const std::string_view device = next_field(fields);
    if (!to_number(major) || !to_number(minor) || device.empty()) {
      return malformed("diskstats", "two numbers and a device", line);
    }
    if (excluded(device)) continue;
    sink.add("node_disk_info", {{"device", device}, {"major", major}, {"minor", minor}}, 1);
    if (!parse_device(device, fields, sink)) return malformed("diskstats", "at least 11 counters", line);
  }
  return ok_status();
}

}  // namespace weir::collect
