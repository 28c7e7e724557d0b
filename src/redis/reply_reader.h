#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "redis/reply.h"

namespace weir::redis {

/// Turns the bytes of a RESP2 stream into replies, bounded in memory. The parser is hiredis'; replies are
/// built straight into ours. Owned by one thread.
class ReplyReader {
 public:
  /// `reply_bytes_max`: of one reply, as bytes received and as memory for array items.
  explicit ReplyReader(uint64_t reply_bytes_max);
  ~ReplyReader();

  /// Takes bytes as they arrive. kResourceExhausted when the reply would exceed the limit; kUnavailable when
  /// the bytes are no RESP2. After an error the stream is lost.
  Status feed(std::string_view bytes);

  /// What one whole reply was: a value, or the text of an error reply ("ERR no such key"). An error inside an
  /// array makes the whole reply that error.
  struct Outcome {
    Reply reply;
    std::optional<std::string> error;
  };
  /// The next whole reply, or nothing before all its bytes are there. Errors as `feed`.
  Result<std::optional<Outcome>> next();

  /// No bytes are left over after the last whole reply.
  bool is_empty() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace weir::redis
