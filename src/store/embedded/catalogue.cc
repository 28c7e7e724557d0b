#include "store/embedded/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

#include "telemetry/logger.h"

namespace weir::store::embedded {
namespace {

Manifest::Block entry_of(uint64_t id, const Block& block) {
  return {id, block.range(), block.size_bytes(), block.fingerprint()};
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

Status Catalogue::add_block(uint64_t id, const BlockList& replaced,
                            std::span<const Manifest::Partition> progress) {
  const std::string path = path_of(id);
  auto opened = Block::open(files_, path);
  if (!opened.ok()) {
    discard(path);
    return std::move(opened).error();
  }
  const BlockPtr block = std::move(opened).value();
  std::lock_guard saving(save_mutex_);
  const BlockListPtr blocks = blocks_.get();
  Manifest next = current();
  const std::vector<Manifest::Block> entries = std::move(next.blocks);
  BlockList list;
  next.blocks.clear();
  bool placed = false;
  const auto place = [&] {
    list.push_back(block);
    next.blocks.push_back(entry_of(id, *block));
    placed = true;
  };
  for (size_t i = 0; i < blocks->size(); ++i) {
    if (!contains(replaced, (*blocks)[i]->path())) {
      list.push_back((*blocks)[i]);
      next.blocks.push_back(entries[i]);
    } else if (!placed) {
      place();
    }
  }
  if (!placed) place();
  apply_progress(progress, next);
  if (Status saved = save(std::move(next)); !saved.ok()) {
    doomed_.push_back(path);
    return saved;
  }
  blocks_.set(std::move(list));
  remove_files(replaced);
  return {};
}

Status Catalogue::remove_blocks(const BlockList& blocks) {
  std::lock_guard saving(save_mutex_);
  const BlockListPtr open = blocks_.get();
  Manifest next = current();
  BlockList list;
  std::vector<Manifest::Block> entries;
  for (size_t i = 0; i < open->size(); ++i) {
    if (contains(blocks, (*open)[i]->path())) continue;
    list.push_back((*open)[i]);
    entries.push_back(next.blocks[i]);
  }
  next.blocks = std::move(entries);
  RETURN_IF_ERROR(save(std::move(next)));
  blocks_.retire(std::move(list), blocks);
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
