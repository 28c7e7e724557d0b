#include <fmt/format.h>

#include "store/embedded/block.h"
#include "support/oracle/oracle.h"

// What bit flips in the files of a closed engine may do, and what not.
namespace weir::oracle {

std::vector<std::string> Oracle::data_files() {
  std::vector<std::string> paths;
  for (const std::string& directory : {kLogDirectory, kStoreDirectory}) {
    for (const std::string& name : disk_.list(directory).value())
      paths.push_back(os::join_path(directory, name));
  }
  return paths;
}

/// Bits flip in the files of an engine that is closed: nothing wrong is served, and what is lost is told and
/// no more than what lay there.
Oracle::Wrong Oracle::decay() {
  for (uint64_t more = below(6); more > 0; --more) {
    if (Wrong wrong = write()) return wrong;
    if (Wrong wrong = below(3) == 0 ? compact() : Wrong()) return wrong;
  }
  engine_.close();
  const std::vector<std::string> paths = data_files();
  for (uint64_t flips = 1 + below(2); flips > 0; --flips) {
    const std::string& path = paths[below(paths.size())];
    const uint64_t size = disk_.map(path).value()->bytes().size();
    if (size == 0) continue;
    const uint64_t offset = below(size);
    tell(fmt::format("a bit flips in {} at {}", path, offset));
    if (path.ends_with("MANIFEST")) {
      if (Wrong wrong = decay_of_manifest(path, offset)) return wrong;
      continue;
    }
    if (path.ends_with(".block")) note_points_of(path);
    disk_.corrupt(path, offset, static_cast<uint8_t>(1u << below(8)));
  }
  decayed_ = true;
  for (int lives = 0; lives < 2; ++lives) {
    if (Wrong wrong = open()) return wrong;
    if (Wrong wrong = check_decayed()) return wrong;
    (void)engine_.store().compact(Deadline::never()).ok();
    if (Wrong wrong = check_decayed()) return wrong;
    engine_.close();
  }
  return std::nullopt;
}

/// Without the manifest nothing can be trusted, so the store stays closed.
Oracle::Wrong Oracle::decay_of_manifest(const std::string& path, uint64_t offset) {
  disk_.corrupt(path, offset);
  const Status opened = engine_.open();
  engine_.close();
  disk_.corrupt(path, offset);
  if (opened.ok()) return "a damaged manifest is believed";
  if (opened.error().code == Code::kCorruption) return std::nullopt;
  return "a damaged manifest is not said to be damaged: " + opened.error().message;
}

void Oracle::note_points_of(const std::string& block_path) {
  const auto block = store::embedded::Block::open(disk_, block_path);
  if (!block.ok()) return;  // damaged already, and noted
  std::vector<store::embedded::ChunkRef> chunks;
  for (const store::embedded::BlockTenant& tenant : (*block)->tenants()) {
    for (uint32_t series = 0; series < tenant.series_count(); ++series) {
      std::string labels;
      tenant.append_labels(series, labels);
      auto& times = damage_.points[{tenant.tenant(), Labels(LabelsView(labels))}];
      chunks.clear();
      tenant.append_chunks(series, chunks);
      SampleColumns samples;
      for (const store::embedded::ChunkRef& chunk : chunks) (void)(*block)->read_chunk(chunk, samples).ok();
      times.insert(samples.timestamps_ms.begin(), samples.timestamps_ms.end());
    }
  }
}

Oracle::Wrong Oracle::check_decayed() {
  damage_.records.insert(engine_.missed().begin(), engine_.missed().end());
  damage_told_ |= engine_.counter("weir_store_corrupt_blocks_total") > 0 ||
                  engine_.report().corrupt_bytes > 0 || !engine_.missed().empty();
  for (uint64_t i = 0; i < Workload::kTenants; ++i) {
    const std::vector<Matcher> all = Workload::all();
    const auto shown = read_all(engine_.store(), tenant_of(i), all, TimeRange::all());
    if (!shown.ok()) return "after decay: " + shown.error().message;
    Damage damage = damage_;
    for (const Labels& labels : shown->unreadable) {
      if (!damage_.points.contains({tenant_of(i), labels}))
        return "after decay: " + labels.view().to_string() + " cannot be read and should be";
      damage.series.insert({tenant_of(i), labels});
      damage_told_ = true;
    }
    const Contents& contents = shown->contents;
    if (auto wrong = model_.check(tenant_of(i), all, TimeRange::all(), oldest_ms(), contents, damage))
      return "after decay: " + *wrong;
    const auto lost = model_.check(tenant_of(i), all, TimeRange::all(), oldest_ms(), contents);
    if (lost && !damage_told_) return "after decay, without a word: " + *lost;
  }
  return std::nullopt;
}

}  // namespace weir::oracle
