#include "redis/address.h"

#include <charconv>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <netdb.h>

namespace weir::redis {
namespace {

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65'535;
}

Result<std::vector<SocketAddress>> get_addresses(const HostPort& target, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found);
  if (code != 0) return unavailable(fmt::format("host {}: {}", target.host, ::gai_strerror(code)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);

  std::vector<SocketAddress> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    SocketAddress address{.storage = {}, .size = entry->ai_addrlen};
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

Result<HostPort> parse_address(std::string_view address) {
  const Error refused = invalid_argument(fmt::format("address \"{}\": expected HOST:PORT", address));
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || !is_port(address.substr(colon + 1))) return refused;
  std::string_view host = address.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || (!bracketed && host.find_first_of(":[]") != std::string_view::npos)) return refused;
  return HostPort{std::string(host), std::string(address.substr(colon + 1))};
}

Resolver::Resolver(HostPort target, const os::Clock& clock) : target_(std::move(target)), clock_(clock) {}

Result<std::vector<SocketAddress>> Resolver::resolve(Deadline deadline) {
  Answer numeric = get_addresses(target_, AI_NUMERICHOST);
  if (numeric.ok()) return numeric;

  std::unique_lock lock(mutex_);
  if (!running_) {
    running_ = true;
    thread_ = os::Thread("redis-resolve", [this](std::stop_token) { look_up(); });
  }
  const auto is_answered = [this, before = answers_] { return answers_ != before; };
  if (deadline.when() == os::SteadyTime::max()) {
    answered_.wait(lock, is_answered);
  } else if (!answered_.wait_for(lock, deadline.when() - clock_.steady(), is_answered)) {
    return deadline_exceeded(fmt::format("host {}: not resolved in time", target_.host));
  }
  return answer_;
}

void Resolver::look_up() {
  Answer answer = get_addresses(target_, AI_ADDRCONFIG);
  std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
  ++answers_;
  running_ = false;
  answered_.notify_all();
}

}  // namespace weir::redis
