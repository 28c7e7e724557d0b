#include "telemetry/logger.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "os/clock.h"
#include "telemetry/log_format.h"

namespace weir::telemetry {
namespace {

// spdlog brings the sink: one write per line, whole lines under any number of threads. The lines are
// formatted here.
struct Output {
  LoggerOptions options{Level::kInfo, LoggerOptions::Format::kHuman};
  std::shared_ptr<spdlog::logger> logger;

  Output()
      : logger(std::make_shared<spdlog::logger>("weir", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
    logger->set_pattern("%v");
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);
  }
};

Output& output() {
  static Output instance;
  return instance;
}

}  // namespace

void init_logger(const LoggerOptions& options) {
  output().options = options;
}

bool log_enabled(Level level) {
  return level >= output().options.level;
}

void log_line(Level level, std::string_view component, std::string_view message,
              std::initializer_list<Field> fields) {
  if (!log_enabled(level)) return;
  const auto format =
      output().options.format == LoggerOptions::Format::kJson ? format_json_line : format_human_line;
  output().logger->info(
      spdlog::string_view_t(format(os::system_clock().wall_ms(), level, component, message, fields)));
}

}  // namespace weir::telemetry
