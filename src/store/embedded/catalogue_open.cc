#include <algorithm>

#include <fmt/format.h>

#include "store/embedded/catalogue.h"
#include "store/embedded/masking.h"
#include "telemetry/logger.h"

namespace weir::store::embedded {
namespace {

constexpr std::string_view kBlockSuffix = ".block";
constexpr std::string_view kTemporarySuffix = ".tmp";
constexpr std::string_view kCorruptSuffix = ".corrupt";

bool is_damage(const Error& error) {
  return error.code == Code::kCorruption || error.code == Code::kNotFound;
}

}  // namespace

Result<std::unique_ptr<Catalogue>> Catalogue::open(const EmbeddedStoreOptions& options, os::FileSystem& files,
                                                   StoreMetrics& metrics) {
  std::unique_ptr<Catalogue> catalogue(
      new Catalogue(options, files, metrics));  // NOLINT: the constructor is private
  RETURN_IF_ERROR(files.create_directories(options.directory));
  RETURN_IF_ERROR(catalogue->load());
  RETURN_IF_ERROR(catalogue->check_options());
  RETURN_IF_ERROR(catalogue->open_blocks());
  RETURN_IF_ERROR(catalogue->remove_leftovers());
  return catalogue;
}

Catalogue::Catalogue(const EmbeddedStoreOptions& options, os::FileSystem& files, StoreMetrics& metrics)
    : directory_(options.directory),
      partition_count_(options.partition_count),
      window_ms_(static_cast<uint64_t>(options.window.count())),
      files_(files),
      metrics_(metrics) {}

Status Catalogue::load() {
  auto loaded = load_manifest(files_, directory_);
  if (loaded.ok()) {
    manifest_ = std::move(loaded).value();
    return {};
  }
  if (loaded.error().code != Code::kNotFound) return std::move(loaded).error();
  return create();
}

// A directory with blocks and no manifest is not a new one: taking it for new would remove them.
Status Catalogue::create() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.list(directory_));
  for (const std::string& name : names) {
    if (name.ends_with(kBlockSuffix)) {
      return corruption(
          fmt::format("{}: missing, but there are blocks ({})", manifest_path(directory_), name));
    }
  }
  Manifest manifest;
  manifest.window_ms = window_ms_;
  manifest.partitions.resize(partition_count_);
  return save(std::move(manifest));
}

Status Catalogue::check_options() {
  if (manifest_.partitions.size() != partition_count_) {
    return invalid_argument(fmt::format("{}: partition_count is {}, but the store was made with {}",
                                        directory_, partition_count_, manifest_.partitions.size()));
  }
  // What is known by window is worthless under another window length. It only saves work: without it, what
  // comes again is found to be stored already sample by sample.
  if (manifest_.window_ms != window_ms_) {
    for (Manifest::Partition& partition : manifest_.partitions) partition.covered.clear();
    manifest_.window_ms = window_ms_;
  }
  return {};
}

Status Catalogue::open_blocks() {
  BlockList opened;
  std::vector<Manifest::Block> entries;
  for (const Manifest::Block& entry : manifest_.blocks) {
    const size_t before = opened.size();
    RETURN_IF_ERROR(open_block(entry, opened));
    if (opened.size() == before) continue;
    opened.back() = masked(opened.back(), manifest_, entries.emplace_back(entry));
  }
  blocks_.set(std::move(opened), manifest_.last_deletion);
  if (entries.size() == manifest_.blocks.size()) return {};
  Manifest next = manifest_;
  next.blocks = std::move(entries);
  return save(std::move(next));
}

Status Catalogue::open_block(const Manifest::Block& entry, BlockList& opened) {
  const std::string path = block_path(directory_, entry.id);
  auto block = Block::open(files_, path);
  if (!block.ok()) {
    return is_damage(block.error()) ? set_aside(path, block.error()) : Status(std::move(block).error());
  }
  if (entry.fingerprint != (*block)->fingerprint() || entry.size_bytes != (*block)->size_bytes() ||
      entry.range != (*block)->range()) {
    return set_aside(path, corruption(fmt::format("{}: not the block that the manifest names", path)));
  }
  opened.push_back(std::move(block).value());
  return {};
}

// The rest is served; the damaged file stays under another name for whoever wants to look into it.
Status Catalogue::set_aside(const std::string& path, const Error& error) {
  metrics_.corrupt_blocks.add();
  telemetry::log_error("store", "a block is damaged and is set aside",
                       {{"path", path}, {"error", error.message}});
  const Status renamed = files_.rename(path, path + std::string(kCorruptSuffix));
  if (!renamed.ok() && renamed.error().code != Code::kNotFound) return renamed;
  return files_.sync_directory(directory_);
}

Status Catalogue::remove_leftovers() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.list(directory_));
  const BlockListPtr blocks = blocks_.get();
  for (const std::string& name : names) {
    const std::string path = os::join_path(directory_, name);
    const bool in_use =
        std::any_of(blocks->begin(), blocks->end(), [&](const auto& block) { return block->path() == path; });
    const bool ours =
        name.ends_with(kBlockSuffix) || name.ends_with(std::string(kBlockSuffix).append(kTemporarySuffix));
    if (ours && !in_use) discard(path);
  }
  return {};
}

}  // namespace weir::store::embedded
