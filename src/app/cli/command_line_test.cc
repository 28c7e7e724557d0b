#include "app/cli/command_line.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/cli.h"

namespace weir::app::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using Words = std::vector<std::string>;

template <typename T>
T parse(Words words) {
  auto parsed = parse_command_line(std::move(words));
  if (const Stop* stop = std::get_if<Stop>(&parsed)) {
    ADD_FAILURE() << stop->text;
    return T{};
  }
  return std::get<T>(std::get<Command>(parsed));
}

Stop stop(Words words) {
  auto parsed = parse_command_line(std::move(words));
  if (Stop* stop = std::get_if<Stop>(&parsed)) return *stop;
  ADD_FAILURE() << "parsed as command " << std::get<Command>(parsed).index();
  return {};
}

TEST(CommandLine, ServeTakesTheFixedFlags) {
  const auto serve = parse<ServeCommand>({"serve", "--data", "/d", "--listen", "a:1", "--role", "query,ruler",
                                          "--config", "f", "--collect=off"});
  EXPECT_EQ(serve.source.path, "f");
  EXPECT_THAT(
      serve.source.settings,
      testing::UnorderedElementsAre(Pair("storage.path", "/d"), Pair("server.listen", "a:1"),
                                    Pair("server.roles", "query,ruler"), Pair("collect.enabled", "off")));
}

TEST(CommandLine, EveryKeyIsAFlagAndTheLastOneWins) {
  const auto serve = parse<ServeCommand>(
      {"serve", "--query.timeout=1m", "--query.timeout", "2m", "--storage.retention=90d"});
  EXPECT_THAT(serve.source.settings,
              testing::UnorderedElementsAre(Pair("query.timeout", "2m"), Pair("storage.retention", "90d")));
}

TEST(CommandLine, ServeNeedsNothing) {
  const auto serve = parse<ServeCommand>({"serve"});
  EXPECT_EQ(serve.source.path, "");
  EXPECT_THAT(serve.source.settings, testing::IsEmpty());
}

TEST(CommandLine, ReadsTheCommandsForTheFilesOfAStoppedServer) {
  EXPECT_EQ(parse<VerifyCommand>({"verify"}).data, "./weir-data");
  const auto verify = parse<VerifyCommand>({"verify", "--data", "/d", "-o", "json"});
  EXPECT_EQ(verify.data, "/d");
  EXPECT_EQ(verify.output, OutputFormat::kJson);
  EXPECT_TRUE(parse<RepairCommand>({"repair", "--data=/d", "--dry-run"}).dry_run);
  const auto dump =
      parse<DumpCommand>({"dump", "--data=/d", "--what", "journal", "--tenant", "t", "--match", "up",
                          "--start", "1", "--end", "2024-01-01T00:00:00Z", "--output", "json"});
  EXPECT_EQ(dump.what, DumpCommand::What::kJournal);
  EXPECT_EQ(dump.tenant, "t");
  EXPECT_EQ(dump.selector, "up");
  EXPECT_EQ(dump.start_ms, 1'000);
  EXPECT_EQ(dump.end_ms, 1'704'067'200'000);
  EXPECT_TRUE(dump.json);
  EXPECT_EQ(parse<DumpCommand>({"dump"}).what, DumpCommand::What::kSamples);
  EXPECT_EQ(stop({"dump", "--what", "nothing"}).exit_code, kExitUsage);
  EXPECT_EQ(stop({"dump", "--start", "noon"}).exit_code, kExitUsage);
}

TEST(CommandLine, RulesCheckTakesFiles) {
  const auto check = parse<RulesCheckCommand>({"rules", "check", "a.yml", "-", "-o", "json"});
  EXPECT_THAT(check.files, ElementsAre("a.yml", "-"));
  EXPECT_TRUE(check.json);
  EXPECT_FALSE(parse<RulesCheckCommand>({"rules", "check", "-"}).json);
  EXPECT_EQ(stop({"rules", "check"}).exit_code, kExitUsage);
  EXPECT_THAT(stop({"rules", "check", "--help"}).text, HasSubstr("weir rules check alerts.yml"));
}

TEST(CommandLine, RulesTestTakesFilesAndNamesOfTests) {
  const auto test = parse<RulesTestCommand>({"rules", "test", "--run", "a|b", "--run=c", "t.yml", "u.yml",
                                             "--ignore-unknown-fields", "--junit", "j.xml", "-o", "json"});
  EXPECT_THAT(test.files, ElementsAre("t.yml", "u.yml"));
  EXPECT_THAT(test.run, ElementsAre("a|b", "c"));
  EXPECT_EQ(test.junit_path, "j.xml");
  EXPECT_TRUE(test.ignore_unknown_fields);
  EXPECT_TRUE(test.json);
  EXPECT_FALSE(parse<RulesTestCommand>({"rules", "test", "t.yml"}).json);
  EXPECT_EQ(stop({"rules", "test"}).exit_code, kExitUsage);
  EXPECT_THAT(stop({"rules", "test", "--help"}).text, HasSubstr("weir rules test alerts_test.yml"));
}

TEST(CommandLine, RulesBacktestTakesTimes) {
  constexpr TimestampMs kNow = 1'700'000'000'000;
  const auto given =
      parse<RulesBacktestCommand>({"rules", "backtest", "a.yml", "b.yml", "--from", "7d", "--to",
                                   "1699999999", "--step=5m", "--tenant", "acme", "-o", "json"});
  EXPECT_THAT(given.files, ElementsAre("a.yml", "b.yml"));
  EXPECT_EQ(given.from.time_ms(kNow), kNow - 7 * 24 * kHourMs);
  EXPECT_EQ(given.to.time_ms(kNow), kNow - 1'000);
  EXPECT_EQ(given.step, os::milliseconds(300'000));
  EXPECT_EQ(given.target.tenant, "acme");
  EXPECT_TRUE(given.json);
  const auto plain = parse<RulesBacktestCommand>({"rules", "backtest", "a.yml"});
  EXPECT_EQ(plain.from.time_ms(kNow), kNow - 24 * kHourMs);
  EXPECT_EQ(plain.to.time_ms(kNow), kNow);
  EXPECT_EQ(plain.step, std::nullopt);
  EXPECT_THAT(stop({"rules", "backtest", "--from", "soon", "a.yml"}).text,
              HasSubstr("how long ago, such as 24h"));
  EXPECT_EQ(stop({"rules", "backtest"}).exit_code, kExitUsage);
  EXPECT_EQ(stop({"rules", "backtest", "--step", "0", "a.yml"}).exit_code, kExitUsage);
}

TEST(CommandLine, RulesExplainTakesAnAlert) {
  const auto given = parse<RulesExplainCommand>(
      {"rules", "explain", "--match", "{a=\"b\"}", "--match", "x", "Down", "--group", "g", "--range", "2d"});
  EXPECT_EQ(given.alert, "Down");
  EXPECT_THAT(given.selectors, ElementsAre("{a=\"b\"}", "x"));
  EXPECT_EQ(given.group, "g");
  EXPECT_EQ(given.range, os::milliseconds(2 * 24 * kHourMs));
  EXPECT_FALSE(given.json);
  EXPECT_EQ(stop({"rules", "explain"}).exit_code, kExitUsage);
}

TEST(CommandLine, AggregationsCheckTakesFiles) {
  const auto check = parse<AggregationsCheckCommand>({"aggregations", "check", "a.yml", "-", "-o", "json"});
  EXPECT_THAT(check.files, ElementsAre("a.yml", "-"));
  EXPECT_TRUE(check.json);
  EXPECT_FALSE(parse<AggregationsCheckCommand>({"aggregations", "check", "-"}).json);
  EXPECT_EQ(stop({"aggregations", "check"}).exit_code, kExitUsage);
  EXPECT_EQ(stop({"aggregations", "check", "-o", "xml", "-"}).exit_code, kExitUsage);
  EXPECT_THAT(stop({"aggregations", "check", "--help"}).text,
              HasSubstr("weir aggregations check aggregations.yml"));
}

TEST(CommandLine, QueryReadsItsOptions) {
  const auto query =
      parse<QueryCommand>({"query", "--range", "1h", "--step=15s", "--time", "1700000000.5", "-o", "csv",
                           "--url", "http://h:1", "--tenant", "acme", "--timeout", "5s", "-w", "up > 0"});
  EXPECT_EQ(query.expression, "up > 0");
  EXPECT_EQ(query.range, os::milliseconds(3'600'000));
  EXPECT_EQ(query.step, os::milliseconds(15'000));
  EXPECT_EQ(query.time_ms, 1'700'000'000'500);
  EXPECT_EQ(query.output, OutputFormat::kCsv);
  EXPECT_EQ(query.target.url, "http://h:1");
  EXPECT_EQ(query.target.tenant, "acme");
  EXPECT_EQ(query.target.timeout, os::milliseconds(5'000));
  EXPECT_TRUE(query.watch);
}

TEST(CommandLine, QueryExplains) {
  using Explain = QueryCommand::Explain;
  EXPECT_EQ(parse<QueryCommand>({"query", "up"}).explain, Explain::kNo);
  EXPECT_EQ(parse<QueryCommand>({"query", "--explain", "up"}).explain, Explain::kRun);
  EXPECT_EQ(parse<QueryCommand>({"query", "--plan", "up"}).explain, Explain::kPlan);
  EXPECT_EQ(stop({"query", "--plan", "--explain", "up"}).exit_code, kExitUsage);
}

TEST(CommandLine, QueryHasDefaults) {
  const auto query = parse<QueryCommand>({"query", "up"});
  EXPECT_EQ(query.target.url, "http://127.0.0.1:8080");
  EXPECT_EQ(query.target.tenant, "");
  EXPECT_EQ(query.target.timeout, os::milliseconds(30'000));
  EXPECT_EQ(query.time_ms, std::nullopt);
  EXPECT_EQ(query.range, std::nullopt);
  EXPECT_EQ(query.output, OutputFormat::kTable);
  EXPECT_FALSE(query.watch);
}

TEST(CommandLine, AnExpressionMayBeginWithAMinus) {
  EXPECT_EQ(parse<QueryCommand>({"query", "--", "-up"}).expression, "-up");
  EXPECT_EQ(parse<QueryCommand>({"query", "-1"}).expression, "-1");
}

TEST(CommandLine, WriteTakesASampleOrStandardInput) {
  EXPECT_THAT(parse<WriteCommand>({"write", "a{b=\"c d\"}", "-1.5", "1700000000000"}).words,
              ElementsAre("a{b=\"c d\"}", "-1.5", "1700000000000"));
  EXPECT_THAT(parse<WriteCommand>({"write", "a", "1"}).words, ElementsAre("a", "1"));
  EXPECT_THAT(parse<WriteCommand>({"write", "-"}).words, testing::IsEmpty());
  EXPECT_EQ(stop({"write"}).exit_code, kExitUsage);
  EXPECT_EQ(stop({"write", "a", "1", "2", "3"}).exit_code, kExitUsage);
}

TEST(CommandLine, OtherCommands) {
  EXPECT_TRUE(parse<StatusCommand>({"status", "--json"}).json);
  EXPECT_FALSE(parse<StatusCommand>({"status"}).json);
  EXPECT_TRUE(parse<VersionCommand>({"version", "--json"}).json);
  const auto erase = parse<DeleteCommand>({"delete", "up", "{job=\"x\"}", "--start", "1", "--end",
                                           "2024-01-01T00:00:00Z", "-y", "--tenant", "a"});
  EXPECT_THAT(erase.selectors, testing::ElementsAre("up", "{job=\"x\"}"));
  EXPECT_EQ(erase.start_ms, 1'000);
  EXPECT_EQ(erase.end_ms, 1'704'067'200'000);
  EXPECT_TRUE(erase.yes);
  EXPECT_EQ(erase.target.tenant, "a");
  EXPECT_FALSE(parse<DeleteCommand>({"delete", "up"}).yes);
  EXPECT_EQ(stop({"delete"}).exit_code, kExitUsage);
  EXPECT_TRUE(parse<SnapshotCommand>({"snapshot", "--skip-head"}).skip_head);
  EXPECT_FALSE(parse<SnapshotCommand>({"snapshot"}).skip_head);
  EXPECT_EQ(parse<SnapshotCommand>({"snapshot", "--url", "a:1"}).target.url, "a:1");
  EXPECT_EQ(parse<ConfigCheckCommand>({"config", "check", "f.yaml"}).path, "f.yaml");
  EXPECT_TRUE(parse<ConfigPrintCommand>({"config", "print", "--defaults"}).defaults);
  const auto print =
      parse<ConfigPrintCommand>({"config", "print", "--effective", "--config", "f", "--listen", "a:1"});
  EXPECT_FALSE(print.defaults);
  EXPECT_EQ(print.source.path, "f");
  EXPECT_THAT(print.source.settings, ElementsAre(Pair("server.listen", "a:1")));
  EXPECT_EQ(parse<CompletionCommand>({"completion", "zsh"}).shell, "zsh");
}

TEST(CommandLine, ParsesExportAndItsImport) {
  const auto out = parse<ExportCommand>(
      {"export", "a.weir", "--tenant", "a", "--match", "up", "--start", "1", "--end", "2"});
  EXPECT_EQ(out.file, "a.weir");
  EXPECT_EQ(out.selector, "up");
  EXPECT_EQ(out.start_ms, 1'000);
  EXPECT_EQ(out.end_ms, 2'000);
  EXPECT_EQ(out.target.tenant, "a");
  const auto in = parse<ImportArchiveCommand>({"import", "archive", "a.weir", "--tenant", "b", "--dry-run"});
  EXPECT_EQ(in.file, "a.weir");
  EXPECT_EQ(in.target.tenant, "b");
  EXPECT_TRUE(in.dry_run);
}

TEST(CommandLine, ParsesImport) {
  const auto import = parse<ImportPrometheusCommand>(
      {"import", "prometheus", "--match", "up", "--match", "{job=\"x\"}", "--start", "1", "--end",
       "2024-01-02T03:04:05Z", "--state", "done.txt", "--tenant", "a", "--dry-run", "data"});
  EXPECT_EQ(import.directory, "data");
  EXPECT_THAT(import.selectors, testing::ElementsAre("up", "{job=\"x\"}"));
  EXPECT_EQ(import.start_ms, 1'000);
  EXPECT_EQ(import.end_ms, 1'704'164'645'000);
  EXPECT_EQ(import.state_path, "done.txt");
  EXPECT_EQ(import.target.tenant, "a");
  EXPECT_TRUE(import.dry_run);
  EXPECT_FALSE(parse<ImportPrometheusCommand>({"import", "prometheus", "data"}).start_ms.has_value());
}

TEST(CommandLine, SuggestsACommand) {
  const Stop wrong = stop({"qeury", "up"});
  EXPECT_EQ(wrong.exit_code, kExitUsage);
  EXPECT_EQ(wrong.text, "weir: unknown command \"qeury\"; did you mean \"query\"?\nTry \"weir --help\".\n");
  EXPECT_THAT(stop({"querry", "up"}).text, HasSubstr("unknown command \"querry\"; did you mean \"query\"?"));
  EXPECT_THAT(stop({"config", "chek", "f"}).text,
              HasSubstr("weir config: unknown command \"chek\"; did you mean \"check\"?"));
}

TEST(CommandLine, SuggestsAFlag) {
  EXPECT_THAT(stop({"serve", "--lisen=a:1"}).text,
              HasSubstr("weir serve: unknown flag \"--lisen\"; did you mean \"--listen\"?"));
  EXPECT_THAT(stop({"serve", "--server.lissten", "a:1"}).text,
              HasSubstr("did you mean \"--server.listen\"?"));
  EXPECT_THAT(stop({"query", "--watsh", "up"}).text, HasSubstr("did you mean \"--watch\"?"));
  EXPECT_THAT(stop({"--quite"}).text, HasSubstr("unknown flag \"--quite\""));
}

TEST(CommandLine, RefusesBadValuesByName) {
  EXPECT_THAT(stop({"query", "--range", "5 minutes", "up"}).text, HasSubstr("--range"));
  EXPECT_THAT(stop({"query", "--range", "0", "up"}).text, HasSubstr("more than 0"));
  EXPECT_THAT(stop({"query", "--step", "5s", "up"}).text, HasSubstr("--range"));
  EXPECT_THAT(stop({"query", "--time", "yesterday", "up"}).text, HasSubstr("is not a time"));
  EXPECT_THAT(stop({"query", "--output", "xml", "up"}).text, HasSubstr("--output"));
  EXPECT_THAT(stop({"query"}).text, HasSubstr("expression"));
  EXPECT_THAT(stop({"query", "up", "down"}).text, HasSubstr("unexpected argument \"down\""));
  EXPECT_THAT(stop({"config", "print", "--defaults", "--effective"}).text, HasSubstr("--defaults"));
  EXPECT_THAT(stop({"completion", "tcsh"}).text, HasSubstr("tcsh"));
  EXPECT_EQ(stop({"serve", "--config"}).exit_code, kExitUsage);
  EXPECT_EQ(stop({"version", "now"}).exit_code, kExitUsage);
}

TEST(CommandLine, HelpTeachesAndSucceeds) {
  for (const Words& words : {Words{"--help"},
                             {"serve", "--help"},
                             {"query", "-h"},
                             {"write", "--help"},
                             {"status", "--help"},
                             {"config", "--help"},
                             {"config", "check", "--help"},
                             {"config", "print", "--help"},
                             {"version", "--help"},
                             {"completion", "--help"}}) {
    const Stop help = stop(words);
    EXPECT_EQ(help.exit_code, kExitOk) << words.front();
    EXPECT_THAT(help.text, HasSubstr("Usage:")) << words.front();
  }
  EXPECT_THAT(stop({"query", "--help"}).text, testing::AllOf(HasSubstr("Examples:"), HasSubstr("WEIR_URL")));
  EXPECT_THAT(stop({"serve", "--help"}).text,
              testing::AllOf(HasSubstr("--data"), HasSubstr("WEIR_STORAGE_RETENTION")));
  EXPECT_THAT(stop({"serve", "--help"}).text, testing::Not(HasSubstr("--log.segment_bytes")));
}

TEST(CommandLine, HelpFitsATerminal) {
  for (const Words& words :
       {Words{"--help"}, {"serve", "--help"}, {"query", "--help"}, {"write", "--help"}}) {
    std::istringstream lines(stop(words).text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 110U) << line;
  }
}

TEST(CommandLine, WithoutACommandPrintsHelpAsAnError) {
  EXPECT_EQ(stop({}).exit_code, kExitUsage);
  EXPECT_THAT(stop({}).text, HasSubstr("serve"));
  EXPECT_EQ(stop({"config"}).exit_code, kExitUsage);
  EXPECT_THAT(stop({"config"}).text, HasSubstr("check"));
}

TEST(CommandLine, AGroupOfCommandsNamesItselfOnce) {
  EXPECT_THAT(stop({"config"}).text, HasSubstr("Usage: weir config [OPTIONS] SUBCOMMAND"));
  EXPECT_THAT(stop({"rules"}).text, HasSubstr("Usage: weir rules [OPTIONS] SUBCOMMAND"));
  EXPECT_THAT(stop({"aggregations"}).text, HasSubstr("Usage: weir aggregations [OPTIONS] SUBCOMMAND"));
  EXPECT_THAT(stop({}).text, HasSubstr("Usage: weir [OPTIONS]"));
}

TEST(CommandLine, PrintsItsVersion) {
  EXPECT_EQ(stop({"--version"}).exit_code, kExitOk);
  EXPECT_THAT(stop({"--version"}).text, testing::StartsWith("weir "));
}

}  // namespace
}  // namespace weir::app::cli
