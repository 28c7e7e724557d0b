#include "redis/connection.h"

#include <array>
#include <vector>

#include <hiredis/hiredis.h>

#include "redis/reply_error.h"

namespace weir::redis {
namespace {

constexpr size_t kReadBytes = 16 * 1'024;

struct CommandDeleter {
  void operator()(char* bytes) const { redisFreeCommand(bytes); }
};

// A command in RESP. hiredis wants pointers and lengths apart.
class Command {
 public:
  explicit Command(std::span<const std::string_view> arguments) {
    std::vector<const char*> data;
    std::vector<size_t> sizes;
    for (const std::string_view argument : arguments) {
      data.push_back(argument.data());
      sizes.push_back(argument.size());
    }
    char* bytes = nullptr;
    const int count = static_cast<int>(arguments.size());
    size_ = redisFormatCommandArgv(&bytes, count, data.data(), sizes.data());
    bytes_.reset(bytes);
    CHECK(size_ >= 0, "memory for a command");
  }
  std::string_view bytes() const { return {bytes_.get(), static_cast<size_t>(size_)}; }

 private:
  std::unique_ptr<char, CommandDeleter> bytes_;
  long long size_ = 0;
};

// Each address gets its share of the time, so that one which swallows packets does not use it all up.
Result<Socket> connect_any(std::span<const SocketAddress> addresses, const os::Clock& clock,
                           Deadline deadline) {
  Error last = unavailable("no address");
  for (size_t i = 0; i < addresses.size(); ++i) {
    const auto shares = static_cast<int64_t>(addresses.size() - i);
    const auto share =
        shares == 1 ? deadline : Deadline::at(clock.steady() + (deadline.when() - clock.steady()) / shares);
    Result<Socket> socket = Socket::connect(addresses[i], clock, share);
    if (socket.ok()) return socket;
    last = std::move(socket).error();
  }
  return last;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(std::span<const SocketAddress> addresses,
                                                     const SessionOptions& options, const os::Clock& clock,
                                                     Deadline deadline) {
  ASSIGN_OR_RETURN(Socket socket, connect_any(addresses, clock, deadline));
  auto connection = std::make_unique<Connection>(std::move(socket), clock, options.reply_bytes_max);
  RETURN_IF_ERROR(connection->greet(options, deadline));
  return connection;
}

Status Connection::greet(const SessionOptions& options, Deadline deadline) {
  if (!options.password.empty()) {
    std::vector<std::string_view> auth{"AUTH"};
    if (!options.user.empty()) auth.push_back(options.user);
    auth.push_back(options.password);
    ASSIGN_OR_RETURN(const ReplyReader::Outcome outcome, ask(auth, deadline));
    if (outcome.error) return to_auth_error(*outcome.error);
  }
  if (options.database != 0) {
    const std::string database = std::to_string(options.database);
    const std::array<std::string_view, 2> select{"SELECT", database};
    RETURN_IF_ERROR(exchange(select, deadline).context("SELECT"));
  }
  return {};
}

Result<Reply> Connection::exchange(std::span<const std::string_view> arguments, Deadline deadline) {
  ASSIGN_OR_RETURN(ReplyReader::Outcome outcome, ask(arguments, deadline));
  if (outcome.error) return to_error(*outcome.error);
  return std::move(outcome.reply);
}

Result<ReplyReader::Outcome> Connection::ask(std::span<const std::string_view> arguments, Deadline deadline) {
  broken_ = true;  // until the whole reply is here
  RETURN_IF_ERROR(socket_.write_all(Command(arguments).bytes(), deadline));
  ASSIGN_OR_RETURN(ReplyReader::Outcome outcome, read_reply(deadline));
  broken_ = false;
  return outcome;
}

Result<ReplyReader::Outcome> Connection::read_reply(Deadline deadline) {
  std::array<char, kReadBytes> buffer;
  while (true) {
    ASSIGN_OR_RETURN(const size_t size, socket_.read_some(buffer, deadline));
    RETURN_IF_ERROR(reader_.feed({buffer.data(), size}));
    ASSIGN_OR_RETURN(std::optional<ReplyReader::Outcome> outcome, reader_.next());
    if (outcome) return *std::move(outcome);
    if (deadline.passed(clock_)) return deadline_exceeded("the answer did not end in time");
  }
}

}  // namespace weir::redis
