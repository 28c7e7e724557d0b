#include <CLI/CLI.hpp>

#include "app/cli/grammar.h"
#include "app/cli/settings_flags.h"
#include "base/duration.h"

// The commands of those who run a cluster.
namespace weir::app::cli {

void Grammar::add_migrate() {
  CLI::App* migrate = add_command(
      "migrate",
      "Make or update the tables that Weir needs in TimescaleDB and PostgreSQL. Safe "
      "to run "
      "again, and from several places at once. A database that a newer version has migrated is refused.",
      "Examples:\n"
      "  weir migrate --config weir.yaml\n"
      "  weir migrate --storage.engine timescale --timescale.url postgresql://weir@db/metrics\n");
  add_config_flags(*migrate, source_);
}

void Grammar::add_migrate_to() {
  CLI::App* move = add_command("migrate-to",
                               "Move a running server to another one, such as a cluster. It copies every "
                               "tenant's samples, then what arrived "
                               "meanwhile; then it closes the old server for writes (senders keep their data "
                               "and try again) and copies the rest. "
                               "Nothing is lost, and running it again is harmless.",
                               "Examples:\n"
                               "  weir migrate-to http://gateway.example:8080\n"
                               "  weir migrate-to --url http://old:8080 --keep-writing http://new:8080\n\n"
                               "Afterwards let senders write to the new server. The old one takes writes "
                               "again when it is restarted.\n");
  add_target(*move, target_, timeout_);
  move->add_option("destination", migrate_to_.destination, "The server to move to")
      ->required()
      ->type_name("URL");
  move->add_flag("--keep-writing", migrate_to_.keep_writing,
                 "Only copy: stop when the copy has caught up, and leave the old server open for writes");
}

void Grammar::add_deadletter() {
  CLI::App* letters = add_command("deadletter",
                                  "Log records that could not be decoded or stored are set aside with the "
                                  "reason. List them, and once what was "
                                  "wrong is mended, send them again.",
                                  "");
  letters->require_subcommand(1);
  CLI::App* list = letters->add_subcommand("list", "Show the records that wait, oldest first.");
  list->footer("Examples:\n  weir deadletter list\n  weir deadletter list --from 120 --json\n");
  list->add_flag("--json", json_, "Print the server's answer as it is");
  CLI::App* replay = letters->add_subcommand("replay",
                                             "Put the records that wait back into the log. One that still "
                                             "cannot be stored comes back as a new letter.");
  replay->footer("Example:\n  weir deadletter replay --from 120 --limit 1\n");
  for (CLI::App* command : {list, replay}) {
    add_target(*command, target_, timeout_);
    command->add_option("--from", letters_.from, "Begin with this letter")->type_name("ID");
    command->add_option("--limit", letters_.limit, "At most so many; 100 when not given")
        ->type_name("NUMBER")
        ->check(CLI::Range(1, 10'000).description(""));
  }
}

void Grammar::add_snapshot() {
  CLI::App* snapshot = add_command(
      "snapshot",
      "Make a snapshot of a running server's data and print its directory, on the server's machine. It holds "
      "everything that queries saw when it began, takes next to no room, since its blocks are hard links, "
      "and is a data directory of its own: start a server on it, or copy it to another disk as a backup.",
      "Examples:\n"
      "  weir snapshot\n"
      "  rsync -a \"$(weir snapshot)\" backup:/weir/\n"
      "  weir serve --data data/snapshots/20260101T120000Z-0123456789abcdef\n\n"
      "It stays until somebody removes its directory. Where much lies in memory, give it more --timeout.\n");
  add_target(*snapshot, target_, timeout_);
  snapshot->add_flag("--skip-head", skip_head_,
                     "Leave out the newest samples, which are only in memory and in the journal");
}

void Grammar::add_delete() {
  CLI::App* remove = add_command(
      "delete",
      "Delete the samples of the series that match, all of them or those of a range of time. It says how "
      "many "
      "series that concerns and asks first. Queries see it at once and for good; the room on the disk comes "
      "back soon after.",
      "Examples:\n"
      "  weir delete 'http_requests_total{user=\"4711\"}'\n"
      "  weir delete --start 2024-05-01T10:00:00Z --end 2024-05-01T12:00:00Z '{job=\"load-test\"}'\n"
      "  weir delete --tenant team-a --yes old_metric '{instance=\"retired:9100\"}'\n\n"
      "Samples that are sent again later are stored again.\n");
  add_target(*remove, target_, timeout_);
  remove->add_option("selector", delete_.selectors, "PromQL selectors; quote them for the shell")
      ->required()
      ->type_name("SELECTOR");
  add_time(*remove, "--start", delete_start_, "Only samples of this time or later");
  add_time(*remove, "--end", delete_end_, "Only samples of this time or earlier");
  remove->add_flag("-y,--yes", delete_.yes, "Do not ask");
}

DeleteCommand Grammar::delete_command() const {
  DeleteCommand command = delete_;
  command.target = with_timeout(target_);
  if (!delete_start_.empty()) command.start_ms = parse_time(delete_start_).value();
  if (!delete_end_.empty()) command.end_ms = parse_time(delete_end_).value();
  return command;
}

DeadLetterCommand Grammar::deadletter_command() const {
  DeadLetterCommand command = letters_;
  command.target = with_timeout(target_);
  command.json = json_;
  if (app_->get_subcommand("deadletter")->got_subcommand("replay"))
    command.action = DeadLetterCommand::Action::kReplay;
  return command;
}

}  // namespace weir::app::cli
