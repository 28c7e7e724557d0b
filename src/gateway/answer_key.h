#pragma once

#include <string>
#include <string_view>

#include "gateway/answer_cache.h"

namespace weir::gateway {

/// Under what an answer is kept: the query, all that may change its answer, and the store's fingerprint of
/// what it reads. `kind` tells forms of answers apart; `range` are the steps that are answered.
std::string answer_key(std::string_view kind, const Question& question, const query::Engine::Range& range,
                       const query::QueryContext& context, const query::EngineOptions& engine,
                       uint64_t fingerprint);

}  // namespace weir::gateway
