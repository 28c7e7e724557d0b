#include "redis/client.h"

#include <array>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "base/guarded.h"
#include "base/hash.h"
#include "os/random.h"
#include "redis/address.h"
#include "redis/call_metrics.h"
#include "redis/connection.h"
#include "redis/pool.h"

namespace weir::redis {
namespace {

constexpr resilience::BreakerOptions kBreaker{.slow_after = os::milliseconds(20)};

SessionOptions session_options(const ClientOptions& options) {
  return {.user = options.user,
          .password = options.password,
          .database = options.database,
          .reply_bytes_max = options.reply_bytes_max};
}

Deadline earlier(Deadline a, Deadline b) {
  return a.when() < b.when() ? a : b;
}

}  // namespace

class Client::Impl {
 public:
  Impl(const ClientOptions& options, os::Clock& clock, telemetry::Registry& registry)
      : options_(options),
        clock_(clock),
        target_(parse_address(options.address)),
        resolver_(target_.ok() ? target_.value() : HostPort(), clock),
        pool_(options.connections_max, clock),
        breaker_("redis", kBreaker, clock, os::random_seed()),
        metrics_(registry),
        connections_(registry.observe_gauge("weir_redis_connections", "Open connections to Redis.", {},
                                            [this] { return static_cast<double>(pool_.count()); })) {
    CHECK(options.connections_max >= 1, "a client has at least one connection");
  }

  Result<Reply> command(std::span<const std::string_view> arguments, Deadline deadline) {
    CHECK(!arguments.empty(), "a command has a name");
    const os::SteadyTime started = clock_.steady();
    Result<Reply> reply = call(arguments, deadline).context("redis " + options_.address);
    metrics_.count(reply.ok() ? Status() : Status(reply.error()), clock_.steady() - started);
    return reply;
  }

  Result<Reply> eval(std::string_view script, std::span<const std::string_view> keys,
                     std::span<const std::string_view> arguments, Deadline deadline) {
    std::string digest = known_digest(script);
    if (!digest.empty()) {
      Result<Reply> reply = eval_digest(digest, keys, arguments, deadline);
      if (reply.ok() || reply.error().code != Code::kNotFound) return reply;
    }
    ASSIGN_OR_RETURN(digest, load(script, deadline));
    return eval_digest(digest, keys, arguments, deadline);
  }

  resilience::CircuitBreaker& breaker() { return breaker_; }
  const os::Clock& clock() const { return clock_; }

 private:
  // A wait for our own connections says nothing about Redis, so the breaker is asked after it.
  Result<Reply> call(std::span<const std::string_view> arguments, Deadline deadline) {
    if (deadline.passed(clock_)) return deadline_exceeded("no time left for the call");
    ASSIGN_OR_RETURN(Pool::Slot slot, pool_.acquire(deadline));
    ASSIGN_OR_RETURN(resilience::CircuitBreaker::Permit permit, breaker_.try_acquire());
    Result<Reply> reply = run(slot, arguments, deadline);
    settle(permit, slot, reply);
    return reply;
  }

  Result<Reply> run(Pool::Slot& slot, std::span<const std::string_view> arguments, Deadline deadline) {
    if (slot.connection == nullptr) {
      ASSIGN_OR_RETURN(slot.connection, connect(deadline));
    }
    return slot.connection->exchange(arguments, deadline);
  }

  Result<std::unique_ptr<Connection>> connect(Deadline deadline) {
    if (!target_.ok()) return target_.error();
    deadline = earlier(deadline, Deadline::after(clock_, options_.connect_timeout));
    ASSIGN_OR_RETURN(const std::vector<SocketAddress> addresses, resolver_.resolve(deadline));
    return Connection::open(addresses, session_options(options_), clock_, deadline);
  }

  // A server that answers "wrong type" is well; only the caller is not.
  static void settle(resilience::CircuitBreaker::Permit& permit, const Pool::Slot& slot,
                     const Result<Reply>& reply) {
    const bool answered = slot.connection != nullptr && slot.connection->was_answered();
    if (reply.ok() || (answered && reply.error().code == Code::kInternal)) return permit.success();
    permit.settle(reply.error());
  }

  std::string known_digest(std::string_view script) {
    return digests_.with([&](const Digests& digests) {
      const auto found = digests.find(script);
      return found == digests.end() ? std::string() : found->second;
    });
  }

  Result<std::string> load(std::string_view script, Deadline deadline) {
    const std::array<std::string_view, 3> arguments{"SCRIPT", "LOAD", script};
    ASSIGN_OR_RETURN(const Reply reply, command(arguments, deadline));
    digests_.with([&](Digests& digests) { digests[script] = reply.text; });
    return reply.text;
  }

  Result<Reply> eval_digest(std::string_view digest, std::span<const std::string_view> keys,
                            std::span<const std::string_view> arguments, Deadline deadline) {
    const std::string key_count = std::to_string(keys.size());
    std::vector<std::string_view> all{"EVALSHA", digest, key_count};
    all.insert(all.end(), keys.begin(), keys.end());
    all.insert(all.end(), arguments.begin(), arguments.end());
    return command(all, deadline);
  }

  // By the script's text, which the caller keeps: a handful of constants.
  using Digests = std::unordered_map<std::string_view, std::string, StringHash>;

  const ClientOptions options_;
  os::Clock& clock_;
  const Result<HostPort> target_;
  Resolver resolver_;
  Pool pool_;
  resilience::CircuitBreaker breaker_;
  CallMetrics metrics_;
  Guarded<Digests> digests_;
  std::unique_ptr<telemetry::Registry::Handle> connections_;
};

Client::Client(const ClientOptions& options, os::Clock& clock, telemetry::Registry& registry)
    : impl_(std::make_unique<Impl>(options, clock, registry)) {}

Client::~Client() = default;

Result<Reply> Client::command(std::span<const std::string_view> arguments, Deadline deadline) {
  return impl_->command(arguments, deadline);
}

Result<Reply> Client::eval(std::string_view script, std::span<const std::string_view> keys,
                           std::span<const std::string_view> arguments, Deadline deadline) {
  return impl_->eval(script, keys, arguments, deadline);
}

resilience::CircuitBreaker& Client::breaker() {
  return impl_->breaker();
}

const os::Clock& Client::clock() const {
  return impl_->clock();
}

}  // namespace weir::redis
