#include "app/offline/repair.h"

#include "app/offline/data_directory.h"
#include "app/offline/verify.h"
#include "log/embedded/journal_check.h"

namespace weir::app::offline {
namespace {

using Say = absl::FunctionRef<void(const std::string&)>;

/// Says all lines, and returns how many.
Result<uint64_t> say_all(const Result<std::vector<std::string>>& lines, Say say) {
  if (!lines.ok()) return lines.error();
  for (const std::string& line : *lines) say(line);
  return lines->size();
}

/// What the journals need; returns the number of actions.
Result<uint64_t> repair_journals(os::FileSystem& files, const DataPaths& paths, bool dry_run, Say say) {
  uint64_t actions = 0;
  for (const std::string& directory : {paths.journal, paths.dead_letters}) {
    ASSIGN_OR_RETURN(const uint64_t mended,
                     say_all(log::embedded::mend_headers(files, directory, dry_run), say));
    ASSIGN_OR_RETURN(const uint64_t aside,
                     say_all(log::embedded::set_unreadable_aside(files, directory, dry_run), say));
    actions += mended + aside;
  }
  return actions;
}

/// What is left of the journal. Of one that is lost, nothing: a new one begins at 0.
Result<store::embedded::LogRest> rest_of_journal(os::FileSystem& files, const DataPaths& paths) {
  const auto accept = [](const log::embedded::FrameRecord&) { return Status(); };
  const auto ignore = [](uint64_t) {};
  ASSIGN_OR_RETURN(const auto journal, log::embedded::check_journal(files, paths.journal, accept, ignore));
  ASSIGN_OR_RETURN(const auto letters,
                   log::embedded::check_journal(files, paths.dead_letters, accept, ignore));
  store::embedded::LogRest rest;
  for (const log::PartitionStatus& partition : journal.partitions)
    rest.partitions.push_back({partition.begin, partition.end});
  if (!journal_is_lost(files, paths, journal, letters)) return rest;
  const auto manifest = store::embedded::load_manifest(files, paths.store);
  if (manifest.ok()) rest.partitions.resize(manifest->partitions.size());
  return rest;
}

}  // namespace

Result<store::embedded::StoreRepair> repair_data(os::FileSystem& files, const std::string& directory,
                                                 bool dry_run,
                                                 absl::FunctionRef<void(const std::string& line)> say) {
  const DataPaths paths = data_paths(directory);
  ASSIGN_OR_RETURN(const uint64_t journal_actions, repair_journals(files, paths, dry_run, say));
  store::embedded::StoreRepairOptions options{paths.store, {}, dry_run};
  ASSIGN_OR_RETURN(options.log, rest_of_journal(files, paths));
  ASSIGN_OR_RETURN(auto repair, store::embedded::repair_store(files, options, say));
  repair.actions += journal_actions;
  return repair;
}

}  // namespace weir::app::offline
