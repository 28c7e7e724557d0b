#pragma once

#include <cstdint>

#include "tenant/rate_limiter.h"

namespace weir::tenant {

/// What one process knows of a bucket that is in Redis, and its lease of it. Times are steady nanoseconds.
/// Not thread safe: its owner guards it.
class RedisBucket {
 public:
  /// What Redis is asked for: `need` or nothing, up to `want`.
  struct Question {
    uint64_t need = 0;
    uint64_t want = 0;
    uint64_t held = 0;     ///< Taken from the lease already; given back when the answer is no.
    int64_t asked_ns = 0;  ///< When.
    int64_t ahead_ns = 0;  ///< How long until the bucket is full as far as we know, 0 when it is.
  };
  /// Redis' answer: tokens granted, and how long from then until the bucket is full.
  struct Answer {
    uint64_t granted = 0;
    int64_t ahead_ns = 0;
  };
  struct Terms {
    const Rate& rate;
    uint64_t cost;
    int64_t lease_ns;  ///< How long a lease lives.
    uint64_t shares;   ///< Processes that limit, 1 or more: what this one does alone is 1 / shares.
  };

  /// True: `allowance` is the answer. False: Redis must be asked `question`, and one of the two functions
  /// below called with what came of it.
  bool decide(const Terms& terms, int64_t now_ns, Allowance& allowance, Question& question);

  Allowance answered(const Terms& terms, const Question& question, const Answer& answer, int64_t now_ns);
  /// No answer: limits by itself.
  Allowance unanswered(const Terms& terms, const Question& question, int64_t now_ns);

  bool is_idle(int64_t now_ns) const {
    return !asking_ && tat_ns_ <= now_ns && lease_ends_ns_ <= now_ns && quiet_until_ns_ <= now_ns;
  }

 private:
  bool take_leased(uint64_t cost);
  Question ask(const Terms& terms, uint64_t need, int64_t now_ns);
  void end_lease(int64_t now_ns);
  uint64_t lease_tokens(const Terms& terms, int64_t now_ns) const;
  void give_back(const Question& question, int64_t now_ns);
  uint64_t remaining(const Rate& rate, int64_t now_ns) const;

  /// The bucket's theoretical arrival time as Redis last told, or as we made it while Redis was away.
  int64_t tat_ns_ = 0;
  uint64_t tokens_ = 0;  ///< Of the lease, not yet taken.
  int64_t lease_ends_ns_ = 0;
  uint64_t used_ = 0;           ///< Taken since the lease began.
  uint64_t size_ = 1;           ///< Of the last lease asked for.
  int64_t quiet_until_ns_ = 0;  ///< Refuses without asking until then.
  bool asking_ = false;         ///< Somebody asks for a lease; others ask for their need only.
};

}  // namespace weir::tenant
