#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cache/cache.h"
#include "query/engine.h"
#include "query/outline.h"
#include "store/store.h"
#include "telemetry/metrics.h"

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

/// Where an answer is from. kError: as kBypass, since the cache or the store's fingerprint was not to be had.
/// kPartial: parts of a range were found, the rest is evaluated.
enum class AnswerSource { kHit, kPartial, kMiss, kBypass, kError };
/// "hit", "partial", "miss", "bypass": the field X-Weir-Cache.
std::string_view field_of(AnswerSource source);

struct Answer {
  std::string json;
  AnswerSource source = AnswerSource::kBypass;
};

/// Answers queries, each from the cache if it holds the very answer that an evaluation would give now. A
/// range query whose answer is not there is answered in parts (parted_answer.h), where that can be done.
///
/// Why it does: an answer is kept under a key that holds the query, all that may change its answer, and the
/// store's fingerprint of the times that it reads, taken before it was evaluated. It is looked for under the
/// fingerprint of now. When both are equal, nothing has changed since before it was evaluated
/// (Store::fingerprint; docs/decisions/0009-exact-result-cache.md).
///
/// What goes wrong with the cache costs time and no answer. Safe from any thread; the calling thread does the
/// work. What it is given outlives it.
class AnswerCache {
 public:
  AnswerCache(const AnswerCacheOptions& options, const query::Engine& engine, store::Store& store,
              cache::Cache& cache, const os::Clock& clock, telemetry::Registry& registry);

  /// Errors: the engine's.
  Result<Answer> answer(const Question& question, const query::QueryContext& context) const;

 private:
  struct Found {
    AnswerSource source;
    std::string key = {};                                  ///< For what is kept after a miss.
    std::string json = {};                                 ///< Of a hit.
    std::optional<query::Outline> outline = std::nullopt;  ///< Of a miss.
  };
  struct Evaluated {
    query::QueryResult result;
    AnswerSource source;
  };
  Found find(const Question& question, const query::QueryContext& context) const;
  Result<Evaluated> evaluate(const Question& question, const query::QueryContext& context,
                             const Found& found) const;
  void keep(TenantId tenant, std::string_view key, std::string_view json) const;
  void count(AnswerSource source) const;

  const AnswerCacheOptions options_;
  const query::Engine& engine_;
  store::Store& store_;
  cache::Cache& cache_;
  const os::Clock& clock_;
  telemetry::Counter& hits_;
  telemetry::Counter& partials_;
  telemetry::Counter& misses_;
  telemetry::Counter& bypasses_;
  telemetry::Counter& errors_;
  telemetry::Counter& steps_found_;
  telemetry::Counter& steps_evaluated_;
};

}  // namespace weir::gateway
