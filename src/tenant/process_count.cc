#include "tenant/process_count.h"

#include <algorithm>

#include <fmt/format.h>

#include "os/random.h"

namespace weir::tenant {
namespace {

// KEYS: the set. ARGV: this process, and for how many microseconds it is counted.
constexpr std::string_view kBeat = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[2]))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ARGV[2] / 1000 + 1000))
return redis.call('ZCARD', KEYS[1])
)lua";

}  // namespace

ProcessCount::ProcessCount(const ProcessCountOptions& options, redis::Client& client, os::Clock& clock,
                           telemetry::Registry& registry)
    : options_(options),
      id_(fmt::format("{:016x}", os::random_seed())),
      client_(client),
      clock_(clock),
      count_(std::max<uint64_t>(1, options.processes_min)),
      gauge_(registry.observe_gauge("weir_rate_limiter_processes", "Processes that share the rate limits.",
                                    {}, [this] { return static_cast<double>(count()); })),
      thread_("limiter-beat", [this](std::stop_token stop) { run(stop); }) {}

ProcessCount::~ProcessCount() {
  thread_.request_stop();
  thread_.join();
  leave();
}

void ProcessCount::run(std::stop_token stop) {
  do {
    beat();
  } while (clock_.sleep_until(clock_.steady() + options_.heartbeat, stop));
}

// Nothing is said about a failure: the client counts it, and the next beat comes soon.
void ProcessCount::beat() {
  const std::string lifetime_us = std::to_string(3 * options_.heartbeat.count() * 1'000);
  const std::array<std::string_view, 1> keys{options_.key};
  const std::array<std::string_view, 2> arguments{id_, lifetime_us};
  const auto reply =
      client_.eval(kBeat, keys, arguments, Deadline::after(client_.clock(), options_.operation_timeout));
  if (!reply.ok() || reply.value().integer < 1) return;
  last_[next_++ % last_.size()] = static_cast<uint64_t>(reply.value().integer);
  count_.store(*std::max_element(last_.begin(), last_.end()), std::memory_order_relaxed);
}

// Best effort, so that the others count right at once.
void ProcessCount::leave() {
  const std::array<std::string_view, 3> arguments{"ZREM", options_.key, id_};
  static_cast<void>(client_.command(arguments, Deadline::after(client_.clock(), options_.operation_timeout)));
}

}  // namespace weir::tenant
