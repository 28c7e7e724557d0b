#include "net/answer_stream_session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "net/websocket_queue.h"

namespace weir::net {
namespace {

// How long the connection waits for the client's side after the end; see connection.cc.
constexpr os::milliseconds kLingerMax{2'000};

/// What other threads hold: the queue of a WebSocket, whose frames are pieces of the body.
class StreamQueue final : public AnswerStream {
 public:
  StreamQueue(std::shared_ptr<Mailbox> mailbox, size_t queue_bytes_max)
      : pieces_(std::move(mailbox), queue_bytes_max) {}

  bool send(std::shared_ptr<const std::string> bytes) override { return pieces_.send_text(std::move(bytes)); }
  size_t queued_bytes() const override { return pieces_.queued_bytes(); }
  void end() override { pieces_.close(1000, {}); }
  WebSocketQueue& pieces() { return pieces_; }

 private:
  WebSocketQueue pieces_;
};

class AnswerStreamSession final : public Peer, public WebSocketPump {
 public:
  AnswerStreamSession(Loop& loop, Socket socket, OpenSlot slot, StreamedBody body)
      : Peer(loop),
        socket_(std::move(socket)),
        slot_(std::move(slot)),
        body_(std::move(body)),
        queue_(std::make_shared<StreamQueue>(loop.mailbox(),
                                             loop.context().options.websocket_queue_bytes_max)) {}

  void start(std::string head);
  void pump() override;
  void drain() override { queue_->end(); }
  void cut() override { finish(); }

 private:
  void read();
  void write(std::shared_ptr<const std::string> piece, bool queued);
  void on_written(const error_code& error, size_t bytes);
  void linger();
  void on_deadline() override;
  void finish();

  Socket socket_;
  OpenSlot slot_;
  StreamedBody body_;
  const std::shared_ptr<StreamQueue> queue_;
  std::function<void()> on_close_;
  std::array<char, 512> dropped_{};           ///< What the client says is not looked at.
  std::shared_ptr<const std::string> piece_;  ///< Being written; null in between.
  bool piece_queued_ = false;                 ///< It counts as queued until it is written.
  size_t sent_bytes_ = 0;                     ///< Of piece_.
  bool lingering_ = false;
  bool finished_ = false;
};

void AnswerStreamSession::start(std::string head) {
  const auto self = std::static_pointer_cast<AnswerStreamSession>(shared_from_this());
  loop_.context().metrics.streams.add(1);
  queue_->pieces().attach(self);
  on_close_ = std::exchange(body_.start, nullptr)(queue_);
  read();
  write(std::make_shared<const std::string>(std::move(head)), false);
  loop_.add(self);
}

void AnswerStreamSession::read() {
  socket_.async_read_some(asio::buffer(dropped_),
                          [this, self = shared_from_this()](const error_code& error, size_t bytes) {
                            if (finished_) return;
                            if (error) return finish();
                            loop_.context().metrics.received_bytes.add(bytes);
                            read();
                          });
}

void AnswerStreamSession::pump() {
  if (finished_ || lingering_ || piece_ != nullptr) return;
  WebSocketQueue::Next next = queue_->pieces().next();
  if (next.frame != nullptr) return write(std::move(next.frame), true);
  if (next.close.has_value()) return linger();
  set_deadline_in(body_.idle_interval);
}

void AnswerStreamSession::write(std::shared_ptr<const std::string> piece, bool queued) {
  piece_ = std::move(piece);
  piece_queued_ = queued;
  sent_bytes_ = 0;
  on_written({}, 0);
}

void AnswerStreamSession::on_written(const error_code& error, size_t bytes) {
  if (finished_) return;
  if (error) return finish();
  loop_.context().metrics.sent_bytes.add(bytes);
  sent_bytes_ += bytes;
  if (sent_bytes_ == piece_->size()) {
    if (piece_queued_) queue_->pieces().sent(piece_->size());
    piece_.reset();
    return pump();
  }
  set_deadline_in(loop_.context().options.write_timeout);
  const auto rest = asio::buffer(piece_->data() + sent_bytes_, piece_->size() - sent_bytes_);
  socket_.async_write_some(rest, [this, self = shared_from_this(), piece = piece_](
                                     const error_code& failed, size_t sent) { on_written(failed, sent); });
}

void AnswerStreamSession::linger() {
  if (queue_->pieces().overflowed()) {
    loop_.context().metrics.stream_overflows.add();
    return finish();
  }
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return finish();
  lingering_ = true;
  set_deadline_in(kLingerMax);
}

void AnswerStreamSession::on_deadline() {
  if (finished_) return;
  if (lingering_) return finish();
  if (piece_ != nullptr) {
    loop_.context().metrics.count(Reject::kWriteTimeout);
    return finish();
  }
  write(std::make_shared<const std::string>(body_.idle_bytes), false);
}

void AnswerStreamSession::finish() {
  if (std::exchange(finished_, true)) return;
  const auto self = shared_from_this();
  queue_->pieces().shut();
  error_code ignored;
  socket_.close(ignored);
  cancel_timer();
  loop_.context().metrics.streams.add(-1);
  // It often owns what owns the queue.
  if (const auto on_close = std::exchange(on_close_, nullptr)) on_close();
  loop_.remove(*this);
  slot_ = OpenSlot();
}

}  // namespace

void open_answer_stream(Loop& loop, Socket socket, OpenSlot slot, StreamedBody body, std::string head) {
  std::make_shared<AnswerStreamSession>(loop, std::move(socket), std::move(slot), std::move(body))
      ->start(std::move(head));
}

}  // namespace weir::net
