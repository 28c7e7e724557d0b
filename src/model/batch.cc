#include "model/batch.h"

#include <utility>

namespace weir {

void Batch::add_histogram(TimestampMs timestamp_ms, Histogram histogram) {
  histogram_bytes_ += histogram.size_bytes();
  histogram_times_ms_.push_back(timestamp_ms);
  histograms_.push_back(std::move(histogram));
  ++series_.back().histogram_count;
}

void Batch::add_samples(const SampleColumns& samples) {
  for (size_t i = 0; i < samples.size(); ++i) {
    if (const HistogramPtr histogram = samples.histogram(i)) {
      add_histogram(samples.timestamps_ms[i], *histogram);
    } else {
      add_sample(samples.timestamps_ms[i], samples.values[i]);
    }
  }
}

void Batch::clear() {
  label_bytes_.clear();
  series_.clear();
  timestamps_ms_.clear();
  values_.clear();
  histogram_times_ms_.clear();
  histograms_.clear();
  histogram_bytes_ = 0;
  exemplars_.clear();
}

void Batch::rewind(const Mark& mark) {
  label_bytes_.resize(mark.label_bytes);
  series_.resize(mark.series);
  timestamps_ms_.resize(mark.samples);
  values_.resize(mark.samples);
  for (size_t i = mark.histograms; i < histograms_.size(); ++i)
    histogram_bytes_ -= histograms_[i].size_bytes();
  histogram_times_ms_.resize(mark.histograms);
  histograms_.resize(mark.histograms);
  exemplars_.truncate(mark.exemplars);
}

size_t Batch::size_bytes() const {
  return label_bytes_.size() + series_.size() * sizeof(Series) +
         timestamps_ms_.size() * (sizeof(TimestampMs) + sizeof(double)) +
         histogram_times_ms_.size() * sizeof(TimestampMs) + histogram_bytes_ + exemplars_.size_bytes();
}

size_t Batch::capacity_bytes() const {
  return label_bytes_.capacity() + series_.capacity() * sizeof(Series) +
         timestamps_ms_.capacity() * sizeof(TimestampMs) + values_.capacity() * sizeof(double) +
         histogram_times_ms_.capacity() * sizeof(TimestampMs) + histogram_bytes_ +
         (histograms_.capacity() - histograms_.size()) * sizeof(Histogram) + exemplars_.capacity_bytes();
}

}  // namespace weir
