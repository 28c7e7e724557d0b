#include "net/tunnel.h"

#include <algorithm>
#include <utility>

namespace weir::net {

namespace {

constexpr size_t kBufferBytes = 16 * 1024;

os::SteadyTime in(os::milliseconds delay) {
  return os::system_clock().steady() + delay;
}

class Tunnel final : public Peer {
 public:
  Tunnel(Loop& loop, Socket client, OpenSlot slot, UpstreamStream upstream, std::string first)
      : Peer(loop),
        client_(std::move(client)),
        upstream_(std::move(upstream.socket)),
        slot_(std::move(slot)),
        lease_(std::move(upstream.lease)),
        answer_only_(upstream.answer_only),
        out_{client_, upstream_, std::move(first), 0},
        in_{upstream_, client_, {}, 0} {}

  void start();
  void drain() override { finish(); }
  void cut() override { finish(); }

 private:
  /// Bytes on their way from one side to the other.
  struct Flow {
    Socket& to;
    Socket& from;
    std::string buffer;
    size_t sent_bytes;
    bool ended = false;  ///< `from` has ended, and `to` has been told.
    os::SteadyTime written_until = os::SteadyTime::max();
  };

  void read(Flow& flow);
  void on_read(Flow& flow, const error_code& error, size_t bytes);
  void write(Flow& flow);
  void on_written(Flow& flow, const error_code& error, size_t bytes);
  void end(Flow& flow);
  void heard();
  void watch();
  void on_deadline() override { finish(); }
  void finish();

  Socket client_;
  Socket upstream_;
  OpenSlot slot_;
  std::shared_ptr<void> lease_;
  const bool answer_only_;
  Flow out_;  ///< To the client.
  Flow in_;   ///< To the upstream.
  bool finished_ = false;
  os::SteadyTime silent_until_ = os::SteadyTime::max();
  os::SteadyTime ended_until_ = os::SteadyTime::max();
};

void Tunnel::start() {
  loop_.context().metrics.tunnels.add(1);
  heard();
  write(out_);
  read(in_);
}

void Tunnel::read(Flow& flow) {
  flow.buffer.resize(kBufferBytes);
  flow.from.async_read_some(asio::buffer(flow.buffer),
                            [this, &flow, self = shared_from_this()](const error_code& error, size_t bytes) {
                              on_read(flow, error, bytes);
                            });
}

void Tunnel::on_read(Flow& flow, const error_code& error, size_t bytes) {
  if (finished_) return;
  const bool unasked = &flow == &in_ && answer_only_;
  if (error == asio::error::eof && !unasked) return end(flow);
  if (error) return finish();
  if (&flow == &in_) loop_.context().metrics.received_bytes.add(bytes);
  if (unasked) return read(flow);
  heard();
  flow.buffer.resize(bytes);
  flow.sent_bytes = 0;
  write(flow);
}

void Tunnel::write(Flow& flow) {
  flow.written_until = in(loop_.context().options.write_timeout);
  watch();
  const auto rest = asio::buffer(flow.buffer.data() + flow.sent_bytes, flow.buffer.size() - flow.sent_bytes);
  flow.to.async_write_some(rest,
                           [this, &flow, self = shared_from_this()](const error_code& error, size_t bytes) {
                             on_written(flow, error, bytes);
                           });
}

void Tunnel::on_written(Flow& flow, const error_code& error, size_t bytes) {
  if (finished_) return;
  if (error) return finish();
  if (&flow == &out_) loop_.context().metrics.sent_bytes.add(bytes);
  flow.written_until = os::SteadyTime::max();
  flow.sent_bytes += bytes;
  if (flow.sent_bytes < flow.buffer.size()) return write(flow);
  read(flow);
}

void Tunnel::end(Flow& flow) {
  flow.ended = true;
  if (out_.ended && in_.ended) return finish();
  error_code error;
  flow.to.shutdown(Socket::shutdown_send, error);
  if (error) return finish();
  ended_until_ = in(loop_.context().options.write_timeout);
  watch();
}

void Tunnel::heard() {
  const ServerOptions& options = loop_.context().options;
  silent_until_ = in(2 * options.websocket_ping_interval + options.websocket_pong_timeout);
  watch();
}

void Tunnel::watch() {
  set_deadline(std::min({silent_until_, ended_until_, out_.written_until, in_.written_until}));
}

void Tunnel::finish() {
  if (std::exchange(finished_, true)) return;
  const auto self = shared_from_this();
  error_code ignored;
  client_.close(ignored);
  upstream_.close(ignored);
  cancel_timer();
  loop_.context().metrics.tunnels.add(-1);
  lease_.reset();
  loop_.remove(*this);
  slot_ = OpenSlot();
}

}  // namespace

void open_tunnel(Loop& loop, Socket client, OpenSlot slot, UpstreamStream upstream, std::string first) {
  auto tunnel = std::make_shared<Tunnel>(loop, std::move(client), std::move(slot), std::move(upstream),
                                         std::move(first));
  tunnel->start();
  loop.add(tunnel);
}

}  // namespace weir::net
