#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/host_collector.h"
#include "collect/proc_reader.h"
#include "collect/process_counts.h"
#include "collect/sample_sink.h"
#include "os/clock.h"
#include "os/files.h"
#include "telemetry/metrics.h"

namespace weir::collect {

/// Makes one reading of the machine at a time. It is made of parts, one for each text or system call; a part
/// that fails is left out and counted in weir_collect_errors_total{part}, and the others go on. Owned by one
/// thread.
class HostSampler {
 public:
  /// `files`, `clock` and `registry` outlive the sampler.
  HostSampler(const HostCollectorOptions& options, os::FileSystem& files, os::Clock& clock,
              telemetry::Registry& registry);

  /// Adds a reading to `out`, all samples dated `timestamp_ms`.
  void sample(TimestampMs timestamp_ms, Batch& out);

 private:
  struct Part {
    std::string_view name;
    std::function<Status()> collect;
    telemetry::Counter* errors;
    bool failing = false;
  };
  /// What a kernel may be built without is no error when it is missing.
  enum class Presence { kRequired, kOptional };
  using Parse = std::function<Status(std::string_view text, SampleSink& sink)>;

  void add_text_parts(telemetry::Registry& registry);
  void add_call_parts(telemetry::Registry& registry);
  void add_text(std::string_view name, std::string_view path, Parse parse, Presence presence,
                telemetry::Registry& registry);
  void add_part(std::string_view name, std::function<Status()> collect, telemetry::Registry& registry);
  void run(Part& part);

  Status collect_file_systems();
  Status collect_devices();
  Status collect_processes();
  void collect_uname();

  const HostCollectorOptions options_;
  os::FileSystem& files_;
  os::Clock& clock_;
  ProcReader reader_;
  SampleSink sink_;
  ProcessCounter processes_;
  std::vector<Part> parts_;
  telemetry::Counter& dropped_;
};

}  // namespace weir::collect
