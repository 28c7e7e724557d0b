#pragma once

#include <deque>
#include <mutex>
#include <optional>

#include "net/mailbox.h"
#include "net/websocket.h"

namespace weir::net {

/// The half that belongs to the loop.
class WebSocketPump {
 public:
  virtual ~WebSocketPump() = default;
  /// Sends what the queue has. On the loop's thread.
  virtual void pump() = 0;
};

/// The half of a WebSocket that other threads hold: frames and a close request on their way to the session.
/// It outlives the connection for as long as somebody keeps it. Safe from any thread.
class WebSocketQueue final : public WebSocket {
 public:
  struct CloseRequest {
    uint16_t code;
    std::string reason;
  };
  /// What the session does next: write the frame, else close, else wait to be woken.
  struct Next {
    std::shared_ptr<const std::string> frame;
    std::optional<CloseRequest> close;
  };

  WebSocketQueue(std::shared_ptr<Mailbox> mailbox, size_t queue_bytes_max)
      : mailbox_(std::move(mailbox)), queue_bytes_max_(queue_bytes_max) {}

  bool send_text(std::shared_ptr<const std::string> body) override;
  size_t queued_bytes() const override;
  void close(uint16_t code, std::string_view reason) override;

  // The session's side.
  void attach(std::weak_ptr<WebSocketPump> session);
  Next next();
  /// A frame from `next` has been written.
  void sent(size_t bytes);
  /// The connection is over: frees what waits and takes nothing more.
  void shut();
  /// True when the peer was too slow for `queue_bytes_max`.
  bool overflowed() const;

 private:
  /// Under the lock; true when the session has to be woken.
  bool request_close(uint16_t code, std::string_view reason);
  bool take_wake();
  void wake();

  const std::shared_ptr<Mailbox> mailbox_;
  const size_t queue_bytes_max_;

  mutable std::mutex mutex_;  // guards all below
  std::deque<std::shared_ptr<const std::string>> frames_;
  size_t queued_bytes_ = 0;  ///< Those in frames_ and the one being written.
  bool open_ = true;
  bool overflowed_ = false;
  /// The session is writing, or has been woken, and will call `next` by itself. True until it is attached and
  /// ready.
  bool busy_ = true;
  std::optional<CloseRequest> close_;
  std::weak_ptr<WebSocketPump> session_;
};

}  // namespace weir::net
