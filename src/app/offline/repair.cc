#include "app/offline/repair.h"

#include "app/offline/data_directory.h"
#include "log/embedded/journal_check.h"

namespace weir::app::offline {
namespace {

/// Writes headers again, and returns how many.
Result<uint64_t> mend_journal(os::FileSystem& files, const std::string& directory, bool dry_run,
                              absl::FunctionRef<void(const std::string&)> say) {
  ASSIGN_OR_RETURN(const auto lines, log::embedded::mend_headers(files, directory, dry_run));
  for (const std::string& line : lines) say(line);
  return lines.size();
}

}  // namespace

Result<store::embedded::StoreRepair> repair_data(os::FileSystem& files, const std::string& directory,
                                                 bool dry_run,
                                                 absl::FunctionRef<void(const std::string& line)> say) {
  const DataPaths paths = data_paths(directory);
  ASSIGN_OR_RETURN(const uint64_t journal_actions, mend_journal(files, paths.journal, dry_run, say));
  ASSIGN_OR_RETURN(const uint64_t letter_actions, mend_journal(files, paths.dead_letters, dry_run, say));
  const auto accept = [](const log::embedded::FrameRecord&) { return Status(); };
  ASSIGN_OR_RETURN(const auto journal,
                   log::embedded::check_journal(files, paths.journal, accept, [](uint64_t) {}));
  store::embedded::StoreRepairOptions options{paths.store, {}, dry_run};
  for (const log::PartitionStatus& partition : journal.partitions)
    options.log.partitions.push_back({partition.begin, partition.end});
  ASSIGN_OR_RETURN(auto repair, store::embedded::repair_store(files, options, say));
  repair.actions += journal_actions + letter_actions;
  return repair;
}

}  // namespace weir::app::offline
