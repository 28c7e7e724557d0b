#include "ingest/split.h"

#include <algorithm>
#include <utility>

#include "wire/exemplar_columns.h"
#include "wire/histogram_columns.h"

namespace weir::ingest {
namespace {

/// Splits one batch. Lives for one call.
class Splitter {
 public:
  Splitter(TenantId tenant, const SplitOptions& options)
      : tenant_(tenant),
        codec_(options.codec),
        partition_count_(options.partition_count),
        encode_(options.encode),
        record_bytes_max_(std::min(options.record_bytes_max, options.codec.record_bytes_max())),
        buckets_(options.partition_count) {}

  std::vector<EncodedRecord> run(const std::shared_ptr<const Batch>& batch, const Judgement& judgement) {
    const auto rebuilt = std::make_shared<Batch>();  // series that cannot go as they were sent
    for (const uint32_t index : judgement.whole) {
      const Batch::Series& series = batch->series()[index];
      if (bound(*batch, series) <= record_bytes_max_) {
        place(*batch, index);
      } else {
        rebuild(*batch, series, judgement, *rebuilt);
      }
    }
    encode_buckets(batch);
    for (const Judgement::Part& part : judgement.parts) {
      rebuild(*batch, batch->series()[part.series_index], judgement, *rebuilt);
    }
    for (uint32_t i = 0; i < rebuilt->series_count(); ++i) place(*rebuilt, i);
    encode_buckets(rebuilt);
    return std::move(records_);
  }

 private:
  size_t bound(const Batch& batch, const Batch::Series& series) const {
    size_t further_bytes = 0;
    for (const Histogram& histogram : batch.histograms(series))
      further_bytes += wire::histogram_bound(histogram);
    for (size_t i = 0; i < series.exemplar_count; ++i)
      further_bytes += wire::exemplar_bound(batch.exemplar(series, i));
    return codec_.bound(series.labels_size, series.sample_count, further_bytes);
  }

  size_t bound(const Batch& batch, const SeriesSelection& selection) const {
    size_t bytes = 0;
    for (const uint32_t index : selection.indexes) bytes += bound(batch, batch.series()[index]);
    return bytes;
  }

  // Copies the good samples of a series, as several series if they are too many for one record.
  void rebuild(const Batch& batch, const Batch::Series& series, const Judgement& judgement,
               Batch& out) const {
    const LabelsView labels = batch.labels(series);
    const auto times = batch.timestamps_ms(series);
    const auto values = batch.values(series);
    bool begun = false;
    for (size_t i = 0; i < times.size(); ++i) {
      if (!judgement.is_good_time(times[i])) continue;
      if (!begun ||
          codec_.bound(series.labels_size, out.series().back().sample_count + 1, 0) > record_bytes_max_) {
        out.begin_series(labels.bytes());
        begun = true;
      }
      out.add_sample(times[i], values[i]);
    }
    if (series.histogram_count > 0) rebuild_histograms(batch, series, judgement, out);
    if (series.exemplar_count > 0) rebuild_exemplars(batch, series, judgement, out);
  }

  // The same for its histograms, in series of their own.
  void rebuild_histograms(const Batch& batch, const Batch::Series& series, const Judgement& judgement,
                          Batch& out) const {
    const auto times = batch.histogram_times_ms(series);
    const auto histograms = batch.histograms(series);
    size_t bytes = 0;  // of the series begun last
    bool begun = false;
    for (size_t i = 0; i < times.size(); ++i) {
      if (!judgement.is_good_time(times[i])) continue;
      const size_t more = wire::histogram_bound(histograms[i]);
      if (!begun || codec_.bound(series.labels_size, 0, bytes + more) > record_bytes_max_) {
        out.begin_series(batch.labels(series).bytes());
        begun = true;
        bytes = 0;
      }
      out.add_histogram(times[i], histograms[i]);
      bytes += more;
    }
  }

  void rebuild_exemplars(const Batch& batch, const Batch::Series& series, const Judgement& judgement,
                         Batch& out) const {
    size_t bytes = 0;  // of the series begun last
    bool begun = false;
    for (size_t i = 0; i < series.exemplar_count; ++i) {
      const Exemplar exemplar = batch.exemplar(series, i);
      if (!judgement.is_good_time(exemplar.timestamp_ms)) continue;
      const size_t more = wire::exemplar_bound(exemplar);
      if (!begun || codec_.bound(series.labels_size, 0, bytes + more) > record_bytes_max_) {
        out.begin_series(batch.labels(series).bytes());
        begun = true;
        bytes = 0;
      }
      out.add_exemplar(exemplar);
      bytes += more;
    }
  }

  void place(const Batch& batch, uint32_t index) {
    const uint64_t hash = series_hash(tenant_, batch.labels(batch.series()[index]));
    SeriesSelection& bucket = buckets_[partition_of(hash, partition_count_).value()];
    bucket.indexes.push_back(index);
    bucket.hashes.push_back(hash);
  }

  void encode_buckets(const std::shared_ptr<const Batch>& batch) {
    for (uint32_t partition = 0; partition < partition_count_; ++partition)
      encode_bucket(batch, PartitionId(partition), std::exchange(buckets_[partition], {}));
  }

  // As many series to a record as surely fit.
  void encode_bucket(const std::shared_ptr<const Batch>& batch, PartitionId partition,
                     SeriesSelection bucket) {
    if (bucket.indexes.empty()) return;
    if (bound(*batch, bucket) <= record_bytes_max_) return encode(batch, partition, std::move(bucket));
    SeriesSelection selection;
    size_t bytes = 0;
    for (size_t i = 0; i < bucket.indexes.size(); ++i) {
      const size_t more = bound(*batch, batch->series()[bucket.indexes[i]]);
      if (!selection.indexes.empty() && bytes + more > record_bytes_max_) {
        encode(batch, partition, std::exchange(selection, {}));
        bytes = 0;
      }
      bytes += more;
      selection.indexes.push_back(bucket.indexes[i]);
      selection.hashes.push_back(bucket.hashes[i]);
    }
    encode(batch, partition, std::move(selection));
  }

  void encode(const std::shared_ptr<const Batch>& batch, PartitionId partition, SeriesSelection selection) {
    EncodedRecord& record = records_.emplace_back();
    record.partition = partition;
    if (encode_) codec_.encode(*batch, selection.indexes, record.payload);
    record.decoded = std::make_shared<const BatchSlice>(BatchSlice{batch, std::move(selection)});
  }

  TenantId tenant_;
  const wire::RecordCodec& codec_;
  uint32_t partition_count_;
  bool encode_;
  size_t record_bytes_max_;
  std::vector<SeriesSelection> buckets_;  // by partition
  std::vector<EncodedRecord> records_;
};

}  // namespace

PartitionId partition_of(uint64_t hash, uint32_t partition_count) {
  return PartitionId(static_cast<uint32_t>(hash % partition_count));
}

std::vector<EncodedRecord> split(TenantId tenant, const std::shared_ptr<const Batch>& batch,
                                 const Judgement& judgement, const SplitOptions& options) {
  return Splitter(tenant, options).run(batch, judgement);
}

}  // namespace weir::ingest
