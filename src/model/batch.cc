#include "model/batch.h"

namespace weir {

void Batch::clear() {
  label_bytes_.clear();
  series_.clear();
  timestamps_ms_.clear();
  values_.clear();
}

void Batch::rewind(const Mark& mark) {
  label_bytes_.resize(mark.label_bytes);
  series_.resize(mark.series);
  timestamps_ms_.resize(mark.samples);
  values_.resize(mark.samples);
}

size_t Batch::size_bytes() const {
  return label_bytes_.size() + series_.size() * sizeof(Series) +
         timestamps_ms_.size() * (sizeof(TimestampMs) + sizeof(double));
}

size_t Batch::capacity_bytes() const {
  return label_bytes_.capacity() + series_.capacity() * sizeof(Series) +
         timestamps_ms_.capacity() * sizeof(TimestampMs) + values_.capacity() * sizeof(double);
}

}  // namespace weir
