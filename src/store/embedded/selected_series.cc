#include "store/embedded/selected_series.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::store::embedded {
namespace {

constexpr uint64_t kStepsPerClockLook = 256;

// Cheaper than the order, and among the sources of a selection the usual case.
bool same(LabelsView a, LabelsView b) {
  return a.bytes() == b.bytes();
}

class Detached : public SeriesSamples {
 public:
  Detached(const SampleRequest& request, SelectedSamples samples)
      : request_(request), samples_(std::move(samples)) {}
  Status read(SampleColumns& out) override { return samples_.read(request_, out); }

 private:
  const SampleRequest& request_;
  const SelectedSamples samples_;
};

}  // namespace

SelectedSeries::SelectedSeries(std::vector<HeadSeriesView> head, std::vector<BlockSelection> blocks,
                               const SelectRequest& request, Deadline deadline, const os::Clock& clock)
    : head_(std::move(head)),
      request_(request),
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
  samples_.clear();
  for (Source& source : sources_) {
    const BlockSelection& selection = source.selection;
    if (source.at == selection.series.size() || !same(LabelsView(source.labels), current_)) continue;
    const uint32_t series = selection.series[source.at];
    SelectedSamples::Chunks found{selection.block.get(),
                                  selection.tenant,
                                  series,
                                  {},
                                  selection.block->masked(selection.tenant->tenant(), series)};
    selection.tenant->append_chunks(series, found.chunks);
    std::erase_if(found.chunks, [&](const ChunkRef& chunk) {
      return !chunk.range.overlaps(request_.range) || covers(found.masked, chunk.range);
    });
    if (!found.chunks.empty()) samples_.add(std::move(found));
    ++source.at;
    load_labels(source);
  }
  const size_t head_begin = head_at_;
  while (head_at_ < head_.size() && same(LabelsView(head_labels_), current_)) {
    ++head_at_;
    load_head_labels();
  }
  samples_.set_head(std::span(head_).subspan(head_begin, head_at_ - head_begin));
  return !samples_.empty();
}

Status SelectedSeries::read(SampleColumns& out) {
  return samples_.read(request_, out);
}

std::optional<uint64_t> SelectedSeries::series_about() const {
  size_t done = head_at_;
  size_t all = head_.size();
  for (const Source& source : sources_) {
    done += source.at;
    all += source.selection.series.size();
  }
  if (done == 0) return all;
  return static_cast<uint64_t>(static_cast<double>(returned_) * static_cast<double>(all) /
                               static_cast<double>(done));
}

std::unique_ptr<SeriesSamples> SelectedSeries::detach() {
  return std::make_unique<Detached>(request_, std::move(samples_));
}

}  // namespace weir::store::embedded
