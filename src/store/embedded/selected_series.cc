#include "store/embedded/selected_series.h"

#include <fmt/format.h>

#include "store/embedded/sample_merge.h"

namespace weir::store::embedded {
namespace {

constexpr uint64_t kStepsPerClockLook = 256;

// Cheaper than the order, and among the sources of a selection the usual case.
bool same(LabelsView a, LabelsView b) {
  return a.bytes() == b.bytes();
}

}  // namespace

SelectedSeries::SelectedSeries(std::vector<HeadSeriesView> head, std::vector<BlockSelection> blocks,
                               const SelectRequest& request, Deadline deadline, const os::Clock& clock)
    : head_(std::move(head)),
      range_(request.range),
      series_max_(request.series_max),
      deadline_(deadline),
      clock_(clock) {
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
    CurrentChunks found{
        selection.block.get(), {}, selection.block->masked(selection.tenant->tenant(), series)};
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
  const size_t begin = out.size();
  SampleColumns scratch;
  for (const CurrentChunks& source : current_chunks_) {
    RETURN_IF_ERROR(read_chunks(source, range_, scratch, out));
  }
  for (const HeadSeriesView& view : current_head_) {
    for (const WindowView& window : view.windows) window.read(range_, out);
  }
  make_ascending(out, begin);
  return {};
}

}  // namespace weir::store::embedded
