#include "net/loop.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "net/response_head.h"
#include "net/upstream_pool.h"

namespace weir::net {

namespace {

thread_local Loop* current_loop = nullptr;

}  // namespace

size_t OpenCount::get() const {
  std::lock_guard lock(mutex_);
  return count_;
}

void OpenCount::add() {
  std::lock_guard lock(mutex_);
  ++count_;
}

void OpenCount::remove() {
  std::lock_guard lock(mutex_);
  if (--count_ == 0) zero_.notify_all();
}

bool OpenCount::wait_until_zero(Deadline deadline) {
  std::unique_lock lock(mutex_);
  // A wait until the far end of the clock overflows in some C libraries; a day is as good.
  const auto when = std::min(deadline.when(), os::system_clock().steady() + std::chrono::hours(24));
  return zero_.wait_until(lock, when, [this] { return count_ == 0; });
}

Loop::Loop(ServerContext& context)
    : context_(context), io_(1), mailbox_(std::make_shared<Mailbox>(io_)), work_(io_.get_executor()) {}

void Loop::start(size_t index) {
  thread_ = os::Thread(fmt::format("net-{}", index), [this](std::stop_token) {
    current_loop = this;
    io_.run();
  });
}

void Loop::drain() {
  mailbox_->post([this] { for_each(&Peer::drain); });
}

void Loop::cut() {
  mailbox_->post([this] {
    cutting_ = true;
    for_each(&Peer::cut);
  });
}

void Loop::stop() {
  work_.reset();
  thread_.join();
  mailbox_->close();
}

void Loop::for_each(void (Peer::*action)()) {
  std::vector<std::shared_ptr<Peer>> peers;  // a copy, because the action may remove its peer
  for (const auto& [_, peer] : peers_) peers.push_back(peer);
  for (const auto& peer : peers) ((*peer).*action)();
}

void Loop::add(std::shared_ptr<Peer> peer) {
  Peer& added = *peer;
  peers_.emplace(&added, std::move(peer));
  if (cutting_) {
    added.cut();
  } else if (draining()) {
    added.drain();
  }
}

void Loop::remove(Peer& peer) {
  peers_.erase(&peer);
}

Loop* Loop::current() {
  return current_loop;
}

std::shared_ptr<UpstreamPool> Loop::upstream_pool(const std::string& address) {
  if (const auto found = upstreams_.find(address); found != upstreams_.end()) return found->second;
  auto pool = std::make_shared<UpstreamPool>(*this, address);
  upstreams_.emplace(address, pool);
  add(pool);
  return pool;
}

void Loop::forget(UpstreamPool& pool) {
  const auto found = upstreams_.find(pool.address());
  if (found != upstreams_.end() && found->second.get() == &pool) upstreams_.erase(found);
}

std::string_view Loop::date() {
  const TimestampMs second = os::system_clock().wall_ms() / 1'000;
  if (second != date_second_) {
    date_second_ = second;
    date_ = http_date(second * 1'000);
  }
  return date_;
}

}  // namespace weir::net
