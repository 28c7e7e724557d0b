#include <CLI/CLI.hpp>

#include "app/cli/grammar.h"

// The commands for recording and alerting rules.
namespace weir::app::cli {

void Grammar::add_rules() {
  CLI::App* rules = add_command("rules", "Check, test and explain recording and alerting rules.", "");
  rules->require_subcommand(1);
  add_rules_check(*rules);
  add_rules_test(*rules);
  add_rules_backtest(*rules);
  add_rules_explain(*rules);
}

void Grammar::add_files(CLI::App& command, std::vector<std::string>& files, const std::string& help) {
  command.add_option("file", files, help)->required()->type_name("FILE")->expected(1, -1);
}

void Grammar::add_report_output(CLI::App& command, std::string& output) {
  command.add_option("-o,--output", output, "Lines for people, or JSON; text when not given")
      ->type_name("text|json")
      ->check(CLI::IsMember({"text", "json"}).description(""));
}

void Grammar::add_rules_check(CLI::App& rules) {
  CLI::App* check = rules.add_subcommand(
      "check",
      "Read rule files of Prometheus and say all that is wrong with them, each with its line. Checked are "
      "the fields, names, durations, PromQL, and the templates of labels and annotations. A rule that is "
      "there "
      "twice is a warning. No server is needed.");
  check->footer(
      "Examples:\n"
      "  weir rules check alerts.yml rules/*.yml\n"
      "  jsonnet alerts.jsonnet | weir rules check -\n"
      "  weir rules check --output json alerts.yml\n\n"
      "A rule file:\n"
      "  groups:\n"
      "    - name: node\n"
      "      rules:\n"
      "        - record: job:up:sum\n"
      "          expr: sum by (job) (up)\n"
      "        - alert: InstanceDown\n"
      "          expr: up == 0\n"
      "          for: 5m\n"
      "          annotations:\n"
      "            summary: \"{{ $labels.instance }} is down\"\n\n"
      "Exit status: 0 all files are good, 1 one has a problem or cannot be read.\n");
  add_files(*check, rules_check_.files, "Rule files; - is standard input");
  add_report_output(*check, rules_output_);
}

void Grammar::add_rules_test(CLI::App& rules) {
  CLI::App* test = rules.add_subcommand(
      "test",
      "Run unit tests of rules, in the files that \"promtool test rules\" has for them: series, and the "
      "alerts "
      "and values that the rules are to make of them. No server is needed, and nothing is left on disk.");
  test->footer(
      "Examples:\n"
      "  weir rules test alerts_test.yml\n"
      "  weir rules test --run 'disk|memory' tests/*.yml\n"
      "  weir rules test --junit results.xml tests/*.yml\n\n"
      "A file of tests; what rule_files names is relative to its directory:\n"
      "  rule_files: [alerts.yml]\n"
      "  evaluation_interval: 1m\n"
      "  tests:\n"
      "    - name: an instance goes down\n"
      "      interval: 1m               # between the values below\n"
      "      input_series:\n"
      "        - series: up{instance=\"a\"}\n"
      "          values: 1x4 0x10         # five times 1, then eleven times 0\n"
      "      alert_rule_test:\n"
      "        - eval_time: 10m\n"
      "          alertname: InstanceDown\n"
      "          exp_alerts:\n"
      "            - exp_labels: {instance: a}\n"
      "              exp_annotations: {summary: a is down}\n"
      "      promql_expr_test:\n"
      "        - expr: sum(up)\n"
      "          eval_time: 4m\n"
      "          exp_samples:\n"
      "            - value: 1\n\n"
      "Exit status: 0 all tests passed, 1 one failed or a file is wrong or cannot be read.\n");
  add_files(*test, rules_test_.files, "Files of unit tests");
  test->add_option("--run", rules_test_.run,
                   "Only tests whose name this regular expression matches; may be given again for more")
      ->type_name("REGEX")
      ->allow_extra_args(false);
  test->add_flag("--ignore-unknown-fields", rules_test_.ignore_unknown_fields,
                 "Pass over fields of rule files that Prometheus does not know");
  test->add_option("--junit", rules_test_.junit_path, "Write the results to this file too, as JUnit does")
      ->type_name("FILE");
  add_report_output(*test, rules_output_);
}

Command Grammar::rules_command() const {
  const CLI::App* rules = app_->get_subcommand("rules");
  if (rules->got_subcommand("backtest")) return rules_backtest_command();
  if (rules->got_subcommand("explain")) return rules_explain_command();
  if (rules->got_subcommand("test")) {
    RulesTestCommand command = rules_test_;
    command.json = rules_output_ == "json";
    return command;
  }
  RulesCheckCommand command = rules_check_;
  command.json = rules_output_ == "json";
  return command;
}

}  // namespace weir::app::cli
