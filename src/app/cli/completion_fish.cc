#include <fmt/format.h>

#include "app/cli/completion.h"

namespace weir::app::cli {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// The condition under which `command` is the one being typed: it has been seen, and none of its own
// sub-commands has.
std::string condition(const CommandTree& command, bool is_root) {
  std::string subs;
  for (const CommandTree& sub : command.commands) subs += " " + sub.name;
  if (is_root) return "__fish_use_subcommand";
  const std::string seen = "__fish_seen_subcommand_from " + command.name;
  return subs.empty() ? seen : seen + "; and not __fish_seen_subcommand_from" + subs;
}

std::string flag_line(const FlagSpec& flag, const std::string& when) {
  std::string line = "complete -c weir -n " + quoted(when);
  for (const std::string& name : flag.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (flag.value.is_path) {
    line += " -r -F";
  } else if (flag.value.takes_value) {
    line += " -x";
  }
  if (!flag.value.choices.empty())
    line += fmt::format(" -a {}", quoted(fmt::format("{}", fmt::join(flag.value.choices, " "))));
  return line + " -d " + quoted(flag.help) + "\n";
}

std::string command_lines(const CommandTree& command, bool is_root) {
  const std::string when = condition(command, is_root);
  std::string lines;
  for (const CommandTree& sub : command.commands) {
    lines += fmt::format("complete -c weir -n {} -a {} -d {}\n", quoted(when), sub.name, quoted(sub.help));
  }
  for (const std::string& choice : command.argument.choices) {
    lines += fmt::format("complete -c weir -n {} -a {}\n", quoted(when), choice);
  }
  if (command.argument.is_path) lines += fmt::format("complete -c weir -n {} -F\n", quoted(when));
  for (const FlagSpec& flag : command.flags) lines += flag_line(flag, when);
  for (const CommandTree& sub : command.commands) lines += command_lines(sub, false);
  return lines;
}

}  // namespace

std::string fish_completion(const CommandTree& tree) {
  return "# fish completion for weir; made by \"weir completion fish\"\ncomplete -c weir -f\n" +
         command_lines(tree, true);
}

}  // namespace weir::app::cli
