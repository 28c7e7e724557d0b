#include "gateway/parted_answer.h"

#include <algorithm>

#include "gateway/answer_entry.h"

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

std::optional<PartedAnswer> PartedAnswer::of(const Sources& sources, const Question& question) {
  if (question.instant || !sources.outline.is_stepwise()) return std::nullopt;
  const std::vector<AnswerPart> parts = parts_of(question.range);
  if (parts.size() < 2 || !reads_for_itself(sources.outline, parts.front())) return std::nullopt;
  return PartedAnswer(sources, question, parts);
}

PartedAnswer::PartedAnswer(const Sources& sources, const Question& question,
                           const std::vector<AnswerPart>& parts)
    : sources_(sources), question_(question) {
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
  Question whole = question_;
  whole.range = part.at.whole;
  whole.limit = 0;  // which is of the answer, once it is put together
  auto kept = sources_.kept.find("part", whole, sources_.outline.reach(whole.range), sources_.context);
  failed_ = !kept.ok();
  if (failed_) return false;
  if (part.at.is_whole()) part.key = std::move(kept->key);
  if (!kept->entry) return true;
  part.found =
      unpack_matrix(*kept->entry, sources_.kept.bytes_max(), {whole.range.start_ms, whole.range.end_ms});
  if (part.found && !part.at.is_whole()) part.found = slice(*part.found, part.at.wanted);
  return true;
}

Result<QueryResult> PartedAnswer::evaluate(size_t begin, size_t end) {
  const os::SteadyTime started = sources_.kept.now();
  const Range range{parts_[begin].at.wanted.start_ms, parts_[end - 1].at.wanted.end_ms,
                    question_.range.step_ms};
  ASSIGN_OR_RETURN(QueryResult result, sources_.engine.range(sources_.context, question_.text, range));
  if (!sources_.kept.is_worth_keeping(started)) return result;
  for (size_t i = begin; i < end; ++i) keep(parts_[i], result);
  return result;
}

Result<PartedAnswer::Outcome> PartedAnswer::evaluate_whole() {
  ASSIGN_OR_RETURN(QueryResult result,
                   sources_.engine.range(sources_.context, question_.text, question_.range));
  return Outcome{std::move(result), AnswerSource::kMiss, 0, step_count(question_.range)};
}

void PartedAnswer::keep(const Part& part, const QueryResult& result) {
  if (part.key.empty() || !is_joinable(result)) return;
  const auto entry = pack_matrix(slice(result, part.at.whole), sources_.kept.bytes_max());
  if (entry) sources_.kept.keep(sources_.context.tenant, part.key, *entry);
}

}  // namespace weir::gateway
