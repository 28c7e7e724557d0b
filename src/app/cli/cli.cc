#include "app/cli/cli.h"

#include <iostream>

#include "app/cli/command_line.h"
#include "app/cli/commands.h"
#include "app/cli/console.h"

namespace weir::app::cli {
namespace {

// Runs what was parsed; one overload a command.
struct Runner {
  const Commands& commands;
  Console& console;

  int operator()(const ServeCommand& command) const {
    const auto loaded = load_config(command.source);
    if (!loaded.ok()) return fail(console, "serve", loaded.error().message, kExitUsage);
    return commands.serve(*loaded);
  }
  int operator()(const MigrateCommand& command) const {
    const auto loaded = load_config(command.source);
    if (!loaded.ok()) return fail(console, "migrate", loaded.error().message, kExitUsage);
    const auto done = commands.migrate(loaded->config);
    if (!done.ok()) return fail(console, "migrate", done.error().message, kExitFailed);
    if (done->empty()) console.out << "Nothing to do: the embedded engines need no migration.\n";
    for (const std::string& line : *done) console.out << line << "\n";
    return kExitOk;
  }
  int operator()(const MigrateToCommand& command) const { return run_migrate_to(command, console); }
  int operator()(const DeadLetterCommand& command) const { return run_deadletter(command, console); }
  int operator()(const SnapshotCommand& command) const { return run_snapshot(command, console); }
  int operator()(const DeleteCommand& command) const { return run_delete(command, console); }
  int operator()(const ImportPrometheusCommand& command) const {
    return run_import_prometheus(command, console);
  }
  int operator()(const ExportCommand& command) const { return run_export(command, console); }
  int operator()(const ImportArchiveCommand& command) const { return run_import_archive(command, console); }
  int operator()(const QueryCommand& command) const { return run_query(command, console); }
  int operator()(const WriteCommand& command) const { return run_write(command, console); }
  int operator()(const StatusCommand& command) const { return run_status(command, console); }
  int operator()(const VersionCommand& command) const { return run_version(command, console); }
  int operator()(const ConfigCheckCommand& command) const { return run_config_check(command, console); }
  int operator()(const ConfigPrintCommand& command) const { return run_config_print(command, console); }
  int operator()(const VerifyCommand& command) const { return run_verify(command, console); }
  int operator()(const RepairCommand& command) const { return run_repair(command, console); }
  int operator()(const DumpCommand& command) const { return run_dump(command, console); }
  int operator()(const RulesCheckCommand& command) const { return run_rules_check(command, console); }
  int operator()(const RulesTestCommand& command) const { return run_rules_test(command, console); }
  int operator()(const RulesBacktestCommand& command) const { return run_rules_backtest(command, console); }
  int operator()(const RulesExplainCommand& command) const { return run_rules_explain(command, console); }
  int operator()(const AggregationsCheckCommand& command) const {
    return run_aggregations_check(command, console);
  }
  int operator()(const CompletionCommand& command) const { return run_completion(command, console); }
};

}  // namespace

int run_cli(int argc, char** argv, const Commands& commands) {
  std::ios::sync_with_stdio(false);
  Console console{std::cin, std::cout, std::cerr, os::system_clock(), detect_terminal()};
  const auto parsed = parse_command_line(std::vector<std::string>(argv + 1, argv + argc));
  if (const Stop* stop = std::get_if<Stop>(&parsed)) {
    (stop->exit_code == kExitOk ? console.out : console.err) << stop->text << std::flush;
    return stop->exit_code;
  }
  const int code = std::visit(Runner{commands, console}, std::get<Command>(parsed));
  console.out << std::flush;
  // An answer that could not be written, to a full disk for one, is a failure of the command.
  return code == kExitOk && !console.out ? kExitFailed : code;
}

}  // namespace weir::app::cli
