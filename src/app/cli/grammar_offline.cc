#include <CLI/CLI.hpp>

#include "app/cli/grammar.h"
#include "base/duration.h"
#include "config/config.h"

// The commands for the files of a server that is stopped.
namespace weir::app::cli {
namespace {

void add_data(CLI::App& command, std::string& data) {
  data = config::StorageConfig().path;
  command.add_option("--data", data, "The data directory; ./weir-data when not given")
      ->type_name("DIR")
      ->envname("WEIR_STORAGE_PATH");
}

}  // namespace

void Grammar::add_time(CLI::App& command, const std::string& name, std::string& text,
                       const std::string& help) {
  command.add_option(name, text, help)
      ->type_name("TIME")
      ->check(CLI::Validator(
          [](std::string& given) {
            const auto time = parse_time(given);
            return time.ok() ? std::string() : time.error().message;
          },
          ""));
}

void Grammar::add_verify() {
  CLI::App* verify = add_command(
      "verify",
      "Check every byte that a stopped server left on disk. It reads the manifest, every block down to "
      "each sample, the journal down to each record, and the catalogue, and changes nothing. Each damage "
      "is named with its file and place, and what to do about it. A torn end of the journal is no damage: "
      "after a crash it is normal, and nothing in it was acknowledged.",
      "Examples:\n"
      "  weir verify --data /var/lib/weir\n"
      "  weir verify --data /mnt/backup/weir --output json\n\n"
      "Exit status: 0 all is good, 1 something is damaged, 2 it could not be checked (for one, because a\n"
      "server is running there).\n");
  add_data(*verify, data_);
  verify->add_option("-o,--output", verify_output_, "Form of the report; table when not given")
      ->type_name("table|json")
      ->check(CLI::IsMember({"table", "json"}).description(""));
}

void Grammar::add_repair() {
  CLI::App* repair = add_command("repair",
                                 "Make a damaged data directory one that a server starts with. All that is "
                                 "good in it is then served, and nothing "
                                 "is deleted: a damaged block is kept as .corrupt, and its good chunks go on "
                                 "in a new block; a damaged or missing "
                                 "manifest is made anew from the blocks and the journal. What the journal "
                                 "still holds of lost blocks comes back "
                                 "when the server starts. Every action is printed.",
                                 "Examples:\n"
                                 "  weir repair --data /var/lib/weir --dry-run\n"
                                 "  weir repair --data /var/lib/weir\n\n"
                                 "Make a copy of the directory first if there is room for one.\n");
  add_data(*repair, data_);
  repair->add_flag("--dry-run", dry_run_, "Say what would be done, and do nothing");
}

void Grammar::add_dump() {
  CLI::App* dump =
      add_command("dump",
                  "Print what lies in the files of a stopped server. Samples come in Prometheus' text "
                  "format, first those of each "
                  "block, then those that are in the journal only; \"weir write -\" takes them.",
                  "Examples:\n"
                  "  weir dump --data /var/lib/weir --what blocks\n"
                  "  weir dump --data /var/lib/weir --match 'up{job=\"node\"}' --start 2024-05-01T00:00:00Z\n"
                  "  weir dump --data old --tenant team-a | weir write --tenant team-a -\n"
                  "  weir dump --data /var/lib/weir --what journal --output json\n\n"
                  "What cannot be read is named on standard error, left out, and makes the exit status 1.\n");
  add_data(*dump, data_);
  dump->add_option("--what", dump_text_.what, "What to print; samples when not given")
      ->type_name("blocks|series|samples|journal|manifest")
      ->check(CLI::IsMember({"blocks", "series", "samples", "journal", "manifest"}).description(""));
  dump->add_option("--tenant", dump_.tenant, "Only this tenant, by name or number")->type_name("NAME");
  dump->add_option("--match", dump_.selector, "Only series that this PromQL selector matches")
      ->type_name("SELECTOR");
  add_time(*dump, "--start", dump_text_.start, "Only samples of this time or later");
  add_time(*dump, "--end", dump_text_.end, "Only samples of this time or earlier");
  dump->add_option("-o,--output", dump_text_.output,
                   "Lines for people, or a JSON object a line; text when not given")
      ->type_name("text|json")
      ->check(CLI::IsMember({"text", "json"}).description(""));
}

DumpCommand Grammar::dump_command() const {
  using What = DumpCommand::What;
  DumpCommand command = dump_;
  command.data = data_;
  command.json = dump_text_.output == "json";
  if (!dump_text_.start.empty()) command.start_ms = parse_time(dump_text_.start).value();
  if (!dump_text_.end.empty()) command.end_ms = parse_time(dump_text_.end).value();
  if (dump_text_.what == "blocks") command.what = What::kBlocks;
  if (dump_text_.what == "series") command.what = What::kSeries;
  if (dump_text_.what == "journal") command.what = What::kJournal;
  if (dump_text_.what == "manifest") command.what = What::kManifest;
  return command;
}

}  // namespace weir::app::cli
