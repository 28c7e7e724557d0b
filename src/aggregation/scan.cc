#include "aggregation/scan.h"

#include <utility>

namespace weir::aggregation {

Result<std::shared_ptr<const Scan>> Scan::take(InputWalk walk, TimeRange range, size_t bytes_max) {
  std::shared_ptr<Scan> scan(new Scan(range));
  SampleColumns samples;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, walk.next());
    if (!more) return std::shared_ptr<const Scan>(std::move(scan));
    RETURN_IF_ERROR(walk.read(samples));
    if (samples.size() == 0) continue;
    scan->label_bytes_.append(walk.labels().bytes());
    scan->times_ms_.insert(scan->times_ms_.end(), samples.timestamps_ms.begin(), samples.timestamps_ms.end());
    scan->values_.insert(scan->values_.end(), samples.values.begin(), samples.values.end());
    scan->series_.push_back({scan->label_bytes_.size(), scan->times_ms_.size()});
    if (scan->size_bytes() > bytes_max) return std::shared_ptr<const Scan>();
  }
}

size_t Scan::size_bytes() const {
  return sizeof(*this) + label_bytes_.capacity() + series_.capacity() * sizeof(Series) +
         times_ms_.capacity() * sizeof(TimestampMs) + values_.capacity() * sizeof(double);
}

}  // namespace weir::aggregation
