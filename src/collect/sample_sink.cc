#include "collect/sample_sink.h"

namespace weir::collect {

void SampleSink::begin() {
  // Series may come and go with disks and network devices; forgetting them only when they are the larger part
  // keeps this rare.
  if (series_.size() > 2 * samples_.size() + 1'000) {
    std::erase_if(series_, [this](const auto& entry) { return entry.second.reading != reading_; });
  }
  samples_.clear();
  ++reading_;
}

void SampleSink::add(std::string_view metric, std::span<const Label> labels, double value) {
  if (Series* series = take(metric, labels)) samples_.push_back({series, value});
}

void SampleSink::add_counter(std::string_view metric, std::initializer_list<Label> labels, double value,
                             double slip_max) {
  Series* series = take(metric, std::span(labels.begin(), labels.size()));
  if (series == nullptr) return;
  const bool slipped = value < series->last && series->last - value < slip_max;
  if (!slipped) series->last = value;
  samples_.push_back({series, series->last});
}

void SampleSink::append_to(Batch& batch, TimestampMs timestamp_ms) const {
  for (const Sample& sample : samples_) {
    batch.begin_series(sample.series->labels);
    batch.add_sample(timestamp_ms, sample.value);
  }
}

SampleSink::Series* SampleSink::take(std::string_view metric, std::span<const Label> labels) {
  constexpr char kSeparator = '\xff';  // in no UTF-8 text
  key_.assign(metric);
  for (const Label& label : labels) {
    key_.push_back(kSeparator);
    key_.append(label.name);
    key_.push_back(kSeparator);
    key_.append(label.value);
  }
  auto found = series_.find(std::string_view(key_));
  if (found == series_.end()) found = series_.emplace(key_, Series{canonical(metric, labels)}).first;
  Series& series = found->second;
  if (series.reading == reading_) return nullptr;
  if (samples_.size() >= kSeriesPerReadingMax) {
    ++dropped_;
    return nullptr;
  }
  series.reading = reading_;
  return &series;
}

std::string SampleSink::canonical(std::string_view metric, std::span<const Label> labels) const {
  std::vector<Label> all = {{kMetricName, metric}};
  all.insert(all.end(), labels.begin(), labels.end());
  for (const auto& [name, value] : common_) all.push_back({name, value});
  const Result<Labels> result = Labels::from(std::move(all));
  CHECK(result.ok(), "the collector's label names are constants, and each occurs once");
  return std::string(result->view().bytes());
}

}  // namespace weir::collect
