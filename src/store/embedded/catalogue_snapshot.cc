#include "store/embedded/catalogue.h"

namespace weir::store::embedded {

// Files of blocks are removed under save_mutex_ alone, after a manifest without them was saved; so while it
// is held each block that the manifest names has its file. A block was synced before its manifest was.
Status Catalogue::link_blocks(const std::string& directory, absl::FunctionRef<Status()> proceed,
                              Manifest& linked) {
  std::lock_guard saving(save_mutex_);
  linked = current();
  for (const Manifest::Block& block : linked.blocks) {
    RETURN_IF_ERROR(proceed());
    RETURN_IF_ERROR(files_.link(path_of(block.id), block_path(directory, block.id)));
  }
  return {};
}

Status Catalogue::snapshot(const std::string& directory, absl::FunctionRef<Status()> proceed) {
  RETURN_IF_ERROR(files_.create_directories(directory));
  Manifest manifest;
  RETURN_IF_ERROR(link_blocks(directory, proceed, manifest));
  for (Manifest::Partition& partition : manifest.partitions) {
    partition.durable = Offset(0);
    partition.covered.clear();
  }
  std::erase_if(manifest.deletions, [&](const Deletion& deletion) { return manifest.is_clean_of(deletion); });
  for (Deletion& deletion : manifest.deletions)
    deletion.applied.assign(manifest.partitions.size(), Offset(0));
  return save_manifest(files_, directory, manifest);  // syncs the directory, the links with it
}

}  // namespace weir::store::embedded
