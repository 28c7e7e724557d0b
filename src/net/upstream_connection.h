#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <optional>
#include <string>

#include "net/answer_head.h"
#include "net/chunked.h"
#include "net/loop.h"
#include "net/upstream_client.h"

namespace weir::net {

class UpstreamPool;

/// One attempt with what it needs to be finished.
struct UpstreamCall {
  UpstreamAttempt attempt;
  std::shared_ptr<const UpstreamRequest> request;
  UpstreamDone done;
};

/// One connection to an upstream: one exchange at a time, kept alive between them in its pool. A read is
/// always pending, so that an upstream that closes, or answers before it has read all, is noticed at once.
/// Runs on its loop's thread only.
class UpstreamConnection final : public Peer {
 public:
  UpstreamConnection(Loop& loop, std::shared_ptr<UpstreamPool> pool);

  /// Connects, then makes the call.
  void connect(const asio::ip::tcp::endpoint& endpoint, UpstreamCall call);
  /// Makes the call on a connection that is idle.
  void send(UpstreamCall call);
  /// False when the upstream has closed an idle connection, or sent something unasked.
  bool usable();
  void drain() override;
  void cut() override;

 private:
  enum class State { kConnecting, kExchanging, kIdle, kClosed };

  void on_connected(const error_code& error);
  void begin();
  void write();
  void on_written(const error_code& error, size_t bytes);
  void read();
  void on_read(const error_code& error, size_t bytes);
  void take_answer();
  /// False while the head has not come, or when the exchange has ended on it.
  bool take_head();
  void take_body();
  ChunkedDecoder::State decode_body();
  void finish();
  void hand_over(bool asked_for);
  void fail(Error error);
  void close();
  void watch(os::SteadyTime until);
  void on_deadline() override;

  std::string_view buffered() const;
  size_t request_bytes() const { return out_head_.size() + call_->request->body.size(); }

  const std::shared_ptr<UpstreamPool> pool_;
  Socket socket_;
  State state_ = State::kConnecting;
  bool reading_ = false;
  bool writing_ = false;
  boost::beast::flat_buffer buffer_;
  os::SteadyTime connected_until_;

  // The exchange at hand.
  std::optional<UpstreamCall> call_;
  std::string out_head_;
  size_t sent_bytes_ = 0;
  size_t interim_answers_ = 0;
  std::optional<AnswerHead> head_;
  BodyFraming framing_;
  std::optional<ChunkedDecoder> chunked_;
  std::string body_;
  Claim claim_;  ///< Of body_.
};

}  // namespace weir::net
