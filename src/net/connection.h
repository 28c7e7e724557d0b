#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <optional>
#include <string>

#include "net/admission.h"
#include "net/chunked.h"
#include "net/framing.h"
#include "net/loop.h"

namespace weir::net {

/// One HTTP/1.x connection: reads a request, lets the handler answer it, writes the answer, and only then
/// looks at the next request. So answers keep their order, a client that pipelines is held back by TCP, and
/// one request at a time costs memory. Runs on its loop's thread only.
class Connection final : public Peer {
 public:
  Connection(Loop& loop, Socket socket, OpenSlot slot);

  void start();
  void drain() override;
  void cut() override { close(); }
  /// The handler's answer to the request at hand.
  void answer(HttpResponse response);

 private:
  enum class State {
    kIdle,        ///< Between requests; no byte of the next one is here.
    kHead,        ///< Waiting for the rest of a head. A new connection starts here.
    kContinuing,  ///< Writing 100 Continue.
    kBody,        ///< Waiting for the rest of a body.
    kHandling,    ///< The handler has the request.
    kAnswering,   ///< Writing the answer.
    kLingering,   ///< Our side is closed; waiting for the client to read the answer and close too.
    kClosed,
  };

  // connection.cc: the life of the connection.
  bool identify();
  void next_request();
  void linger();
  void close();
  void on_deadline() override;

  // connection_read.cc: from bytes to a request.
  void read();
  void on_read(const error_code& error, size_t bytes);
  void advance();
  void take_head();
  void judge_head();
  void begin_body();
  void take_body();
  ChunkedDecoder::State decode_body();
  void dispatch();
  void watch_client();
  void on_readable();
  void upgrade(bool tunnel);

  // connection_write.cc: from an answer to bytes.
  void refuse(const Refusal& refusal);
  void become_tunnel(HttpResponse response);
  void become_stream(HttpResponse response);
  void leave();
  void send(HttpResponse response, bool close_after);
  void send_continue();
  void write();
  void on_written(const error_code& error, size_t bytes);

  std::string_view buffered() const;
  ServerContext& context() { return loop_.context(); }
  const ServerOptions& options() { return loop_.context().options; }

  Socket socket_;
  OpenSlot slot_;
  std::string remote_;
  bool remote_is_loopback_ = false;
  State state_ = State::kHead;
  bool reading_ = false;
  boost::beast::flat_buffer buffer_;

  // The request at hand.
  HeadScanner scanner_;
  RequestHead head_;
  BodyFraming framing_;
  HttpRequest request_;
  uint64_t body_bytes_max_ = 0;
  bool upgrading_ = false;  ///< The handler may answer with an upstream's stream.
  std::optional<ChunkedDecoder> chunked_;
  Claim claim_;
  bool watches_client_ = false;  ///< The route asks for it.
  bool watching_ = false;        ///< A wait for bytes is under way; it may outlive its request.
  std::shared_ptr<Cancellation> client_gone_;

  // The answer at hand.
  std::string out_head_;
  std::string out_body_;
  size_t sent_bytes_ = 0;
  bool close_after_ = false;
};

}  // namespace weir::net
