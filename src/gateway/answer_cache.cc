#include "gateway/answer_cache.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "gateway/prometheus_json.h"
#include "wire/zstd_frame.h"

namespace weir::gateway {
namespace {

// An entry is a byte that says how, a hash of the rest, and the JSON.
constexpr char kPlain = 'j', kZstd = 'z';
constexpr size_t kHeadBytes = 1 + 16;
constexpr size_t kWorthCompressing = 1'024;
constexpr int kZstdLevel = 1;

std::string head_of(char how, std::string_view body) {
  return fmt::format("{}{:016x}", how, stable_hash(body));
}

std::string pack(std::string_view json) {
  if (json.size() < kWorthCompressing) return head_of(kPlain, json).append(json);
  const std::string body = wire::zstd_encode(json, kZstdLevel);
  return head_of(kZstd, body) + body;
}

// What is no entry of ours is as good as none.
std::optional<std::string> unpack(std::string_view entry, size_t body_bytes_max) {
  if (entry.size() < kHeadBytes) return std::nullopt;
  const std::string_view body = entry.substr(kHeadBytes);
  if (entry.substr(0, kHeadBytes) != head_of(entry[0], body)) return std::nullopt;
  if (entry[0] == kPlain) return std::string(body);
  if (entry[0] != kZstd) return std::nullopt;
  auto json = wire::zstd_decode(body, body_bytes_max);
  return json.ok() ? std::optional(std::move(*json)) : std::nullopt;
}

Deadline sooner(Deadline a, Deadline b) {
  return Deadline::at(std::min(a.when(), b.when()));
}

telemetry::Counter& counter(telemetry::Registry& registry, std::string_view result) {
  return registry.counter("weir_query_cache_requests_total",
                          "Queries, by whether their answer came from the cache.",
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
  return source == AnswerSource::kMiss ? "miss" : "bypass";
}

AnswerCache::AnswerCache(const AnswerCacheOptions& options, const query::Engine& engine, store::Store& store,
                         cache::Cache& cache, const os::Clock& clock, telemetry::Registry& registry)
    : options_(options),
      engine_(engine),
      store_(store),
      cache_(cache),
      clock_(clock),
      hits_(counter(registry, "hit")),
      misses_(counter(registry, "miss")),
      bypasses_(counter(registry, "bypass")),
      errors_(counter(registry, "error")) {}

Result<Answer> AnswerCache::answer(const Question& question, const query::QueryContext& context) const {
  Found found = find(question, context);
  count(found.source);
  if (found.source == AnswerSource::kHit) return Answer{std::move(found.json), found.source};
  const os::SteadyTime started = clock_.steady();
  ASSIGN_OR_RETURN(std::string json, evaluate(question, context));
  const bool worth_it = clock_.steady() - started >= options_.evaluation_min;
  if (found.source == AnswerSource::kMiss && worth_it) keep(context.tenant, found.key, json);
  return Answer{std::move(json), found.source};
}

AnswerCache::Found AnswerCache::find(const Question& question, const query::QueryContext& context) const {
  if (!question.reusable || options_.ttl.count() == 0) return {AnswerSource::kBypass};
  query::Engine::Range range = question.range;
  if (question.instant) range.step_ms = 0;  // what `step()` is in it
  const auto reach = engine_.reach(question.text, range, context);
  // Of a text that is wrong the evaluation says what; what reads no data is computed at once.
  if (!reach.ok() || reach->mint_ms > reach->maxt_ms) return {AnswerSource::kBypass};
  const Deadline soon = Deadline::after(clock_, options_.fingerprint_timeout);
  const auto fingerprint = store_.fingerprint(context.tenant, *reach, sooner(context.deadline, soon));
  if (!fingerprint.ok()) return {AnswerSource::kError};
  std::string key = key_of(question, context, *fingerprint);
  const auto entry = cache_.get(context.tenant, key, Deadline::after(clock_, options_.operation_timeout));
  if (!entry.ok()) return {AnswerSource::kError};
  if (*entry) {
    if (auto json = unpack(**entry, options_.body_bytes_max))
      return {AnswerSource::kHit, std::move(key), std::move(*json)};
  }
  return {AnswerSource::kMiss, std::move(key)};
}

// The text as it was sent, not as the printer has it: that sorts matchers, whose order `absent` can tell, and
// warnings name places in it.
std::string AnswerCache::key_of(const Question& question, const query::QueryContext& context,
                                uint64_t fingerprint) const {
  const query::EngineOptions engine = engine_.options(context);
  const Limits& limits = context.limits;
  return fmt::format("answer 3 {} {} {} {} {} {} {} {} {} {} {:016x} {}",
                     question.instant ? "instant" : "range", question.limit, question.range.start_ms,
                     question.range.end_ms, question.range.step_ms, engine.lookback.count(),
                     engine.default_subquery_step.count(), limits.query_samples_max, limits.query_series_max,
                     limits.query_points_per_series_max, fingerprint, question.text);
}

Result<std::string> AnswerCache::evaluate(const Question& question,
                                          const query::QueryContext& context) const {
  ASSIGN_OR_RETURN(query::QueryResult result,
                   question.instant ? engine_.instant(context, question.text, question.range.start_ms)
                                    : engine_.range(context, question.text, question.range));
  if (question.limit > 0) truncate(result, question.limit);
  return to_prometheus_json(result, question.stats);
}

void AnswerCache::keep(TenantId tenant, std::string_view key, std::string_view json) const {
  if (json.size() > options_.body_bytes_max) return;
  // What cannot be kept is evaluated again; the cache counts its own errors.
  static_cast<void>(
      cache_.put(tenant, key, pack(json), options_.ttl, Deadline::after(clock_, options_.operation_timeout)));
}

void AnswerCache::count(AnswerSource source) const {
  switch (source) {
    case AnswerSource::kHit:
      return hits_.add();
    case AnswerSource::kMiss:
      return misses_.add();
    case AnswerSource::kBypass:
      return bypasses_.add();
    case AnswerSource::kError:
      return errors_.add();
  }
}

}  // namespace weir::gateway
