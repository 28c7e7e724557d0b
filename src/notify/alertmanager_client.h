#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "net/http_client.h"
#include "notify/alert.h"
#include "notify/receiver.h"
#include "notify/sender.h"

namespace weir::notify {

/// An Alertmanager of one's own beside this server.
struct AlertmanagerTarget {
  Secret url;  ///< "http://alertmanager:9093/", with the path prefix if it has one.
  HttpConfig http = {};
};

/// When an alert that fires ends, for who hears nothing more of it: four times the longer one of the interval
/// in which its rule is evaluated and that in which it is sent again. As Prometheus has it.
TimestampMs fires_until_ms(TimestampMs now_ms, int64_t evaluation_interval_ms, int64_t resend_interval_ms);

/// Hands alerts to Alertmanagers, each of which is to get all of them. Used by one thread at a time.
class AlertmanagerClient {
 public:
  /// What `context` points to outlives it.
  AlertmanagerClient(std::vector<AlertmanagerTarget> targets, SenderContext context);

  /// Posts the alerts to each of them, in batches, one after the other; waits. Ends are as `alerts_json` has
  /// them. Success when one took all, as they tell one another.
  /// Errors: those of the last one that did not: kUnavailable where trying again may help, else
  /// kFailedPrecondition.
  Status send(std::span<const Alert> alerts, TimestampMs fires_until_ms);

 private:
  SendOutcome send_to(size_t target, std::span<const Alert> alerts, TimestampMs fires_until_ms);

  const std::vector<AlertmanagerTarget> targets_;
  const SenderContext context_;
  std::vector<net::HttpClient> clients_;
};

}  // namespace weir::notify
