#include <ostream>

#include "app/cli/api_client.h"
#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/rule_explanation.h"
#include "base/duration.h"

namespace weir::app::cli {
namespace {

Fields fields_of(const RulesExplainCommand& command) {
  Fields fields = {{"alert", command.alert}};
  if (!command.group.empty()) fields.emplace_back("group", command.group);
  for (const std::string& selector : command.selectors) fields.emplace_back("match[]", selector);
  if (command.range) fields.emplace_back("range", format_duration(command.range->count()));
  return fields;
}

Result<std::string> explain(const RulesExplainCommand& command, const Terminal& terminal) {
  ApiClient client(command.target);
  ASSIGN_OR_RETURN(const net::HttpResponse response, client.get("/api/v2/rules/explain", fields_of(command)));
  if (response.status != 200) return unavailable(printable(error_text(response)));
  if (command.json) return response.body + "\n";
  return to_rule_explanation(response.body, terminal);
}

}  // namespace

int run_rules_explain(const RulesExplainCommand& command, Console& console) {
  const auto text = explain(command, console.terminal);
  if (!text.ok()) return fail(console, "rules explain", text.error().message, kExitFailed);
  console.out << *text << std::flush;
  return kExitOk;
}

}  // namespace weir::app::cli
