#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/cli/command_tree.h"
#include "os/clock.h"

/// What can be typed: each command as a plain value, and the grammar that reads it. Nothing is run here.
namespace weir::app::cli {

/// Which server a client command talks to, and as whom.
struct Target {
  std::string url = "http://127.0.0.1:8080";
  std::string tenant;  ///< Empty: the server's default.
  os::milliseconds timeout{30'000};
};

/// Where a configuration comes from: `settings` holds key and text of each flag.
struct ConfigSource {
  std::string path;  ///< Empty: no file.
  std::vector<std::pair<std::string, std::string>> settings;
};

struct ServeCommand {
  ConfigSource source;
};

enum class OutputFormat { kTable, kJson, kCsv };

struct QueryCommand {
  Target target;
  std::string expression;
  std::optional<TimestampMs> time_ms = std::nullopt;     ///< Absent: now. The end of a range.
  std::optional<os::milliseconds> range = std::nullopt;  ///< Present: a range query.
  std::optional<os::milliseconds> step = std::nullopt;   ///< Absent: one that suits the range.
  OutputFormat output = OutputFormat::kTable;
  bool watch = false;
  bool graph = false;  ///< Draw the answer of a range query, in place of a table.
  enum class Explain { kNo, kPlan, kRun } explain = Explain::kNo;  ///< In place of the answer.
};

struct WriteCommand {
  Target target;
  std::vector<std::string> words;  ///< Series, value and perhaps time; empty: lines from standard input.
};

struct StatusCommand {
  Target target;
  bool json = false;
};

struct VersionCommand {
  bool json = false;
};

struct ConfigCheckCommand {
  std::string path;
};

struct ConfigPrintCommand {
  ConfigSource source;
  bool defaults = false;
};

/// Brings the schemas of the database engines up to date.
struct MigrateCommand {
  ConfigSource source;
};

struct DeadLetterCommand {
  enum class Action { kList, kReplay } action = Action::kList;
  Target target;
  uint64_t from = 0;     ///< Id of the first letter.
  uint64_t limit = 100;  ///< Letters at most.
  bool json = false;
};

/// Makes a snapshot of a running server's data.
struct SnapshotCommand {
  Target target;
  bool skip_head = false;  ///< Without what is only in memory and in the journal.
};

/// Deletes samples from a running server.
struct DeleteCommand {
  Target target;
  std::vector<std::string> selectors;                  ///< PromQL; a series that any of them matches.
  std::optional<TimestampMs> start_ms = std::nullopt;  ///< Absent: from the first sample on.
  std::optional<TimestampMs> end_ms = std::nullopt;    ///< Absent: to the last one.
  bool yes = false;                                    ///< Without asking.
};

/// Copies everything that a server holds to another one.
struct MigrateToCommand {
  Target source;
  std::string destination;    ///< URL of the other server.
  bool keep_writing = false;  ///< Stop when the copy has caught up, without closing the source for writes.
};

/// Sends what lies in the blocks of a Prometheus to a running server.
struct ImportPrometheusCommand {
  Target target;
  std::string directory;                               ///< Prometheus' data directory.
  std::vector<std::string> selectors = {};             ///< PromQL; a series that any matches. Empty: all.
  std::optional<TimestampMs> start_ms = std::nullopt;  ///< Absent: from the first sample on.
  std::optional<TimestampMs> end_ms = std::nullopt;    ///< Absent: to the last one.
  std::string state_path = {};                         ///< File that remembers finished blocks; empty: none.
  bool dry_run = false;                                ///< Only count.
};

/// Writes a tenant's samples to an archive.
struct ExportCommand {
  Target target;
  std::string file;                                    ///< Must not exist.
  std::string selector = {};                           ///< PromQL; empty: all series.
  std::optional<TimestampMs> start_ms = std::nullopt;  ///< Absent: from the first sample on.
  std::optional<TimestampMs> end_ms = std::nullopt;    ///< Absent: to the last one.
};

/// Sends what an archive holds to a running server.
struct ImportArchiveCommand {
  Target target;  ///< Without a tenant: the one that the archive names.
  std::string file;
  bool dry_run = false;  ///< Only read and count.
};

/// The commands for the files of a server that is stopped.
struct VerifyCommand {
  std::string data;  ///< Data directory.
  OutputFormat output = OutputFormat::kTable;
};

struct RepairCommand {
  std::string data;
  bool dry_run = false;
};

struct DumpCommand {
  enum class What { kBlocks, kSeries, kSamples, kJournal, kManifest } what = What::kSamples;
  std::string data;
  std::string tenant = {};    ///< Name or number; empty: all.
  std::string selector = {};  ///< A PromQL selector; empty: all series.
  std::optional<TimestampMs> start_ms = std::nullopt;
  std::optional<TimestampMs> end_ms = std::nullopt;
  bool json = false;  ///< A JSON object a line.
};

/// Looks for what is wrong in rule files.
struct RulesCheckCommand {
  std::vector<std::string> files;  ///< "-" is standard input.
  bool json = false;
};

/// Runs the unit tests of rule files.
struct RulesTestCommand {
  std::vector<std::string> files;
  std::vector<std::string> run = {};  ///< Regular expressions of the names of tests; empty: all.
  std::string junit_path = {};        ///< Empty: none is written.
  bool ignore_unknown_fields = false;
  bool json = false;
};

/// Looks for what is wrong in files of streaming aggregations.
struct AggregationsCheckCommand {
  std::vector<std::string> files;  ///< "-" is standard input.
  bool json = false;
};

/// A time, or so long before the time at which a command runs.
struct Moment {
  std::optional<TimestampMs> at_ms = std::nullopt;
  int64_t before_now_ms = 0;

  TimestampMs time_ms(TimestampMs now_ms) const { return at_ms.value_or(now_ms - before_now_ms); }
};

/// Has a server say what rules would have done.
struct RulesBacktestCommand {
  Target target;
  std::vector<std::string> files;
  Moment from = {};
  Moment to = {};
  std::optional<os::milliseconds> step = std::nullopt;  ///< Absent: the interval of each group.
  bool json = false;
};

/// Has a server say why an alert is there or not.
struct RulesExplainCommand {
  Target target;
  std::string alert;
  std::string group = {};                                ///< Empty: all.
  std::vector<std::string> selectors = {};               ///< PromQL; alerts that any matches. Empty: all.
  std::optional<os::milliseconds> range = std::nullopt;  ///< Of state changes; absent: what the server takes.
  bool json = false;
};

struct CompletionCommand {
  std::string shell;  ///< "bash", "zsh" or "fish".
};

using Command =
    std::variant<ServeCommand, QueryCommand, WriteCommand, StatusCommand, VersionCommand, ConfigCheckCommand,
                 ConfigPrintCommand, MigrateCommand, MigrateToCommand, DeadLetterCommand, SnapshotCommand,
                 DeleteCommand, ImportPrometheusCommand, ExportCommand, ImportArchiveCommand, VerifyCommand,
                 RepairCommand, DumpCommand, RulesCheckCommand, RulesTestCommand, RulesBacktestCommand,
                 RulesExplainCommand, AggregationsCheckCommand, CompletionCommand>;

/// There is nothing to run: help or the version was asked for (`exit_code` 0), or the usage is wrong.
struct Stop {
  int exit_code = 0;
  std::string
      text;  ///< For standard output when `exit_code` is 0, else for standard error; ends with a newline.
};

/// Reads the words after the program's name.
std::variant<Command, Stop> parse_command_line(std::vector<std::string> words);

/// The same grammar as a tree, for completion scripts.
CommandTree describe_commands();

}  // namespace weir::app::cli
