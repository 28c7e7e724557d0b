#include <CLI/CLI.hpp>

#include "app/cli/grammar.h"

// The commands for streaming aggregations.
namespace weir::app::cli {

void Grammar::add_aggregations() {
  CLI::App* aggregations = add_command("aggregations", "Check files of streaming aggregations.", "");
  aggregations->require_subcommand(1);
  CLI::App* check = aggregations->add_subcommand(
      "check",
      "Read files of streaming aggregations and say all that is wrong with them, each with its line. Checked "
      "are the fields, names, selectors, windows, outputs, and that no two outputs of one become the "
      "same series. No server is needed.");
  check->footer(
      "Examples:\n"
      "  weir aggregations check aggregations.yml\n"
      "  jsonnet aggregations.jsonnet | weir aggregations check -\n"
      "  weir aggregations check --output json aggregations/*.yml\n\n"
      "A file of aggregations:\n"
      "  aggregations:\n"
      "    - name: requests\n"
      "      match: http_requests{env=\"prod\"}        # or a list of selectors\n"
      "      by: [service, code]                     # or without: [instance, pod]\n"
      "      window: 1m                              # (11:59:00, 12:00:00], and so on\n"
      "      outputs: [count, sum, quantile(0.5, 0.99)]\n"
      "    - name: visitors\n"
      "      match: page_views\n"
      "      window: {type: hopping, size: 5m, hop: 30s}\n"
      "      outputs: [distinct(user)]               # how many users there were\n"
      "      metric: visitors                        # without it: page_views:5m_30s_distinct_user\n"
      "    - name: visits\n"
      "      match: page_views\n"
      "      by: [user]\n"
      "      window: {type: session, gap: 30m, max: 1d}\n"
      "      outputs: [count]\n\n"
      "Outputs: count, sum, min, max, avg, first, last, increase, rate, stddev, series, distinct,\n"
      "distinct(LABEL), quantile(0 to 1). All fields: docs/aggregations.md.\n\n"
      "Exit status: 0 all files are good, 1 one has a problem or cannot be read.\n");
  add_files(*check, aggregations_check_.files, "Files of aggregations; - is standard input");
  add_report_output(*check, aggregations_output_);
}

Command Grammar::aggregations_command() const {
  AggregationsCheckCommand command = aggregations_check_;
  command.json = aggregations_output_ == "json";
  return command;
}

}  // namespace weir::app::cli
