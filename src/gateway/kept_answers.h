#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cache/cache.h"
#include "query/engine.h"
#include "store/store.h"

namespace weir::gateway {

struct AnswerCacheOptions {
  os::milliseconds ttl{600'000};           ///< How long an answer is kept: at most a day; 0 keeps nothing.
  os::milliseconds operation_timeout{50};  ///< Of each call on the cache, whatever the query's deadline.
  /// Of the call on the store that makes an answer findable. Less than a query may take, more than the store
  /// takes when it is well.
  os::milliseconds fingerprint_timeout{1'000};
  /// Longer answers are not kept, nor those that are beyond the cache's own bound when they are compressed.
  uint64_t body_bytes_max = 4u << 20;
  /// Answers that took less are not kept: where the store is in this process, finding one again takes nearly
  /// as long, and costs an entry.
  os::milliseconds evaluation_min{0};
};

/// A query, as far as its answer depends on it.
struct Question {
  std::string_view text;
  query::Engine::Range range;  ///< An instant query has its time at both ends and a step of 1.
  bool instant = false;
  bool reusable = false;  ///< False: neither look for an answer nor keep one.
  uint64_t limit = 0;     ///< More series are cut off, with a warning; 0 for no limit.
  bool stats = false;     ///< Tell what the evaluation took; not for an answer that is reusable.
};

/// Answers, and parts of them, in a cache: each under a key that holds the query, all that may change its
/// answer, and the store's fingerprint of the times that it reads, taken before it was evaluated. What is
/// found under the fingerprint of now is therefore what an evaluation would give
/// (docs/decisions/0009-exact-result-cache.md).
///
/// What goes wrong costs time and no answer. Safe from any thread. What it is given outlives it.
class KeptAnswers {
 public:
  KeptAnswers(const AnswerCacheOptions& options, const query::Engine& engine, store::Store& store,
              cache::Cache& cache, const os::Clock& clock)
      : options_(options), engine_(engine), store_(store), cache_(cache), clock_(clock) {}

  struct Found {
    std::string key;                   ///< Where an answer may be kept that is evaluated from now on.
    std::optional<std::string> entry;  ///< What is kept there.
  };
  /// `kind` tells forms of answers apart. The question's range are the steps that are answered; `reach` is
  /// what they read. Errors of the cache and the store: go on without.
  Result<Found> find(std::string_view kind, const Question& question, TimeRange reach,
                     const query::QueryContext& context) const;
  void keep(TenantId tenant, std::string_view key, std::string_view entry) const;

  bool keeps_any() const { return options_.ttl.count() > 0; }
  uint64_t bytes_max() const { return options_.body_bytes_max; }
  os::SteadyTime now() const { return clock_.steady(); }
  /// Whether an answer that was begun then took long enough.
  bool is_worth_keeping(os::SteadyTime begun) const { return now() - begun >= options_.evaluation_min; }

 private:
  std::string key_of(std::string_view kind, const Question& question, const query::QueryContext& context,
                     uint64_t fingerprint) const;
  Deadline for_operation() const { return Deadline::after(clock_, options_.operation_timeout); }

  const AnswerCacheOptions options_;
  const query::Engine& engine_;
  store::Store& store_;
  cache::Cache& cache_;
  const os::Clock& clock_;
};

}  // namespace weir::gateway
