#include "app/cli/import_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"

namespace weir::app::cli {
namespace {

constexpr uint64_t kStateBytesMax = 64u << 20;

}  // namespace

ImportState::ImportState(os::FileSystem& files, std::string path, std::string_view purpose)
    : files_(files), path_(std::move(path)), purpose_(fmt::format("{:016x}", stable_hash(purpose))) {}

Result<ImportState> ImportState::open(os::FileSystem& files, std::string path, std::string_view purpose) {
  ImportState state(files, std::move(path), purpose);
  if (state.path_.empty()) return state;
  ASSIGN_OR_RETURN(const bool there, files.exists(state.path_));
  if (!there) return state;
  ASSIGN_OR_RETURN(state.text_, os::read_file(files, state.path_, kStateBytesMax));
  std::string_view rest = state.text_;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    state.finished_.emplace(line);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return state;
}

Status ImportState::finish(const std::string& block) {
  if (path_.empty() || !finished_.insert(line_of(block)).second) return {};
  text_ += line_of(block) + "\n";
  return os::write_file_atomically(files_, path_, text_);
}

}  // namespace weir::app::cli
