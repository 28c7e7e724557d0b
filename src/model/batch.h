#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/exemplar.h"
#include "model/histogram.h"
#include "model/labels.h"
#include "model/sample.h"

namespace weir {

/// Samples of many series in columns: what decoders produce, ingest judges, and the log carries. All label
/// bytes lie in one buffer and all samples in two columns, so filling a batch allocates nothing per sample
/// and it can be cleared and used again. Histograms and exemplars, which few batches have, lie in columns of
/// their own.
/// Owned by one thread.
class Batch {
 public:
  struct Series {
    uint32_t labels_begin;  ///< Position of the canonical label bytes in the buffer.
    uint32_t labels_size;
    uint32_t first_sample;  ///< Index into the columns.
    uint32_t sample_count;  ///< Samples that are doubles; the histograms come on top.
    uint32_t first_histogram = 0;
    uint32_t histogram_count = 0;
    uint32_t first_exemplar = 0;
    uint32_t exemplar_count = 0;  ///< They are no samples. A series may have exemplars alone.
  };

  /// Starts a series; the samples added next are its own. `canonical_labels` is copied and must be canonical.
  void begin_series(std::string_view canonical_labels) {
    series_.push_back(
        {static_cast<uint32_t>(label_bytes_.size()), static_cast<uint32_t>(canonical_labels.size()),
         static_cast<uint32_t>(timestamps_ms_.size()), 0, static_cast<uint32_t>(histograms_.size()), 0,
         static_cast<uint32_t>(exemplars_.size()), 0});
    label_bytes_.append(canonical_labels);
  }
  /// Adds a sample to the series begun last; any order, repeats allowed.
  void add_sample(TimestampMs timestamp_ms, double value) {
    timestamps_ms_.push_back(timestamp_ms);
    values_.push_back(value);
    ++series_.back().sample_count;
  }
  /// Adds a histogram, which must be valid, to the series begun last; any order, repeats allowed.
  void add_histogram(TimestampMs timestamp_ms, Histogram histogram);
  /// Adds an exemplar, which must be valid, to the series begun last; any order, repeats allowed.
  void add_exemplar(const Exemplar& exemplar) {
    exemplars_.add(exemplar);
    ++series_.back().exemplar_count;
  }
  /// Adds all of them, of either kind, to the series begun last.
  void add_samples(const SampleColumns& samples);
  void clear();

  /// How full the batch is, so that a decoder can take back what it added before it met an error.
  struct Mark {
    size_t label_bytes;
    size_t series;
    size_t samples;
    size_t histograms;
    size_t exemplars;
  };
  Mark mark() const {
    return {label_bytes_.size(), series_.size(), timestamps_ms_.size(), histograms_.size(),
            exemplars_.size()};
  }
  /// Removes the series begun since `mark`, with their samples and exemplars.
  void rewind(const Mark& mark);

  size_t series_count() const { return series_.size(); }
  /// All samples: doubles and histograms.
  size_t sample_count() const { return timestamps_ms_.size() + histograms_.size(); }
  size_t histogram_count() const { return histograms_.size(); }
  size_t exemplar_count() const { return exemplars_.size(); }
  bool empty() const { return series_.empty(); }
  /// Bytes held by the content, for ledgers.
  size_t size_bytes() const;
  /// Bytes of memory, of which the content may fill a part.
  size_t capacity_bytes() const;

  const std::vector<Series>& series() const { return series_; }
  LabelsView labels(const Series& series) const {
    return LabelsView(std::string_view(label_bytes_).substr(series.labels_begin, series.labels_size));
  }
  std::span<const TimestampMs> timestamps_ms(const Series& series) const {
    return std::span(timestamps_ms_).subspan(series.first_sample, series.sample_count);
  }
  std::span<const double> values(const Series& series) const {
    return std::span(values_).subspan(series.first_sample, series.sample_count);
  }
  /// Whether a sample, by its place in the series, has a mark before it: `is_replace_mark`.
  bool replaces(const Series& series, size_t i) const {
    return i > 0 && is_replace_mark(values(series)[i - 1]) &&
           timestamps_ms(series)[i - 1] == timestamps_ms(series)[i];
  }
  std::span<const TimestampMs> histogram_times_ms(const Series& series) const {
    return std::span(histogram_times_ms_).subspan(series.first_histogram, series.histogram_count);
  }
  std::span<const Histogram> histograms(const Series& series) const {
    return std::span(histograms_).subspan(series.first_histogram, series.histogram_count);
  }
  /// The exemplar of a series, by its place in 0 to `exemplar_count`. Lives until the next change.
  Exemplar exemplar(const Series& series, size_t i) const { return exemplars_[series.first_exemplar + i]; }

 private:
  std::string label_bytes_;
  std::vector<Series> series_;
  std::vector<TimestampMs> timestamps_ms_;
  std::vector<double> values_;
  std::vector<TimestampMs> histogram_times_ms_;
  std::vector<Histogram> histograms_;
  size_t histogram_bytes_ = 0;  // of histograms_, by Histogram::size_bytes
  ExemplarColumns exemplars_;
};

}  // namespace weir
