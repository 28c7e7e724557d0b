#include <fmt/format.h>

#include "app/cli/completion.h"

namespace weir::app::cli {
namespace {

// 'word:help' for _describe, inside single quotes.
std::string described(const std::string& word, const std::string& help) {
  std::string out = "'";
  for (const char c : word) out += c == ':' ? "\\:" : std::string(1, c);
  out += ':';
  for (const char c : help) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string words_of(const CommandTree& command) {
  std::string words;
  for (const CommandTree& sub : command.commands) words += " " + described(sub.name, sub.help);
  for (const std::string& choice : command.argument.choices) words += " " + described(choice, "");
  for (const FlagSpec& flag : command.flags) {
    for (const std::string& name : flag.names) words += " " + described(name, flag.help);
  }
  return words;
}

std::string reply(const ValueSpec& value) {
  if (value.is_path) return "_files";
  if (value.choices.empty()) return "_message value";
  return fmt::format("compadd -- {}", fmt::join(value.choices, " "));
}

}  // namespace

std::string zsh_completion(const CommandTree& tree) {
  std::string paths;
  std::string values;
  std::string words;
  for_each_command(tree, "", [&](const std::string& path, const CommandTree& command) {
    if (!path.empty()) paths += fmt::format("      '{}') place='{}' ;;\n", path, path);
    for (const FlagSpec& flag : command.flags) {
      if (!flag.value.takes_value) continue;
      for (const std::string& name : flag.names) {
        values += fmt::format("    '{} {}') {}; return ;;\n", path, name, reply(flag.value));
      }
    }
    const std::string files = command.argument.is_path ? "; _files" : "";
    words += fmt::format("    '{}') candidates=({}){} ;;\n", path, words_of(command), files);
  });
  return fmt::format(R"(#compdef weir
# zsh completion for weir; made by "weir completion zsh"
_weir() {{
  local place='' previous="${{words[CURRENT-1]}}" i
  local -a candidates
  for ((i = 2; i < CURRENT; i++)); do
    case "$place/${{words[i]}}" in
{}    esac
  done
  case "$place $previous" in
{}  esac
  case "$place" in
{}  esac
  _describe 'weir' candidates
}}
if [[ "$funcstack[1]" == '_weir' ]]; then
  _weir "$@"
else
  compdef _weir weir
fi
)",
                     paths, values, words);
}

}  // namespace weir::app::cli
