#include "tenant/redis_limiter.h"

#include <array>
#include <atomic>

#include <fmt/format.h>

#include "tenant/buckets.h"
#include "tenant/gcra.h"
#include "tenant/process_count.h"
#include "tenant/redis_bucket.h"

namespace weir::tenant {
namespace {

// GCRA by Redis' clock in whole microseconds. KEYS: the bucket. ARGV: rate per second, burst, need, want, and
// how far ahead of now the caller believes the bucket's time to be, which counts when the bucket is not
// there. Answers with the tokens granted and how far ahead the bucket's time is now.
//
// Sums are made of times relative to now, because a double holds an absolute one only to a quarter of a
// microsecond; `%.0f` because tostring would write it with 14 digits. What is granted is rounded down, so
// that a burst is worth all its tokens, but never free.
constexpr std::string_view kTake = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local need, want = tonumber(ARGV[3]), tonumber(ARGV[4])
local window = burst * 1000000 / rate
local tat = tonumber(redis.call('GET', KEYS[1]))
local ahead = tonumber(ARGV[5])
if tat then ahead = tat - now end
local is_far = ahead > window
ahead = math.min(math.max(ahead, 0), window)
local granted = math.min(want, math.floor((window - ahead) * rate / 1000000 + 0.000001))
if granted < need then granted = 0 end
if granted > 0 then ahead = ahead + math.max(1, math.floor(granted * 1000000 / rate)) end
if granted > 0 or is_far then
  redis.call('SET', KEYS[1], string.format('%.0f', now + ahead), 'PX', string.format('%.0f', ahead / 1000 + 1000))
end
return {granted, math.ceil(ahead)}
)lua";

constexpr int64_t kAwayNs = 100'000'000;

class RedisLimiter final : public RateLimiter {
 public:
  RedisLimiter(const RedisLimiterOptions& options, redis::Client& client, os::Clock& clock,
               telemetry::Registry& registry)
      : options_(options),
        client_(client),
        clock_(clock),
        buckets_(options.buckets_max),
        processes_({.key = options.key_prefix + "processes",
                    .heartbeat = options.heartbeat,
                    .operation_timeout = options.operation_timeout,
                    .processes_min = options.processes_min},
                   client, clock, registry),
        by_lease_(takes(registry, "lease")),
        by_redis_(takes(registry, "redis")),
        by_itself_(takes(registry, "itself")) {}

  Allowance take(TenantId tenant, std::string_view dimension, const Rate& rate, uint64_t cost) override {
    const int64_t now = gcra::steady_ns(clock_);
    const RedisBucket::Terms terms{
        .rate = rate, .cost = cost, .lease_ns = lease_ns(), .shares = processes_.count()};
    Allowance allowance{.retry_after = os::milliseconds(1'000)};
    RedisBucket::Question question;
    bool decided = true;
    const bool has_place = buckets_.with(tenant, dimension, now, [&](RedisBucket& bucket) {
      decided = bucket.decide(terms, now, allowance, question);
    });
    if (decided || !has_place) {
      by_lease_.add();
      return allowance;
    }
    const Result<RedisBucket::Answer> answer = ask(tenant, dimension, rate, question);
    (answer.ok() ? by_redis_ : by_itself_).add();
    return settle(tenant, dimension, terms, question, answer);
  }

 private:
  static telemetry::Counter& takes(telemetry::Registry& registry, std::string decided_by) {
    return registry.counter("weir_rate_limiter_takes_total",
                            "Takes, by what decided them: what was leased or known before, Redis, or this "
                            "process by itself.",
                            {{"by", std::move(decided_by)}});
  }

  int64_t lease_ns() const { return std::chrono::nanoseconds(options_.lease).count(); }

  Result<RedisBucket::Answer> ask(TenantId tenant, std::string_view dimension, const Rate& rate,
                                  const RedisBucket::Question& question) {
    if (question.asked_ns < away_until_ns_.load(std::memory_order_relaxed)) return unavailable("redis: away");
    Result<redis::Reply> reply = eval(tenant, dimension, rate, question);
    if (reply.ok() && reply->items.size() == 2) {
      return RedisBucket::Answer{.granted = static_cast<uint64_t>(reply->items[0].integer),
                                 .ahead_ns = reply->items[1].integer * 1'000};
    }
    // One call waits for a silent Redis; those after it do not, for a while.
    away_until_ns_.store(gcra::steady_ns(clock_) + kAwayNs, std::memory_order_relaxed);
    if (!reply.ok()) return std::move(reply).error();
    return internal("redis: the limiter's script gave another answer");
  }

  Result<redis::Reply> eval(TenantId tenant, std::string_view dimension, const Rate& rate,
                            const RedisBucket::Question& question) {
    const std::string key = fmt::format("{}{}:{}", options_.key_prefix, tenant.value(), dimension);
    const std::array<std::string_view, 1> keys{key};
    const std::array<std::string, 5> numbers{std::to_string(std::max<uint64_t>(1, rate.per_second)),
                                             std::to_string(std::max<uint64_t>(1, rate.burst)),
                                             std::to_string(question.need), std::to_string(question.want),
                                             std::to_string(question.ahead_ns / 1'000)};
    const std::array<std::string_view, 5> arguments{numbers[0], numbers[1], numbers[2], numbers[3],
                                                    numbers[4]};
    return client_.eval(kTake, keys, arguments, Deadline::after(client_.clock(), options_.operation_timeout));
  }

  Allowance settle(TenantId tenant, std::string_view dimension, const RedisBucket::Terms& terms,
                   const RedisBucket::Question& question, const Result<RedisBucket::Answer>& answer) {
    const int64_t now = gcra::steady_ns(clock_);
    Allowance allowance{.retry_after = os::milliseconds(1'000)};
    buckets_.with(tenant, dimension, now, [&](RedisBucket& bucket) {
      allowance = answer.ok() ? bucket.answered(terms, question, answer.value(), now)
                              : bucket.unanswered(terms, question, now);
    });
    return allowance;
  }

  const RedisLimiterOptions options_;
  redis::Client& client_;
  os::Clock& clock_;
  Buckets<RedisBucket> buckets_;
  ProcessCount processes_;
  std::atomic<int64_t> away_until_ns_{0};
  telemetry::Counter& by_lease_;
  telemetry::Counter& by_redis_;
  telemetry::Counter& by_itself_;
};

}  // namespace

std::unique_ptr<RateLimiter> create_redis_limiter(const RedisLimiterOptions& options, redis::Client& client,
                                                  os::Clock& clock, telemetry::Registry& registry) {
  return std::make_unique<RedisLimiter>(options, client, clock, registry);
}

}  // namespace weir::tenant
