#include "net/upstream_pool.h"

#include <algorithm>

#include <fmt/format.h>

#include "net/listener.h"

namespace weir::net {

namespace {

/// Refuses a call of which nothing has been sent.
void refuse(UpstreamCall call, Error error) {
  call.attempt.lease.reset();
  call.done({std::move(error).context(call.attempt.address), false});
}

}  // namespace

UpstreamPool::UpstreamPool(Loop& loop, std::string address) : Peer(loop), address_(std::move(address)) {}

void UpstreamPool::send(UpstreamCall call) {
  if (loop_.cutting()) return refuse(std::move(call), cancelled("the server is stopping"));
  while (!idle_.empty()) {
    const auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->usable()) return connection->send(std::move(call));
    ++open_count_;  // keeps this pool in its loop while the connection goes
    connection->cut();
    --open_count_;
  }
  if (open_count_ < options().connections_max) return open(std::move(call));
  wait(std::move(call));
}

void UpstreamPool::open(UpstreamCall call) {
  const auto endpoint = parse_listen(address_);
  if (!endpoint.ok()) {
    refuse(std::move(call), endpoint.error());
    return retire_if_unused();
  }
  ++open_count_;
  auto connection =
      std::make_shared<UpstreamConnection>(loop_, std::static_pointer_cast<UpstreamPool>(shared_from_this()));
  connection->connect(*endpoint, std::move(call));
  loop_.add(connection);
}

void UpstreamPool::wait(UpstreamCall call) {
  const uint64_t bytes = call.request->body.size();
  if (waiting_.size() >= options().waiting_max || waiting_bytes_ + bytes > options().waiting_bytes_max) {
    return refuse(std::move(call),
                  resource_exhausted(fmt::format(
                      "{} requests of {} bytes wait for a connection, limit {} requests and {} bytes",
                      waiting_.size(), waiting_bytes_, options().waiting_max, options().waiting_bytes_max)));
  }
  waiting_bytes_ += bytes;
  waiting_.push_back(std::move(call));
  watch();
}

std::optional<UpstreamCall> UpstreamPool::next_waiting() {
  while (!waiting_.empty()) {
    UpstreamCall call = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= call.request->body.size();
    if (call.attempt.deadline.passed(os::system_clock())) {
      refuse(std::move(call), deadline_exceeded("no connection became free in time"));
    } else if (call.attempt.abandoned && call.attempt.abandoned()) {
      refuse(std::move(call), unavailable("given up: the upstream does not answer health checks"));
    } else {
      return call;
    }
  }
  return std::nullopt;
}

void UpstreamPool::on_idle(std::shared_ptr<UpstreamConnection> connection) {
  if (auto call = next_waiting()) return connection->send(*std::move(call));
  idle_.push_back(std::move(connection));
}

void UpstreamPool::on_closed(UpstreamConnection& connection) {
  const auto self = shared_from_this();
  --open_count_;
  std::erase_if(idle_, [&](const auto& idle) { return idle.get() == &connection; });
  // While the loop is cutting, the calls that wait are refused all at once by `cut`.
  if (!loop_.cutting() && open_count_ < options().connections_max) {
    if (auto call = next_waiting()) return open(*std::move(call));
  }
  retire_if_unused();
}

void UpstreamPool::watch() {
  os::SteadyTime first = os::SteadyTime::max();
  for (const UpstreamCall& call : waiting_) first = std::min(first, call.attempt.deadline.when());
  if (first != os::SteadyTime::max()) set_deadline(first);
}

void UpstreamPool::on_deadline() {
  const auto self = shared_from_this();
  std::deque<UpstreamCall> late;
  for (size_t rest = waiting_.size(); rest > 0; --rest) {
    UpstreamCall call = std::move(waiting_.front());
    waiting_.pop_front();
    auto& queue = call.attempt.deadline.passed(os::system_clock()) ? late : waiting_;
    queue.push_back(std::move(call));
  }
  for (const UpstreamCall& call : late) waiting_bytes_ -= call.request->body.size();
  watch();
  for (UpstreamCall& call : late) {
    refuse(std::move(call), deadline_exceeded("no connection became free in time"));
  }
}

void UpstreamPool::cut() {
  const auto self = shared_from_this();
  waiting_bytes_ = 0;
  for (UpstreamCall& call : std::exchange(waiting_, {})) {
    refuse(std::move(call), cancelled("the server is stopping"));
  }
  retire_if_unused();
}

void UpstreamPool::retire_if_unused() {
  if (open_count_ > 0 || !waiting_.empty()) return;
  cancel_timer();
  loop_.remove(*this);
  loop_.forget(*this);
}

}  // namespace weir::net
