#include <fmt/format.h>

#include "app/cli/completion.h"

namespace weir::app::cli {
namespace {

// Calls `visit(path, command)` for a command and all below it; the path is "" for the root, then
// "/config/check".
std::string words_of(const CommandTree& command) {
  std::string words;
  const auto add = [&](const std::string& word) { words += (words.empty() ? "" : " ") + word; };
  for (const CommandTree& sub : command.commands) add(sub.name);
  for (const std::string& choice : command.argument.choices) add(choice);
  for (const FlagSpec& flag : command.flags) {
    for (const std::string& name : flag.names) add(name);
  }
  return words;
}

std::string reply(const ValueSpec& value) {
  if (value.is_path) return "COMPREPLY=($(compgen -f -- \"$current\"))";
  if (value.choices.empty()) return "COMPREPLY=()";
  return fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$current\"))", fmt::join(value.choices, " "));
}

std::string value_cases(const CommandTree& tree) {
  std::string cases;
  for_each_command(tree, "", [&](const std::string& path, const CommandTree& command) {
    for (const FlagSpec& flag : command.flags) {
      if (!flag.value.takes_value) continue;
      for (const std::string& name : flag.names) {
        cases += fmt::format("    '{} {}') {}; return ;;\n", path, name, reply(flag.value));
      }
    }
  });
  return cases;
}

}  // namespace

std::string bash_completion(const CommandTree& tree) {
  std::string paths;
  std::string words;
  for_each_command(tree, "", [&](const std::string& path, const CommandTree& command) {
    if (!path.empty()) paths += fmt::format("      '{}') path='{}' ;;\n", path, path);
    const std::string files = command.argument.is_path ? " $(compgen -f -- \"$current\")" : "";
    words += fmt::format("    '{}') words=\"{}{}\" ;;\n", path, words_of(command), files);
  });
  // "=" is a word of its own for bash, as in "--output=csv".
  return fmt::format(R"(# bash completion for weir; made by "weir completion bash"
_weir() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}" path='' words='' i
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' ]]; then
    previous="${{COMP_WORDS[COMP_CWORD-2]}}"
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path/${{COMP_WORDS[i]}}" in
{}    esac
  done
  case "$path $previous" in
{}  esac
  case "$path" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o filenames -F _weir weir
)",
                     paths, value_cases(tree), words);
}

}  // namespace weir::app::cli
