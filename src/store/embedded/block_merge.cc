#include "store/embedded/block_merge.h"

#include <algorithm>
#include <limits>

#include "store/embedded/block_writer.h"
#include "store/embedded/chunk_cursor.h"

namespace weir::store::embedded {
namespace {

// Chunks with fewer samples are decoded and packed into larger ones; others are copied as they stand where
// nothing overlaps.
constexpr size_t kCopySamplesMin = 256;

constexpr TimestampMs kLastTime = std::numeric_limits<TimestampMs>::max();

// Walks the series of one block in order.
class SeriesCursor {
 public:
  explicit SeriesCursor(const Block& block) : block_(block) { load(); }

  const Block& block() const { return block_; }
  bool at_end() const { return tenant_ == block_.tenants().size(); }
  TenantId tenant() const { return block_.tenants()[tenant_].tenant(); }
  LabelsView labels() const { return LabelsView(labels_); }
  ChunkCursor chunks() const {
    std::vector<ChunkRef> refs;
    block_.tenants()[tenant_].append_chunks(series_, refs);
    return ChunkCursor(block_, std::move(refs), block_.masked(tenant(), series_));
  }
  // Appends the exemplars that are not deleted.
  Status read_exemplars(ExemplarColumns& out) const {
    std::vector<ChunkRef> refs;
    block_.tenants()[tenant_].append_list(series_, ChunkList::kExemplars, refs);
    if (refs.empty()) return {};
    ExemplarColumns exemplars;
    for (const ChunkRef& ref : refs) RETURN_IF_ERROR(block_.read_exemplars(ref, exemplars));
    for (const TimeRange& range : block_.masked(tenant(), series_))
      exemplars.erase(range.mint_ms, range.maxt_ms);
    out.add_range(exemplars, std::numeric_limits<TimestampMs>::min(), kLastTime);
    return {};
  }
  void next() {
    if (++series_ == block_.tenants()[tenant_].series_count()) {
      ++tenant_;
      series_ = 0;
    }
    load();
  }
  bool before(const SeriesCursor& other) const {
    return tenant() != other.tenant() ? tenant() < other.tenant() : labels() < other.labels();
  }
  bool same(TenantId other_tenant, LabelsView other_labels) const {
    return tenant() == other_tenant && labels() == other_labels;
  }

 private:
  void load() {
    labels_.clear();
    if (!at_end()) block_.tenants()[tenant_].append_labels(series_, labels_);
  }

  const Block& block_;
  size_t tenant_ = 0;
  uint32_t series_ = 0;
  std::string labels_;
};

// The cursor with the earliest next sample, the last of equals; null when all are at their end.
ChunkCursor* earliest(std::vector<ChunkCursor>& cursors) {
  ChunkCursor* found = nullptr;
  for (ChunkCursor& cursor : cursors) {
    if (!cursor.at_end() && (found == nullptr || cursor.time_ms() <= found->time_ms())) found = &cursor;
  }
  return found;
}

// The earliest next sample of all cursors but one.
TimestampMs earliest_beside(const std::vector<ChunkCursor>& cursors, const ChunkCursor* but) {
  TimestampMs time_ms = kLastTime;
  for (const ChunkCursor& cursor : cursors) {
    if (&cursor != but && !cursor.at_end()) time_ms = std::min(time_ms, cursor.time_ms());
  }
  return time_ms;
}

bool can_copy(const ChunkCursor& cursor, TimestampMs others_ms, const BlockWriter& writer) {
  return cursor.at_chunk_begin() && cursor.chunk().range.maxt_ms < others_ms &&
         cursor.chunk().sample_count >= kCopySamplesMin &&
         (writer.pending_samples() == 0 || writer.pending_samples() >= kCopySamplesMin);
}

// Writes the samples of `from` that come before those of all others, at least one. Returns the time of the
// last.
Result<TimestampMs> write_run(ChunkCursor& from, TimestampMs others_ms, BlockWriter& writer) {
  ASSIGN_OR_RETURN(const auto rest, from.rest());
  const auto& [timestamps_ms, values, histograms] = rest;
  const auto end = std::lower_bound(timestamps_ms.begin(), timestamps_ms.end(), others_ms);
  const auto count = std::max<size_t>(1, static_cast<size_t>(end - timestamps_ms.begin()));
  const TimestampMs last_ms = timestamps_ms[count - 1];
  RETURN_IF_ERROR(writer.add_samples(timestamps_ms.first(count), values.first(count),
                                     histograms.empty() ? histograms : histograms.first(count)));
  return last_ms;
}

Status merge_series(std::vector<ChunkCursor> cursors, BlockWriter& writer) {
  std::string buffer;
  while (ChunkCursor* first = earliest(cursors)) {
    const TimestampMs others_ms = earliest_beside(cursors, first);
    if (can_copy(*first, others_ms, writer)) {
      ASSIGN_OR_RETURN(const std::string_view bytes, first->block().chunk_bytes(first->chunk(), buffer));
      RETURN_IF_ERROR(writer.add_chunk(first->chunk(), bytes));
      RETURN_IF_ERROR(first->skip_chunk());
      continue;
    }
    ASSIGN_OR_RETURN(const TimestampMs last_ms, write_run(*first, others_ms, writer));
    for (ChunkCursor& cursor : cursors) RETURN_IF_ERROR(cursor.skip_past(last_ms));
  }
  return {};
}

SeriesCursor* smallest(std::vector<SeriesCursor>& cursors) {
  SeriesCursor* found = nullptr;
  for (SeriesCursor& cursor : cursors) {
    if (!cursor.at_end() && (found == nullptr || cursor.before(*found))) found = &cursor;
  }
  return found;
}

}  // namespace

Result<bool> merge_blocks(os::FileSystem& files, const BlockList& inputs, const std::string& path,
                          absl::FunctionRef<Status()> proceed) {
  TimeRange range = TimeRange::none();
  for (const BlockPtr& block : inputs) range.extend(block->range());
  std::unique_ptr<BlockWriter> writer;  // made when there is something to write: a block is never empty
  std::vector<SeriesCursor> cursors;
  for (const BlockPtr& block : inputs) cursors.emplace_back(*block);
  while (const SeriesCursor* first = smallest(cursors)) {
    RETURN_IF_ERROR(proceed());
    const TenantId tenant = first->tenant();
    const Labels labels(first->labels());
    std::vector<ChunkCursor> chunks;
    ExemplarColumns exemplars;
    for (SeriesCursor& cursor : cursors) {
      if (cursor.at_end() || !cursor.same(tenant, labels)) continue;
      chunks.push_back(cursor.chunks());
      RETURN_IF_ERROR(chunks.back().settle());
      RETURN_IF_ERROR(cursor.read_exemplars(exemplars));
      cursor.next();
    }
    if (earliest(chunks) == nullptr && exemplars.empty()) continue;
    if (writer == nullptr) {
      ASSIGN_OR_RETURN(writer, BlockWriter::create(files, path, range.length_ms()));
    }
    RETURN_IF_ERROR(writer->begin_series(tenant, labels));
    RETURN_IF_ERROR(merge_series(std::move(chunks), *writer));
    exemplars.make_ascending();
    RETURN_IF_ERROR(writer->add_exemplars(exemplars));
  }
  if (writer == nullptr) return false;
  RETURN_IF_ERROR(writer->finish());
  return true;
}

}  // namespace weir::store::embedded
