#include <CLI/CLI.hpp>

#include "app/cli/grammar.h"

// The commands for recording and alerting rules.
namespace weir::app::cli {

void Grammar::add_rules() {
  CLI::App* rules = add_command("rules", "Look at files of recording and alerting rules.", "");
  rules->require_subcommand(1);
  CLI::App* check = rules->add_subcommand(
      "check",
      "Read rule files of Prometheus and say all that is wrong with them, each with its line. Checked are "
      "the "
      "fields, names, durations, PromQL, and the templates of labels and annotations. A rule that is there "
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
  check->add_option("file", rules_check_.files, "Rule files; - is standard input")
      ->required()
      ->type_name("FILE")
      ->expected(1, -1);
  check->add_option("-o,--output", rules_output_, "Lines for people, or JSON; text when not given")
      ->type_name("text|json")
      ->check(CLI::IsMember({"text", "json"}).description(""));
}

RulesCheckCommand Grammar::rules_check_command() const {
  RulesCheckCommand command = rules_check_;
  command.json = rules_output_ == "json";
  return command;
}

}  // namespace weir::app::cli
