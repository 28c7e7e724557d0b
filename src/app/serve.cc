#include "app/serve.h"

#include <cstdio>

#include <fmt/format.h>

#include "app/build_info.h"
#include "app/engines.h"
#include "app/server.h"
#include "os/signals.h"
#include "telemetry/logger.h"

namespace weir::app {
namespace {

/// The host and port that a person on this machine can open: a wildcard address is reached as localhost.
std::string local_address(const std::string& listen, uint16_t port) {
  std::string host = listen.substr(0, listen.rfind(':'));
  if (host.empty() || host == "0.0.0.0" || host == "[::]") host = "localhost";
  return fmt::format("http://{}:{}", host, port);
}

/// For one process of several: who starts it knows what to do with it.
void print_role(const config::Config& config, const std::string& url) {
  std::string roles;
  for (const config::Role role : config.server.roles) {
    roles += fmt::format("{}{}", roles.empty() ? "" : ", ", config::role_name(role));
  }
  fmt::print("Weir {} is running at {} as {}. Stop with Ctrl-C.\n", build_info().version, url, roles);
  std::fflush(stdout);
}

void print_welcome(const config::Config& config, uint16_t port, std::string_view program) {
  const std::string url = local_address(config.server.listen, port);
  const bool alone =
      config::has_role(config, config::Role::kAll) && config.log.engine == config::LogEngine::kEmbedded;
  if (!alone) return print_role(config, url);
  fmt::print(
      "\nWeir {} is running. Its console, with this machine's own metrics live: {}/\n"
      "Data is in {}; every acknowledged sample is on disk. Stop with Ctrl-C.\n\n"
      "Three things to try:\n"
      "  curl {}/api/v1/metrics -d '{{\"name\": \"temperature\", \"labels\": {{\"room\": \"attic\"}}, "
      "\"value\": 21.5}}'\n"
      "  {} query --url {} 'temperature'\n"
      "  prometheus.yml:  remote_write: [{{url: {}/api/v1/write}}]\n\n",
      build_info().version, url, config.storage.path, url, program, url, url);
  std::fflush(stdout);
}

}  // namespace

int serve(const config::Loaded& loaded, std::string_view program) {
  const config::Config& config = loaded.config;
  telemetry::init_logger({config.logger.level, config.logger.format});
  os::hold_stop_signals();
  Server server(config);
  if (Status started = server.start(); !started.ok()) {
    fmt::print(stderr, "weir: cannot start: {}\n", started.error().message);
    return 1;
  }
  telemetry::log_info("app", "serving",
                      {{"listen", config.server.listen}, {"port", uint64_t{server.port()}}});
  print_welcome(config, server.port(), program);
  const std::string_view signal = os::wait_for_stop();
  telemetry::log_info("app", "stopping", {{"signal", signal}});
  server.stop();
  telemetry::log_info("app", "stopped");
  return 0;
}

Result<std::vector<std::string>> migrate(const config::Config& config) {
  telemetry::init_logger({config.logger.level, config.logger.format});
  telemetry::Registry registry;
  resilience::Breakers breakers;
  return migrate_engines({config, os::posix_files(), os::system_clock(), registry, breakers});
}

}  // namespace weir::app
