#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/unit_test_report.h"
#include "os/files.h"
#include "rules/unit_test/unit_tests.h"
#include "store/memory/memory_store.h"

namespace weir::app::cli {

int run_rules_test(const RulesTestCommand& command, Console& console) {
  auto filter = rules::unit_test::TestFilter::create(command.run);
  if (!filter.ok()) return fail(console, "rules test", "--run: " + filter.error().message, kExitUsage);
  const rules::unit_test::TestBench bench{[] { return std::make_unique<store::MemoryStore>(); },
                                          store::MemoryStore::sole_tenant(), console.clock};
  const rules::unit_test::RunOptions options{*std::move(filter), command.ignore_unknown_fields
                                                                     ? rules::UnknownFields::kPassOver
                                                                     : rules::UnknownFields::kRefuse};
  std::vector<rules::unit_test::FileOutcome> outcomes;
  int code = kExitOk;
  for (const std::string& path : command.files) {
    outcomes.push_back(run_unit_tests(path, os::posix_files(), bench, options));
    if (!outcomes.back().passed()) code = kExitFailed;
    if (!command.json) console.out << unit_test_text(outcomes.back(), console.terminal) << std::flush;
  }
  if (command.json) console.out << unit_test_json(outcomes) << "\n";
  if (command.junit_path.empty()) return code;
  const Status written = os::write_file_atomically(os::posix_files(), command.junit_path,
                                                   unit_test_junit(outcomes, console.clock.wall_ms()));
  return written.ok() ? code : fail(console, "rules test", written.error().message, kExitFailed);
}

}  // namespace weir::app::cli
