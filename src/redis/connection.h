#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/clock.h"
#include "redis/address.h"
#include "redis/reply_reader.h"
#include "redis/socket.h"

namespace weir::redis {

/// What a new session says first.
struct SessionOptions {
  std::string user;
  std::string password;
  uint32_t database = 0;
  uint64_t reply_bytes_max = 0;
};

/// One session: a socket on which commands and replies take turns. Owned by one thread at a time.
class Connection {
 public:
  /// Connects to the first of `addresses` that answers, then AUTH and SELECT as the options ask.
  static Result<std::unique_ptr<Connection>> open(std::span<const SocketAddress> addresses,
                                                  const SessionOptions& options, const os::Clock& clock,
                                                  Deadline deadline);

  /// One command and its reply. An error reply becomes an Error and leaves the session usable; after any
  /// other error it is not.
  Result<Reply> exchange(std::span<const std::string_view> arguments, Deadline deadline);

  /// Replies are in step with commands, and the server has not hung up.
  bool is_usable() const { return !broken_ && reader_.is_empty() && socket_.is_quiet(); }
  /// The last `exchange` ended with a reply, be it an error reply.
  bool was_answered() const { return !broken_; }

  /// For `open`, which also greets.
  Connection(Socket socket, const os::Clock& clock, uint64_t reply_bytes_max)
      : socket_(std::move(socket)), clock_(clock), reader_(reply_bytes_max) {}

 private:
  Status greet(const SessionOptions& options, Deadline deadline);
  Result<ReplyReader::Outcome> ask(std::span<const std::string_view> arguments, Deadline deadline);
  Result<ReplyReader::Outcome> read_reply(Deadline deadline);

  Socket socket_;
  const os::Clock& clock_;
  ReplyReader reader_;
  bool broken_ = false;
};

}  // namespace weir::redis
