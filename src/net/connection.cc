#include "net/connection.h"

#include <fmt/format.h>

namespace weir::net {

namespace {

// How long a closing connection waits for the client's side. Closing at once, with bytes of the client still
// unread, would make TCP reset the connection and the client lose the answer.
constexpr os::milliseconds kLingerMax{2'000};

// A connection keeps a buffer of this size between requests; a larger one is given back.
constexpr size_t kIdleBufferBytesMax = 16 * 1024;

}  // namespace

Connection::Connection(Loop& loop, Socket socket, OpenSlot slot)
    : Peer(loop),
      socket_(std::move(socket)),
      slot_(std::move(slot)),
      scanner_({loop.context().options.header_bytes_max, loop.context().options.target_bytes_max}) {}

void Connection::start() {
  if (state_ == State::kClosed) return;
  if (!identify()) return close();
  set_deadline_in(options().header_timeout);
  read();
}

bool Connection::identify() {
  error_code error;
  const auto endpoint = socket_.remote_endpoint(error);
  if (error) return false;  // the client has gone already
  socket_.set_option(asio::ip::tcp::no_delay(true), error);
  asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  remote_is_loopback_ = address.is_loopback();
  remote_ = fmt::format("{}{}{}:{}", address.is_v6() ? "[" : "", address.to_string(),
                        address.is_v6() ? "]" : "", endpoint.port());
  return true;
}

void Connection::drain() {
  const bool no_request = state_ == State::kIdle || (state_ == State::kHead && buffer_.size() == 0);
  if (no_request) close();
}

void Connection::next_request() {
  scanner_ = HeadScanner({options().header_bytes_max, options().target_bytes_max});
  head_ = {};
  request_ = {};
  chunked_.reset();
  client_gone_.reset();
  out_head_.clear();
  out_body_ = {};
  if (buffer_.size() == 0 && buffer_.capacity() > kIdleBufferBytesMax) buffer_.shrink_to_fit();
  state_ = State::kIdle;
  set_deadline_in(options().idle_timeout);
  if (buffer_.size() > 0) {
    advance();
  } else {
    read();
  }
}

void Connection::linger() {
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return close();
  state_ = State::kLingering;
  buffer_.consume(buffer_.size());
  set_deadline_in(kLingerMax);
  if (!reading_) read();
}

void Connection::close() {
  if (state_ == State::kClosed) return;
  const auto self = shared_from_this();
  state_ = State::kClosed;
  error_code ignored;
  socket_.close(ignored);
  cancel_timer();
  claim_ = Claim();
  loop_.remove(*this);
  slot_ = OpenSlot();
}

void Connection::on_deadline() {
  switch (state_) {
    case State::kHead:
      if (buffer_.size() > 0) return refuse({408, Reject::kHeaderTimeout, "the request head took too long"});
      context().metrics.count(Reject::kHeaderTimeout);
      return close();
    case State::kBody:
      return refuse({408, Reject::kBodyTimeout, "the request body took too long"});
    case State::kContinuing:
    case State::kAnswering:
      context().metrics.count(Reject::kWriteTimeout);
      return close();
    case State::kIdle:
    case State::kLingering:
      return close();
    case State::kHandling:
    case State::kClosed:
      return;
  }
}

}  // namespace weir::net
