#include <ostream>

#include <fmt/format.h>

#include "app/build_info.h"
#include "app/cli/api_client.h"
#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/completion.h"
#include "app/cli/status_view.h"
#include "wire/json_writer.h"

namespace weir::app::cli {

int run_status(const StatusCommand& command, Console& console) {
  ApiClient client(command.target);
  const auto response = client.get("/api/v2/status");
  if (!response.ok()) return fail(console, "status", response.error().message, kExitFailed);
  if (response->status != 200) return fail(console, "status", printable(error_text(*response)), kExitFailed);
  if (command.json) {
    console.out << response->body << "\n" << std::flush;
    return kExitOk;
  }
  const auto view = status_view(response->body, console.terminal);
  if (!view.ok()) return fail(console, "status", view.error().message, kExitFailed);
  console.out << *view << std::flush;
  return kExitOk;
}

int run_version(const VersionCommand& command, Console& console) {
  const BuildInfo& info = build_info();
  if (!command.json) {
    console.out << fmt::format("weir {} (commit {}, {}, {})\n", info.version, info.commit, info.compiler,
                               info.build_type);
    return kExitOk;
  }
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  for (const auto& [key, value] :
       {std::pair("version", info.version), std::pair("commit", info.commit),
        std::pair("compiler", info.compiler), std::pair("build_type", info.build_type)}) {
    json.key(key);
    json.text(value);
  }
  json.end_object();
  console.out << out << "\n";
  return kExitOk;
}

int run_completion(const CompletionCommand& command, Console& console) {
  const CommandTree tree = describe_commands();
  if (command.shell == "zsh") {
    console.out << zsh_completion(tree);
  } else {
    console.out << (command.shell == "fish" ? fish_completion(tree) : bash_completion(tree));
  }
  return kExitOk;
}

int fail(Console& console, std::string_view command, std::string_view message, int exit_code) {
  console.err << fmt::format("weir {}: {}{}", command, message, message.ends_with('\n') ? "" : "\n")
              << std::flush;
  return exit_code;
}

}  // namespace weir::app::cli
