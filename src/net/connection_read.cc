#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "net/connection.h"
#include "net/request_head.h"
#include "net/responder.h"
#include "net/upgrade.h"
#include "net/websocket_session.h"

namespace weir::net {

namespace {

constexpr size_t kHeadReadBytes = 4 * 1024;
constexpr size_t kBodyReadBytes = 64 * 1024;

// Reserved from Content-Length before a byte has come; the rest grows as it arrives.
constexpr uint64_t kBodyReserveMax = 1 << 20;

}  // namespace

std::string_view Connection::buffered() const {
  return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
}

void Connection::read() {
  reading_ = true;
  const auto space = buffer_.prepare(state_ == State::kBody ? kBodyReadBytes : kHeadReadBytes);
  socket_.async_read_some(space, [this, self = shared_from_this()](const error_code& error, size_t bytes) {
    reading_ = false;
    on_read(error, bytes);
  });
}

void Connection::on_read(const error_code& error, size_t bytes) {
  if (state_ == State::kClosed) return;
  context().metrics.received_bytes.add(bytes);
  if (state_ == State::kAnswering) return;  // a late byte of a request that has been given up
  if (error) return close();
  if (state_ == State::kLingering) return read();
  buffer_.commit(bytes);
  advance();
}

void Connection::advance() {
  if (state_ == State::kIdle) {
    state_ = State::kHead;
    set_deadline_in(options().header_timeout);
  }
  if (state_ == State::kHead) {
    take_head();
  } else {
    take_body();
  }
}

void Connection::take_head() {
  switch (scanner_.scan(buffered())) {
    case HeadScanner::State::kNeedMore:
      return read();
    case HeadScanner::State::kRefused:
      return refuse(scanner_.refusal());
    case HeadScanner::State::kComplete:
      break;
  }
  if (const auto refusal = parse_request_head(scanner_.head(buffered()), head_)) return refuse(*refusal);
  buffer_.consume(scanner_.end());
  if (const auto refusal = check_fields(head_, framing_)) return refuse(*refusal);
  if (const auto refusal = decode_target(head_, request_.path, request_.query)) return refuse(*refusal);
  request_.target = origin_form(head_);
  close_after_ = !wants_keep_alive(head_);
  judge_head();
}

void Connection::judge_head() {
  RoutePolicy policy = context().handler.policy(head_.method, request_.path, head_.headers);
  if (policy.refuse.has_value()) return send(*std::move(policy.refuse), !framing_.empty());
  upgrading_ = policy.websocket && is_websocket_upgrade(head_);
  if (upgrading_) return upgrade(policy.tunnel);
  body_bytes_max_ = policy.body_bytes_max;
  watches_client_ = policy.watch_client;
  if (framing_.length > body_bytes_max_) {
    return refuse({413, Reject::kBodyTooLarge,
                   fmt::format("body of {} bytes, limit {}", framing_.length, body_bytes_max_)});
  }
  claim_ = Claim(context().admission);
  if (framing_.empty()) return dispatch();
  if (context().admission->full()) {
    return refuse({503, Reject::kBodyMemory, "too many request bodies in flight, try again later"});
  }
  begin_body();
}

void Connection::begin_body() {
  if (framing_.chunked) {
    chunked_.emplace(body_bytes_max_);
  } else {
    request_.body.reserve(std::min(framing_.length, kBodyReserveMax));
  }
  // A client that has begun to send does not wait for permission any more.
  const bool waits = head_.minor_version >= 1 && head_.headers.has("Expect") && buffer_.size() == 0;
  if (waits) return send_continue();
  state_ = State::kBody;
  set_deadline_in(options().body_timeout);
  take_body();
}

void Connection::take_body() {
  const ChunkedDecoder::State decoded = decode_body();
  if (!claim_.grow_to(request_.body.size())) {
    return refuse({503, Reject::kBodyMemory, "too many request bodies in flight, try again later"});
  }
  switch (decoded) {
    case ChunkedDecoder::State::kNeedMore:
      return read();
    case ChunkedDecoder::State::kDone:
      return dispatch();
    case ChunkedDecoder::State::kMalformed:
      return refuse({400, Reject::kFraming, "malformed chunked body"});
    case ChunkedDecoder::State::kTooLarge:
      return refuse(
          {413, Reject::kBodyTooLarge, fmt::format("chunked body, limit {} bytes", body_bytes_max_)});
  }
}

ChunkedDecoder::State Connection::decode_body() {
  size_t consumed = 0;
  ChunkedDecoder::State state = ChunkedDecoder::State::kNeedMore;
  if (chunked_.has_value()) {
    state = chunked_->decode(buffered(), request_.body, consumed);
  } else {
    consumed = std::min<uint64_t>(buffer_.size(), framing_.length - request_.body.size());
    request_.body.append(buffered().substr(0, consumed));
    if (request_.body.size() == framing_.length) state = ChunkedDecoder::State::kDone;
  }
  buffer_.consume(consumed);
  return state;
}

void Connection::dispatch() {
  state_ = State::kHandling;
  clear_deadline();
  request_.method = head_.method;  // a copy: the answer to HEAD is written by method
  request_.headers = std::move(head_.headers);
  request_.remote = remote_;
  request_.remote_is_loopback = remote_is_loopback_;
  if (watches_client_) watch_client();
  auto self = std::static_pointer_cast<Connection>(shared_from_this());
  context().handler.on_request(std::move(request_), AnswerOnce(loop_.mailbox(), self, std::move(claim_)));
}

/// A client has nothing to say before it is answered, unless it pipelines: so the next that can be read is
/// mostly the end.
void Connection::watch_client() {
  client_gone_ = std::make_shared<Cancellation>();
  request_.client_gone = client_gone_;
  if (watching_ || buffer_.size() > 0) return;
  watching_ = true;
  socket_.async_wait(Socket::wait_read, [this, self = shared_from_this()](const error_code&) {
    watching_ = false;
    on_readable();
  });
}

void Connection::on_readable() {
  if (state_ != State::kHandling || client_gone_ == nullptr) return;
  char byte = 0;
  error_code error;
  socket_.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, error);
  if (error && error != asio::error::would_block) client_gone_->cancel();
}

void Connection::upgrade(bool tunnel) {
  if (const auto refusal = check_upgrade(head_, framing_)) return refuse(*refusal);
  if (buffer_.size() > 0)
    return refuse({400, Reject::kUpgrade, "WebSocket handshake: bytes behind the request"});
  if (tunnel) {
    claim_ = Claim(context().admission);
    return dispatch();
  }
  request_.method = head_.method;
  request_.headers = head_.headers;
  request_.remote = remote_;
  request_.remote_is_loopback = remote_is_loopback_;
  auto queue = std::make_shared<WebSocketQueue>(loop_.mailbox(), options().websocket_queue_bytes_max);
  auto verdict = context().handler.on_websocket(request_, queue);
  if (auto* response = std::get_if<HttpResponse>(&verdict)) {
    queue->shut();
    return send(std::move(*response), false);
  }
  const auto self = shared_from_this();
  leave();
  open_websocket(loop_,
                 {.socket = std::move(socket_),
                  .slot = std::move(slot_),
                  .queue = std::move(queue),
                  .callbacks = std::move(std::get<WebSocketCallbacks>(verdict))},
                 head_.headers);
}

}  // namespace weir::net
