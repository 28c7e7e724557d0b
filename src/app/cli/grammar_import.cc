#include <CLI/CLI.hpp>

#include "app/cli/grammar.h"
#include "base/duration.h"

// The commands that bring samples in from elsewhere, and that write them to a file.
namespace weir::app::cli {

void Grammar::add_import() {
  CLI::App* import = add_command("import", "Bring in what another system has stored.", "");
  import->require_subcommand(1);
  add_import_prometheus(*import);
  add_import_archive(*import);
}

void Grammar::add_import_prometheus(CLI::App& import) {
  CLI::App* prometheus = import.add_subcommand(
      "prometheus",
      "Send what lies in the blocks of a Prometheus to a running server, oldest block first. Prometheus may "
      "be running: its files are only read. The write-ahead log, with the samples of the last two to three "
      "hours, is not. Running it again is harmless: a sample that is stored already is dropped.");
  prometheus->footer(
      "Examples:\n"
      "  weir import prometheus --dry-run /var/lib/prometheus/metrics2\n"
      "  weir import prometheus --state finished.txt /var/lib/prometheus/metrics2\n"
      "  weir import prometheus --match '{job=\"node\"}' --start 2024-05-01T00:00:00Z --tenant team-a "
      "data\n\n"
      "Exit status: 0 when every sample was read and accepted.\n");
  add_target(*prometheus, target_, timeout_);
  prometheus->add_option("directory", import_.directory, "Prometheus' data directory (--storage.tsdb.path)")
      ->required()
      ->type_name("DIR");
  prometheus
      ->add_option("--match", import_.selectors,
                   "Only series that this PromQL selector matches; may be given again for more")
      ->type_name("SELECTOR")
      ->allow_extra_args(false);
  add_time(*prometheus, "--start", from_, "Only samples of this time or later");
  add_time(*prometheus, "--end", to_, "Only samples of this time or earlier");
  prometheus
      ->add_option("--state", import_.state_path,
                   "Remember in this file which blocks are done, and leave them out when run again")
      ->type_name("FILE");
  prometheus->add_flag("--dry-run", import_.dry_run, "Read and count, and send nothing");
}

void Grammar::add_import_archive(CLI::App& import) {
  CLI::App* archive = import.add_subcommand(
      "archive",
      "Send what lies in an archive, which \"weir export\" has written, to a running server. The archive is "
      "checked as it is read. Running it again is harmless: a sample that is stored already is dropped.");
  archive->footer(
      "Examples:\n"
      "  weir import archive --dry-run up.weir\n"
      "  weir import archive --url http://other:8080 --tenant team-b up.weir\n\n"
      "Without --tenant the samples go to the tenant that they are from.\n");
  add_target(*archive, target_, timeout_);
  archive->add_option("file", archive_.file, "The archive")->required()->type_name("FILE");
  archive->add_flag("--dry-run", archive_.dry_run, "Read, check and count, and send nothing");
}

void Grammar::add_export() {
  CLI::App* command =
      add_command("export",
                  "Write a tenant's samples to a file, an archive, while the server runs. What "
                  "arrives meanwhile may be in it or not.",
                  "Examples:\n"
                  "  weir export everything.weir\n"
                  "  weir export --tenant team-a --match '{job=\"node\"}' --start "
                  "2024-05-01T00:00:00Z node.weir\n\n"
                  "\"weir import archive\" brings it into this or another server.\n");
  add_target(*command, target_, timeout_);
  command->add_option("file", export_.file, "The archive to make; it must not exist")
      ->required()
      ->type_name("FILE");
  command->add_option("--match", export_.selector, "Only series that this PromQL selector matches")
      ->type_name("SELECTOR");
  add_time(*command, "--start", from_, "Only samples of this time or later");
  add_time(*command, "--end", to_, "Only samples of this time or earlier");
}

Command Grammar::import_command() const {
  if (app_->get_subcommand("import")->got_subcommand("archive")) {
    ImportArchiveCommand command = archive_;
    command.target = with_timeout(target_);
    return command;
  }
  ImportPrometheusCommand command = import_;
  command.target = with_timeout(target_);
  if (!from_.empty()) command.start_ms = parse_time(from_).value();
  if (!to_.empty()) command.end_ms = parse_time(to_).value();
  return command;
}

ExportCommand Grammar::export_command() const {
  ExportCommand command = export_;
  command.target = with_timeout(target_);
  if (!from_.empty()) command.start_ms = parse_time(from_).value();
  if (!to_.empty()) command.end_ms = parse_time(to_).value();
  return command;
}

}  // namespace weir::app::cli
