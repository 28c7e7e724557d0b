#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "log/embedded/journal.h"
#include "log/embedded/segment_scanner.h"
#include "log/log.h"

namespace weir::log::embedded {

/// Reads one partition: the newest records from memory, older ones by scanning segments. May outlive the log;
/// then it finds what is durable, and kUnavailable instead of waiting.
class JournalReader : public Reader {
 public:
  JournalReader(std::shared_ptr<Journal> journal, os::Clock& clock, PartitionId partition);

  Result<std::vector<Record>> poll(size_t bytes_max, Deadline deadline) override;
  Status seek(Offset offset) override;
  void wake() override;

 private:
  struct Harvest;
  Result<std::vector<Record>> take_cached(const std::vector<CachedRecord>& cached, size_t bytes_max);
  Result<std::vector<Record>> scan(const Journal::View& view, size_t bytes_max);
  Result<bool> next_frame();
  bool take(const CachedRecord& entry, Harvest& harvest);
  Error skip_missing(Offset to);

  const std::shared_ptr<Journal> journal_;
  os::Clock& clock_;
  const PartitionId partition_;
  Offset next_;
  bool woken_ = false;  ///< Guarded by the journal.
  std::optional<SegmentScanner>
      scanner_;              ///< Where the last scan ended; none when the last records were cached.
  std::string last_damage_;  ///< Where the scanner met bad bytes, for the message about missing records.
  std::vector<std::shared_ptr<const std::string>> held_;  ///< What the records of the last poll point to.
};

}  // namespace weir::log::embedded
