#pragma once

#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/batch.h"
#include "rules/unit_test/unit_test_file.h"

namespace weir::rules::unit_test {

/// Hands out the samples of input series as the time of a test goes on. Owned by one thread.
class InputLoader {
 public:
  /// `test` must outlive it.
  explicit InputLoader(const UnitTest& test);

  /// The samples that were not handed out yet, up to `until_ms`, which must not go backwards. Errors:
  /// kInvalidArgument where histograms, changed from step to step, come to one that is none.
  Result<Batch> take(TimestampMs until_ms);

 private:
  struct Source {
    const InputSeries* series;
    ValueCursor values;
    TimestampMs next_ms;
  };

  Status take(Source& source, TimestampMs until_ms, Batch& out) const;

  int64_t interval_ms_;
  std::vector<Source> sources_;  // that have something left
};

}  // namespace weir::rules::unit_test
