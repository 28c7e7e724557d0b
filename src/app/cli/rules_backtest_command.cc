#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/api_client.h"
#include "app/cli/backtest_report.h"
#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/file_check.h"
#include "base/duration.h"
#include "os/files.h"
#include "os/threads.h"
#include "rules/rule_file.h"
#include "wire/json_writer.h"

namespace weir::app::cli {
namespace {

constexpr std::string_view kPath = "/api/v2/rules/backtest";
constexpr os::milliseconds kRedraw{1'000};

/// Says on a terminal how long it has been waited for, until it goes.
class Waiting {
 public:
  Waiting(Console& console, std::string what) : console_(console) {
    if (!console.terminal.err_is_terminal) return;
    ticker_ = os::Thread("waiting", [&console, what = std::move(what)](std::stop_token stop) {
      const os::SteadyTime began = console.clock.steady();
      while (console.clock.sleep_until(console.clock.steady() + kRedraw, stop)) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(console.clock.steady() - began);
        console.err << fmt::format("\r\x1b[K{}: {} s", what, seconds.count()) << std::flush;
      }
    });
  }
  ~Waiting() {
    if (!console_.terminal.err_is_terminal) return;
    ticker_.request_stop();
    ticker_.join();
    console_.err << "\r\x1b[K" << std::flush;
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  Console& console_;
  os::Thread ticker_;
};

/// The file, if it can be read. Problems are in it.
Result<CheckedFile> read_rules(const std::string& path) {
  CheckedFile file;
  file.name = path;
  ASSIGN_OR_RETURN(file.text, os::read_file(os::posix_files(), path, rules::RuleFileLimits().bytes_max));
  rules::RuleFile parsed = rules::parse_rule_file(file.text);
  file.problems = std::move(parsed.problems);
  file.counts = {{"rules", parsed.rule_count()}};
  return file;
}

// A little less than this program waits, so that what has been done by then is told.
os::milliseconds server_timeout(os::milliseconds timeout) {
  return timeout - std::min(os::milliseconds(2'000), timeout / 10);
}

class BacktestRun {
 public:
  BacktestRun(const RulesBacktestCommand& command, Console& console)
      : command_(command),
        console_(console),
        client_(command.target),
        now_ms_(console.clock.wall_ms()),
        json_(json_text_) {}

  int run() {
    json_.begin_object();
    json_.key("files");
    json_.begin_array();
    for (const std::string& path : command_.files) {
      if (const Status done = one(path); !done.ok())
        code_ = fail(console_, "rules backtest", done.error().message, kExitFailed);
    }
    json_.end_array();
    json_.end_object();
    if (command_.json) console_.out << json_text_ << "\n" << std::flush;
    return code_;
  }

 private:
  Status one(const std::string& path) {
    ASSIGN_OR_RETURN(const CheckedFile file, read_rules(path));
    if (!file.problems.empty()) {
      console_.err << checked_text(file, console_.terminal) << std::flush;
      code_ = kExitFailed;
      return {};
    }
    ASSIGN_OR_RETURN(const net::HttpResponse response, ask(file));
    if (response.status != 200)
      return unavailable(fmt::format("{}: {}", path, printable(error_text(response))));
    ASSIGN_OR_RETURN(const BacktestReport report,
                     to_backtest_report(file.name, response.body, console_.terminal));
    if (!report.whole || !report.healthy) code_ = kExitFailed;
    if (!command_.json) {
      console_.out << (told_ ? "\n" : "") << report.text << std::flush;
      told_ = true;
      return {};
    }
    json_.begin_object();
    json_.text("file", file.name);
    json_.key("backtest");
    json_.raw(response.body);
    json_.end_object();
    return {};
  }

  Result<net::HttpResponse> ask(const CheckedFile& file) {
    Fields fields = {{"start", format_time(command_.from.time_ms(now_ms_))},
                     {"end", format_time(command_.to.time_ms(now_ms_))},
                     {"timeout", format_duration(server_timeout(command_.target.timeout).count())}};
    if (command_.step) fields.emplace_back("step", format_duration(command_.step->count()));
    const Waiting waiting(console_, file.name);
    return client_.post_text(kPath, fields, "application/yaml", file.text);
  }

  const RulesBacktestCommand& command_;
  Console& console_;
  ApiClient client_;
  const TimestampMs now_ms_;
  std::string json_text_;
  wire::JsonWriter json_;
  int code_ = kExitOk;
  bool told_ = false;
};

}  // namespace

int run_rules_backtest(const RulesBacktestCommand& command, Console& console) {
  return BacktestRun(command, console).run();
}

}  // namespace weir::app::cli
