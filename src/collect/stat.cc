#include <array>

#include "collect/parsers.h"
#include "collect/text_fields.h"

namespace weir::collect {

namespace {

/// Units of processor time a second, as the kernel shows it to every program.
constexpr double kUserHz = 100;
/// Idle and I/O wait are estimates that may step back; a larger step means that the processor was off in
/// between.
constexpr double kSlipSecondsMax = 3;

constexpr std::array<std::string_view, 8> kModes = {"user",   "nice", "system",  "idle",
                                                    "iowait", "irq",  "softirq", "steal"};
constexpr size_t kModesMin = 4;  // Linux 2.4 had no more

/// `fields`: what follows "cpuN" in its line.
bool parse_cpu(std::string_view cpu, std::string_view fields, SampleSink& sink) {
  for (size_t i = 0; i < kModes.size(); ++i) {
    if (at_end(fields)) return i >= kModesMin;
    const std::optional<double> ticks = next_number(fields);
    if (!ticks) return false;
    sink.add_counter("node_cpu_seconds_total", {{"cpu", cpu}, {"mode", kModes[i]}}, *ticks / kUserHz,
                     kSlipSecondsMax);
  }
  for (const std::string_view mode : {"user", "nice"}) {
    if (at_end(fields)) return true;
    const std::optional<double> ticks = next_number(fields);
    if (!ticks) return false;
    sink.add_counter("node_cpu_guest_seconds_total", {{"cpu", cpu}, {"mode", mode}}, *ticks / kUserHz,
                     kSlipSecondsMax);
  }
  return true;
}

/// Lines of one number that matters.
struct Count {
  std::string_view key;
  std::string_view metric;
};
constexpr std::array<Count, 6> kCounts = {{{"intr", "node_intr_total"},
                                           {"ctxt", "node_context_switches_total"},
                                           {"btime", "node_boot_time_seconds"},
                                           {"processes", "node_forks_total"},
                                           {"procs_running", "node_procs_running"},
                                           {"procs_blocked", "node_procs_blocked"}}};

bool parse_count(std::string_view key, std::string_view fields, SampleSink& sink) {
  for (const Count& count : kCounts) {
    if (count.key != key) continue;
    const std::optional<double> value = next_number(fields);
    if (value) sink.add(count.metric, *value);
    return value.has_value();
  }
  return true;
}

}  // namespace

Status parse_stat(std::string_view text, SampleSink& sink) {
  bool any_cpu = false;
  for (std::string_view line; next_line(text, line);) {
    std::string_view fields = line;
    const std::string_view key = next_field(fields);
    const bool is_cpu = key.starts_with("cpu");
    if (key == "cpu") continue;  // the sum, which a query makes itself
    any_cpu |= is_cpu;
    if (!(is_cpu ? parse_cpu(key.substr(3), fields, sink) : parse_count(key, fields, sink))) {
      return malformed("stat", "numbers", line);
    }
  }
  if (!any_cpu) return malformed("stat", "a line for each cpu", "");
  return ok_status();
}

}  // namespace weir::collect
