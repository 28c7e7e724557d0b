#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "net/loop.h"

namespace weir::net {

/// HOST:PORT as one endpoint: a numeric address, `[v6]:port`, or a name that this machine resolves
/// (`localhost:8080`). kInvalidArgument when it is none of these.
Result<asio::ip::tcp::endpoint> parse_listen(std::string_view text);

/// Accepts connections on one loop and deals them to all of them in turn: with few, long connections, as
/// senders hold, the turn is fairer than the kernel's hash over SO_REUSEPORT, and a port that is in use stays
/// an error. `open` belongs to the server's thread before the loops run, the rest to the first loop's thread.
class Listener {
 public:
  Listener(Loop& home, std::vector<std::unique_ptr<Loop>>& loops);

  Status open(std::string_view listen);
  uint16_t port() const { return port_; }
  void accept();
  void close();

 private:
  void on_accepted(const error_code& error, Socket socket, Loop& loop);
  void pause();

  Loop& home_;
  std::vector<std::unique_ptr<Loop>>& loops_;
  Acceptor acceptor_;
  Timer pause_;
  uint16_t port_ = 0;
  size_t next_ = 0;
  bool failing_ = false;  ///< The last accept failed; said once in the diagnostics.
};

}  // namespace weir::net
