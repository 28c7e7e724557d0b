#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "net/http_client.h"
#include "os/clock.h"
#include "os/random.h"
#include "resilience/circuit_breaker.h"
#include "schema/registry_client.h"
#include "telemetry/metrics.h"

namespace weir::schema {

/// Questions to a registry over kept-alive connections, each behind the circuit breaker and asked a second
/// time when the first try failed in a way that can pass. Every question of the API can be asked twice. Safe
/// from any thread.
class RegistryExchange {
 public:
  RegistryExchange(const RegistryOptions& options, os::Clock& clock, telemetry::Registry& registry);

  /// The body of a 200 to `method` of `path` ("/subjects"), asked until `deadline`. Errors: as
  /// RegistryClient.
  Result<std::string> ask(std::string_view method, std::string_view path, std::string body,
                          Deadline deadline);

  resilience::CircuitBreaker& breaker() { return breaker_; }

 private:
  using Permit = resilience::CircuitBreaker::Permit;

  Result<std::string> try_once(const net::ClientRequest& request, Permit permit, Deadline deadline);
  Result<std::string> send(const net::ClientRequest& request);
  net::ClientRequest request_of(std::string_view method, std::string_view path, std::string body) const;
  /// False when there is no time for another try.
  bool pause(Deadline deadline);
  net::HttpClient take_client();
  void give_back(net::HttpClient client);

  const std::string url_;
  const std::string authorization_;  // of Basic authentication; empty: none
  os::Clock& clock_;
  resilience::CircuitBreaker breaker_;
  Guarded<os::Random> random_;
  Guarded<std::vector<net::HttpClient>> idle_;
  telemetry::Counter& good_;
  telemetry::Counter& failed_;
  telemetry::Histogram& seconds_;
};

}  // namespace weir::schema
