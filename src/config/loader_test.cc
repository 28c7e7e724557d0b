#include "config/loader.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/print.h"
#include "config/settings.h"

namespace weir::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Variables = std::map<std::string, std::string>;

Environment environment(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

Sources from_file(std::string text) {
  return {.file = FileText{"weir.yaml", std::move(text)}, .environment = {}, .flags = {}};
}

std::string error_of(const Sources& sources) {
  const auto loaded = load(sources);
  return loaded.ok() ? "" : loaded.error().message;
}

const Origin& origin(const Loaded& loaded, std::string_view key) {
  return loaded.origins[static_cast<size_t>(find_setting(key) - settings().data())];
}

TEST(Loader, NothingGivesTheDefaults) {
  const Loaded loaded = load({}).value();
  for (const Setting& setting : settings()) {
    EXPECT_EQ(show(setting, loaded.config), show(setting, Config())) << setting.key;
    EXPECT_EQ(origin(loaded, setting.key).kind, Origin::Kind::kDefault);
  }
}

TEST(Loader, FlagsWinOverEnvironmentOverFileOverDefaults) {
  Sources sources = from_file("server: {listen: 'f:1', threads: 1, workers: 11}\n");
  sources.environment = environment({{"WEIR_SERVER_LISTEN", "e:2"}, {"WEIR_SERVER_THREADS", "2"}});
  sources.flags = {{"server.listen", "x:9"}, {"server.listen", "g:3"}};
  const Loaded loaded = load(sources).value();
  EXPECT_EQ(loaded.config.server.listen, "g:3");
  EXPECT_EQ(loaded.config.server.threads, 2U);
  EXPECT_EQ(loaded.config.server.workers, 11U);
  EXPECT_EQ(origin(loaded, "server.listen").detail, "--server.listen");
  EXPECT_EQ(origin(loaded, "server.threads").detail, "WEIR_SERVER_THREADS");
  EXPECT_EQ(origin(loaded, "server.workers").detail, "weir.yaml:1:46");
  EXPECT_EQ(origin(loaded, "storage.path").detail, "");
}

TEST(Loader, NamesThePlaceOfAnUnknownKeyAndSuggests) {
  EXPECT_EQ(error_of(from_file("server:\n  lissten: a:1\n")),
            "weir.yaml:2:12: unknown key \"server.lissten\"; did you mean \"server.listen\"?");
  EXPECT_THAT(error_of(from_file("serve:\n  listen: a:1\n")), HasSubstr("did you mean \"server.listen\"?"));
  EXPECT_THAT(error_of(from_file("sever: x\n")), HasSubstr("did you mean \"server\"?"));
  EXPECT_THAT(error_of(from_file("nothing_like_it: x\n")),
              testing::EndsWith("unknown key \"nothing_like_it\""));
  EXPECT_THAT(error_of(from_file("server: x\n")), HasSubstr("server: expected keys below it"));
  EXPECT_THAT(error_of(from_file("server: {listen: {port: 1}}\n")),
              HasSubstr("unknown key \"server.listen.port\""));
  EXPECT_EQ(error_of({.file = {}, .environment = {}, .flags = {{"server.lissten", "a:1"}}}),
            "--server.lissten: unknown key; did you mean \"server.listen\"?");
}

TEST(Loader, NamesThePlaceOfABadValue) {
  EXPECT_EQ(error_of(from_file("query:\n  timeout: 99y\n")),
            "weir.yaml:2:12: query.timeout: \"99y\": expected a duration, 10ms to 1h");
  EXPECT_THAT(error_of({.file = {}, .environment = environment({{"WEIR_QUERY_TIMEOUT", ""}}), .flags = {}}),
              StartsWith("WEIR_QUERY_TIMEOUT: query.timeout: \"\": expected"));
  EXPECT_THAT(error_of({.file = {}, .environment = {}, .flags = {{"query.timeout", "x"}}}),
              StartsWith("--query.timeout: query.timeout: \"x\": expected"));
  EXPECT_THAT(error_of(from_file("a: [1\n")), testing::ContainsRegex("^weir.yaml:[0-9]+:[0-9]+: "));
  EXPECT_THAT(error_of(from_file("log: {segment_bytes: 1MiB}\n")),
              StartsWith("log.record_bytes_max is 16MiB, more than"));
}

TEST(Loader, RefusesALargeFile) {
  EXPECT_EQ(error_of(from_file("#" + std::string(kFileBytesMax - 1, 'x'))), "");
  const auto result = load(from_file("#" + std::string(kFileBytesMax, 'x')));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::kResourceExhausted);
  EXPECT_THAT(result.error().message, HasSubstr("limit 1048576"));
}

TEST(Loader, ExpandsVariablesInTheFile) {
  Sources sources =
      from_file("storage.path: ${HOME}/${SUB:-data}/$$x$y\ncollect.instance: ${EMPTY:-none}${EMPTY}\n");
  sources.environment = environment({{"HOME", "/home/${SUB}"}, {"EMPTY", ""}});
  const Loaded loaded = load(sources).value();
  EXPECT_EQ(loaded.config.storage.path, "/home/${SUB}/data/$x$y") << "what was put in is not expanded again";
  EXPECT_EQ(loaded.config.collect.instance, "none");
}

TEST(Loader, RefusesBadReferences) {
  EXPECT_EQ(error_of(from_file("storage:\n  path: ${NOT_SET}\n")),
            "weir.yaml:2:9: storage.path: variable NOT_SET is not set; ${NOT_SET:-text} gives it a default");
  EXPECT_THAT(error_of(from_file("storage.path: ${HOME\n")), HasSubstr("without \"}\""));
  EXPECT_THAT(error_of(from_file("storage.path: ${}\n")), HasSubstr("does not name a variable"));
  EXPECT_THAT(error_of(from_file("storage.path: ${9a}\n")), HasSubstr("does not name a variable"));
  EXPECT_THAT(error_of(from_file("storage.path: ${a b}\n")), HasSubstr("does not name a variable"));
}

TEST(Loader, BoundsExpansion) {
  Sources sources = from_file("storage.path: ${BIG}${BIG}\n");
  sources.environment = environment({{"BIG", std::string(40'000, 'x')}});
  EXPECT_THAT(error_of(sources), HasSubstr("more than 65536 bytes"));
}

TEST(Loader, DoesNotExpandEnvironmentOrFlags) {
  const Loaded loaded = load({.file = {},
                              .environment = environment({{"WEIR_COLLECT_INSTANCE", "${HOME}"}}),
                              .flags = {{"storage.path", "$$a"}}})
                            .value();
  EXPECT_EQ(loaded.config.collect.instance, "${HOME}");
  EXPECT_EQ(loaded.config.storage.path, "$$a");
}

TEST(Loader, IgnoresVariablesOfOthers) {
  EXPECT_EQ(
      error_of({.file = {}, .environment = environment({{"WEIR_PORT", "tcp://10.0.0.1:80"}}), .flags = {}}),
      "");
}

TEST(Print, DefaultsReadBackAsTheDefaults) {
  const std::string text = print_defaults();
  const Loaded loaded = load(from_file(text)).value();
  for (const Setting& setting : settings()) {
    EXPECT_EQ(show(setting, loaded.config), show(setting, Config())) << setting.key;
    EXPECT_EQ(origin(loaded, setting.key).kind, Origin::Kind::kFile) << setting.key << " is in the example";
  }
  EXPECT_THAT(text, HasSubstr("# Address for all of HTTP and WebSocket."));
}

TEST(Print, EffectiveReadsBackAndSaysWhereValuesComeFrom) {
  Sources sources;
  sources.environment = environment({{"WEIR_COLLECT_INSTANCE", " # \"${X}\\\x7f: \t\xc3\xa4"}});
  for (const Setting& setting : settings()) {
    if (setting.key != "collect.instance") sources.flags.emplace_back(setting.key, setting.example);
  }
  const Loaded loaded = load(sources).value();
  const std::string text = print_effective(loaded);
  EXPECT_THAT(text, HasSubstr("listen: 0.0.0.0:8080"));
  EXPECT_THAT(text, HasSubstr("# flag --server.listen"));
  EXPECT_THAT(text, HasSubstr("# environment WEIR_COLLECT_INSTANCE"));
  const auto again = load(from_file(text));
  ASSERT_TRUE(again.ok()) << again.error().message << "\n" << text;
  for (const Setting& setting : settings()) {
    if (setting.secret) {
      EXPECT_EQ(show(setting, again->config), "********") << setting.key;
      EXPECT_THAT(text, testing::Not(HasSubstr(std::string(setting.example)))) << setting.key;
    } else {
      EXPECT_EQ(show(setting, again->config), show(setting, loaded.config)) << setting.key;
    }
  }
}

TEST(Print, EveryTextValueReadsBack) {
  for (const char* value :
       {"-", "-x", "null", "~", "on", "123", "a: b", "a:", ":",  "#",    "'",   "\"", "{",   "[",  "*",   "&",
        "!", "%",  "@",    "`", "|",  ">",   ",",    "?",  "$$", "${A}", " x ", "\\", "yes", "<<", "x #y"}) {
    const Loaded loaded = load({.file = {}, .environment = {}, .flags = {{"storage.path", value}}}).value();
    const auto again = load(from_file(print_effective(loaded)));
    ASSERT_TRUE(again.ok()) << value << ": " << again.error().message;
    EXPECT_EQ(again->config.storage.path, value);
  }
}

}  // namespace
}  // namespace weir::config
