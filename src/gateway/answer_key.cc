#include "gateway/answer_key.h"

#include <fmt/format.h>

namespace weir::gateway {

// The text as it was sent, not as the printer has it: that sorts matchers, whose order `absent` can tell, and
// warnings name places in it.
std::string answer_key(std::string_view kind, const Question& question, const query::Engine::Range& range,
                       const query::QueryContext& context, const query::EngineOptions& engine,
                       uint64_t fingerprint) {
  const Limits& limits = context.limits;
  return fmt::format("answer 5 {} {} {} {} {} {} {} {} {} {} {} {:016x} {}", kind, question.limit,
                     range.start_ms, range.end_ms, range.step_ms, engine.lookback.count(),
                     engine.default_subquery_step.count(), limits.query_samples_max, limits.query_series_max,
                     limits.query_points_per_series_max, limits.query_memory_bytes_max, fingerprint,
                     question.text);
}

}  // namespace weir::gateway
