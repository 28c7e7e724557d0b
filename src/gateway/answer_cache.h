#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/kept_answers.h"
#include "query/outline.h"
#include "telemetry/metrics.h"

namespace weir::gateway {

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
  void count(AnswerSource source) const;

  const query::Engine& engine_;
  const KeptAnswers kept_;
  telemetry::Counter& hits_;
  telemetry::Counter& partials_;
  telemetry::Counter& misses_;
  telemetry::Counter& bypasses_;
  telemetry::Counter& errors_;
  telemetry::Counter& steps_found_;
  telemetry::Counter& steps_evaluated_;
};

}  // namespace weir::gateway
