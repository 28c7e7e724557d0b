#include "app/offline/data_scan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "log/embedded/batch_decoder.h"
#include "store/embedded/masking.h"
#include "store/embedded/store_check.h"

namespace weir::app::offline {
namespace {

using store::embedded::Block;
using store::embedded::ChunkRef;
using store::embedded::Manifest;

constexpr size_t kDecodedBytesMax = 1u << 30;

/// The manifest, or one that names what the directory holds.
Result<Manifest> list_blocks(os::FileSystem& files, const std::string& directory, OnDamage damaged) {
  auto manifest = store::embedded::load_manifest(files, directory);
  if (manifest.ok()) return manifest;
  if (manifest.error().code != Code::kNotFound) damaged(manifest.error().message);
  Manifest made;
  std::vector<Manifest::Block>& entries = made.blocks;
  ASSIGN_OR_RETURN(const bool there, files.exists(directory));
  if (!there) return made;
  ASSIGN_OR_RETURN(const auto names, files.list(directory));
  for (const std::string& name : names) {
    const auto id = store::embedded::parse_block_name(name);
    if (!id) continue;
    entries.push_back({});
    entries.back().id = *id;
  }
  return made;
}

class JournalScan : public log::embedded::JournalVisitor {
 public:
  JournalScan(const DataFilter& filter, OnDamage damaged,
              absl::FunctionRef<Status(const JournalRecord&)> visit,
              absl::FunctionRef<Status(const log::embedded::SegmentScanner&)> marker)
      : filter_(filter), damaged_(damaged), visit_(visit), marker_(marker) {}

  Status on_frame(const log::embedded::SegmentScanner& frame) override {
    if (frame.records().empty()) return marker_(frame);
    for (const auto& record : frame.records()) {
      if (filter_.wants(record.tenant)) RETURN_IF_ERROR(on_record(frame, record));
    }
    return {};
  }
  void on_damage(Damage damage) override {
    damaged_(fmt::format("{} at {}: {}", damage.path, damage.position, damage.what));
  }

 private:
  Status on_record(const log::embedded::SegmentScanner& frame, const log::embedded::FrameRecord& record) {
    const Result<BatchSlicePtr> decoded = decoder_.decode(record);
    if (!decoded.ok()) {
      damaged_(
          fmt::format("{} at {}: {}", frame.segment().path(), frame.frame_begin(), decoded.error().message));
      return {};
    }
    const Batch& batch = *(*decoded)->batch;
    if (filter_.all()) return visit_({frame, record, batch});
    keep_wanted(batch);
    return wanted_.empty() ? Status() : visit_({frame, record, wanted_});
  }

  void keep_wanted(const Batch& batch) {
    wanted_.clear();
    for (const Batch::Series& series : batch.series()) {
      if (!filter_.wants(batch.labels(series))) continue;
      const auto times = batch.timestamps_ms(series);
      bool begun = false;
      for (size_t i = 0; i < times.size(); ++i) {
        if (!filter_.range.contains(times[i])) continue;
        if (!begun) wanted_.begin_series(batch.labels(series).bytes());
        begun = true;
        wanted_.add_sample(times[i], batch.values(series)[i]);
      }
      const auto histogram_times = batch.histogram_times_ms(series);
      for (size_t i = 0; i < histogram_times.size(); ++i) {
        if (!filter_.range.contains(histogram_times[i])) continue;
        if (!begun) wanted_.begin_series(batch.labels(series).bytes());
        begun = true;
        wanted_.add_histogram(histogram_times[i], batch.histograms(series)[i]);
      }
    }
  }

  const DataFilter& filter_;
  OnDamage damaged_;
  absl::FunctionRef<Status(const JournalRecord&)> visit_;
  absl::FunctionRef<Status(const log::embedded::SegmentScanner&)> marker_;
  log::embedded::BatchDecoder decoder_{kDecodedBytesMax};
  Batch wanted_;
};

}  // namespace

Status visit_blocks(os::FileSystem& files, const std::string& directory, const DataFilter& filter,
                    OnDamage damaged,
                    absl::FunctionRef<Status(const Manifest::Block& entry, const Block& block)> visit) {
  ASSIGN_OR_RETURN(const Manifest manifest, list_blocks(files, directory, damaged));
  for (Manifest::Block entry : manifest.blocks) {
    const auto block = Block::open(files, store::embedded::block_path(directory, entry.id));
    if (!block.ok()) {
      damaged(block.error().message);
      continue;
    }
    const auto& tenants = (*block)->tenants();
    const bool wanted = (*block)->range().overlaps(filter.range) &&
                        std::any_of(tenants.begin(), tenants.end(),
                                    [&](const auto& tenant) { return filter.wants(tenant.tenant()); });
    if (wanted) RETURN_IF_ERROR(visit(entry, *store::embedded::masked(*block, manifest, entry)));
  }
  return {};
}

Status visit_series(const Block& block, const DataFilter& filter,
                    absl::FunctionRef<Status(const BlockSeries& series)> visit) {
  std::vector<ChunkRef> chunks;
  std::string labels;
  for (const auto& tenant : block.tenants()) {
    if (!filter.wants(tenant.tenant())) continue;
    for (const uint32_t series : store::embedded::match_series(tenant, filter.matchers)) {
      chunks.clear();
      tenant.append_chunks(series, chunks);
      const auto masked = block.masked(tenant.tenant(), series);
      std::erase_if(chunks, [&](const ChunkRef& chunk) {
        return !chunk.range.overlaps(filter.range) || store::embedded::covers(masked, chunk.range);
      });
      if (chunks.empty()) continue;
      labels.clear();
      tenant.append_labels(series, labels);
      RETURN_IF_ERROR(visit({tenant.tenant(), LabelsView(labels), chunks, masked}));
    }
  }
  return {};
}

const Batch& without_deleted(const JournalRecord& record,
                             std::span<const store::embedded::Deletion> deletions, Batch& kept) {
  const auto& [frame, where, batch] = record;
  std::vector<const store::embedded::Deletion*> concerned;
  for (const auto& deletion : deletions) {
    const size_t partition = where.partition.value();
    if (deletion.tenant == where.tenant && partition < deletion.applied.size() &&
        where.offset < deletion.applied[partition])
      concerned.push_back(&deletion);
  }
  if (concerned.empty()) return batch;
  kept.clear();
  for (const Batch::Series& series : batch.series()) {
    const LabelsView labels = batch.labels(series);
    store::embedded::MaskedRanges taken;
    for (const auto* deletion : concerned) {
      if (deletion->takes(labels)) taken.push_back(deletion->range);
    }
    const auto times = batch.timestamps_ms(series);
    bool begun = false;
    for (size_t i = 0; i < times.size(); ++i) {
      if (store::embedded::touches(taken, {times[i], times[i]})) continue;
      if (!std::exchange(begun, true)) kept.begin_series(labels.bytes());
      kept.add_sample(times[i], batch.values(series)[i]);
    }
  }
  return kept;
}

Status visit_journal(os::FileSystem& files, const std::string& directory, const DataFilter& filter,
                     OnDamage damaged, absl::FunctionRef<Status(const JournalRecord& record)> visit,
                     absl::FunctionRef<Status(const log::embedded::SegmentScanner& frame)> marker) {
  JournalScan scan(filter, damaged, visit, marker);
  return log::embedded::walk_journal(files, directory, scan);
}

}  // namespace weir::app::offline
