#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "pg/pool.h"
#include "store/timescale/reduced_reads.h"
#include "telemetry/metrics.h"

namespace weir::store::timescale {

struct SelectionOptions {
  std::string schema;
  uint64_t samples_max;              ///< In memory before the transaction is kept open to read on.
  const AggregateState* aggregates;  ///< Null: samples alone are read.
  telemetry::Counter& aggregate_buckets_read;
};

/// One snapshot of some series: everything is read in one REPEATABLE READ transaction. What fits
/// `samples_max` is read at once, so that the usual query gives its connection back before it computes; of a
/// larger one the rest is read as the caller advances.
class Selection final : public SeriesSet {
 public:
  static Result<std::unique_ptr<Selection>> open(pg::Pool& pool, const SelectionOptions& options,
                                                 TenantId tenant, const SelectRequest& request,
                                                 Deadline deadline);

  Result<bool> next() override;
  LabelsView labels() const override { return series_[current_ - 1].labels; }
  Status read(SampleColumns& out) override;
  std::optional<uint64_t> series_about() const override { return series_.size(); }

 private:
  Selection(pg::Pool::Loan loan, const SelectionOptions& options, TimeRange range, Deadline deadline);
  Status start(TenantId tenant, const SelectRequest& request);
  /// Reads batches of series until enough samples are held or all are read; then the transaction ends.
  Status fill();
  Status load_batch();
  Status read_batch(SeriesBatch& batch);
  Status finish();

  std::optional<pg::Pool::Loan> loan_;  ///< While there is more to read.
  const SelectionOptions options_;
  const TimeRange range_;
  const Deadline deadline_;
  WindowReduction::Kind kind_{};
  std::optional<WindowPlan> plan_;   ///< If aggregates are read.
  std::vector<FoundSeries> series_;  ///< In order of labels.
  size_t current_ = 0;               ///< One past the series that the caller is at.
  size_t loaded_ = 0;                ///< Series whose samples were read.
  std::deque<SampleColumns> held_;   ///< Samples of the series [loaded_ - held_.size(), loaded_).
  SampleColumns at_;                 ///< Of the current series.
  uint64_t samples_ = 0;             ///< In held_.
  size_t batch_ = 32;                ///< Series to ask for at once, by what the last batch held.
};

}  // namespace weir::store::timescale
