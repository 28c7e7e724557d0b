#pragma once

#include <string>
#include <vector>

#include "os/clock.h"
#include "store/embedded/block_set.h"
#include "store/embedded/head_series.h"
#include "store/embedded/selected_samples.h"
#include "store/store.h"

namespace weir::store::embedded {

/// The series that one block contributes to a selection, ascending.
struct BlockSelection {
  BlockPtr block;
  const BlockTenant* tenant;  ///< Of `block`.
  Postings series;
};

/// The answer to a select: the series of head and blocks merged by labels, samples decoded when they are
/// read. It holds on to the head's views and the blocks' files. Owned by one thread.
class SelectedSeries : public SeriesSet {
 public:
  /// `head`: ascending by labels. `blocks`: those whose samples come first win over later ones and over the
  /// head.
  SelectedSeries(std::vector<HeadSeriesView> head, std::vector<BlockSelection> blocks,
                 const SelectRequest& request, Deadline deadline, const os::Clock& clock);

  Result<bool> next() override;
  LabelsView labels() const override { return current_; }
  Status read(SampleColumns& out) override;
  std::unique_ptr<SeriesSamples> detach() override;
  /// Judged by how many of those so far were in several of head and blocks.
  std::optional<uint64_t> series_about() const override;

 private:
  struct Source {
    BlockSelection selection;
    size_t at = 0;
    std::string labels;  // of the series at `at`
  };
  void load_labels(Source& source) const;
  void load_head_labels();
  bool find_smallest();
  bool take_current();

  std::vector<HeadSeriesView> head_;
  std::vector<Source> sources_;
  const SampleRequest request_;
  const uint64_t series_max_;
  const Deadline deadline_;
  const os::Clock& clock_;

  size_t head_at_ = 0;
  std::string head_labels_;  // of the series at `head_at_`
  uint64_t returned_ = 0;
  uint64_t steps_ = 0;
  Labels current_;
  SelectedSamples samples_;
};

}  // namespace weir::store::embedded
