#include "store/embedded/selected_series.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "store/embedded/rollup_filter.h"
#include "store/embedded/rollup_read.h"
#include "store/embedded/sample_merge.h"

namespace weir::store::embedded {
namespace {

constexpr uint64_t kStepsPerClockLook = 256;

// Cheaper than the order, and among the sources of a selection the usual case.
bool same(LabelsView a, LabelsView b) {
  return a.bytes() == b.bytes();
}

void append(const SampleColumns& from, SampleColumns& out) {
  if (from.size() == 0) return;
  if (!from.left_out.empty()) out.align_left_out();
  append_in_range(from, {from.timestamps_ms.front(), from.timestamps_ms.back()}, out);
  out.left_out.insert(out.left_out.end(), from.left_out.begin(), from.left_out.end());
}

}  // namespace

/// `rolled_up` covers times of its own, in which `samples` has none.
void SelectedSeries::interleave(const SampleColumns& samples, std::vector<RolledUp> rolled_up,
                                SampleColumns& out) {
  std::sort(rolled_up.begin(), rolled_up.end(),
            [](const RolledUp& a, const RolledUp& b) { return a.span.mint_ms < b.span.mint_ms; });
  TimestampMs from_ms = std::numeric_limits<TimestampMs>::min();
  for (const RolledUp& part : rolled_up) {
    append_in_range(samples, {from_ms, part.span.mint_ms - 1}, out);
    append(part.samples, out);
    from_ms = part.span.maxt_ms + 1;
  }
  append_in_range(samples, {from_ms, std::numeric_limits<TimestampMs>::max()}, out);
  if (!out.left_out.empty()) out.align_left_out();
  out.align_histograms();
}

SelectedSeries::SelectedSeries(std::vector<HeadSeriesView> head, std::vector<BlockSelection> blocks,
                               const SelectRequest& request, Deadline deadline, const os::Clock& clock)
    : head_(std::move(head)),
      range_(request.range),
      series_max_(request.series_max),
      deadline_(deadline),
      clock_(clock),
      reduction_(request.reduction),
      plan_(reduction_ ? plan_rollup_reads(*reduction_, range_) : std::vector<RollupSegment>()),
      filter_(request.filter) {
  for (BlockSelection& selection : blocks) {
    Source& source = sources_.emplace_back(Source{std::move(selection), 0, {}});
    load_labels(source);
  }
  load_head_labels();
}

void SelectedSeries::load_head_labels() {
  head_labels_.clear();
  if (head_at_ < head_.size()) head_[head_at_].labels().append_to(head_labels_);
}

void SelectedSeries::load_labels(Source& source) const {
  source.labels.clear();
  if (source.at == source.selection.series.size()) return;
  source.selection.tenant->append_labels(source.selection.series[source.at], source.labels);
}

Status SelectedSeries::read_chunks(const CurrentChunks& source, const TimeRange& range,
                                   SampleColumns& scratch, SampleColumns& out) {
  for (const ChunkRef& chunk : source.chunks) {
    const bool whole = range.contains(chunk.range.mint_ms) && range.contains(chunk.range.maxt_ms);
    if (whole && !touches(source.masked, chunk.range)) {
      RETURN_IF_ERROR(source.block->read_chunk(chunk, out));
      continue;
    }
    scratch.clear();
    RETURN_IF_ERROR(source.block->read_chunk(chunk, scratch));
    remove_masked(source.masked, scratch, 0);
    append_in_range(scratch, range, out);
  }
  return {};
}

Result<bool> SelectedSeries::next() {
  do {
    if (++steps_ % kStepsPerClockLook == 0 && deadline_.passed(clock_)) {
      return deadline_exceeded(fmt::format("select: time ran out after {} series", returned_));
    }
    if (!find_smallest()) return false;
  } while (!take_current());
  if (++returned_ > series_max_)
    return resource_exhausted(fmt::format("select: more than {} series match", series_max_));
  return true;
}

bool SelectedSeries::find_smallest() {
  const LabelsView* smallest = nullptr;
  LabelsView candidate;
  LabelsView best;
  const auto consider = [&] {
    if (smallest != nullptr && (same(candidate, best) || candidate >= best)) return;
    best = candidate;
    smallest = &best;
  };
  if (head_at_ < head_.size()) {
    candidate = LabelsView(head_labels_);
    consider();
  }
  for (const Source& source : sources_) {
    if (source.at == source.selection.series.size()) continue;
    candidate = LabelsView(source.labels);
    consider();
  }
  if (smallest != nullptr) current_ = Labels(best);
  return smallest != nullptr;
}

// Moves all sources past the current labels and keeps what they have of them; false when none has a sample in
// range.
bool SelectedSeries::take_current() {
  current_chunks_.clear();
  for (Source& source : sources_) {
    const BlockSelection& selection = source.selection;
    if (source.at == selection.series.size() || !same(LabelsView(source.labels), current_)) continue;
    const uint32_t series = selection.series[source.at];
    CurrentChunks found{selection.block.get(),
                        selection.tenant,
                        series,
                        {},
                        selection.block->masked(selection.tenant->tenant(), series)};
    selection.tenant->append_chunks(series, found.chunks);
    std::erase_if(found.chunks, [&](const ChunkRef& chunk) {
      return !chunk.range.overlaps(range_) || covers(found.masked, chunk.range);
    });
    if (!found.chunks.empty()) current_chunks_.push_back(std::move(found));
    ++source.at;
    load_labels(source);
  }
  const size_t head_begin = head_at_;
  while (head_at_ < head_.size() && same(LabelsView(head_labels_), current_)) {
    ++head_at_;
    load_head_labels();
  }
  current_head_ = std::span(head_).subspan(head_begin, head_at_ - head_begin);
  return !current_chunks_.empty() || !current_head_.empty();
}

Status SelectedSeries::read(SampleColumns& out) {
  const auto may_have_rollup = [](const CurrentChunks& source) { return source.block->footer().has_lists; };
  if ((!plan_.empty() || filter_) && std::ranges::any_of(current_chunks_, may_have_rollup)) {
    ASSIGN_OR_RETURN(const bool done, read_hinted(out));
    if (done) return {};
  }
  return read_samples(out);
}

void SelectedSeries::read_head(SampleColumns& out) const {
  for (const HeadSeriesView& view : current_head_) {
    for (const WindowView& window : view.windows) window.read(range_, out);
  }
}

Status SelectedSeries::read_samples(SampleColumns& out) const {
  const size_t begin = out.size();
  SampleColumns scratch;
  for (const CurrentChunks& source : current_chunks_) {
    RETURN_IF_ERROR(read_chunks(source, range_, scratch, out));
  }
  read_head(out);
  make_ascending(out, begin);
  return {};
}

/// Whether nothing but the source has samples between its first and its last, and none of it is deleted: a
/// bucket at either end of them may hold some of a chunk that is deleted whole, and not among them.
bool SelectedSeries::is_alone(const CurrentChunks& source, const SampleColumns& head) const {
  const TimeRange span = source.span();
  const auto after = std::lower_bound(head.timestamps_ms.begin(), head.timestamps_ms.end(), span.mint_ms);
  if (after != head.timestamps_ms.end() && *after <= span.maxt_ms) return false;
  return !touches(source.masked, range_) &&
         std::none_of(current_chunks_.begin(), current_chunks_.end(), [&](const CurrentChunks& other) {
           return &other != &source && other.span().overlaps(span);
         });
}

Result<bool> SelectedSeries::read_by_rollup(const CurrentChunks& source, ExactSum& sum,
                                            SampleColumns& out) const {
  const RollupSource from{source.block, source.tenant, source.series, source.chunks};
  if (plan_.empty()) return read_filtered(from, *filter_, range_, out);
  return read_rollup(from, plan_, reduction_->kind, sum, out);
}

// What is alone in its time may come from a rollup, the rest is read and merged as ever; then both are put
// together in the order of time. False, with `out` unchanged, where sums turn out not to be exact.
Result<bool> SelectedSeries::read_hinted(SampleColumns& out) const {
  SampleColumns head;
  read_head(head);
  make_ascending(head, 0);
  SampleColumns samples;
  SampleColumns scratch;
  std::vector<RolledUp> rolled_up;
  ExactSum sum;
  for (const CurrentChunks& source : current_chunks_) {
    RolledUp part{source.span(), {}};
    bool done = false;
    if (is_alone(source, head)) {
      ASSIGN_OR_RETURN(done, read_by_rollup(source, sum, part.samples));
    }
    if (done) {
      rolled_up.push_back(std::move(part));
    } else {
      RETURN_IF_ERROR(read_chunks(source, range_, scratch, samples));
    }
  }
  append_in_range(head, range_, samples);
  make_ascending(samples, 0);
  if (!rolled_up.empty() && !plan_.empty() && reduction_->kind == WindowReduction::Kind::kSum) {
    sum.add(samples.values);
    if (!sum.holds() || !samples.histograms.empty()) return false;
  }
  interleave(samples, std::move(rolled_up), out);
  return true;
}

}  // namespace weir::store::embedded
