#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "net/upstream_connection.h"

namespace weir::net {

/// One loop's connections to one upstream, and the calls that wait for one. It lives in its loop from its
/// first call until nothing is left of it. Runs on its loop's thread only.
class UpstreamPool final : public Peer {
 public:
  UpstreamPool(Loop& loop, std::string address);

  void send(UpstreamCall call);
  void drain() override {}  // what is in flight may still be sent
  void cut() override;

  // The connections' side.
  /// The connection has finished an exchange and can take another.
  void on_idle(std::shared_ptr<UpstreamConnection> connection);
  /// The connection is gone.
  void on_closed(UpstreamConnection& connection);

  const std::string& address() const { return address_; }
  const UpstreamOptions& options() const { return loop_.context().options.upstream; }

 private:
  void open(UpstreamCall call);
  void wait(UpstreamCall call);
  /// The first call that waits, if any is worth making.
  std::optional<UpstreamCall> next_waiting();
  void watch();
  void on_deadline() override;
  void retire_if_unused();

  const std::string address_;
  std::vector<std::shared_ptr<UpstreamConnection>> idle_;  ///< The last used at the end, which is used first.
  size_t open_count_ = 0;
  std::deque<UpstreamCall> waiting_;
  uint64_t waiting_bytes_ = 0;
};

}  // namespace weir::net
