#include "app/cli/completion.h"

#include <array>
#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/command_line.h"
#include "os/files.h"
#include "os/random.h"

namespace weir::app::cli {
namespace {

using testing::HasSubstr;

// A file of its own, removed at the end.
class ScriptFile {
 public:
  explicit ScriptFile(std::string_view text)
      : path_(fmt::format("{}weir_completion_{:016x}", testing::TempDir(), os::random_seed())) {
    CHECK(os::write_file_atomically(os::posix_files(), path_, text).ok(), "a temporary file");
  }
  ~ScriptFile() { static_cast<void>(os::posix_files().remove(path_)); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct PipeCloser {
  void operator()(FILE* pipe) const { pclose(pipe); }
};

// What a shell command prints.
std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, PipeCloser> pipe(popen(command.c_str(), "r"));
  CHECK(pipe != nullptr, "a shell");
  std::string out;
  std::array<char, 4'096> buffer{};
  while (const size_t size = fread(buffer.data(), 1, buffer.size(), pipe.get()))
    out.append(buffer.data(), size);
  return out;
}

// The words that bash would offer after `words`, the last of which is being typed.
std::vector<std::string> complete(const std::vector<std::string>& words) {
  const ScriptFile completion(bash_completion(describe_commands()));
  std::string driver = fmt::format("source {}\nCOMP_WORDS=(weir", completion.path());
  for (const std::string& word : words) driver += " '" + word + "'";
  driver += fmt::format(")\nCOMP_CWORD={}\n_weir\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n", words.size());
  const ScriptFile script(driver);
  std::vector<std::string> offered;
  std::string rest = output_of("bash " + script.path() + " 2>&1");
  for (size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
    if (end > 0) offered.push_back(rest.substr(0, end));
    rest.erase(0, end + 1);
  }
  return offered;
}

TEST(BashCompletion, IsValidBash) {
  const ScriptFile script(bash_completion(describe_commands()));
  EXPECT_EQ(output_of("bash -n " + script.path() + " 2>&1"), "");
}

TEST(BashCompletion, OffersCommands) {
  EXPECT_THAT(complete({""}), testing::IsSupersetOf(
                                  {"serve", "query", "write", "status", "config", "version", "completion"}));
  EXPECT_THAT(complete({"s"}), testing::UnorderedElementsAre("serve", "status", "snapshot"));
  EXPECT_THAT(complete({"config", ""}), testing::IsSupersetOf({"check", "print"}));
  EXPECT_THAT(complete({"rules", ""}), testing::IsSupersetOf({"check", "test"}));
  EXPECT_THAT(complete({"aggregations", ""}), testing::Contains("check"));
  EXPECT_THAT(complete({"rules", "test", "--ju"}), testing::ElementsAre("--junit"));
  EXPECT_THAT(complete({"completion", ""}), testing::IsSupersetOf({"bash", "zsh", "fish"}));
}

TEST(BashCompletion, OffersFlagsOfTheCommandBeingTyped) {
  EXPECT_THAT(complete({"query", "--wa"}), testing::ElementsAre("--watch"));
  EXPECT_THAT(complete({"serve", "--storage.ret"}), testing::ElementsAre("--storage.retention"));
  EXPECT_THAT(complete({"config", "print", "--def"}), testing::ElementsAre("--defaults"));
  EXPECT_THAT(complete({"version", "--wa"}), testing::IsEmpty());
}

TEST(BashCompletion, OffersValues) {
  EXPECT_THAT(complete({"query", "--output", ""}), testing::ElementsAre("table", "json", "csv"));
  EXPECT_THAT(complete({"query", "-o", "j"}), testing::ElementsAre("json"));
  EXPECT_THAT(complete({"query", "--output", "=", "c"}), testing::ElementsAre("csv"));
  EXPECT_THAT(complete({"query", "--output", "="}), testing::ElementsAre("table", "json", "csv"));
  EXPECT_THAT(complete({"serve", "--logger.level", "w"}), testing::ElementsAre("warn"));
  EXPECT_THAT(complete({"serve", "--collect", "o"}), testing::ElementsAre("on", "off"));
  EXPECT_THAT(complete({"query", "--range", ""}), testing::IsEmpty());
}

TEST(BashCompletion, OffersFiles) {
  const ScriptFile file("");
  EXPECT_THAT(complete({"serve", "--config", file.path()}), testing::ElementsAre(file.path()));
  EXPECT_THAT(complete({"config", "check", file.path()}), testing::ElementsAre(file.path()));
}

bool is_installed(const std::string& program) {
  return !output_of("command -v " + program).empty();
}

TEST(ZshCompletion, IsValidZsh) {
  const ScriptFile script(zsh_completion(describe_commands()));
  if (!is_installed("zsh")) GTEST_SKIP() << "zsh is not installed";
  EXPECT_EQ(output_of("zsh -n " + script.path() + " 2>&1"), "");
}

TEST(FishCompletion, IsValidFish) {
  const ScriptFile script(fish_completion(describe_commands()));
  if (!is_installed("fish")) GTEST_SKIP() << "fish is not installed";
  EXPECT_EQ(output_of("fish -n " + script.path() + " 2>&1"), "");
}

const CommandTree& small_tree() {
  static const CommandTree tree = {
      .name = "weir",
      .help = "",
      .flags = {},
      .argument = {},
      .commands = {{.name = "go",
                    .help = "It's: here",
                    .flags = {{{"-f", "--fast"},
                               "Now",
                               {.takes_value = true, .is_path = false, .choices = {"a", "b"}}}},
                    .argument = {},
                    .commands = {}}}};
  return tree;
}

TEST(ZshCompletion, EscapesWhatHasAMeaning) {
  const std::string script = zsh_completion(small_tree());
  EXPECT_THAT(script, HasSubstr("'go:It'\\''s: here'"));
  EXPECT_THAT(script, HasSubstr("'/go --fast') compadd -- a b; return ;;"));
}

TEST(FishCompletion, DescribesFlagsWithTheirValues) {
  const std::string script = fish_completion(small_tree());
  EXPECT_THAT(script, HasSubstr("complete -c weir -n '__fish_use_subcommand' -a go -d 'It\\'s: here'"));
  EXPECT_THAT(
      script,
      HasSubstr("complete -c weir -n '__fish_seen_subcommand_from go' -s f -l fast -x -a 'a b' -d 'Now'"));
}

}  // namespace
}  // namespace weir::app::cli
