#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "aggregation/scan.h"
#include "os/clock.h"

namespace weir::aggregation {

/// Has the aggregations that read the same series, and whose windows end at the same time, read them once.
/// Safe from any thread.
class SharedScans {
 public:
  /// One that reads series, safe from any thread.
  class Reader {
   public:
    virtual ~Reader() = default;
    /// Whether it is about to close windows up to exactly `to_ms`, and none before: then it does no more than
    /// look at what a scan gives that begins after this call, so samples up to that time count as late for it
    /// from now on. Returns the oldest time that it needs; nullopt when it reads by itself.
    virtual std::optional<TimestampMs> join_scan(TimestampMs to_ms) = 0;
  };
  using Open = std::function<Result<InputWalk>(TimeRange range)>;

  /// A scan is kept for those who have joined it, for `kept` at most. One that is larger than `bytes_max` is
  /// read by each for itself.
  SharedScans(os::Clock& clock, size_t bytes_max, os::milliseconds kept = os::milliseconds(10'000))
      : clock_(clock), bytes_max_(bytes_max), kept_(kept) {}

  /// The readers of each key, from now on. Those who read the same have the same key.
  void set_readers(std::map<std::string, std::vector<std::weak_ptr<Reader>>> readers);

  /// What `reader` is to read of `range`, or more; it has said to all that samples up to the end of the range
  /// are late. Null when there is nobody to share it with. May wait for another's scan of the same key.
  /// Errors: those of `open` and of the walk.
  Result<std::shared_ptr<const Scan>> get(const std::string& key, const Reader& reader, TimeRange range,
                                          const Open& open);

 private:
  struct Entry {
    std::mutex mutex;
    std::vector<std::weak_ptr<Reader>> readers;  // guarded by mutex, as is what follows
    std::shared_ptr<const Scan> scan;
    std::set<const Reader*> joined;  // who may have it yet
    os::SteadyTime made;
  };
  std::shared_ptr<Entry> entry(const std::string& key);

  os::Clock& clock_;
  const size_t bytes_max_;
  const os::milliseconds kept_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;  // guarded by mutex_
};

}  // namespace weir::aggregation
