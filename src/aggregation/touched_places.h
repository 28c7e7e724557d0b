#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "aggregation/partition_offsets.h"
#include "base/ids.h"
#include "base/time.h"
#include "log/log.h"
#include "model/labels.h"

namespace weir::aggregation {

/// Where late samples have changed windows that are closed, until those are corrected. Safe from any thread.
class TouchedPlaces {
 public:
  /// Groups and their places (Recount::place_of).
  using Places = std::map<Labels, std::set<TimestampMs>>;

  /// A late sample of the record at that position.
  void add(const Labels& group, TimestampMs place_ms, log::Position position);
  /// Those up to that place. They count as not corrected until `done`.
  Places take(TimestampMs place_ms_max);
  /// What was taken last is corrected, or with false has to be taken again.
  void done(bool corrected);

  /// How many wait. Costs no lock: it is asked before every record.
  size_t size() const { return size_; }
  /// The first offset of a partition whose samples are not corrected yet, if any.
  PartitionOffsets waiting_from() const;

 private:
  struct Set {
    Places places;
    size_t size = 0;
    PartitionOffsets first;
  };
  static void merge(Set& from, Set& to);

  std::atomic<size_t> size_{0};  // of both sets; changes under mutex_
  mutable std::mutex mutex_;
  Set waiting_;  // guarded by mutex_, as is what follows
  Set taken_;
};

}  // namespace weir::aggregation
