#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "app/cli/grammar.h"
#include "app/cli/grammar_checks.h"
#include "base/duration.h"
#include "config/units.h"

// The commands for rules that ask a server.
namespace weir::app::cli {
namespace {

// "now", a time, or how long ago.
Result<Moment> parse_moment(const std::string& text) {
  if (text == "now") return Moment{};
  if (const auto at_ms = parse_time(text); at_ms.ok()) return Moment{*at_ms, 0};
  const auto ago = config::parse_duration(text);
  if (ago.ok()) return Moment{std::nullopt, ago->count()};
  return invalid_argument(fmt::format(
      "\"{}\" is not now, a time such as 2024-05-01T12:00:00Z, or how long ago, such as 24h", text));
}

}  // namespace

void Grammar::add_rules_backtest(CLI::App& rules) {
  CLI::App* backtest = rules.add_subcommand(
      "backtest",
      "Say what rules would have done: a running server evaluates them over its stored history, and tells "
      "when "
      "each alert would have been pending, fired and been resolved. Nothing is stored, and nobody is "
      "notified.");
  backtest->footer(
      "Examples:\n"
      "  weir rules backtest alerts.yml\n"
      "  weir rules backtest --from 7d --step 5m --timeout 5m alerts.yml\n"
      "  weir rules backtest --from 2024-05-01T00:00:00Z --to 2024-05-02T00:00:00Z --output json "
      "alerts.yml\n\n"
      "A line |   ..####.    | is the whole time: . pending, # firing, ? not reached.\n"
      "Exit status: 0 all was evaluated, 1 a file has a problem, a rule failed, or time ran out.\n");
  add_target(*backtest, target_, timeout_);
  add_files(*backtest, rules_backtest_.files, "Rule files; each is evaluated by itself");
  backtest
      ->add_option("--from", backtest_text_.from, "Begin at this time, or so long ago; 24h when not given")
      ->type_name("TIME")
      ->check(accepted_by(parse_moment));
  backtest->add_option("--to", backtest_text_.to, "End at this time, or so long ago; now when not given")
      ->type_name("TIME")
      ->check(accepted_by(parse_moment));
  backtest
      ->add_option("--step", backtest_text_.step,
                   "Distance of evaluations; the interval of each group when not given")
      ->type_name("DURATION")
      ->check(accepted_by(parse_positive_duration));
  add_report_output(*backtest, rules_output_);
}

void Grammar::add_rules_explain(CLI::App& rules) {
  CLI::App* explain = rules.add_subcommand(
      "explain",
      "Say why an alert of a running server is there, or is not: how its rule was evaluated last, the "
      "samples "
      "behind each alert, how far the values are from the bound, and when it has changed.");
  explain->footer(
      "Examples:\n"
      "  weir rules explain InstanceDown\n"
      "  weir rules explain InstanceDown --match '{instance=\"db1\"}' --range 2d\n"
      "  weir rules explain InstanceDown --output json\n");
  add_target(*explain, target_, timeout_);
  explain->add_option("alert", rules_explain_.alert, "Name of the alert")->required()->type_name("ALERT");
  explain->add_option("--group", rules_explain_.group, "Only the rule of this group")->type_name("NAME");
  explain
      ->add_option("--match", rules_explain_.selectors,
                   "Only alerts that this PromQL selector matches; may be given again for more")
      ->type_name("SELECTOR")
      ->allow_extra_args(false);
  explain->add_option("--range", rules_range_, "Show changes of this long; 6h when not given")
      ->type_name("DURATION")
      ->check(accepted_by(parse_positive_duration));
  add_report_output(*explain, rules_output_);
}

RulesBacktestCommand Grammar::rules_backtest_command() const {
  RulesBacktestCommand command = rules_backtest_;
  command.target = with_timeout(target_);
  command.from = parse_moment(backtest_text_.from).value();
  command.to = parse_moment(backtest_text_.to).value();
  if (!backtest_text_.step.empty()) command.step = parse_positive_duration(backtest_text_.step).value();
  command.json = rules_output_ == "json";
  return command;
}

RulesExplainCommand Grammar::rules_explain_command() const {
  RulesExplainCommand command = rules_explain_;
  command.target = with_timeout(target_);
  if (!rules_range_.empty()) command.range = parse_positive_duration(rules_range_).value();
  command.json = rules_output_ == "json";
  return command;
}

}  // namespace weir::app::cli
