#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "os/clock.h"
#include "resilience/circuit_breaker.h"
#include "telemetry/metrics.h"

namespace weir::schema {

/// The id that a registry gave a schema: the same schema has the same id for ever.
using SchemaId = StrongId<struct SchemaIdTag, uint32_t>;

struct RegistryOptions {
  std::string url;       ///< "http://127.0.0.1:8081", with a path where the registry has one.
  std::string user;      ///< Basic authentication; empty: none.
  std::string password;  ///< Never logged.
  /// Questions are few, so a few failures in a row must be enough; one good answer shows that it is back. A
  /// try may take 5 s, so none that succeeds is slow by default.
  resilience::BreakerOptions breaker{.window = os::milliseconds(30'000),
                                     .calls_min = 4,
                                     .slow_after = os::milliseconds(5'000),
                                     .open_max = os::milliseconds(10'000),
                                     .probes = 1};
};

/// A Schema Registry by its Confluent REST API. Safe from any thread; calls block until `deadline` and are
/// guarded by a circuit breaker named "schema registry". Ids and schemas are remembered for ever, so a
/// registry that is down stops only what was never seen; equal questions asked at once are asked once.
/// Errors: kUnavailable, kDeadlineExceeded, kNotFound (40401, 40402, 40403), kFailedPrecondition (409:
/// incompatible; the registry's message is passed on), kInvalidArgument (42201 and other 422),
/// kPermissionDenied (401, 403), kCorruption (an answer that is not what the API says), kInternal (500xx).
class RegistryClient {
 public:
  RegistryClient(const RegistryOptions& options, os::Clock& clock, telemetry::Registry& registry);
  ~RegistryClient();

  /// Registers `schema` (Avro, JSON) under `subject`, or finds it there: POST /subjects/{subject}/versions.
  Result<SchemaId> register_schema(std::string_view subject, std::string_view schema, Deadline deadline);
  /// The schema of an id: GET /schemas/ids/{id}.
  Result<std::string> schema(SchemaId id, Deadline deadline);
  /// Success when `schema` is compatible with the latest version of `subject`, or there is none yet;
  /// kFailedPrecondition otherwise: POST /compatibility/subjects/{subject}/versions/latest.
  Status check_compatible(std::string_view subject, std::string_view schema, Deadline deadline);
  /// Sets the subject's compatibility to BACKWARD unless it is at least that strict already: GET and PUT
  /// /config/{subject}.
  Status require_backward(std::string_view subject, Deadline deadline);

  resilience::CircuitBreaker& breaker();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::schema
