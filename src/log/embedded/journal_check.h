#pragma once

#include <string>
#include <vector>

#include <absl/functional/function_ref.h>

#include "base/damage.h"
#include "log/embedded/frame.h"
#include "os/files.h"

namespace weir::log::embedded {

/// What a check of a journal's files has found.
struct JournalReport {
  uint64_t segments = 0;
  uint64_t file_bytes = 0;
  uint64_t frames = 0;  ///< Good ones, markers included.
  uint64_t records = 0;
  std::string torn_path;  ///< The newest segment, when its end is torn.
  uint64_t torn_position = 0;
  uint64_t torn_bytes = 0;  ///< Parts of frames that were never acknowledged; normal after a crash.
  /// What is left of each partition; empty when no header can be read.
  std::vector<PartitionStatus> partitions;
  DamageList damage;
};

/// Looks at the payload of a good record; an error says that it does not decode.
using RecordCheck = absl::FunctionRef<Status(const FrameRecord& record)>;

/// Checks all segments of a stopped journal and changes nothing: headers, every frame, the sequence, each
/// partition's offsets, and with `check` each record. `progress` gets the bytes read since the last call.
/// Errors as `walk_journal`.
Result<JournalReport> check_journal(os::FileSystem& files, const std::string& directory, RecordCheck check,
                                    absl::FunctionRef<void(uint64_t bytes)> progress);

/// Writes damaged copies of segment headers again from the good copy beside them, and returns a line for each
/// segment mended (`dry_run`: that would be). The file's other bytes stay. Errors: kIo.
Result<std::vector<std::string>> mend_headers(os::FileSystem& files, const std::string& directory,
                                              bool dry_run);

/// Renames every segment to `<file>.damaged` where no header of any can be read, since a log that does not
/// know its next offsets does not open; then the next one begins a new journal at offset 0. Returns and does
/// as `mend_headers`; nothing where a header can be read.
Result<std::vector<std::string>> set_unreadable_aside(os::FileSystem& files, const std::string& directory,
                                                      bool dry_run);

}  // namespace weir::log::embedded
