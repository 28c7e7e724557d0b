#include "collect/process_counts.h"

#include "collect/parsers.h"

namespace weir::collect {

namespace {

bool is_process(std::string_view name) {
  return name.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Result<ProcessCounts> ProcessCounter::count() {
  const os::SteadyTime begin = clock_.steady();
  if (begin < next_scan_) return last_;
  ASSIGN_OR_RETURN(last_, scan());
  const os::SteadyTime end = clock_.steady();
  next_scan_ = end + (end - begin) * kPausePerScan;
  return last_;
}

Result<ProcessCounts> ProcessCounter::scan() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.list(proc_));
  ProcessCounts counts;
  for (const std::string& name : names) {
    if (!is_process(name)) continue;
    const Result<std::string_view> text = reader_.read(os::join_path(proc_, name + "/stat"));
    if (!text.ok()) continue;  // it has ended since
    ASSIGN_OR_RETURN(const char state, parse_process_state(*text));
    ++counts.processes;
    const size_t index = kProcessStates.find(state);
    if (index != std::string_view::npos) ++counts.by_state[index];
  }
  return counts;
}

}  // namespace weir::collect
