#pragma once

#include <memory>

#include "log/embedded/embedded_log.h"
#include "log/embedded/journal.h"
#include "log/embedded/writer.h"

namespace weir::log::embedded {

struct Recovered {
  std::shared_ptr<Journal> journal;
  NextNumbers next;
};

/// Reads a journal back: verifies every frame of every segment, cuts the torn tail, keeps every good record
/// around damage, and creates the first segment when there is none. Never deletes a segment that holds a
/// frame. When it returns, everything that the journal shows is durable. Errors: kIo, kUnsupported,
/// kCorruption when nothing tells the partitions' offsets any more.
Result<Recovered> recover(const EmbeddedLogOptions& options, os::FileSystem& files, const os::Clock& clock,
                          RecoveryReport& report);

}  // namespace weir::log::embedded
