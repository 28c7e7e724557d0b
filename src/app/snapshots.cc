#include "app/snapshots.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "os/random.h"
#include "telemetry/logger.h"

namespace weir::app {
namespace {

constexpr std::string_view kUnfinished = ".tmp";

/// "20260101T120000Z-0123456789abcdef": names sort by time, and none comes twice.
std::string new_name(TimestampMs now_ms) {
  const std::chrono::sys_seconds at(std::chrono::seconds(now_ms / 1'000));
  std::string name = fmt::format("{:%Y%m%dT%H%M%SZ}-", fmt::gmtime(std::chrono::system_clock::to_time_t(at)));
  for (const char byte : os::secure_random_bytes(8))
    name += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return name;
}

Status sync_file(os::FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(const auto file, files.open(path, os::OpenMode::kReadWrite));
  return file->sync();
}

}  // namespace

Snapshots::Snapshots(Parts parts)
    : parts_(std::move(parts)), root_(os::join_path(parts_.data, "snapshots")) {}

Status Snapshots::remove_leftovers() {
  ASSIGN_OR_RETURN(const bool there, parts_.files.exists(root_));
  if (!there) return {};
  ASSIGN_OR_RETURN(const std::vector<std::string> names, parts_.files.list(root_));
  for (const std::string& name : names) {
    if (name.ends_with(kUnfinished)) RETURN_IF_ERROR(discard(os::join_path(root_, name)));
  }
  return {};
}

Result<gateway::Snapshot> Snapshots::take(bool skip_head, Deadline deadline) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return unavailable("another snapshot is being made; try again when it is done");
  const os::SteadyTime begin = parts_.clock.steady();
  RETURN_IF_ERROR(parts_.files.create_directories(root_));
  RETURN_IF_ERROR(remove_leftovers());
  const std::string name = new_name(parts_.clock.wall_ms());
  const std::string path = os::join_path(root_, name);
  const std::string unfinished = path + std::string(kUnfinished);
  Status done = make(unfinished, skip_head, deadline);
  if (done.ok()) done = publish(unfinished, path);
  if (!done.ok()) {
    if (const Status discarded = discard(unfinished); !discarded.ok()) {
      telemetry::log_warn("app", "a snapshot that failed is removed by the next one, or at the next start",
                          {{"path", unfinished}, {"error", discarded.error().message}});
    }
    return done.error();
  }
  telemetry::log_info(
      "app", "snapshot taken",
      {{"path", path}, {"seconds", std::chrono::duration<double>(parts_.clock.steady() - begin).count()}});
  return gateway::Snapshot{name, path};
}

// The catalogue comes after the store, so that it knows every tenant whose samples are there. The names are
// those of `engines.cc` and `engine_options.cc`.
Status Snapshots::make(const std::string& directory, bool skip_head, Deadline deadline) {
  os::FileSystem& files = parts_.files;
  RETURN_IF_ERROR(files.create_directories(directory));
  RETURN_IF_ERROR(parts_.store.snapshot({os::join_path(directory, "store"), skip_head}, deadline));
  const std::string catalogue = os::join_path(directory, "meta.db");
  RETURN_IF_ERROR(parts_.copy_catalogue(catalogue, deadline));
  RETURN_IF_ERROR(sync_file(files, catalogue));
  return files.sync_directory(directory);
}

// Where it fails, nobody knows under which name the whole snapshot is found after a power loss. It goes back,
// since `discard` must not take away parts of what has the final name.
Status Snapshots::publish(const std::string& unfinished, const std::string& path) {
  Status done = parts_.files.rename(unfinished, path);
  if (done.ok()) done = parts_.files.sync_directory(root_);
  if (!done.ok()) static_cast<void>(parts_.files.rename(path, unfinished).ok());
  return done;
}

// The first sync settles that it has no other name any more.
Status Snapshots::discard(const std::string& unfinished) {
  RETURN_IF_ERROR(parts_.files.sync_directory(root_));
  return parts_.files.remove_all(unfinished);
}

}  // namespace weir::app
