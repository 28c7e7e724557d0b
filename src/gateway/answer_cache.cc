#include "gateway/answer_cache.h"

#include "gateway/answer_entry.h"
#include "gateway/parted_answer.h"
#include "gateway/prometheus_json.h"

namespace weir::gateway {
namespace {

telemetry::Counter& counter(telemetry::Registry& registry, std::string_view result) {
  return registry.counter("weir_query_cache_requests_total",
                          "Queries, by whether their answer came from the cache.",
                          {{"result", std::string(result)}});
}

telemetry::Counter& step_counter(telemetry::Registry& registry, std::string_view result) {
  return registry.counter("weir_query_cache_steps_total",
                          "Steps of range queries that are answered in parts, by where they were from.",
                          {{"result", std::string(result)}});
}

void truncate(query::QueryResult& result, uint64_t limit) {
  const auto cut = [&](std::vector<query::ResultSeries>& series) {
    if (series.size() <= limit) return;
    series.resize(limit);
    result.warnings.emplace_back("results truncated due to limit");
  };
  if (auto* matrix = std::get_if<query::MatrixValue>(&result.value)) cut(matrix->series);
  if (auto* vector = std::get_if<query::VectorValue>(&result.value)) cut(vector->series);
}

}  // namespace

std::string_view field_of(AnswerSource source) {
  if (source == AnswerSource::kHit) return "hit";
  if (source == AnswerSource::kPartial) return "partial";
  return source == AnswerSource::kMiss ? "miss" : "bypass";
}

AnswerCache::AnswerCache(const AnswerCacheOptions& options, const query::Engine& engine, store::Store& store,
                         cache::Cache& cache, const os::Clock& clock, telemetry::Registry& registry)
    : engine_(engine),
      kept_(options, engine, store, cache, clock),
      hits_(counter(registry, "hit")),
      partials_(counter(registry, "partial")),
      misses_(counter(registry, "miss")),
      bypasses_(counter(registry, "bypass")),
      errors_(counter(registry, "error")),
      steps_found_(step_counter(registry, "found")),
      steps_evaluated_(step_counter(registry, "evaluated")) {}

Result<Answer> AnswerCache::answer(const Question& question, const query::QueryContext& context) const {
  Found found = find(question, context);
  if (found.source == AnswerSource::kHit) {
    count(found.source);
    return Answer{std::move(found.json), found.source};
  }
  const os::SteadyTime started = kept_.now();
  auto evaluated = evaluate(question, context, found);
  count(evaluated.ok() ? evaluated->source : found.source);
  if (!evaluated.ok()) return evaluated.error();
  if (question.limit > 0) truncate(evaluated->result, question.limit);
  std::string json = to_prometheus_json(evaluated->result, question.stats);
  // Of parts, those that come again are kept already.
  const bool reusable = evaluated->source == AnswerSource::kMiss || evaluated->source == AnswerSource::kHit;
  if (reusable && json.size() <= kept_.bytes_max() && kept_.is_worth_keeping(started))
    kept_.keep(context.tenant, found.key, pack_json(json));
  return Answer{std::move(json), evaluated->source};
}

AnswerCache::Found AnswerCache::find(const Question& question, const query::QueryContext& context) const {
  if (!question.reusable || !kept_.keeps_any()) return {AnswerSource::kBypass};
  query::Engine::Range range = question.range;
  if (question.instant) range.step_ms = 0;  // what `step()` is in it
  auto outline = engine_.outline(question.text, range, context);
  // Of a text that is wrong the evaluation says what; what reads no data is computed at once.
  if (!outline.ok()) return {AnswerSource::kBypass};
  const TimeRange reach = outline->reach(range);
  if (reach.mint_ms > reach.maxt_ms) return {AnswerSource::kBypass};
  auto kept = kept_.find(question.instant ? "instant" : "range", question, reach, context);
  if (!kept.ok()) return {AnswerSource::kError};
  if (kept->entry) {
    if (auto json = unpack_json(*kept->entry, kept_.bytes_max()))
      return {AnswerSource::kHit, std::move(kept->key), std::move(*json)};
  }
  return {AnswerSource::kMiss, std::move(kept->key), {}, *std::move(outline)};
}

Result<AnswerCache::Evaluated> AnswerCache::evaluate(const Question& question,
                                                     const query::QueryContext& context,
                                                     const Found& found) const {
  auto parted =
      found.outline ? PartedAnswer::of({engine_, kept_, *found.outline, context}, question) : std::nullopt;
  if (parted) {
    ASSIGN_OR_RETURN(PartedAnswer::Outcome outcome, parted->run());
    steps_found_.add(outcome.steps_found);
    steps_evaluated_.add(outcome.steps_evaluated);
    return Evaluated{std::move(outcome.result), outcome.source};
  }
  ASSIGN_OR_RETURN(query::QueryResult result,
                   question.instant ? engine_.instant(context, question.text, question.range.start_ms)
                                    : engine_.range(context, question.text, question.range));
  return Evaluated{std::move(result), found.source};
}

void AnswerCache::count(AnswerSource source) const {
  switch (source) {
    case AnswerSource::kHit:
      return hits_.add();
    case AnswerSource::kPartial:
      return partials_.add();
    case AnswerSource::kMiss:
      return misses_.add();
    case AnswerSource::kBypass:
      return bypasses_.add();
    case AnswerSource::kError:
      return errors_.add();
  }
}

}  // namespace weir::gateway
