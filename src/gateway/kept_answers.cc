#include "gateway/kept_answers.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::gateway {

Result<KeptAnswers::Found> KeptAnswers::find(std::string_view kind, const Question& question, TimeRange reach,
                                             const query::QueryContext& context) const {
  const Deadline soon = Deadline::after(clock_, options_.fingerprint_timeout);
  const Deadline by = Deadline::at(std::min(soon.when(), context.deadline.when()));
  ASSIGN_OR_RETURN(const uint64_t fingerprint, store_.fingerprint(context.tenant, reach, by));
  Found found{key_of(kind, question, context, fingerprint), std::nullopt};
  ASSIGN_OR_RETURN(found.entry, cache_.get(context.tenant, found.key, for_operation()));
  return found;
}

// What cannot be kept is evaluated again; the cache counts its own errors.
void KeptAnswers::keep(TenantId tenant, std::string_view key, std::string_view entry) const {
  static_cast<void>(cache_.put(tenant, key, entry, options_.ttl, for_operation()));
}

// The text as it was sent, not as the printer has it: that sorts matchers, whose order `absent` can tell, and
// warnings name places in it.
std::string KeptAnswers::key_of(std::string_view kind, const Question& question,
                                const query::QueryContext& context, uint64_t fingerprint) const {
  const query::EngineOptions engine = engine_.options(context);
  const Limits& limits = context.limits;
  return fmt::format("answer 5 {} {} {} {} {} {} {} {} {} {} {} {:016x} {}", kind, question.limit,
                     question.range.start_ms, question.range.end_ms, question.range.step_ms,
                     engine.lookback.count(), engine.default_subquery_step.count(), limits.query_samples_max,
                     limits.query_series_max, limits.query_points_per_series_max,
                     limits.query_memory_bytes_max, fingerprint, question.text);
}

}  // namespace weir::gateway
