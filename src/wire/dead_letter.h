#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace weir::wire {

/// A log record that could not be decoded or applied: where it stood, why, and its bytes.
struct DeadLetter {
  PartitionId partition;
  Offset offset;
  TimestampMs at_ms = 0;  ///< When it was set aside.
  std::string code;       ///< `code_name` of the error.
  std::string message;    ///< At most kDeadLetterMessageBytesMax are kept.
  std::string payload;
};

inline constexpr size_t kDeadLetterMessageBytesMax = 2'000;

/// What a letter's record may need beyond its payload: a message of control characters escapes to six bytes
/// each.
inline constexpr size_t kDeadLetterHeadBytesMax = 16u << 10;

/// A record of the log of dead letters, docs/formats/dead-letter.md: one line of JSON, then the payload as it
/// was.
std::string encode_dead_letter(const DeadLetter& letter);
/// The record that says that the letter at `id` was sent again.
std::string encode_replayed(Offset id);

/// One record, either kind. kCorruption names what is wrong with the line.
struct DeadLetterRecord {
  bool replayed = false;
  Offset id{0};       ///< Of the letter sent again, when `replayed`.
  DeadLetter letter;  ///< Otherwise.
};
Result<DeadLetterRecord> decode_dead_letter(std::string_view record);

}  // namespace weir::wire
