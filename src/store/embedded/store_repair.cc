#include "store/embedded/store_repair.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "store/embedded/block_check.h"
#include "store/embedded/block_salvage.h"
#include "store/embedded/embedded_store.h"
#include "store/embedded/store_check.h"

namespace weir::store::embedded {
namespace {

constexpr uint64_t kManifestCopyMax = 256 << 20;

/// "0000000000000007.block" of that, and of the same with anything behind it.
std::string_view stem_of(std::string_view name) {
  constexpr std::string_view kSuffix = ".block";
  const size_t at = name.find(kSuffix);
  return at == std::string_view::npos ? std::string_view() : name.substr(0, at + kSuffix.size());
}

class Repairer {
 public:
  Repairer(os::FileSystem& files, const StoreRepairOptions& options,
           absl::FunctionRef<void(const std::string&)> say)
      : files_(files), options_(options), directory_(options.directory), say_(say) {}

  Result<StoreRepair> run();

 private:
  Status load_or_make();
  Status keep_damaged_manifest();
  Result<Manifest> manifest_from_files(const std::vector<std::string>& names);
  Status repair_entry(const Manifest::Block& entry);
  Status replace_damaged(const Manifest::Block& entry, const std::string& path, const BlockReport& checked);
  Status salvage(const std::string& path, const Block& block, const Manifest::Block& entry);
  Status set_aside(const std::string& path, std::string_view why);
  Status place(uint64_t id, uint64_t cleaned);
  Status restore_set_aside(const Manifest::Block& entry);
  void rewind();
  bool offsets_fit() const;
  Status save();

  /// Says what is done; false when it is only said.
  bool act(const std::string& done, const std::string& would) {
    ++repair_.actions;
    say_(options_.dry_run ? "would " + would : done);
    return !options_.dry_run;
  }

  os::FileSystem& files_;
  const StoreRepairOptions& options_;
  const std::string& directory_;
  absl::FunctionRef<void(const std::string&)> say_;
  StoreRepair repair_;
  Manifest manifest_;
  std::vector<Manifest::Block> entries_;  // what the repaired manifest names
  bool made_ = false;                     // the manifest is a new one
  bool lost_ = false;                     // samples that the manifest promises may be gone
};

Result<StoreRepair> Repairer::run() {
  ASSIGN_OR_RETURN(const bool there, files_.exists(directory_));
  if (!there) return repair_;
  RETURN_IF_ERROR(load_or_make());
  const Manifest before = manifest_;
  for (const Manifest::Block& entry : before.blocks) RETURN_IF_ERROR(repair_entry(entry));
  manifest_.blocks = std::move(entries_);
  if (made_ || lost_ || !offsets_fit()) rewind();
  if (made_ || manifest_ != before) RETURN_IF_ERROR(save());
  return repair_;
}

Status Repairer::load_or_make() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.list(directory_));
  auto loaded = load_manifest(files_, directory_);
  if (loaded.ok()) {
    manifest_ = std::move(loaded).value();
    for (const std::string& name : names) {
      if (const auto id = parse_block_name(stem_of(name)))
        manifest_.next_block_id = std::max(manifest_.next_block_id, *id + 1);
    }
    return {};
  }
  const bool missing = loaded.error().code == Code::kNotFound;
  const bool any_block = std::any_of(names.begin(), names.end(),
                                     [](const auto& name) { return parse_block_name(name).has_value(); });
  if (missing && !any_block) return {};  // a store that has not begun: opening it makes the manifest
  if (options_.log.partitions.empty()) {
    return failed_precondition(
        fmt::format("{}: a new manifest needs the number of partitions, and the journal cannot tell it",
                    manifest_path(directory_)));
  }
  if (!missing) RETURN_IF_ERROR(keep_damaged_manifest());
  ASSIGN_OR_RETURN(manifest_, manifest_from_files(names));
  made_ = true;
  say_(fmt::format(
      "{} deletions with the old manifest: what they took comes back where a block or the journal "
      "still holds it; delete it again",
      options_.dry_run ? "would forget" : "forgot"));
  return {};
}

/// A copy, so that the directory is never without a manifest: a store takes that for a reason to stop.
Status Repairer::keep_damaged_manifest() {
  const std::string path = manifest_path(directory_);
  ASSIGN_OR_RETURN(const std::string copy, os::free_name(files_, path + ".damaged"));
  if (!act(fmt::format("{}: kept as {}", path, copy), fmt::format("keep {} as {}", path, copy))) return {};
  const auto bytes = os::read_file(files_, path, kManifestCopyMax);
  if (bytes.ok()) return os::write_file_atomically(files_, copy, *bytes);
  RETURN_IF_ERROR(files_.rename(path, copy));
  return files_.sync_directory(directory_);
}

/// Names every block file, good or not: the ones that are not leave like those of an old manifest. Older
/// numbers first, since where two blocks hold one sample the one written first has the value that was
/// acknowledged.
Result<Manifest> Repairer::manifest_from_files(const std::vector<std::string>& names) {
  Manifest manifest;
  manifest.window_ms = static_cast<uint64_t>(EmbeddedStoreOptions().window.count());  // put right when opened
  manifest.partitions.resize(options_.log.partitions.size());
  for (const std::string& name : names) {
    if (const auto id = parse_block_name(stem_of(name)))
      manifest.next_block_id = std::max(manifest.next_block_id, *id + 1);
    if (const auto id = parse_block_name(name)) {
      Manifest::Block entry{};
      entry.id = *id;
      manifest.blocks.push_back(entry);
    }
  }
  return manifest;
}

Status Repairer::repair_entry(const Manifest::Block& entry) {
  const std::string path = block_path(directory_, entry.id);
  DamageList damage;
  const auto checked = check_block(files_, path, damage, [](uint64_t) {});
  if (!checked.ok() && checked.error().code != Code::kNotFound) return checked.error();
  if (!checked.ok()) return restore_set_aside(entry);
  const bool meant = checked->block == nullptr || made_ || differs_from(entry, *checked->block).empty();
  if (!checked->good() || !meant) return replace_damaged(entry, path, *checked);
  entries_.push_back({entry.id, checked->block->range(), checked->block->size_bytes(),
                      checked->block->fingerprint(), entry.cleaned});
  return {};
}

Status Repairer::replace_damaged(const Manifest::Block& entry, const std::string& path,
                                 const BlockReport& checked) {
  lost_ = true;
  if (checked.block == nullptr) return set_aside(path, "footer or index are damaged");
  if (!made_ && !differs_from(entry, *checked.block).empty())
    return set_aside(path, "it is not the block that the manifest names");
  RETURN_IF_ERROR(salvage(path, *checked.block, entry));
  return set_aside(path, "some of its chunks are damaged");
}

/// The good chunks go on in a new block in the place of the old one.
Status Repairer::salvage(const std::string& path, const Block& block, const Manifest::Block& entry) {
  const uint64_t id = manifest_.next_block_id;
  const std::string target = block_path(directory_, id);
  Salvage saved = survey_chunks(block);
  repair_.series_saved += saved.series_saved;
  repair_.samples_saved += saved.samples_saved;
  repair_.series_lost += saved.series_lost;
  repair_.samples_lost += saved.samples_lost;
  const std::string what =
      fmt::format("{} series and {} samples of {}, {} series and {} samples are lost", saved.series_saved,
                  saved.samples_saved, path, saved.series_lost, saved.samples_lost);
  if (saved.samples_saved == 0) {
    say_(fmt::format("{}: no chunk is good; {} series and {} samples are lost", path, saved.series_lost,
                     saved.samples_lost));
    return {};
  }
  ++manifest_.next_block_id;
  if (!act(fmt::format("{}: saved {}", target, what), fmt::format("save to {} {}", target, what))) return {};
  ASSIGN_OR_RETURN(saved, salvage_block(files_, block, target));
  return place(id, entry.cleaned);
}

Status Repairer::place(uint64_t id, uint64_t cleaned) {
  ASSIGN_OR_RETURN(const BlockPtr block, Block::open(files_, block_path(directory_, id)));
  entries_.push_back({id, block->range(), block->size_bytes(), block->fingerprint(), cleaned});
  return {};
}

Status Repairer::set_aside(const std::string& path, std::string_view why) {
  ++repair_.blocks_set_aside;
  ASSIGN_OR_RETURN(const std::string aside, os::free_name(files_, path + ".corrupt"));
  if (!act(fmt::format("{}: set aside as {}: {}", path, aside, why),
           fmt::format("set {} aside as {}: {}", path, aside, why)))
    return {};
  RETURN_IF_ERROR(files_.rename(path, aside));
  return files_.sync_directory(directory_);
}

/// A block that is gone. A repair that was cut short between setting it aside and saving the manifest has
/// left it under its other name.
Status Repairer::restore_set_aside(const Manifest::Block& entry) {
  lost_ = true;
  const std::string path = block_path(directory_, entry.id);
  const std::string aside = path + ".corrupt";
  const auto opened = Block::open(files_, aside);
  if (opened.ok() && differs_from(entry, **opened).empty()) return salvage(aside, **opened, entry);
  act(fmt::format("{}: is missing, and taken out of the manifest", path),
      fmt::format("take {}, which is missing, out of the manifest", path));
  return {};
}

/// Whatever the log still has is applied again. What it has no more was in blocks.
void Repairer::rewind() {
  const auto& rest = options_.log.partitions;
  if (rest.size() != manifest_.partitions.size()) return;
  bool moved = false;
  for (size_t i = 0; i < rest.size(); ++i) {
    Manifest::Partition& partition = manifest_.partitions[i];
    moved = moved || partition.durable != rest[i].begin || !partition.covered.empty();
    partition.durable = rest[i].begin;
    partition.covered.clear();
    // A log that ends before a deletion is another one, and the deletion does not concern what comes there.
    for (Deletion& deletion : manifest_.deletions)
      deletion.applied[i] = std::min(deletion.applied[i], rest[i].end);
  }
  if (moved)
    act("the journal will be applied again from its beginning, which brings back what it still holds",
        "have the journal applied again from its beginning, which brings back what it still holds");
}

bool Repairer::offsets_fit() const {
  const auto& rest = options_.log.partitions;
  if (rest.size() != manifest_.partitions.size()) return true;  // nobody can tell
  for (size_t i = 0; i < rest.size(); ++i) {
    const Offset durable = manifest_.partitions[i].durable;
    if (durable < rest[i].begin || durable > rest[i].end) return false;
  }
  return true;
}

Status Repairer::save() {
  const std::string path = manifest_path(directory_);
  if (!act(fmt::format("{}: written, with {} blocks", path, manifest_.blocks.size()),
           fmt::format("write {}", path)))
    return {};
  return save_manifest(files_, directory_, manifest_);
}

}  // namespace

Result<StoreRepair> repair_store(os::FileSystem& files, const StoreRepairOptions& options,
                                 absl::FunctionRef<void(const std::string& line)> say) {
  return Repairer(files, options, say).run();
}

}  // namespace weir::store::embedded
