#include <algorithm>
#include <cstdlib>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/api_client.h"
#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/explain_output.h"
#include "app/cli/query_answer.h"
#include "app/cli/query_graph.h"
#include "app/cli/query_output.h"

namespace weir::app::cli {
namespace {

constexpr os::milliseconds kWatchInterval{1'000};
constexpr std::string_view kClearScreen = "\x1b[H\x1b[J";

// About this many points, as a terminal shows no more, but no step below a second.
os::milliseconds suitable_step(os::milliseconds range) {
  constexpr int64_t kPoints = 240;
  const int64_t seconds = std::max<int64_t>(1, range.count() / kPoints / 1'000);
  return std::chrono::seconds(seconds);
}

std::string seconds_text(int64_t ms) {
  return fmt::format("{}.{:03}", ms / 1'000, std::abs(ms % 1'000));
}

GraphRange range_of(const QueryCommand& command, TimestampMs now_ms) {
  const TimestampMs end_ms = command.time_ms.value_or(now_ms);
  return {end_ms - command.range->count(), end_ms,
          command.step.value_or(suitable_step(*command.range)).count()};
}

Fields fields_of(const QueryCommand& command, TimestampMs now_ms) {
  Fields fields = {{"query", command.expression}};
  if (command.explain == QueryCommand::Explain::kPlan) fields.emplace_back("analyze", "false");
  if (!command.range) {
    fields.emplace_back("time", seconds_text(command.time_ms.value_or(now_ms)));
    return fields;
  }
  const GraphRange range = range_of(command, now_ms);
  fields.emplace_back("start", seconds_text(range.start_ms));
  fields.emplace_back("end", seconds_text(range.end_ms));
  fields.emplace_back("step", seconds_text(range.step_ms));
  return fields;
}

bool explains(const QueryCommand& command) {
  return command.explain != QueryCommand::Explain::kNo;
}

std::string_view path_of(const QueryCommand& command) {
  if (explains(command)) return "/api/v2/explain";
  return command.range ? "/api/v1/query_range" : "/api/v1/query";
}

Result<std::string> render(const QueryCommand& command, const std::string& body, TimestampMs now_ms,
                           const Terminal& terminal) {
  if (command.output == OutputFormat::kJson) return body + "\n";
  if (explains(command)) return to_explanation(body, terminal);
  ASSIGN_OR_RETURN(const QueryAnswer answer, parse_query_answer(body));
  if (command.output == OutputFormat::kCsv) return to_csv(answer);
  std::string out;
  for (const std::string& warning : answer.warnings) out += "warning: " + printable(warning) + "\n";
  for (const std::string& info : answer.infos) out += "info: " + printable(info) + "\n";
  if (command.graph) return out + to_graph(answer, range_of(command, now_ms), terminal);
  return out + to_table(answer, terminal);
}

class QueryRun {
 public:
  QueryRun(const QueryCommand& command, Console& console)
      : command_(command), console_(console), client_(command.target) {}

  int once() {
    const TimestampMs now_ms = console_.clock.wall_ms();
    const auto response = client_.post_form(path_of(command_), fields_of(command_, now_ms));
    if (!response.ok()) return fail(console_, "query", response.error().message, kExitFailed);
    if (response->status != 200) {
      const std::string message = point_at_error(error_text(*response), command_.expression);
      return fail(console_, "query", message, kExitFailed);
    }
    const auto text = render(command_, response->body, now_ms, console_.terminal);
    if (!text.ok()) return fail(console_, "query", text.error().message, kExitFailed);
    if (command_.watch && console_.terminal.out_is_terminal) console_.out << kClearScreen;
    console_.out << *text << std::flush;
    return kExitOk;
  }

  // Until the process is interrupted, or nobody reads the output any more. A failure is shown and tried
  // again.
  int watch() {
    int code = kExitOk;
    while (console_.out.good()) {
      code = once();
      if (!console_.clock.sleep_until(console_.clock.steady() + kWatchInterval, {})) break;
    }
    return code;
  }

 private:
  const QueryCommand& command_;
  Console& console_;
  ApiClient client_;
};

}  // namespace

int run_query(const QueryCommand& command, Console& console) {
  if (explains(command) && command.output == OutputFormat::kCsv)
    return fail(console, "query", "an explanation is a table or json, not csv", kExitUsage);
  QueryRun run(command, console);
  return command.watch ? run.watch() : run.once();
}

}  // namespace weir::app::cli
