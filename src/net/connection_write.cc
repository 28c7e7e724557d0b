#include <algorithm>
#include <array>

#include "net/answer_stream_session.h"
#include "net/connection.h"
#include "net/response_head.h"
#include "net/tunnel.h"

namespace weir::net {

namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

HttpResponse refusal_response(const Refusal& refusal) {
  HttpResponse response = HttpResponse::text(refusal.status, refusal.message + "\n");
  if (refusal.status == 503) response.headers.add("Retry-After", "1");
  if (refusal.status == 426) {
    response.headers.add("Upgrade", "websocket");
    response.headers.add("Sec-WebSocket-Version", "13");
  }
  return response;
}

/// An answer that is not final, or no status at all, would leave the client waiting or out of step.
void mend_status(HttpResponse& response) {
  if (response.status >= 200 && response.status <= 599) return;
  response = HttpResponse::text(500, "the handler answered with an impossible status\n");
}

}  // namespace

void Connection::answer(HttpResponse response) {
  if (state_ != State::kHandling) return;  // the client has gone
  if (response.status == 101 && response.stream != nullptr && upgrading_)
    return become_tunnel(std::move(response));
  const bool goes_on = response.streamed != nullptr || response.stream != nullptr;
  if (goes_on && status_has_body(response.status) && head_.method != "HEAD")
    return become_stream(std::move(response));
  send(std::move(response), false);
}

void Connection::refuse(const Refusal& refusal) {
  context().metrics.count(refusal.reason);
  claim_ = Claim();
  send(refusal_response(refusal), true);
}

void Connection::send(HttpResponse response, bool close_after) {
  mend_status(response);
  close_after_ = close_after_ || close_after || loop_.draining();
  out_head_ = response_head(response, {.close = close_after_,
                                       .say_keep_alive = !close_after_ && head_.minor_version == 0,
                                       .date = loop_.date()});
  const bool has_body = status_has_body(response.status) && head_.method != "HEAD";
  out_body_ = has_body ? std::move(response.body) : std::string();
  sent_bytes_ = 0;
  state_ = State::kAnswering;
  write();
}

void Connection::become_tunnel(HttpResponse response) {
  const auto self = shared_from_this();
  std::string first = "HTTP/1.1 101 Switching Protocols\r\nServer: weir\r\n";
  append_field(first, "Upgrade", "websocket");
  append_field(first, "Connection", "Upgrade");
  for (const std::string_view name : {"Sec-WebSocket-Accept", "Sec-WebSocket-Protocol"}) {
    if (response.headers.has(name)) append_field(first, name, response.headers.get(name));
  }
  first.append("\r\n").append(response.stream->received);
  leave();
  open_tunnel(loop_, std::move(socket_), std::move(slot_), std::move(*response.stream), std::move(first));
}

void Connection::become_stream(HttpResponse response) {
  const auto self = shared_from_this();
  std::string head = response_head(response, {.close = true, .until_close = true, .date = loop_.date()});
  leave();
  if (response.streamed != nullptr) {
    return open_answer_stream(loop_, std::move(socket_), std::move(slot_), std::move(*response.streamed),
                              std::move(head));
  }
  head.append(response.stream->received);
  open_tunnel(loop_, std::move(socket_), std::move(slot_), std::move(*response.stream), std::move(head));
}

/// Its socket goes on as something else.
void Connection::leave() {
  state_ = State::kClosed;
  cancel_timer();
  loop_.remove(*this);
}

void Connection::send_continue() {
  out_head_ = kContinue;
  out_body_.clear();
  sent_bytes_ = 0;
  state_ = State::kContinuing;
  write();
}

void Connection::write() {
  const std::string_view head = std::string_view(out_head_).substr(std::min(sent_bytes_, out_head_.size()));
  const size_t body_sent = sent_bytes_ - std::min(sent_bytes_, out_head_.size());
  const std::array<asio::const_buffer, 2> rest = {
      asio::buffer(head), asio::buffer(out_body_.data() + body_sent, out_body_.size() - body_sent)};
  set_deadline_in(options().write_timeout);
  socket_.async_write_some(rest, [this, self = shared_from_this()](const error_code& error, size_t bytes) {
    on_written(error, bytes);
  });
}

void Connection::on_written(const error_code& error, size_t bytes) {
  if (state_ == State::kClosed) return;
  context().metrics.sent_bytes.add(bytes);
  if (error) return close();
  sent_bytes_ += bytes;
  if (sent_bytes_ < out_head_.size() + out_body_.size()) return write();
  if (state_ == State::kContinuing) {
    state_ = State::kBody;
    set_deadline_in(options().body_timeout);
    return read();
  }
  if (close_after_ || loop_.draining()) return linger();
  next_request();
}

}  // namespace weir::net
