#include "app/cli/grammar.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "app/build_info.h"
#include "app/cli/grammar_checks.h"
#include "app/cli/help_formatter.h"
#include "app/cli/settings_flags.h"
#include "base/duration.h"
#include "config/units.h"

namespace weir::app::cli {
namespace {

OutputFormat output_format(std::string_view name) {
  if (name == "json") return OutputFormat::kJson;
  return name == "csv" ? OutputFormat::kCsv : OutputFormat::kTable;
}

}  // namespace

Grammar::Grammar()
    : app_(std::make_unique<CLI::App>("Weir: real-time metrics, stored and queried.", "weir")) {
  app_->formatter(help_formatter());
  app_->set_help_flag("-h,--help", "Explain this command");
  app_->set_version_flag("-V,--version", fmt::format("weir {}", build_info().version), "Print the version");
  app_->require_subcommand(1);
  app_->footer(
      "Start a server with \"weir serve\", then try \"weir query up\". Every command explains itself:\n"
      "weir COMMAND --help.\n");
  add_serve();
  add_query();
  add_write();
  add_status();
  add_config();
  add_rules();
  add_aggregations();
  add_migrate();
  add_migrate_to();
  add_deadletter();
  add_snapshot();
  add_delete();
  add_import();
  add_export();
  add_verify();
  add_dump();
  add_repair();
  add_version();
  add_completion();
}

Grammar::~Grammar() = default;

CLI::App* Grammar::add_command(const std::string& name, const std::string& description,
                               const std::string& examples) {
  CLI::App* command = app_->add_subcommand(name, description);
  command->footer(examples);
  return command;
}

void Grammar::add_serve() {
  CLI::App* serve =
      add_command("serve",
                  "Run the server. It takes samples in, stores them and answers queries, all in this one "
                  "process, and needs no configuration.",
                  "Examples:\n"
                  "  weir serve\n"
                  "  weir serve --data /var/lib/weir --listen 0.0.0.0:8080\n"
                  "  weir serve --config weir.yaml --storage.retention 90d\n\n"
                  "Settings:\n"
                  "  Every key of the configuration is also a flag (--storage.retention 90d) and a variable\n"
                  "  of the environment (WEIR_STORAGE_RETENTION=90d). A flag wins over a variable, and a\n"
                  "  variable over the file. \"weir config print --defaults\" explains all of them.\n");
  add_config_flags(*serve, source_);
}

void Grammar::add_query() {
  CLI::App* query =
      add_command("query",
                  "Ask a PromQL query and print the answer. Prints the values now, or with --range how they "
                  "came to be.",
                  "Examples:\n"
                  "  weir query up\n"
                  "  weir query --range 1h --step 15s 'rate(node_cpu_seconds_total[1m])'\n"
                  "  weir query --graph --range 6h 'avg by (mode) (rate(node_cpu_seconds_total[5m]))'\n"
                  "  weir query --watch 'topk(5, rate(node_network_receive_bytes_total[10s]))'\n"
                  "  weir query --time 2024-05-01T12:00:00Z --output csv 'sum by (job) (up)'\n"
                  "  weir query --explain --range 1d 'sum by (mode) (rate(node_cpu_seconds_total[5m]))'\n");
  add_target(*query, target_, timeout_);
  query->add_option("expression", query_.expression, "PromQL; quote it for the shell")
      ->required()
      ->type_name("EXPR");
  query->add_option("--time", query_text_.time, "Evaluate at this time, or end the range there")
      ->type_name("TIME")
      ->check(accepted_by(parse_time));
  CLI::Option* range =
      query->add_option("--range", query_text_.range, "Cover this long before the time, such as 1h")
          ->type_name("DURATION")
          ->check(accepted_by(parse_positive_duration));
  query
      ->add_option("--step", query_text_.step,
                   "Distance of the points; when not given, one that suits the range")
      ->type_name("DURATION")
      ->check(accepted_by(parse_positive_duration))
      ->needs(range);
  CLI::Option* output =
      query->add_option("-o,--output", query_text_.output, "Form of the answer; table when not given")
          ->type_name("table|json|csv")
          ->check(CLI::IsMember({"table", "json", "csv"}).description(""));
  query->add_flag("-w,--watch", query_.watch, "Ask again every second until interrupted");
  CLI::Option* explain =
      query->add_flag("--explain", query_text_.explain, "Run it, and show what each part of it took");
  CLI::Option* plan = query
                          ->add_flag("--plan", query_text_.plan,
                                     "Show its parts and how many series match, without running it")
                          ->excludes(explain);
  query->add_flag("--graph", query_.graph, "Draw the range as a chart")
      ->needs(range)
      ->excludes(output)
      ->excludes(explain)
      ->excludes(plan);
}

void Grammar::add_write() {
  CLI::App* write = add_command(
      "write",
      "Write samples and say what was accepted. Takes one from the command line, or lines from standard "
      "input, each of "
      "Prometheus' text format or a JSON object. Fails when any sample was not accepted.",
      "Examples:\n"
      "  weir write 'temperature{room=\"attic\"}' 21.5\n"
      "  weir write backup_size_bytes 1048576 2024-05-01T12:00:00Z\n"
      "  curl -s localhost:9100/metrics | weir write -\n"
      "  echo '{\"name\": \"door\", \"labels\": {\"open\": \"yes\"}, \"value\": 1}' | weir write -\n\n"
      "The time is milliseconds since 1970 or RFC 3339; without one it is now.\n");
  add_target(*write, target_, timeout_);
  write->add_option("sample", write_words_, "SERIES VALUE [TIME], or - for standard input")
      ->type_name("WORD")
      ->required()
      ->expected(1, 3);
}

void Grammar::add_status() {
  CLI::App* status =
      add_command("status", "Show what a server is and does: version, durability, lag, stored data.",
                  "Examples:\n"
                  "  weir status\n"
                  "  weir status --url http://metrics.example:8080 --json\n");
  add_target(*status, target_, timeout_);
  status->add_flag("--json", json_, "Print the server's answer as it is");
}

void Grammar::add_version() {
  CLI::App* version = add_command("version", "Print version, commit and compiler of this program.", "");
  version->add_flag("--json", json_, "Print JSON");
}

void Grammar::add_config() {
  CLI::App* config = add_command("config", "Check a configuration, or print the one that would be used.", "");
  config->require_subcommand(1);
  CLI::App* check =
      config->add_subcommand("check", "Read a configuration file and say whether the server would take it.");
  check->footer("Example:\n  weir config check weir.yaml\n");
  check->add_option("file", check_path_, "The file")->required()->type_name("FILE");
  CLI::App* print = config->add_subcommand("print",
                                           "Print the configuration as YAML: each key with where its value "
                                           "comes from, or the documented defaults.");
  print->footer(
      "Examples:\n"
      "  weir config print --defaults > weir.yaml\n"
      "  weir config print --config weir.yaml --server.listen 0.0.0.0:80\n");
  CLI::Option* defaults =
      print->add_flag("--defaults", print_defaults_, "The defaults, with an explanation of each key");
  print
      ->add_flag("--effective", print_effective_,
                 "What the server would use (this is what is printed without a flag)")
      ->excludes(defaults);
  add_config_flags(*print, source_);
}

void Grammar::add_completion() {
  CLI::App* completion =
      add_command("completion", "Print a script that completes weir's command line in your shell.",
                  "Examples:\n"
                  "  source <(weir completion bash)\n"
                  "  weir completion zsh > ~/.zfunc/_weir\n"
                  "  weir completion fish > ~/.config/fish/completions/weir.fish\n");
  completion->add_option("shell", shell_, "The shell")
      ->required()
      ->type_name("bash|zsh|fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""));
}

void Grammar::add_target(CLI::App& command, Target& target, std::string& timeout) {
  command.add_option("--url", target.url, "The server; http://127.0.0.1:8080 when not given")
      ->type_name("URL")
      ->envname("WEIR_URL");
  command.add_option("--tenant", target.tenant, "Act as this tenant")
      ->type_name("NAME")
      ->envname("WEIR_TENANT");
  command.add_option("--timeout", timeout, "Give up after this long; 30s when not given")
      ->type_name("DURATION")
      ->check(accepted_by(parse_positive_duration));
}

QueryCommand Grammar::query_command() const {
  QueryCommand query = query_;
  query.target = with_timeout(target_);
  if (!query_text_.time.empty()) query.time_ms = parse_time(query_text_.time).value();
  if (!query_text_.range.empty()) query.range = config::parse_duration(query_text_.range).value();
  if (!query_text_.step.empty()) query.step = config::parse_duration(query_text_.step).value();
  query.output = output_format(query_text_.output);
  if (query_text_.explain) query.explain = QueryCommand::Explain::kRun;
  if (query_text_.plan) query.explain = QueryCommand::Explain::kPlan;
  return query;
}

Target Grammar::with_timeout(Target target) const {
  target.timeout = config::parse_duration(timeout_).value();
  return target;
}

Command Grammar::command() const {
  const auto parsed = [this](const char* name) { return app_->got_subcommand(name); };
  if (parsed("serve")) return ServeCommand{source_};
  if (parsed("query")) return query_command();
  if (parsed("write")) {
    const bool from_input = write_words_ == std::vector<std::string>{"-"};
    return WriteCommand{with_timeout(target_), from_input ? std::vector<std::string>() : write_words_};
  }
  if (parsed("status")) return StatusCommand{with_timeout(target_), json_};
  if (parsed("completion")) return CompletionCommand{shell_};
  if (parsed("migrate")) return MigrateCommand{source_};
  if (parsed("migrate-to")) {
    MigrateToCommand command = migrate_to_;
    command.source = with_timeout(target_);
    return command;
  }
  if (parsed("deadletter")) return deadletter_command();
  if (parsed("snapshot")) return SnapshotCommand{with_timeout(target_), skip_head_};
  if (parsed("delete")) return delete_command();
  if (parsed("import")) return import_command();
  if (parsed("export")) return export_command();
  if (parsed("verify"))
    return VerifyCommand{data_, verify_output_ == "json" ? OutputFormat::kJson : OutputFormat::kTable};
  if (parsed("repair")) return RepairCommand{data_, dry_run_};
  if (parsed("dump")) return dump_command();
  if (parsed("rules")) return rules_command();
  if (parsed("aggregations")) return aggregations_command();
  if (!parsed("config")) return VersionCommand{json_};
  if (app_->get_subcommand("config")->got_subcommand("check")) return ConfigCheckCommand{check_path_};
  return ConfigPrintCommand{source_, print_defaults_};
}

}  // namespace weir::app::cli
