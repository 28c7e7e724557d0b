#pragma once

#include "app/cli/command_line.h"
#include "app/cli/console.h"
#include "config/loader.h"

/// The commands that run in this process. Each returns the exit code; errors go to `console.err`.
namespace weir::app::cli {

int run_query(const QueryCommand& command, Console& console);
int run_write(const WriteCommand& command, Console& console);
int run_status(const StatusCommand& command, Console& console);
int run_version(const VersionCommand& command, Console& console);
int run_config_check(const ConfigCheckCommand& command, Console& console);
int run_config_print(const ConfigPrintCommand& command, Console& console);
int run_migrate_to(const MigrateToCommand& command, Console& console);
int run_deadletter(const DeadLetterCommand& command, Console& console);
int run_snapshot(const SnapshotCommand& command, Console& console);
int run_delete(const DeleteCommand& command, Console& console);
int run_import_prometheus(const ImportPrometheusCommand& command, Console& console);
int run_export(const ExportCommand& command, Console& console);
int run_import_archive(const ImportArchiveCommand& command, Console& console);
int run_verify(const VerifyCommand& command, Console& console);
int run_repair(const RepairCommand& command, Console& console);
int run_dump(const DumpCommand& command, Console& console);
int run_rules_check(const RulesCheckCommand& command, Console& console);
int run_rules_test(const RulesTestCommand& command, Console& console);
int run_rules_backtest(const RulesBacktestCommand& command, Console& console);
int run_rules_explain(const RulesExplainCommand& command, Console& console);
int run_aggregations_check(const AggregationsCheckCommand& command, Console& console);
int run_completion(const CompletionCommand& command, Console& console);

/// Reads the file and this process's environment into a configuration. Errors as `config::load`, and those of
/// reading a file.
Result<config::Loaded> load_config(const ConfigSource& source);

/// Prints "weir COMMAND: message" and returns `exit_code`.
int fail(Console& console, std::string_view command, std::string_view message, int exit_code);

}  // namespace weir::app::cli
