#include <ostream>

#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/offline/data_directory.h"
#include "app/offline/repair.h"

namespace weir::app::cli {

int run_repair(const RepairCommand& command, Console& console) {
  os::FileSystem& files = os::posix_files();
  const auto lock = offline::lock_data(files, command.data);
  if (!lock.ok()) return fail(console, "repair", lock.error().message, kExitUsage);
  const auto repair =
      offline::repair_data(files, command.data, command.dry_run, [&](const std::string& line) {
        console.out << printable(line) << "\n" << std::flush;
      });
  if (!repair.ok()) return fail(console, "repair", repair.error().message, kExitFailed);
  if (repair->actions == 0) {
    console.out << "Nothing to repair.\n";
  } else if (command.dry_run) {
    console.out << "Nothing was changed: this was a dry run.\n";
  }
  return kExitOk;
}

}  // namespace weir::app::cli
