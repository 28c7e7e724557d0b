#include "net/upstream_connection.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "net/hop_by_hop.h"
#include "net/upstream_head.h"
#include "net/upstream_pool.h"
#include "net/upstream_stream.h"

namespace weir::net {

namespace {

constexpr size_t kHeadReadBytes = 4 * 1024;
constexpr size_t kBodyReadBytes = 64 * 1024;
constexpr size_t kIdleBufferBytesMax = 16 * 1024;

// Reserved from Content-Length before a byte has come; the rest grows as it arrives.
constexpr uint64_t kBodyReserveMax = 1 << 20;
constexpr size_t kInterimAnswersMax = 8;
constexpr os::milliseconds kAbandonedInterval{250};

os::SteadyTime now() {
  return os::system_clock().steady();
}

}  // namespace

UpstreamConnection::UpstreamConnection(Loop& loop, std::shared_ptr<UpstreamPool> pool)
    : Peer(loop), pool_(std::move(pool)), socket_(loop.io()) {}

void UpstreamConnection::connect(const asio::ip::tcp::endpoint& endpoint, UpstreamCall call) {
  call_ = std::move(call);
  connected_until_ = now() + pool_->options().connect_timeout;
  watch(connected_until_);
  socket_.async_connect(endpoint,
                        [this, self = shared_from_this()](const error_code& error) { on_connected(error); });
}

void UpstreamConnection::on_connected(const error_code& error) {
  if (state_ == State::kClosed) return;
  if (error) return fail(unavailable(error.message()));
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);  // for usable()
  begin();
  read();
}

void UpstreamConnection::send(UpstreamCall call) {
  call_ = std::move(call);
  begin();
}

bool UpstreamConnection::usable() {
  if (state_ != State::kIdle || buffer_.size() > 0) return false;
  char byte = 0;
  error_code error;
  socket_.receive(asio::buffer(&byte, 1), Socket::message_peek, error);
  return error == asio::error::would_block;
}

void UpstreamConnection::begin() {
  state_ = State::kExchanging;
  out_head_ = upstream_request_head(call_->attempt, *call_->request);
  sent_bytes_ = 0;
  interim_answers_ = 0;
  head_.reset();
  chunked_.reset();
  body_.clear();
  claim_ = Claim(loop_.context().answers);
  watch(os::SteadyTime::max());
  write();
}

void UpstreamConnection::write() {
  const std::string& body = call_->request->body;
  const std::string_view head = std::string_view(out_head_).substr(std::min(sent_bytes_, out_head_.size()));
  const size_t body_sent = sent_bytes_ - std::min(sent_bytes_, out_head_.size());
  const std::array<asio::const_buffer, 2> rest = {
      asio::buffer(head), asio::buffer(body.data() + body_sent, body.size() - body_sent)};
  writing_ = true;
  // The request is held as long as the system may read from it.
  socket_.async_write_some(rest, [this, self = shared_from_this(), request = call_->request](
                                     const error_code& error, size_t bytes) { on_written(error, bytes); });
}

void UpstreamConnection::on_written(const error_code& error, size_t bytes) {
  writing_ = false;
  if (state_ != State::kExchanging) return;
  sent_bytes_ += bytes;
  if (error) return;  // an answer may be on its way; otherwise the pending read fails too
  if (sent_bytes_ < request_bytes()) write();
}

std::string_view UpstreamConnection::buffered() const {
  return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
}

void UpstreamConnection::read() {
  if (reading_ || state_ == State::kClosed) return;
  reading_ = true;
  const auto space = buffer_.prepare(head_.has_value() ? kBodyReadBytes : kHeadReadBytes);
  socket_.async_read_some(space, [this, self = shared_from_this()](const error_code& error, size_t bytes) {
    reading_ = false;
    on_read(error, bytes);
  });
}

void UpstreamConnection::on_read(const error_code& error, size_t bytes) {
  if (state_ == State::kClosed) return;
  if (state_ == State::kIdle) return close();  // its end, or bytes that nobody asked for
  if (error) {
    return fail(unavailable(fmt::format("the connection ended {}: {}",
                                        head_.has_value() ? "inside the answer" : "before the answer",
                                        error.message())));
  }
  buffer_.commit(bytes);
  take_answer();
}

void UpstreamConnection::take_answer() {
  if (head_.has_value() || take_head()) take_body();
}

bool UpstreamConnection::take_head() {
  for (;;) {
    const Result<size_t> end = find_answer_end(buffered(), pool_->options().head_bytes_max);
    if (!end.ok()) return fail(end.error()), false;
    if (*end == 0) return read(), false;
    Result<AnswerHead> head = parse_answer_head(buffered().substr(0, *end));
    if (!head.ok()) return fail(unavailable(head.error().message)), false;
    buffer_.consume(*end);
    head_ = *std::move(head);
    if (head_->status >= 200) break;
    if (head_->status == 101) return hand_over(call_->request->websocket), false;
    if (++interim_answers_ > kInterimAnswersMax) return fail(unavailable("too many interim answers")), false;
    head_.reset();
  }
  if (call_->request->event_stream && begins_event_stream(*head_)) return hand_over(true), false;
  const Result<BodyFraming> framing = answer_framing(*head_);
  if (!framing.ok()) return fail(unavailable(framing.error().message)), false;
  framing_ = call_->request->method == "HEAD" ? BodyFraming{} : *framing;
  const uint64_t limit = call_->request->response_bytes_max;
  if (framing_.length > limit) {
    return fail(resource_exhausted(fmt::format("answer of {} bytes, limit {}", framing_.length, limit))),
           false;
  }
  if (framing_.chunked) chunked_.emplace(limit);
  body_.reserve(std::min(framing_.length, kBodyReserveMax));
  return true;
}

void UpstreamConnection::take_body() {
  const ChunkedDecoder::State decoded = decode_body();
  if (!claim_.grow_to(body_.size())) return fail(cancelled("too many answers in flight"));
  switch (decoded) {
    case ChunkedDecoder::State::kNeedMore:
      return read();
    case ChunkedDecoder::State::kDone:
      return finish();
    case ChunkedDecoder::State::kMalformed:
      return fail(unavailable("malformed answer: its chunks"));
    case ChunkedDecoder::State::kTooLarge:
      return fail(resource_exhausted(
          fmt::format("chunked answer, limit {} bytes", call_->request->response_bytes_max)));
  }
}

ChunkedDecoder::State UpstreamConnection::decode_body() {
  size_t consumed = 0;
  ChunkedDecoder::State state = ChunkedDecoder::State::kNeedMore;
  if (chunked_.has_value()) {
    state = chunked_->decode(buffered(), body_, consumed);
  } else {
    consumed = std::min<uint64_t>(buffer_.size(), framing_.length - body_.size());
    body_.append(buffered().substr(0, consumed));
    if (body_.size() == framing_.length) state = ChunkedDecoder::State::kDone;
  }
  buffer_.consume(consumed);
  return state;
}

void UpstreamConnection::finish() {
  const auto self = std::static_pointer_cast<UpstreamConnection>(shared_from_this());
  HttpResponse response{head_->status, end_to_end(head_->headers), std::exchange(body_, {}), nullptr};
  const bool reusable = !writing_ && sent_bytes_ == request_bytes() && buffer_.size() == 0 &&
                        answer_keeps_alive(*head_) && !loop_.draining();
  UpstreamCall call = *std::exchange(call_, std::nullopt);
  call.attempt.lease.reset();
  claim_ = Claim();
  if (reusable) {
    state_ = State::kIdle;
    head_.reset();
    if (buffer_.capacity() > kIdleBufferBytesMax) buffer_.shrink_to_fit();
    set_deadline_in(pool_->options().idle_timeout);
    read();
    pool_->on_idle(self);
  } else {
    close();
  }
  call.done({std::move(response), true});
}

void UpstreamConnection::hand_over(bool asked_for) {
  if (!asked_for || writing_)
    return fail(unavailable("malformed answer: 101 without an upgrade, or one that goes on, too early"));
  const auto self = shared_from_this();
  HttpResponse response{head_->status, end_to_end(head_->headers), {}, nullptr};
  response.stream = std::make_shared<UpstreamStream>(std::move(socket_));
  response.stream->answer_only = head_->status != 101;
  response.stream->received = buffered();
  UpstreamCall call = *std::exchange(call_, std::nullopt);
  response.stream->lease = std::move(call.attempt.lease);
  close();
  call.done({std::move(response), true});
}

void UpstreamConnection::fail(Error error) {
  const auto self = shared_from_this();
  // A write that is under way may have handed over bytes that have not been reported yet.
  const bool sent = sent_bytes_ > 0 || writing_;
  std::optional<UpstreamCall> call = std::exchange(call_, std::nullopt);
  close();
  if (!call.has_value()) return;
  call->attempt.lease.reset();
  call->done({std::move(error).context(pool_->address()), sent});
}

void UpstreamConnection::drain() {
  if (state_ == State::kIdle) close();
}

void UpstreamConnection::cut() {
  fail(cancelled("the server is stopping"));
}

void UpstreamConnection::close() {
  if (state_ == State::kClosed) return;
  const auto self = shared_from_this();
  state_ = State::kClosed;
  claim_ = Claim();
  error_code ignored;
  socket_.close(ignored);
  cancel_timer();
  loop_.remove(*this);
  pool_->on_closed(*this);
}

void UpstreamConnection::watch(os::SteadyTime until) {
  os::SteadyTime next = std::min(until, call_->attempt.deadline.when());
  if (call_->attempt.abandoned) next = std::min(next, now() + kAbandonedInterval);
  set_deadline(next);
}

void UpstreamConnection::on_deadline() {
  if (state_ == State::kIdle) return close();
  if (state_ == State::kClosed || !call_.has_value()) return;
  const os::SteadyTime time = now();
  const bool connecting = state_ == State::kConnecting;
  if (time >= call_->attempt.deadline.when()) {
    return fail(deadline_exceeded(connecting ? "no connection in time" : "no answer in time"));
  }
  if (connecting && time >= connected_until_) {
    return fail(
        unavailable(fmt::format("no connection within {} ms", pool_->options().connect_timeout.count())));
  }
  if (call_->attempt.abandoned && call_->attempt.abandoned()) {
    return fail(unavailable("given up: the upstream does not answer health checks"));
  }
  watch(connecting ? connected_until_ : os::SteadyTime::max());
}

}  // namespace weir::net
