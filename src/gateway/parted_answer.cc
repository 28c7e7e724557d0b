#include "gateway/parted_answer.h"

#include <algorithm>

#include "gateway/answer_entry.h"
#include "gateway/answer_key.h"

namespace weir::gateway {
namespace {

using query::QueryResult;
using Range = query::Engine::Range;

uint64_t step_count(const Range& range) {
  return static_cast<uint64_t>((range.end_ms - range.start_ms) / range.step_ms) + 1;
}

/// Whether a part reads little that another one reads too.
bool reads_for_itself(const query::Outline& outline, const AnswerPart& part) {
  const TimeRange reach = outline.reach(part.whole);
  return reach.length_ms() <= 2 * std::max(kHourMs, part.whole.end_ms - part.whole.start_ms);
}

}  // namespace

std::optional<PartedAnswer> PartedAnswer::of(const Sources& sources, const query::Outline& outline,
                                             const Question& question, const query::QueryContext& context) {
  if (question.instant || !outline.is_stepwise()) return std::nullopt;
  const std::vector<AnswerPart> parts = parts_of(question.range);
  if (parts.size() < 2 || !reads_for_itself(outline, parts.front())) return std::nullopt;
  return PartedAnswer(sources, outline, question, context, parts);
}

PartedAnswer::PartedAnswer(const Sources& sources, const query::Outline& outline, const Question& question,
                           const query::QueryContext& context, const std::vector<AnswerPart>& parts)
    : sources_(sources), outline_(outline), question_(question), context_(context) {
  for (const AnswerPart& part : parts) parts_.push_back({part, {}, {}});
}

Result<PartedAnswer::Outcome> PartedAnswer::run() {
  look_up();
  Outcome outcome{{}, AnswerSource::kMiss};
  std::vector<QueryResult> results;
  for (size_t i = 0; i < parts_.size();) {
    if (parts_[i].found) {
      outcome.steps_found += step_count(parts_[i].at.wanted);
      results.push_back(*std::move(parts_[i++].found));
      continue;
    }
    const size_t begin = i;
    for (; i < parts_.size() && !parts_[i].found; ++i)
      outcome.steps_evaluated += step_count(parts_[i].at.wanted);
    ASSIGN_OR_RETURN(QueryResult result, evaluate(begin, i));
    if (!is_joinable(result)) return evaluate_whole();
    results.push_back(std::move(result));
  }
  if (outcome.steps_found > 0)
    outcome.source = outcome.steps_evaluated > 0 ? AnswerSource::kPartial : AnswerSource::kHit;
  else if (failed_)
    outcome.source = AnswerSource::kError;
  outcome.result = results.size() == 1 ? std::move(results.front()) : join(std::move(results));
  return outcome;
}

// The last part is looked for when the range ends with it.
void PartedAnswer::look_up() {
  for (Part& part : parts_) {
    if (part.at.whole.end_ms == part.at.wanted.end_ms && !look_up(part)) return;
  }
}

bool PartedAnswer::look_up(Part& part) {
  failed_ = true;
  const Deadline soon = Deadline::after(sources_.clock, sources_.options.fingerprint_timeout);
  const Deadline by = context_.deadline.when() < soon.when() ? context_.deadline : soon;
  const TimeRange reach = outline_.reach(part.at.whole);
  const auto fingerprint = sources_.store.fingerprint(context_.tenant, reach, by);
  if (!fingerprint.ok()) return false;
  const std::string key =
      answer_key("part", question_, part.at.whole, context_, sources_.engine.options(context_), *fingerprint);
  const auto entry = sources_.cache.get(context_.tenant, key,
                                        Deadline::after(sources_.clock, sources_.options.operation_timeout));
  if (!entry.ok()) return false;
  failed_ = false;
  if (part.at.is_whole()) part.key = key;
  if (!*entry) return true;
  part.found =
      unpack_matrix(**entry, sources_.options.body_bytes_max, {part.at.whole.start_ms, part.at.whole.end_ms});
  if (part.found && !part.at.is_whole()) part.found = slice(*part.found, part.at.wanted);
  return true;
}

Result<QueryResult> PartedAnswer::evaluate(size_t begin, size_t end) {
  const os::SteadyTime started = sources_.clock.steady();
  const Range range{parts_[begin].at.wanted.start_ms, parts_[end - 1].at.wanted.end_ms,
                    question_.range.step_ms};
  ASSIGN_OR_RETURN(QueryResult result, sources_.engine.range(context_, question_.text, range));
  const bool worth_it = sources_.clock.steady() - started >= sources_.options.evaluation_min;
  for (size_t i = begin; worth_it && i < end; ++i) keep(parts_[i], result);
  return result;
}

Result<PartedAnswer::Outcome> PartedAnswer::evaluate_whole() {
  ASSIGN_OR_RETURN(QueryResult result, sources_.engine.range(context_, question_.text, question_.range));
  return Outcome{std::move(result), AnswerSource::kMiss, 0, step_count(question_.range)};
}

void PartedAnswer::keep(const Part& part, const QueryResult& result) {
  if (part.key.empty() || !is_joinable(result)) return;
  const auto entry = pack_matrix(slice(result, part.at.whole), sources_.options.body_bytes_max);
  if (!entry) return;
  // What cannot be kept is evaluated again; the cache counts its own errors.
  static_cast<void>(sources_.cache.put(context_.tenant, part.key, *entry, sources_.options.ttl,
                                       Deadline::after(sources_.clock, sources_.options.operation_timeout)));
}

}  // namespace weir::gateway
