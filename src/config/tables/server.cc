#include "config/tables/table.h"

namespace weir::config::tables {
namespace {

constexpr Setting kSettings[] = {
    bind<&Config::server, &ServerConfig::listen>({.key = "server.listen",
                                                  .kind = Kind::kAddress,
                                                  .help =
                                                      "Address for all of HTTP and WebSocket. Port 0 picks a "
                                                      "free one. Beyond loopback anybody who reaches the "
                                                      "port may write and read.",
                                                  .example = "0.0.0.0:8080",
                                                  .min = 3,
                                                  .max = 300}),
    bind<&Config::server, &ServerConfig::roles>({.key = "server.roles",
                                                 .kind = Kind::kRoles,
                                                 .help = "What this process does; \"all\" is everything.",
                                                 .example = "gateway,ingest",
                                                 .choices = kRoleNames}),
    bind<&Config::server, &ServerConfig::threads>(
        {.key = "server.threads",
         .kind = Kind::kCount,
         .help = "Event loops for the sockets. 0 takes one for each processor.",
         .example = "2",
         .max = 64}),
    bind<&Config::server, &ServerConfig::workers>(
        {.key = "server.workers",
         .kind = Kind::kCount,
         .help =
             "Threads that decode requests and evaluate queries. 0 takes two for each processor, at least 4.",
         .example = "16",
         .max = 256}),
    bind<&Config::server, &ServerConfig::connections_max>(
        {.key = "server.connections_max",
         .kind = Kind::kCount,
         .help = "Open connections; beyond it new ones are closed at once. Each costs about 20 KiB.",
         .example = "50000",
         .min = 1,
         .max = kMillion}),
    bind<&Config::server, &ServerConfig::inflight_body_bytes_max>(
        {.key = "server.inflight_body_bytes_max",
         .kind = Kind::kSize,
         .help = "Bytes of all requests being read or handled. Beyond it the answer is 503 with Retry-After.",
         .example = "1GiB",
         .min = kMiB,
         .max = kTiB}),
    bind<&Config::server, &ServerConfig::header_timeout>(
        {.key = "server.header_timeout",
         .kind = Kind::kDuration,
         .help = "Time a client has to send the header of a request.",
         .example = "5s",
         .min = 100,
         .max = 10 * kMinute}),
    bind<&Config::server, &ServerConfig::idle_timeout>(
        {.key = "server.idle_timeout",
         .kind = Kind::kDuration,
         .help = "How long a connection without a request is kept.",
         .example = "5m",
         .min = kSecond,
         .max = kDay}),
    bind<&Config::server, &ServerConfig::stop_grace>(
        {.key = "server.stop_grace",
         .kind = Kind::kDuration,
         .help = "Time that requests in flight get to finish when the server is asked to stop.",
         .example = "30s",
         .max = 10 * kMinute}),
    bind<&Config::server, &ServerConfig::websocket_queue_bytes_max>(
        {.key = "server.websocket_queue_bytes_max",
         .kind = Kind::kSize,
         .help = "Bytes waiting for one live client. A slower client is disconnected.",
         .example = "4MiB",
         .min = 64 * kKiB,
         .max = kGiB}),

    bind<&Config::routing, &RoutingConfig::write>(
        {.key = "routing.write",
         .kind = Kind::kAddresses,
         .help = "Processes with the role ingest, to which a gateway without it sends writes.",
         .example = "10.0.0.1:8080,10.0.0.2:8080",
         .max = 100}),
    bind<&Config::routing, &RoutingConfig::read>(
        {.key = "routing.read",
         .kind = Kind::kAddresses,
         .help = "Processes with the role query, to which a gateway without it sends queries.",
         .example = "10.0.0.3:8080,10.0.0.4:8080",
         .max = 100}),

    bind<&Config::collect, &CollectConfig::enabled>(
        {.key = "collect.enabled",
         .kind = Kind::kSwitch,
         .help = "Collects the metrics of this machine into the tenant \"default\".",
         .example = "off"}),
    bind<&Config::collect, &CollectConfig::interval>({.key = "collect.interval",
                                                      .kind = Kind::kDuration,
                                                      .help = "How often.",
                                                      .example = "15s",
                                                      .min = 100,
                                                      .max = kHour}),
    bind<&Config::collect, &CollectConfig::instance>(
        {.key = "collect.instance",
         .kind = Kind::kText,
         .help = "Label \"instance\" of these metrics. Empty takes the host's name.",
         .example = "db-1",
         .max = 255}),

    bind<&Config::logger, &LoggerConfig::level>(
        {.key = "logger.level",
         .kind = Kind::kChoice,
         .help = "Diagnostics of this level and above go to standard error.",
         .example = "debug",
         .choices = kLevelNames}),
    bind<&Config::logger, &LoggerConfig::format>(
        {.key = "logger.format",
         .kind = Kind::kChoice,
         .help = "JSON lines for machines, or plain lines for people.",
         .example = "human",
         .choices = kFormatNames}),
};

}  // namespace

std::span<const Setting> server() {
  return kSettings;
}

}  // namespace weir::config::tables
