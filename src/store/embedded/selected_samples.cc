#include "store/embedded/selected_samples.h"

#include <algorithm>
#include <limits>

#include "store/embedded/rollup_filter.h"
#include "store/embedded/sample_merge.h"

namespace weir::store::embedded {
namespace {

void append(const SampleColumns& from, SampleColumns& out) {
  if (from.size() == 0) return;
  if (!from.left_out.empty()) out.align_left_out();
  append_in_range(from, {from.timestamps_ms.front(), from.timestamps_ms.back()}, out);
  out.left_out.insert(out.left_out.end(), from.left_out.begin(), from.left_out.end());
}

Result<bool> read_by_rollup(const SelectedSamples::Chunks& source, const SampleRequest& request,
                            ExactSum& sum, SampleColumns& out) {
  const RollupSource from{source.block, source.tenant, source.series, source.chunks};
  if (request.plan.empty()) return read_filtered(from, *request.filter, request.range, out);
  return read_rollup(from, request.plan, request.reduction->kind, sum, out);
}

}  // namespace

SampleRequest::SampleRequest(const SelectRequest& request)
    : range(request.range),
      reduction(request.reduction),
      plan(reduction ? plan_rollup_reads(*reduction, range) : std::vector<RollupSegment>()),
      filter(request.filter) {}

/// `rolled_up` covers times of its own, in which `samples` has none.
void SelectedSamples::interleave(const SampleColumns& samples, std::vector<RolledUp> rolled_up,
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

Status SelectedSamples::read_chunks(const Chunks& source, const TimeRange& range, SampleColumns& scratch,
                                    SampleColumns& out) {
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

Status SelectedSamples::read(const SampleRequest& request, SampleColumns& out) const {
  const auto may_have_rollup = [](const Chunks& source) { return source.block->footer().has_lists; };
  if ((!request.plan.empty() || request.filter) && std::ranges::any_of(blocks_, may_have_rollup)) {
    ASSIGN_OR_RETURN(const bool done, read_hinted(request, out));
    if (done) return {};
  }
  return read_samples(request.range, out);
}

void SelectedSamples::read_head(const TimeRange& range, SampleColumns& out) const {
  for (const HeadSeriesView& view : head_) {
    for (const WindowView& window : view.windows) window.read(range, out);
  }
}

Status SelectedSamples::read_samples(const TimeRange& range, SampleColumns& out) const {
  const size_t begin = out.size();
  SampleColumns scratch;
  for (const Chunks& source : blocks_) {
    RETURN_IF_ERROR(read_chunks(source, range, scratch, out));
  }
  read_head(range, out);
  make_ascending(out, begin);
  return {};
}

/// Whether nothing but the source has samples between its first and its last, and none of it is deleted: a
/// bucket at either end of them may hold some of a chunk that is deleted whole, and not among them.
bool SelectedSamples::is_alone(const Chunks& source, const TimeRange& range,
                               const SampleColumns& head) const {
  const TimeRange span = source.span();
  const auto after = std::lower_bound(head.timestamps_ms.begin(), head.timestamps_ms.end(), span.mint_ms);
  if (after != head.timestamps_ms.end() && *after <= span.maxt_ms) return false;
  return !touches(source.masked, range) &&
         std::none_of(blocks_.begin(), blocks_.end(),
                      [&](const Chunks& other) { return &other != &source && other.span().overlaps(span); });
}

// What is alone in its time may come from a rollup, the rest is read and merged as ever; then both are put
// together in the order of time. False, with `out` unchanged, where sums turn out not to be exact.
Result<bool> SelectedSamples::read_hinted(const SampleRequest& request, SampleColumns& out) const {
  SampleColumns head;
  read_head(request.range, head);
  make_ascending(head, 0);
  SampleColumns samples;
  SampleColumns scratch;
  std::vector<RolledUp> rolled_up;
  ExactSum sum;
  for (const Chunks& source : blocks_) {
    RolledUp part{source.span(), {}};
    bool done = false;
    if (is_alone(source, request.range, head)) {
      ASSIGN_OR_RETURN(done, read_by_rollup(source, request, sum, part.samples));
    }
    if (done) {
      rolled_up.push_back(std::move(part));
    } else {
      RETURN_IF_ERROR(read_chunks(source, request.range, scratch, samples));
    }
  }
  append_in_range(head, request.range, samples);
  make_ascending(samples, 0);
  if (!rolled_up.empty() && !request.plan.empty() && request.reduction->kind == WindowReduction::Kind::kSum) {
    sum.add(samples.values);
    if (!sum.holds() || !samples.histograms.empty()) return false;
  }
  interleave(samples, std::move(rolled_up), out);
  return true;
}

}  // namespace weir::store::embedded
