#include "tenant/redis_bucket.h"

#include <algorithm>
#include <utility>

#include "tenant/gcra.h"

namespace weir::tenant {
namespace {

constexpr int64_t kQuietNs = 5'000'000;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

}  // namespace

bool RedisBucket::decide(const Terms& terms, int64_t now_ns, Allowance& allowance, Question& question) {
  end_lease(now_ns);
  const int64_t tat_before =
      std::exchange(tat_ns_, gcra::at_most_empty(tat_ns_, now_ns, terms.rate, terms.shares));
  allowance = {.allowed = take_leased(terms.cost)};
  allowance.remaining = remaining(terms.rate, now_ns);
  if (allowance.allowed || terms.cost > std::max<uint64_t>(1, terms.rate.burst)) return true;

  const uint64_t need = terms.cost - tokens_;
  const int64_t earliest = std::max(gcra::earliest_ns(terms.rate, tat_ns_, need), quiet_until_ns_);
  // After a change of the rate Redis must hear of it, so that it forgives what we have just forgiven.
  if (earliest > now_ns && tat_ns_ == tat_before) {
    allowance.retry_after = gcra::up_to_millis(earliest - now_ns);
    return true;
  }
  question = ask(terms, need, now_ns);
  return false;
}

bool RedisBucket::take_leased(uint64_t cost) {
  if (cost > tokens_) return false;
  tokens_ -= cost;
  used_ += cost;
  return true;
}

RedisBucket::Question RedisBucket::ask(const Terms& terms, uint64_t need, int64_t now_ns) {
  if (!asking_) size_ = lease_tokens(terms, now_ns);
  const Question question{.need = need,
                          .want = asking_ ? need : std::max(need, size_),
                          .held = std::exchange(tokens_, 0),
                          .asked_ns = now_ns,
                          .ahead_ns = std::max(tat_ns_, now_ns) - now_ns};
  asking_ = true;
  return question;
}

// The next lease is of what this one was used for: a process with little to do must not take from others what
// it will not use.
void RedisBucket::end_lease(int64_t now_ns) {
  if (now_ns < lease_ends_ns_ || lease_ends_ns_ == 0) return;
  tokens_ = 0;
  size_ = std::max<uint64_t>(1, used_);
  used_ = 0;
  lease_ends_ns_ = 0;
}

// A lease that did not last its time was too small.
uint64_t RedisBucket::lease_tokens(const Terms& terms, int64_t now_ns) const {
  const uint64_t by_time =
      terms.rate.per_second / kNanosPerSecond * terms.lease_ns +
      terms.rate.per_second % kNanosPerSecond * static_cast<uint64_t>(terms.lease_ns) / kNanosPerSecond;
  const uint64_t size_max = std::max<uint64_t>(1, std::min(by_time, terms.rate.burst / 4));
  const bool is_drained = now_ns < lease_ends_ns_;
  return std::min(size_max, is_drained ? 2 * std::max(size_, used_) : size_);
}

Allowance RedisBucket::answered(const Terms& terms, const Question& question, const Answer& answer,
                                int64_t now_ns) {
  asking_ = false;
  // Counted from the answer's arrival: later than Redis' own by its way at most, so no caller is told to come
  // back too early.
  tat_ns_ = std::max(tat_ns_, now_ns + answer.ahead_ns);
  if (answer.granted < question.need) {
    give_back(question, now_ns);
    quiet_until_ns_ = now_ns + kQuietNs;
    const int64_t earliest = gcra::earliest_ns(terms.rate, now_ns + answer.ahead_ns, question.need);
    return {.allowed = false,
            .remaining = remaining(terms.rate, now_ns),
            .retry_after = gcra::up_to_millis(std::max(earliest - now_ns, kQuietNs))};
  }
  tokens_ += answer.granted - question.need;
  lease_ends_ns_ = question.asked_ns + terms.lease_ns;
  used_ = terms.cost;
  return {.allowed = true, .remaining = remaining(terms.rate, now_ns)};
}

Allowance RedisBucket::unanswered(const Terms& terms, const Question& question, int64_t now_ns) {
  asking_ = false;
  give_back(question, now_ns);
  return gcra::take(tat_ns_, now_ns, terms.rate, terms.cost, terms.shares);
}

// Tokens whose lease ran out meanwhile are lost.
void RedisBucket::give_back(const Question& question, int64_t now_ns) {
  if (now_ns < lease_ends_ns_) tokens_ += question.held;
}

uint64_t RedisBucket::remaining(const Rate& rate, int64_t now_ns) const {
  return std::min(rate.burst, tokens_ + gcra::remaining(rate, tat_ns_, now_ns));
}

}  // namespace weir::tenant
