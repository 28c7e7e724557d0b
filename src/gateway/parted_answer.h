#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/answer_cache.h"
#include "gateway/answer_parts.h"
#include "query/outline.h"

namespace weir::gateway {

/// A range query that is answered part by part, each part from the cache if it is there: as AnswerCache does
/// it with whole answers, for the same reason. Of a range that moves on, only what is new is evaluated.
///
/// The last part grows with the range, and the first one shrinks: neither is kept, but the first one may have
/// been when it was whole.
///
/// Points are what an evaluation would give now. Notes may be more: those of a part are those of the range in
/// which it was evaluated. Each part is evaluated within the limits of a query, not all of them together.
/// Owned by one thread; lives for one query.
class PartedAnswer {
 public:
  /// What the answer is made of. All outlive it.
  struct Sources {
    const query::Engine& engine;
    const KeptAnswers& kept;
    const query::Outline& outline;
    const query::QueryContext& context;
  };
  /// Nothing for a query that is better evaluated as one: whose answer parts do not make up, that is short,
  /// or that reads at each step further back than parts are long.
  static std::optional<PartedAnswer> of(const Sources& sources, const Question& question);

  struct Outcome {
    query::QueryResult result;
    AnswerSource source;  ///< kHit, kPartial or kMiss; kError for kMiss without a cache.
    uint64_t steps_found = 0;
    uint64_t steps_evaluated = 0;
  };
  /// Errors: the engine's.
  Result<Outcome> run();

 private:
  struct Part {
    AnswerPart at;
    std::string key;                          ///< Where it may be kept; empty where it may not.
    std::optional<query::QueryResult> found;  ///< Its wanted steps.
  };

  PartedAnswer(const Sources& sources, const Question& question, const std::vector<AnswerPart>& parts);

  void look_up();
  bool look_up(Part& part);
  /// Evaluates parts [begin, end) as one, and keeps those that are whole.
  Result<query::QueryResult> evaluate(size_t begin, size_t end);
  Result<Outcome> evaluate_whole();
  void keep(const Part& part, const query::QueryResult& result);

  const Sources sources_;
  const Question question_;
  std::vector<Part> parts_;
  bool failed_ = false;  // the cache or the fingerprint is not to be had
};

}  // namespace weir::gateway
