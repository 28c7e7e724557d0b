#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/embedded/batch_decoder.h"
#include "log/embedded/journal.h"
#include "log/embedded/segment_scanner.h"
#include "log/log.h"

namespace weir::log::embedded {

/// Keeps alive what records point to.
using HeldBytes = std::vector<std::shared_ptr<const std::string>>;

/// Reads one partition: the newest records from memory, older ones by scanning segments. Records of batches
/// come decoded: as they were appended while the tail cache has that, else by a decoder, which begins at the
/// first frame of a group. May outlive the log; then it finds what is durable, and kUnavailable instead of
/// waiting.
class JournalReader : public Reader {
 public:
  JournalReader(std::shared_ptr<Journal> journal, os::Clock& clock, PartitionId partition,
                size_t decoded_bytes_max);

  Result<std::vector<Record>> poll(size_t bytes_max, Deadline deadline) override;
  Status seek(Offset offset) override;
  void wake() override;

  /// What the next poll asks for.
  Offset next() const { return next_; }
  /// The records of the last poll live as long as the result.
  HeldBytes release_held() { return std::exchange(held_, {}); }

 private:
  struct Harvest;
  /// What became of a record that was looked at.
  enum class Taken {
    kYes,
    kPassed,   ///< It is not asked for.
    kFull,     ///< The poll has enough.
    kMissing,  ///< There are records missing before it.
    kOnDisk,   ///< The definitions of its series are on disk.
  };
  Result<std::vector<Record>> take_cached(const Journal::View& view, size_t bytes_max, Deadline deadline);
  Result<std::vector<Record>> scan(const Journal::View& view, size_t bytes_max);
  void place_scanner(const Journal::View& view);
  Result<bool> next_frame();
  Taken take(const CachedRecord& entry, bool cached, Harvest& harvest);
  void learn(const FrameRecord& record);
  bool decode(const CachedRecord& entry, bool cached, Record& out);
  bool can_decode(Offset offset) const { return decoder_ && decoded_to_ == offset; }
  void rest_decoder();
  Error skip_missing(Offset to);

  const std::shared_ptr<Journal> journal_;
  os::Clock& clock_;
  const PartitionId partition_;
  const size_t decoded_bytes_max_;
  Offset next_;
  bool woken_ = false;  ///< Guarded by the journal.
  std::optional<SegmentScanner>
      scanner_;              ///< Where the last scan ended; none when the last records were cached.
  std::string last_damage_;  ///< Where the scanner met bad bytes, for the message about missing records.
  std::optional<BatchDecoder> decoder_;  ///< Only while it is needed: it knows the labels of all series.
  Offset decoded_to_{0};                 ///< The decoder has seen all records of its group before this one.
  size_t idle_polls_ = 0;                ///< Since the decoder was needed.
  HeldBytes held_;                       ///< What the records of the last poll point to.
};

}  // namespace weir::log::embedded
