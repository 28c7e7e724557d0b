#include "net/websocket_session.h"

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <functional>
#include <utility>

namespace weir::net {

/// A socket that tells when Beast begins to tear it down, after the last close frame: Beast then waits for
/// the peer to close its side, without a limit.
class SessionSocket : public Socket {
 public:
  explicit SessionSocket(Socket socket) : Socket(std::move(socket)) {}
  std::function<void()> on_teardown = [] {};
};

/// Found by Beast through the argument's namespace.
template <typename Handler>
void async_teardown(boost::beast::role_type role, SessionSocket& socket, Handler&& handler) {
  socket.on_teardown();
  boost::beast::websocket::async_teardown(role, static_cast<Socket&>(socket), std::forward<Handler>(handler));
}

namespace {

namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;

// Kept between messages; a larger buffer is given back.
constexpr size_t kIdleBufferBytesMax = 4 * 1024;

os::SteadyTime in(os::milliseconds delay) {
  return os::system_clock().steady() + delay;
}

websocket::close_reason reason_of(const WebSocketQueue::CloseRequest& request) {
  return {static_cast<websocket::close_code>(request.code),
          boost::beast::string_view(request.reason.data(), request.reason.size())};
}

/// One accepted WebSocket connection: the handshake's answer, frames in and out, liveness, the closing
/// handshake. Runs on its loop's thread only; other threads reach it through its WebSocketQueue.
class WebSocketSession final : public Peer, public WebSocketPump {
 public:
  WebSocketSession(Loop& loop, Upgrade upgrade);

  void start(const Headers& request);
  void pump() override;
  void drain() override;
  void cut() override;

 private:
  void on_accepted(const error_code& error);
  void read();
  void on_read(const error_code& error);
  void on_message();
  void write(std::shared_ptr<const std::string> frame);
  void begin_close(const WebSocketQueue::CloseRequest& request);
  void limit_closing();
  void heard();
  void watch();
  void on_deadline() override;
  void finish();

  boost::beast::websocket::stream<SessionSocket, false> stream_;
  OpenSlot slot_;
  const std::shared_ptr<WebSocketQueue> queue_;
  WebSocketCallbacks callbacks_;
  boost::beast::flat_buffer buffer_;
  bool closing_ = false;  ///< Our close frame has been asked for; nothing but control frames counts any more.
  bool pinged_ = false;   ///< Waiting for a pong.
  bool finished_ = false;

  // Three reasons to act later; the timer waits for the earliest.
  os::SteadyTime silent_until_ = os::SteadyTime::max();   ///< Then ping, or cut when pinged.
  os::SteadyTime written_until_ = os::SteadyTime::max();  ///< Then the frame being written counts as stalled.
  os::SteadyTime closed_until_ = os::SteadyTime::max();   ///< Then the peer has failed to close its side.
};

WebSocketSession::WebSocketSession(Loop& loop, Upgrade upgrade)
    : Peer(loop),
      stream_(SessionSocket(std::move(upgrade.socket))),
      slot_(std::move(upgrade.slot)),
      queue_(std::move(upgrade.queue)),
      callbacks_(std::move(upgrade.callbacks)) {
  stream_.read_message_max(loop.context().options.websocket_message_bytes_max);
  stream_.auto_fragment(false);  // a frame is written from the shared body, without a copy
  stream_.text(true);
  stream_.set_option(websocket::stream_base::decorator(
      [](websocket::response_type& response) { response.set(http::field::server, "weir"); }));
  boost::beast::get_lowest_layer(stream_).on_teardown = [this] { limit_closing(); };
  // Any frame proves that the peer lives, a pong or a ping as much as text.
  stream_.control_callback([this](websocket::frame_type, boost::beast::string_view) { heard(); });
}

void WebSocketSession::start(const Headers& request) {
  auto self = std::static_pointer_cast<WebSocketSession>(shared_from_this());
  queue_->attach(self);
  loop_.context().metrics.websockets.add(1);
  written_until_ = in(loop_.context().options.write_timeout);
  watch();
  http::request<http::empty_body> upgrade{http::verb::get, "/", 11};
  for (const auto& [name, value] : request.all()) upgrade.insert(name, value);
  stream_.async_accept(upgrade, [this, self](const error_code& error) { on_accepted(error); });
  loop_.add(std::move(self));
}

void WebSocketSession::on_accepted(const error_code& error) {
  written_until_ = os::SteadyTime::max();
  if (error) return finish();
  heard();
  read();
  pump();
}

void WebSocketSession::read() {
  stream_.async_read(buffer_,
                     [this, self = shared_from_this()](const error_code& error, size_t) { on_read(error); });
}

void WebSocketSession::on_read(const error_code& error) {
  if (error) return finish();
  heard();
  loop_.context().metrics.received_bytes.add(buffer_.size());
  if (!closing_) on_message();
  buffer_.consume(buffer_.size());
  if (buffer_.capacity() > kIdleBufferBytesMax) buffer_.shrink_to_fit();
  read();
}

void WebSocketSession::on_message() {
  if (stream_.got_binary()) return queue_->close(1003, "only text frames are accepted");
  loop_.context().metrics.websocket_received_frames.add();
  callbacks_.on_text({static_cast<const char*>(buffer_.data().data()), buffer_.size()});
}

void WebSocketSession::pump() {
  if (closing_ || finished_) return;
  WebSocketQueue::Next next = queue_->next();
  if (next.frame != nullptr) {
    write(std::move(next.frame));
  } else if (next.close.has_value()) {
    begin_close(*next.close);
  }
}

void WebSocketSession::write(std::shared_ptr<const std::string> frame) {
  written_until_ = in(loop_.context().options.write_timeout);
  watch();
  const asio::const_buffer bytes = asio::buffer(*frame);
  stream_.async_write(
      bytes, [this, self = shared_from_this(), frame = std::move(frame)](const error_code& error, size_t) {
        written_until_ = os::SteadyTime::max();
        if (error) return;  // the read in progress fails too, and finishes the session
        queue_->sent(frame->size());
        loop_.context().metrics.websocket_sent_frames.add();
        loop_.context().metrics.sent_bytes.add(frame->size());
        pump();
      });
}

void WebSocketSession::begin_close(const WebSocketQueue::CloseRequest& request) {
  closing_ = true;
  if (queue_->overflowed()) loop_.context().metrics.websocket_overflows.add();
  limit_closing();
  stream_.async_close(reason_of(request), [this, self = shared_from_this()](const error_code&) { cut(); });
}

void WebSocketSession::limit_closing() {
  closed_until_ = std::min(closed_until_, in(loop_.context().options.write_timeout));
  watch();
}

void WebSocketSession::drain() {
  queue_->close(1001, "the server is stopping");
}

void WebSocketSession::cut() {
  error_code ignored;
  boost::beast::get_lowest_layer(stream_).close(
      ignored);  // the operation in progress fails and finishes the session
}

void WebSocketSession::heard() {
  pinged_ = false;
  silent_until_ = in(loop_.context().options.websocket_ping_interval);
  watch();
}

void WebSocketSession::watch() {
  if (!finished_) set_deadline(std::min({silent_until_, written_until_, closed_until_}));
}

void WebSocketSession::on_deadline() {
  const os::SteadyTime now = os::system_clock().steady();
  if (now >= written_until_ || now >= closed_until_ || (now >= silent_until_ && pinged_)) {
    loop_.context().metrics.websocket_timeouts.add();
    return cut();
  }
  if (now >= silent_until_) {
    pinged_ = true;
    silent_until_ = now + loop_.context().options.websocket_pong_timeout;
    if (!closing_) stream_.async_ping({}, [self = shared_from_this()](const error_code&) {});
  }
  watch();
}

void WebSocketSession::finish() {
  if (std::exchange(finished_, true)) return;
  const auto self = shared_from_this();
  queue_->shut();
  cut();
  cancel_timer();
  loop_.context().metrics.websockets.add(-1);
  // The callbacks often own what owns this session's queue.
  const WebSocketCallbacks callbacks = std::exchange(callbacks_, {});
  callbacks.on_close();
  loop_.remove(*this);
  slot_ = OpenSlot();
}

}  // namespace

void open_websocket(Loop& loop, Upgrade upgrade, const Headers& request) {
  std::make_shared<WebSocketSession>(loop, std::move(upgrade))->start(request);
}

}  // namespace weir::net
