#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/exemplar.h"
#include "model/labels.h"
#include "model/sample.h"
#include "model/tenant_id.h"
#include "os/files.h"
#include "store/embedded/block_format.h"
#include "store/embedded/block_index_writer.h"
#include "store/embedded/buffered_file.h"
#include "store/embedded/chunk_lenders.h"
#include "store/embedded/rollup_builder.h"

namespace weir::store::embedded {

/// Writes one block file from front to back, in memory bounded by the number of series. Series that are dense
/// enough get their rollups, made of the samples as they come. The file takes its
/// name only when it is whole and on stable storage; a writer that is dropped before, or whose `finish`
/// failed, leaves nothing under that name, and removes the temporary file as far as the disk lets it. Owned
/// by one thread.
class BlockWriter {
 public:
  /// Writes `path`, which must not exist yet, by way of `path` + ".tmp". `length_ms`: about from the first of
  /// all samples to the last; a guess that is too short leaves out rollups.
  static Result<std::unique_ptr<BlockWriter>> create(os::FileSystem& files, const std::string& path,
                                                     int64_t length_ms);
  ~BlockWriter();

  /// Starts a series; ascending by tenant, then labels. Each series gets at least one sample or exemplar.
  Status begin_series(TenantId tenant, LabelsView labels);
  /// Samples of the series begun last, later than those before. `histograms`: as in SampleColumns, empty when
  /// all samples are doubles.
  Status add_samples(std::span<const TimestampMs> timestamps_ms, std::span<const double> values,
                     std::span<const HistogramPtr> histograms = {});
  /// The exemplars of the series begun last, ascending; once, and after all its samples. Of one time there
  /// are at most kExemplarChunkMax: more are left out.
  Status add_exemplars(const ExemplarColumns& exemplars);
  /// A chunk of samples as Block::chunk_bytes gives it, later than the samples before. Of `ref`, list, count
  /// and range are used.
  Status add_chunk(const ChunkRef& ref, std::string_view bytes);
  /// Samples of the current series that wait for their chunk to fill: `add_chunk` would make a chunk of them.
  size_t pending_samples() const { return pending_.size(); }
  /// Writes the index and makes the file durable under its name.
  Status finish();

 private:
  BlockWriter(os::FileSystem& files, std::string path, BufferedFile file, int64_t length_ms);
  Status add_doubles(std::span<const TimestampMs> timestamps_ms, std::span<const double> values);
  Status add_histogram(TimestampMs timestamp_ms, const HistogramPtr& histogram);
  Status flush_pending();
  void roll_up(const SampleColumns& samples);
  Status end_series();
  /// Appends a chunk of samples, with its begin borrowed if there is a lender.
  Status append_samples(const ChunkRef& ref, std::string_view chunk);
  /// Appends a chunk of any list.
  Status append_chunk(ChunkRef ref, std::string_view bytes);

  os::FileSystem& files_;
  const std::string path_;
  BufferedFile file_;
  BlockIndexWriter index_;
  BlockFooter footer_;
  SampleColumns pending_;      // all doubles, or all histograms of one layout
  uint64_t series_bytes_ = 0;  // of the current series' samples
  RollupBuilder minutes_;
  RollupBuilder hours_;
  SampleColumns copied_;  // the samples of a chunk taken as it stands
  ChunkLenders lenders_;
  std::string chunk_bytes_;
  std::string borrowed_bytes_;
  bool finished_ = false;
};

}  // namespace weir::store::embedded
