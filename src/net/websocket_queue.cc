#include "net/websocket_queue.h"

#include <algorithm>
#include <utility>

namespace weir::net {

namespace {

constexpr uint16_t kTryAgainLater = 1013;
constexpr size_t kReasonBytesMax =
    123;  // RFC 6455, 5.5: a control frame holds 125 bytes, two of them the code

}  // namespace

bool WebSocketQueue::send_text(std::shared_ptr<const std::string> body) {
  bool queued = false;
  bool wakes = false;
  {
    std::lock_guard lock(mutex_);
    if (!open_) return false;
    queued = body->size() <= queue_bytes_max_ - std::min(queued_bytes_, queue_bytes_max_);
    if (queued) {
      queued_bytes_ += body->size();
      frames_.push_back(std::move(body));
      wakes = take_wake();
    } else {
      overflowed_ = true;
      for (const auto& frame : frames_) queued_bytes_ -= frame->size();
      frames_.clear();
      wakes = request_close(kTryAgainLater, "this client reads too slowly");
    }
  }
  if (wakes) wake();
  return queued;
}

size_t WebSocketQueue::queued_bytes() const {
  std::lock_guard lock(mutex_);
  return queued_bytes_;
}

void WebSocketQueue::close(uint16_t code, std::string_view reason) {
  bool wakes = false;
  {
    std::lock_guard lock(mutex_);
    if (!open_) return;
    wakes = request_close(code, reason);
  }
  if (wakes) wake();
}

void WebSocketQueue::attach(std::weak_ptr<WebSocketPump> session) {
  std::lock_guard lock(mutex_);
  session_ = std::move(session);
}

WebSocketQueue::Next WebSocketQueue::next() {
  std::lock_guard lock(mutex_);
  Next next;
  if (!frames_.empty()) {
    next.frame = std::move(frames_.front());
    frames_.pop_front();
  } else {
    next.close = std::exchange(close_, std::nullopt);
  }
  busy_ = next.frame != nullptr || next.close.has_value();
  return next;
}

void WebSocketQueue::sent(size_t bytes) {
  std::lock_guard lock(mutex_);
  queued_bytes_ -= std::min(bytes, queued_bytes_);
}

void WebSocketQueue::shut() {
  std::lock_guard lock(mutex_);
  open_ = false;
  busy_ = true;
  frames_.clear();
  queued_bytes_ = 0;
  session_.reset();
}

bool WebSocketQueue::overflowed() const {
  std::lock_guard lock(mutex_);
  return overflowed_;
}

bool WebSocketQueue::request_close(uint16_t code, std::string_view reason) {
  open_ = false;
  close_ = CloseRequest{code, std::string(reason.substr(0, kReasonBytesMax))};
  return take_wake();
}

bool WebSocketQueue::take_wake() {
  return !std::exchange(busy_, true);
}

void WebSocketQueue::wake() {
  std::weak_ptr<WebSocketPump> session;
  {
    std::lock_guard lock(mutex_);
    session = session_;
  }
  mailbox_->run([session = std::move(session)] {
    if (const auto alive = session.lock()) alive->pump();
  });
}

}  // namespace weir::net
