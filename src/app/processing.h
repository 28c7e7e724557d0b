#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "app/engines.h"
#include "base/guarded.h"
#include "stream/dead_letters.h"
#include "stream/late_table.h"
#include "stream/processor.h"

namespace weir::app {

/// The role processor: applies the log to the store, and tells others in this process of what it applies.
/// Owned by one thread, but for `listen`.
class Processing {
 public:
  struct Parts {
    const config::Config& config;
    os::Clock& clock;
    telemetry::Registry& registry;
    Engines& engines;
    stream::DeadLetters& dead_letters;
  };
  /// Who wants to know; each may be empty. They are called from the threads of partitions, which wait for
  /// them.
  struct Listeners {
    std::function<void(const stream::AppliedRecords& applied)> on_applied;
    std::function<std::optional<Offset>(PartitionId partition)> needed_from;
  };

  /// What the parts have outlives it.
  explicit Processing(const Parts& parts);

  Status start() { return processor_.start(); }
  /// Finishes the commits in flight.
  void stop() { processor_.stop(); }
  /// From then on these and no others; those of before are not called any more. While there are none the log
  /// keeps all that it has. Any thread.
  void listen(std::optional<Listeners> listeners);

  stream::Processor& processor() { return processor_; }

 private:
  stream::ProcessorParts processor_parts();

  const Parts parts_;
  const store::RetentionBounds retention_;
  stream::LateTable late_table_;
  SharedGuarded<std::optional<Listeners>> listeners_;
  stream::Processor processor_;
};

}  // namespace weir::app
