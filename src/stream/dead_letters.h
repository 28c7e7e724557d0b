#pragma once

#include <string>
#include <vector>

#include "log/log.h"
#include "os/clock.h"
#include "telemetry/metrics.h"
#include "wire/dead_letter.h"
#include "wire/record_codec.h"

namespace weir::stream {

/// A letter with samples that came too late, as a record of their own, so that they can be sent again once
/// the bound is another. `position`: of the record that they came in.
wire::DeadLetter late_letter(const wire::RecordCodec& codec, const log::Position& position,
                             const Batch& samples, TimestampMs at_ms, std::string message);

/// Log records that could not be decoded or applied, kept with reason and position until somebody has mended
/// what was wrong and sends them again. They live in a durable log of their own, with one partition, beside
/// the log that they come from. Safe from any thread; calls block until `deadline`.
class DeadLetters {
 public:
  /// Both outlive it.
  DeadLetters(log::Log& log, telemetry::Registry& registry);

  /// Durable before it returns. Errors: those of `log::Log::append`.
  Status put(TenantId tenant, const wire::DeadLetter& letter, Deadline deadline);

  struct Entry {
    Offset id;  ///< Names the letter.
    TenantId tenant;
    wire::DeadLetter letter;
  };
  struct Page {
    std::vector<Entry> entries;
    bool more = false;
  };
  /// Letters that wait, oldest first, from `from` on: at most `limit`, and about 32 MiB.
  Result<Page> list(Offset from, size_t limit, Deadline deadline);

  struct ReplayReport {
    uint64_t replayed = 0;
    /// Left for another call, when one holds all that fits.
    bool more = false;
  };
  /// Appends the payloads of waiting letters from `from` on, at most `limit`, to the partitions of `target`
  /// that they came from, and marks them. One that still cannot be processed comes back as a new letter. A
  /// crash between append and mark sends a letter twice, which is harmless: samples are unique by series and
  /// time.
  Result<ReplayReport> replay(log::Log& target, Offset from, size_t limit, Deadline deadline);

 private:
  Status append(log::Log& log, const log::NewRecord& record, Deadline deadline);

  log::Log& log_;
  telemetry::Counter& letters_;
  telemetry::Counter& replayed_;
};

}  // namespace weir::stream
