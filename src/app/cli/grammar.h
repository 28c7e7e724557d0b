#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/cli/command_line.h"

namespace CLI {
class App;
}

namespace weir::app::cli {

/// The commands as the parsing library sees them, bound to fields that a parse fills. One object serves one
/// parse.
class Grammar {
 public:
  Grammar();
  ~Grammar();

  CLI::App& app() { return *app_; }
  /// The command that was parsed; only after a parse that succeeded.
  Command command() const;

 private:
  // Text of options that become numbers after the parse has checked them.
  struct QueryText {
    std::string time, range, step, output = "table";
    bool explain = false, plan = false;
  };
  struct DumpText {
    std::string what = "samples", start, end, output = "text";
  };

  struct BacktestText {
    std::string from = "24h", to = "now", step;
  };

  CLI::App* add_command(const std::string& name, const std::string& description, const std::string& examples);
  void add_serve();
  void add_query();
  void add_write();
  void add_status();
  void add_version();
  void add_config();
  void add_migrate();
  void add_migrate_to();
  void add_deadletter();
  void add_snapshot();
  void add_delete();
  void add_import();
  void add_import_prometheus(CLI::App& import);
  void add_import_archive(CLI::App& import);
  void add_export();
  void add_verify();
  void add_repair();
  void add_dump();
  void add_rules();
  void add_rules_check(CLI::App& rules);
  void add_rules_test(CLI::App& rules);
  void add_rules_backtest(CLI::App& rules);
  void add_rules_explain(CLI::App& rules);
  void add_aggregations();
  void add_completion();
  static void add_files(CLI::App& command, std::vector<std::string>& files, const std::string& help);
  static void add_report_output(CLI::App& command, std::string& output);
  void add_target(CLI::App& command, Target& target, std::string& timeout);
  static void add_time(CLI::App& command, const std::string& name, std::string& text,
                       const std::string& help);
  QueryCommand query_command() const;
  DeadLetterCommand deadletter_command() const;
  DeleteCommand delete_command() const;
  Command import_command() const;
  ExportCommand export_command() const;
  DumpCommand dump_command() const;
  Command rules_command() const;
  RulesBacktestCommand rules_backtest_command() const;
  RulesExplainCommand rules_explain_command() const;
  Command aggregations_command() const;
  Target with_timeout(Target target) const;

  std::unique_ptr<CLI::App> app_;
  ConfigSource source_;
  Target target_;
  std::string timeout_ = "30s";
  QueryCommand query_;
  QueryText query_text_;
  std::vector<std::string> write_words_;
  bool json_ = false;
  DeadLetterCommand letters_;
  MigrateToCommand migrate_to_;
  std::string check_path_;
  bool print_defaults_ = false;
  bool print_effective_ = false;
  std::string data_;
  std::string verify_output_ = "table";
  bool dry_run_ = false;
  bool skip_head_ = false;
  DeleteCommand delete_;
  std::string delete_start_, delete_end_;
  ImportPrometheusCommand import_;
  ImportArchiveCommand archive_;
  ExportCommand export_;
  std::string from_, to_;
  DumpCommand dump_;
  DumpText dump_text_;
  RulesCheckCommand rules_check_;
  RulesTestCommand rules_test_;
  RulesBacktestCommand rules_backtest_;
  RulesExplainCommand rules_explain_;
  BacktestText backtest_text_;
  std::string rules_range_;
  std::string rules_output_ = "text";
  AggregationsCheckCommand aggregations_check_;
  std::string aggregations_output_ = "text";
  std::string shell_;
};

}  // namespace weir::app::cli
