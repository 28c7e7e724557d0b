#include <algorithm>
#include <limits>

#include "store/embedded/block_merge.h"
#include "store/embedded/block_writer.h"
#include "store/embedded/sample_merge.h"

namespace weir::store::embedded {
namespace {

bool before(const HeadSeriesView& a, const HeadSeriesView& b) {
  if (a.tenant != b.tenant) return a.tenant < b.tenant;
  return a.labels() < b.labels();
}

bool same_series(const HeadSeriesView& a, const HeadSeriesView& b) {
  return a.tenant == b.tenant && a.labels() == b.labels();
}

}  // namespace

Status write_head_block(os::FileSystem& files, FrozenWindows windows, const std::string& path,
                        absl::FunctionRef<Status()> proceed) {
  constexpr TimeRange kAlways{std::numeric_limits<TimestampMs>::min(),
                              std::numeric_limits<TimestampMs>::max()};
  std::vector<HeadSeriesView>& views = windows.views;
  std::stable_sort(views.begin(), views.end(), before);
  ASSIGN_OR_RETURN(const auto writer, BlockWriter::create(files, path, windows.times.length_ms()));
  std::string labels;
  SampleColumns samples;
  ExemplarColumns exemplars;
  for (size_t i = 0; i < views.size();) {
    RETURN_IF_ERROR(proceed());
    samples.clear();
    exemplars.clear();
    const HeadSeriesView& first = views[i];
    for (; i < views.size() && same_series(views[i], first); ++i) {
      for (const WindowView& window : views[i].windows) window.read(kAlways, samples);
      exemplars.add_range(views[i].exemplars, kAlways.mint_ms, kAlways.maxt_ms);
    }
    make_ascending(samples, 0);
    exemplars.make_ascending();
    labels.clear();
    first.labels().append_to(labels);
    RETURN_IF_ERROR(writer->begin_series(first.tenant, LabelsView(labels)));
    RETURN_IF_ERROR(writer->add_samples(samples.timestamps_ms, samples.values, samples.histograms));
    RETURN_IF_ERROR(writer->add_exemplars(exemplars));
  }
  return writer->finish();
}

}  // namespace weir::store::embedded
