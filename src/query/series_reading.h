#pragma once

#include "absl/functional/function_ref.h"
#include "os/threads.h"
#include "query/budget.h"
#include "query/value.h"
#include "store/store.h"

/// From the series of a selection to their values at the steps of a query.
namespace weir::query {

/// Puts what a series without histograms is worth at each step into `out`, which has a place for each and
/// nothing in it. Called for several series at once, from as many threads: it changes nothing else.
using SeriesKernel = absl::FunctionRef<Status(const SampleColumns& samples, Budget& budget, Column& out)>;

/// One series when it is its turn. All of it lives for the call; the visitor may take the columns.
struct SeriesRead {
  LabelsView labels;
  /// With histograms: all samples, and the kernel was not called. Else anything.
  const SampleColumns& samples;
  Column& values;  ///< From the kernel.

  bool has_histograms() const { return !samples.histograms.empty(); }
};
using SeriesReadVisitor = absl::FunctionRef<Status(SeriesRead series)>;

struct ReadingOptions {
  size_t steps = 1;
  bool drop_stale = false;         ///< Take stale markers out before the kernel.
  os::WorkerPool* pool = nullptr;  ///< Null: the calling thread does all the work.
  size_t threads = 0;              ///< Of the pool.
};

/// Reads all series of `set` and runs the kernel on each, on the calling thread and, when there are many, on
/// those of the pool; then visits them on the calling thread in the set's order, but for those without a
/// sample. At most a few dozen series a thread are in memory at a time. Errors: the first one of the set, of
/// the kernel, of the visitor and of the budget, by the order of series.
Status read_series(store::SeriesSet& set, const ReadingOptions& options, Budget& budget, SeriesKernel kernel,
                   SeriesReadVisitor visit);

/// Takes the stale markers out of a series.
void drop_stale(SampleColumns& samples);

}  // namespace weir::query
