#include "store/embedded/store_check.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

namespace weir::store::embedded {
namespace {

constexpr size_t kIdDigits = 16;
constexpr std::string_view kBlockSuffix = ".block";
constexpr std::string_view kManifestRemedy =
    "`weir repair` makes a new one from the blocks and the journal, and keeps this one as MANIFEST.damaged";
constexpr std::string_view kEntryRemedy =
    "`weir repair` takes it out of the manifest, as the server does at its start, and the rest is served";

class StoreChecker {
 public:
  StoreChecker(os::FileSystem& files, const std::string& directory,
               absl::FunctionRef<void(uint64_t)> progress)
      : files_(files), directory_(directory), progress_(progress) {}

  Result<StoreReport> run();

 private:
  Status load(const std::vector<std::string>& names);
  void check_manifest(const Manifest& manifest);
  Status check_entry(const Manifest::Block& entry);
  Status check_file(const std::string& path, const Manifest::Block* entry);
  void note_others(const std::vector<std::string>& names);
  void manifest_damage(std::string what) {
    report_.damage.add({manifest_path(directory_), 0, report_.manifest_bytes, std::move(what),
                        std::string(kManifestRemedy)});
  }

  os::FileSystem& files_;
  const std::string& directory_;
  absl::FunctionRef<void(uint64_t)> progress_;
  StoreReport report_;
  std::set<std::string> named_;  // files that the manifest names
};

Result<StoreReport> StoreChecker::run() {
  ASSIGN_OR_RETURN(const bool there, files_.exists(directory_));
  if (!there) return std::move(report_);
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.list(directory_));
  RETURN_IF_ERROR(load(names));
  if (report_.manifest) {
    check_manifest(*report_.manifest);
    for (const Manifest::Block& entry : report_.manifest->blocks) RETURN_IF_ERROR(check_entry(entry));
  } else {
    for (const std::string& name : names) {
      if (parse_block_name(name)) RETURN_IF_ERROR(check_file(os::join_path(directory_, name), nullptr));
    }
  }
  note_others(names);
  return std::move(report_);
}

Status StoreChecker::load(const std::vector<std::string>& names) {
  auto loaded = load_manifest(files_, directory_);
  if (loaded.ok()) {
    report_.manifest = std::move(loaded).value();
    report_.manifest_bytes = encode_manifest(*report_.manifest).size();
    return {};
  }
  const bool any_block = std::any_of(names.begin(), names.end(),
                                     [](const auto& name) { return parse_block_name(name).has_value(); });
  if (loaded.error().code != Code::kNotFound) {
    manifest_damage("the manifest cannot be used: " + loaded.error().message);
  } else if (any_block) {
    manifest_damage("the manifest is missing, but there are blocks");
  }
  return {};
}

void StoreChecker::check_manifest(const Manifest& manifest) {
  std::set<uint64_t> ids;
  for (const Manifest::Block& entry : manifest.blocks) {
    if (!ids.insert(entry.id).second) manifest_damage(fmt::format("block {} is named twice", entry.id));
    if (entry.id >= manifest.next_block_id) {
      manifest_damage(
          fmt::format("block {} is named, but the next new one is {}", entry.id, manifest.next_block_id));
    }
  }
}

Status StoreChecker::check_entry(const Manifest::Block& entry) {
  const std::string path = block_path(directory_, entry.id);
  if (!named_.insert(path).second) return {};
  return check_file(path, &entry);
}

Status StoreChecker::check_file(const std::string& path, const Manifest::Block* entry) {
  const auto checked = check_block(files_, path, report_.damage, progress_);
  if (!checked.ok() && checked.error().code != Code::kNotFound) return checked.error();
  if (!checked.ok()) {
    report_.damage.add(
        {path, 0, 0, "the manifest names this block, but there is no such file", std::string(kEntryRemedy)});
    return {};
  }
  ++report_.blocks;
  report_.block_bytes += checked->file_bytes;
  report_.chunks += checked->chunks;
  if (checked->block == nullptr) return {};
  report_.series += checked->block->series_count();
  report_.samples += checked->block->sample_count();
  if (entry == nullptr) return {};
  if (std::string what = differs_from(*entry, *checked->block); !what.empty())
    report_.damage.add({path, 0, checked->file_bytes, std::move(what), std::string(kEntryRemedy)});
  return {};
}

void StoreChecker::note_others(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string path = os::join_path(directory_, name);
    const bool block = parse_block_name(name).has_value();
    if (named_.contains(path) || name == "MANIFEST" || (block && !report_.manifest)) continue;
    if (block || name.ends_with(".tmp")) {
      report_.notes.push_back(path + ": left over from a crash; the server removes it at its next start");
    } else if (name.find(".corrupt") != std::string::npos || name.find(".damaged") != std::string::npos) {
      report_.notes.push_back(path +
                              ": was set aside as damaged; remove it when nobody wants to look into it");
    } else {
      report_.notes.push_back(path + ": is not Weir's");
    }
  }
}

}  // namespace

Result<StoreReport> check_store(os::FileSystem& files, const std::string& directory,
                                absl::FunctionRef<void(uint64_t bytes)> progress) {
  return StoreChecker(files, directory, progress).run();
}

std::optional<uint64_t> parse_block_name(std::string_view name) {
  if (name.size() != kIdDigits + kBlockSuffix.size() || !name.ends_with(kBlockSuffix)) return std::nullopt;
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kIdDigits, id);
  return error == std::errc() && end == name.data() + kIdDigits ? std::optional(id) : std::nullopt;
}

std::string differs_from(const Manifest::Block& entry, const Block& block) {
  if (entry.size_bytes != block.size_bytes()) {
    return fmt::format("not the block that the manifest names: {} bytes, it says {}", block.size_bytes(),
                       entry.size_bytes);
  }
  if (entry.range != block.range()) return "not the block that the manifest names: another range of time";
  if (entry.fingerprint != block.fingerprint())
    return "not the block that the manifest names: another checksum";
  return {};
}

}  // namespace weir::store::embedded
