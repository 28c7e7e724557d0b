#include "ingest/split.h"

#include <algorithm>
#include <span>

#include "base/hash.h"

namespace weir::ingest {
namespace {

/// Splits one batch. Lives for one call.
class Splitter {
 public:
  Splitter(TenantId tenant, const SplitOptions& options)
      : tenant_(tenant),
        codec_(options.codec),
        partition_count_(options.partition_count),
        record_bytes_max_(std::min(options.record_bytes_max, options.codec.record_bytes_max())),
        buckets_(options.partition_count) {}

  std::vector<EncodedRecord> run(const Batch& batch, const Judgement& judgement) {
    Batch rebuilt;  // series that cannot go as they were sent
    for (const uint32_t index : judgement.whole) {
      const Batch::Series& series = batch.series()[index];
      if (bound(series) <= record_bytes_max_) {
        place(batch, index);
      } else {
        rebuild(batch, series, judgement, rebuilt);
      }
    }
    encode_buckets(batch);
    for (const Judgement::Part& part : judgement.parts) {
      rebuild(batch, batch.series()[part.series_index], judgement, rebuilt);
    }
    for (uint32_t i = 0; i < rebuilt.series_count(); ++i) place(rebuilt, i);
    encode_buckets(rebuilt);
    return std::move(records_);
  }

 private:
  size_t bound(const Batch::Series& series) const {
    return codec_.bound(series.labels_size, series.sample_count);
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
          codec_.bound(series.labels_size, out.series().back().sample_count + 1) > record_bytes_max_) {
        out.begin_series(labels.bytes());
        begun = true;
      }
      out.add_sample(times[i], values[i]);
    }
  }

  void place(const Batch& batch, uint32_t index) {
    const LabelsView labels = batch.labels(batch.series()[index]);
    buckets_[partition_of(tenant_, labels, partition_count_).value()].push_back(index);
  }

  void encode_buckets(const Batch& batch) {
    for (uint32_t partition = 0; partition < partition_count_; ++partition) {
      encode_bucket(batch, PartitionId(partition));
      buckets_[partition].clear();
    }
  }

  // As many series to a record as surely fit.
  void encode_bucket(const Batch& batch, PartitionId partition) {
    const std::span<const uint32_t> bucket = buckets_[partition.value()];
    size_t begin = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < bucket.size(); ++i) {
      const size_t more = bound(batch.series()[bucket[i]]);
      if (i > begin && bytes + more > record_bytes_max_) {
        encode(batch, partition, bucket.subspan(begin, i - begin));
        begin = i;
        bytes = 0;
      }
      bytes += more;
    }
    if (begin < bucket.size()) encode(batch, partition, bucket.subspan(begin));
  }

  void encode(const Batch& batch, PartitionId partition, std::span<const uint32_t> indexes) {
    EncodedRecord& record = records_.emplace_back();
    record.partition = partition;
    codec_.encode(batch, indexes, record.payload);
  }

  TenantId tenant_;
  const wire::RecordCodec& codec_;
  uint32_t partition_count_;
  size_t record_bytes_max_;
  std::vector<std::vector<uint32_t>> buckets_;  // series indexes by partition
  std::vector<EncodedRecord> records_;
};

}  // namespace

PartitionId partition_of(TenantId tenant, LabelsView labels, uint32_t partition_count) {
  return PartitionId(static_cast<uint32_t>(stable_hash(labels.bytes(), tenant.value()) % partition_count));
}

std::vector<EncodedRecord> split(TenantId tenant, const Batch& batch, const Judgement& judgement,
                                 const SplitOptions& options) {
  return Splitter(tenant, options).run(batch, judgement);
}

}  // namespace weir::ingest
