#include "app/prometheus/data_directory.h"

#include <algorithm>
#include <string_view>

#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

namespace weir::app::prometheus {
namespace {

constexpr uint64_t kMetaBytesMax = 16u << 20;

// 26 characters of Crockford's base 32, as https://github.com/ulid/spec has them.
bool is_ulid(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  return name.size() == 26 && name.find_first_not_of(kDigits) == std::string_view::npos;
}

Result<wire::tsdb::BlockMeta> read_meta(os::FileSystem& files, const std::string& block) {
  ASSIGN_OR_RETURN(const std::string json,
                   os::read_file(files, os::join_path(block, "meta.json"), kMetaBytesMax));
  return wire::tsdb::parse_block_meta(json);
}

void leave_out_parents(Blocks& all) {
  absl::flat_hash_set<std::string> replaced;
  for (const BlockPlace& block : all.blocks) {
    for (const std::string& parent : block.meta.parents) {
      if (parent != block.meta.ulid) replaced.insert(parent);
    }
  }
  std::erase_if(all.blocks, [&](const BlockPlace& block) {
    if (!replaced.contains(block.meta.ulid)) return false;
    all.left_out.push_back(fmt::format("{}: another block was made of it and replaces it", block.path));
    return true;
  });
}

}  // namespace

Result<Blocks> list_blocks(os::FileSystem& files, const std::string& directory) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(directory));
  Blocks all;
  for (const std::string& name : names) {
    const std::string path = os::join_path(directory, name);
    if (name == "wal") all.has_wal = true;
    if (!is_ulid(name)) continue;
    auto meta = read_meta(files, path);
    if (meta.ok()) {
      all.blocks.push_back({path, std::move(*meta)});
    } else {
      all.left_out.push_back(fmt::format("{}: {}", path, meta.error().message));
    }
  }
  leave_out_parents(all);
  std::ranges::sort(all.blocks, {}, [](const BlockPlace& block) {
    return std::tuple(block.meta.mint_ms, block.meta.end_ms, std::string_view(block.meta.ulid));
  });
  return all;
}

}  // namespace weir::app::prometheus
