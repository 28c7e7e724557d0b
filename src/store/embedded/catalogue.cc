#include "store/embedded/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

#include "store/embedded/masking.h"
#include "telemetry/logger.h"

namespace weir::store::embedded {
namespace {

Manifest::Block entry_of(uint64_t id, const Block& block, uint64_t cleaned) {
  return {id, block.range(), block.size_bytes(), block.fingerprint(), cleaned};
}

bool contains(const BlockList& blocks, const std::string& path) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [&](const BlockPtr& block) { return block->path() == path; });
}

// The manifest holds epochs itself; progress is about offsets.
void apply_progress(std::span<const Manifest::Partition> progress, Manifest& manifest) {
  for (size_t i = 0; i < progress.size(); ++i) {
    manifest.partitions[i].durable = progress[i].durable;
    manifest.partitions[i].covered = progress[i].covered;
  }
}

}  // namespace

Manifest::Partition Catalogue::partition(PartitionId partition) const {
  std::lock_guard lock(mutex_);
  return manifest_.partitions[partition.value()];
}

// An epoch counts as used even if saving fails, since it may have reached the disk all the same.
Result<Epoch> Catalogue::next_epoch(PartitionId partition) {
  std::lock_guard saving(save_mutex_);
  Manifest next;
  Epoch epoch;
  {
    std::lock_guard lock(mutex_);
    Epoch& last = manifest_.partitions[partition.value()].epoch;
    epoch = last = Epoch(last.value() + 1);
    next = manifest_;
  }
  RETURN_IF_ERROR(save(std::move(next)));
  return epoch;
}

uint64_t Catalogue::new_block_id() {
  std::lock_guard lock(mutex_);
  return manifest_.next_block_id++;
}

Manifest Catalogue::current() const {
  std::lock_guard lock(mutex_);
  return manifest_;
}

BlockList Catalogue::replace(const BlockList& gone, const BlockPtr& placed, const Manifest::Block* entry,
                             Manifest& next) const {
  const BlockListPtr blocks = blocks_.get();
  const std::vector<Manifest::Block> entries = std::exchange(next.blocks, {});
  BlockList list;
  bool open = placed != nullptr;
  const auto place = [&] {
    if (!std::exchange(open, false)) return;
    list.push_back(placed);
    next.blocks.push_back(*entry);
  };
  for (size_t i = 0; i < blocks->size(); ++i) {
    if (contains(gone, (*blocks)[i]->path())) {
      place();
      continue;
    }
    list.push_back((*blocks)[i]);
    next.blocks.push_back(entries[i]);
  }
  place();
  return list;
}

Status Catalogue::add_block(const NewBlock& added, const BlockList& replaced,
                            std::span<const Manifest::Partition> progress) {
  const std::string path = path_of(added.id);
  auto opened = Block::open(files_, path);
  if (!opened.ok()) {
    discard(path);
    return std::move(opened).error();
  }
  std::lock_guard saving(save_mutex_);
  Manifest next = current();
  Manifest::Block entry = entry_of(added.id, **opened, added.deletions);
  const BlockPtr block = masked(std::move(opened).value(), next, entry);
  BlockList list = replace(replaced, block, &entry, next);
  apply_progress(progress, next);
  if (Status saved = save(std::move(next)); !saved.ok()) {
    doomed_.push_back(path);
    return saved;
  }
  blocks_.set(std::move(list));
  remove_files(replaced);
  return {};
}

Status Catalogue::retire_blocks(const BlockList& blocks) {
  std::lock_guard saving(save_mutex_);
  Manifest next = current();
  BlockList list = replace(blocks, nullptr, nullptr, next);
  RETURN_IF_ERROR(save(std::move(next)));
  blocks_.retire(std::move(list), blocks);
  remove_files(blocks);
  return {};
}

// Readers see no difference, so fingerprints do not either.
Status Catalogue::drop_blocks(const BlockList& blocks) {
  std::lock_guard saving(save_mutex_);
  Manifest next = current();
  BlockList list = replace(blocks, nullptr, nullptr, next);
  RETURN_IF_ERROR(save(std::move(next)));
  blocks_.set(std::move(list));
  remove_files(blocks);
  return {};
}

Status Catalogue::save_progress(std::span<const Manifest::Partition> progress) {
  std::lock_guard saving(save_mutex_);
  const Manifest saved = current();
  Manifest next = saved;
  apply_progress(progress, next);
  return next == saved ? Status() : save(std::move(next));
}

// Under save_mutex_. After a failed save the disk may hold either manifest; what this process goes by stays
// the old one, and files that only the new one names are kept until a later save has put the question out of
// the world.
Status Catalogue::save(Manifest next) {
  RETURN_IF_ERROR(save_manifest(files_, directory_, next));
  {
    std::lock_guard lock(mutex_);
    next.next_block_id = std::max(next.next_block_id, manifest_.next_block_id);
    manifest_ = std::move(next);
  }
  for (const std::string& path : std::exchange(doomed_, {})) discard(path);
  return {};
}

// Readers that have the files mapped keep their content; what cannot be removed now is removed by the next
// open.
void Catalogue::remove_files(const BlockList& blocks) {
  for (const BlockPtr& block : blocks) discard(block->path());
}

void Catalogue::discard(const std::string& path) {
  const Status removed = files_.remove(path);
  if (removed.ok() || removed.error().code == Code::kNotFound) return;
  telemetry::log_warn("store", "a file that is no longer needed cannot be removed",
                      {{"path", path}, {"error", removed.error().message}});
}

}  // namespace weir::store::embedded
