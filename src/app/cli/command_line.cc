#include "app/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include <fmt/format.h>

#include "app/cli/cli.h"
#include "app/cli/grammar.h"
#include "app/cli/help_formatter.h"
#include "base/suggest.h"

namespace weir::app::cli {
namespace {

// The innermost command that was recognised.
CLI::App& innermost(CLI::App& app) {
  CLI::App* found = &app;
  while (!found->get_subcommands().empty()) found = found->get_subcommands().back();
  return *found;
}

std::string path_of(const CLI::App& command) {
  std::string path = command.get_name();
  for (const CLI::App* at = command.get_parent(); at != nullptr; at = at->get_parent())
    path = at->get_name() + " " + path;
  return path;
}

std::vector<std::string> flag_names(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> known_words(const CLI::App& command, bool flags) {
  std::vector<std::string> words;
  if (!flags) {
    for (const CLI::App* sub : command.get_subcommands({})) words.push_back(sub->get_name());
    return words;
  }
  for (const CLI::Option* option : command.get_options()) {
    for (std::string& name : flag_names(*option)) words.push_back(std::move(name));
  }
  return words;
}

// "unknown flag "--lissten"; did you mean "--listen"?" for the first word that nothing took; empty when all
// were taken.
std::string unknown_word(const CLI::App& app, const CLI::App& command) {
  const std::vector<std::string> rest = app.remaining(true);
  const auto first =
      std::find_if(rest.begin(), rest.end(), [](const std::string& word) { return word != "--"; });
  if (first == rest.end()) return {};
  const bool is_flag = first->starts_with('-');
  const std::string word = is_flag ? first->substr(0, first->find('=')) : *first;
  const std::vector<std::string> known = known_words(command, is_flag);
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const bool is_command = !is_flag && !known.empty();
  return fmt::format("{} \"{}\"{}",
                     is_flag      ? "unknown flag"
                     : is_command ? "unknown command"
                                  : "unexpected argument",
                     word, did_you_mean(word, candidates));
}

Stop wrong_usage(CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = innermost(app);
  const std::string path = path_of(command);
  std::string what = unknown_word(app, command);
  if (what.empty() && command.get_subcommands({}).size() > 0) {
    const size_t name = path.rfind(' ');  // CLI11 adds the command's own
    return {kExitUsage, command.help(name == std::string::npos ? "" : path.substr(0, name))};
  }
  if (what.empty()) what = error.what();
  return {kExitUsage, fmt::format("{}: {}\nTry \"{} --help\".\n", path, what, path)};
}

std::string first_sentence(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

ValueSpec value_of(const CLI::Option& option) {
  ValueSpec value{.takes_value = option.get_items_expected_max() > 0, .is_path = false, .choices = {}};
  const std::string name = option.get_type_name();
  value.is_path = name == "FILE" || name == "DIR";
  if (name.find('|') != std::string::npos) value.choices = split(name, '|');
  return value;
}

CommandTree describe(const CLI::App& app) {
  CommandTree tree{.name = app.get_name(),
                   .help = first_sentence(app.get_description()),
                   .flags = {},
                   .argument = {},
                   .commands = {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      tree.argument = value_of(*option);
    } else {
      tree.flags.push_back(
          {flag_names(*option), first_sentence(option->get_description()), value_of(*option)});
    }
  }
  for (const CLI::App* sub : app.get_subcommands({})) tree.commands.push_back(describe(*sub));
  return tree;
}

}  // namespace

std::variant<Command, Stop> parse_command_line(std::vector<std::string> words) {
  Grammar grammar;
  CLI::App& app = grammar.app();
  std::reverse(words.begin(), words.end());  // the library takes them from the back
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    return Stop{kExitOk, app.help()};
  } catch (const CLI::CallForVersion& version) {
    return Stop{kExitOk, std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    return wrong_usage(app, error);
  }
  return grammar.command();
}

CommandTree describe_commands() {
  Grammar grammar;
  return describe(grammar.app());
}

}  // namespace weir::app::cli
