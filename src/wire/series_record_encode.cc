#include <algorithm>
#include <numeric>

#include "base/bytes.h"
#include "base/hash.h"
#include "wire/batch_record.h"
#include "wire/exemplar_columns.h"
#include "wire/histogram_columns.h"
#include "wire/sample_tokens.h"
#include "wire/series_record.h"
#include "wire/series_record_layout.h"

namespace weir::wire {
namespace {

/// Of SeriesIdentity::check. Any number: it only has to be another than that of `series_hash`.
constexpr uint64_t kCheckSeed = 0x5eed'0f1d'e471'7137;

SeriesIdentity identity_of(LabelsView labels, uint64_t hash) {
  return {hash, static_cast<uint32_t>(stable_hash(labels.bytes(), kCheckSeed))};
}

/// The number of samples that all series have, or 0 when they differ.
uint32_t common_count(const BatchSlice& slice) {
  const auto& series = slice.batch->series();
  const uint32_t first = series[slice.selection.indexes.front()].sample_count;
  const bool same = std::ranges::all_of(slice.selection.indexes,
                                        [&](uint32_t index) { return series[index].sample_count == first; });
  return same ? first : 0;
}

/// Flags of what the slice holds beside samples.
uint8_t flags_of(const BatchSlice& slice) {
  uint8_t flags = 0;
  for (const uint32_t index : slice.selection.indexes) {
    const Batch::Series& series = slice.batch->series()[index];
    if (series.histogram_count > 0) flags |= kSeriesRecordHistograms;
    if (series.exemplar_count > 0) flags |= kSeriesRecordExemplars;
  }
  return flags;
}

/// Adds what a series has, and returns how many that were.
uint32_t add_histograms(const Batch& batch, const Batch::Series& series, HistogramColumnsWriter& columns) {
  columns.begin_series();
  for (size_t i = 0; i < series.histogram_count; ++i)
    columns.add(batch.histogram_times_ms(series)[i], batch.histograms(series)[i]);
  return series.histogram_count;
}

uint32_t add_exemplars(const Batch& batch, const Batch::Series& series, ExemplarColumnsWriter& columns) {
  for (size_t i = 0; i < series.exemplar_count; ++i) columns.add(batch.exemplar(series, i));
  return series.exemplar_count;
}

/// How many each series has, then all of them.
template <typename Columns>
void write_part(const BatchSlice& slice,
                uint32_t (*add)(const Batch& batch, const Batch::Series& series, Columns& columns),
                std::string& out) {
  std::string part;
  ByteWriter counts(part);
  Columns columns;
  for (const uint32_t index : slice.selection.indexes)
    counts.varint(add(*slice.batch, slice.batch->series()[index], columns));
  columns.append_to(part);
  ByteWriter(out).text(part);
}

}  // namespace

size_t SeriesRecordEncoder::encode(const BatchSlice& slice, SeriesNumbers& numbers, std::string& out) {
  number_series(slice, numbers);
  ByteWriter writer(out);
  writer.u8(kSeriesRecordVersion);
  const bool defines = !new_.empty() || !again_.empty();
  const uint8_t flags = flags_of(slice);
  writer.u8(static_cast<uint8_t>(flags | (defines ? kSeriesRecordDefines : 0)));
  writer.varint(numbers.group());
  const size_t begin = out.size();
  if (defines) write_definitions(out);
  const size_t definition_bytes = out.size() - begin;
  write_numbers(out);
  write_samples(slice, flags, out);
  return definition_bytes;
}

void SeriesRecordEncoder::number_series(const BatchSlice& slice, SeriesNumbers& numbers) {
  numbers_.clear();
  new_.clear();
  again_.clear();
  again_numbers_.clear();
  first_new_ = numbers.count();
  numbers.begin_record();
  for (size_t i = 0; i < slice.selection.indexes.size(); ++i) {
    const LabelsView labels = slice.batch->labels(slice.batch->series()[slice.selection.indexes[i]]);
    const auto [number, is_new, define_again] = numbers.next(identity_of(labels, slice.selection.hashes[i]));
    numbers_.push_back(number);
    if (is_new) {
      new_.begin_series(labels.bytes());
    } else if (define_again && number < first_new_) {  // not twice in one record
      numbers.defined_again(number);
      again_.begin_series(labels.bytes());
      again_numbers_.push_back(number);
    }
  }
}

// New series, then those again: the labels of each as a batch record without samples.
void SeriesRecordEncoder::write_definitions(std::string& out) {
  ByteWriter writer(out);
  writer.varint(first_new_);
  writer.varint(again_numbers_.size());
  uint32_t before = 0;
  for (const uint32_t number : again_numbers_) {
    writer.svarint(int64_t{number} - before);
    before = number;
  }
  for (const Batch* batch : {&new_, &again_}) {
    scratch_.clear();
    if (!batch->empty()) {
      for (auto next = static_cast<uint32_t>(all_.size()); next < batch->series_count(); ++next)
        all_.push_back(next);
      encode_batch_record(*batch, std::span(all_).first(batch->series_count()), scratch_);
    }
    writer.text(scratch_);
  }
}

// Runs of numbers that follow each other.
void SeriesRecordEncoder::write_numbers(std::string& out) const {
  ByteWriter writer(out);
  writer.varint(numbers_.size());
  uint32_t expected = 0;
  for (size_t begin = 0; begin < numbers_.size();) {
    size_t end = begin + 1;
    while (end < numbers_.size() && numbers_[end] == numbers_[end - 1] + 1) ++end;
    writer.svarint(int64_t{numbers_[begin]} - expected);
    writer.varint(end - begin - 1);
    expected = numbers_[end - 1] + 1;
    begin = end;
  }
}

void SeriesRecordEncoder::write_samples(const BatchSlice& slice, uint8_t flags, std::string& out) {
  const Batch& batch = *slice.batch;
  ByteWriter writer(out);
  const uint32_t common = common_count(slice);
  writer.varint(common);
  scratch_.clear();
  ByteWriter times(scratch_);
  TimeTokenWriter tokens(times);
  for (const uint32_t index : slice.selection.indexes) {
    const Batch::Series& series = batch.series()[index];
    if (common == 0) writer.varint(series.sample_count);
    tokens.add(batch.timestamps_ms(series));
  }
  tokens.finish();
  if ((flags & kSeriesRecordHistograms) != 0) write_part<HistogramColumnsWriter>(slice, &add_histograms, out);
  if ((flags & kSeriesRecordExemplars) != 0) write_part<ExemplarColumnsWriter>(slice, &add_exemplars, out);
  writer.text(scratch_);
  for (const uint32_t index : slice.selection.indexes) {
    for (const double value : batch.values(batch.series()[index])) append_value_token(value, writer);
  }
}

}  // namespace weir::wire
